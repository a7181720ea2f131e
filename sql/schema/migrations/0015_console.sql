-- Indexes for the pages that operators look at: failures by class, visits of the last days.

-- serves the console: URLs that were not stored, by class and newest first
CREATE INDEX url_lost ON dateline.url (finished_at DESC, id DESC) INCLUDE (state, reason) WHERE state IN ('failed', 'ended');
-- serves figures over the last hours; visits come in the order of their end, which a BRIN index summarises in a few kB
CREATE INDEX visit_at ON dateline.visit USING brin (finished_at);
