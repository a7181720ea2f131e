-- dateline: no-transaction
-- Serves name: over what plug-ins recognised. Another definition of dateline.fold needs a REINDEX of it.
DROP INDEX CONCURRENTLY IF EXISTS dateline.entity_folded;
-- dateline: next
CREATE INDEX CONCURRENTLY entity_folded ON dateline.entity (dateline.fold(name), article_id);
