-- Sketches at a million articles: a row is 44 bytes in place of 52, and what has left the window goes. Ids grow with time, so
-- that an article's number tells its age well enough.

ALTER TABLE dateline.sketch DROP COLUMN seen_on;
-- serves the hourly removal of what left the window: rows lie in the order in which they came
CREATE INDEX sketch_article ON dateline.sketch USING brin (article_id) WITH (autosummarize = on);
-- a sample sees boilerplate again and again and the stories' hashes never: the planner would take all hashes for heavy, and
-- read the whole table for its first 64 rows
ALTER TABLE dateline.sketch ALTER COLUMN hash SET (n_distinct = -0.5), ALTER COLUMN hash SET STATISTICS 1;
COMMENT ON TABLE dateline.sketch IS
    'Hashes of 5-word shingles of each article of the last 60 days (one of 8 or 16): articles that share some are compared. No foreign key: it would cost more than the look-up.';

-- Pages that name another address of their own site as canonical: found when that address, or another page that names it,
-- arrives.
ALTER TABLE dateline.article ADD COLUMN canonical_key uuid;
CREATE INDEX article_canonical ON dateline.article (canonical_key) WHERE canonical_key IS NOT NULL;
COMMENT ON COLUMN dateline.article.canonical_key IS
    'Identity of canonical_url where it is another page of the same site, and neither home nor list; else null.';
