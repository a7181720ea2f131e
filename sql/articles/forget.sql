-- Taking an article or a source out of everything; only hashes of what is not to be fetched again stay.

-- name: keys_of_url
-- Every key by which an article, or a URL that led to none, is known.
WITH given AS (SELECT %(url_key)s::uuid AS url_key),
     hit AS (SELECT id AS article_id FROM dateline.article WHERE url_key = %(url_key)s
             UNION SELECT article_id FROM dateline.alias WHERE url_key = %(url_key)s)
SELECT url_key FROM given
UNION SELECT a.url_key FROM dateline.article a JOIN hit ON hit.article_id = a.id
UNION SELECT l.url_key FROM dateline.alias l JOIN hit ON hit.article_id = l.article_id
UNION SELECT u.url_key FROM dateline.url u JOIN hit ON hit.article_id = u.article_id;

-- name: keys_of_source
SELECT url_key FROM dateline.article WHERE source_id = %(source_id)s
UNION SELECT l.url_key FROM dateline.alias l JOIN dateline.article a ON a.id = l.article_id
WHERE a.source_id = %(source_id)s
UNION SELECT url_key FROM dateline.url WHERE source_id = %(source_id)s;

-- name: count
-- In the transaction that forgets: a snapshot shows both or neither.
INSERT INTO dateline.forget_count (forgets) VALUES (1)
ON CONFLICT (is_only) DO UPDATE SET forgets = forget_count.forgets + 1;

-- name: remember
INSERT INTO dateline.forgotten (url_key) SELECT unnest(%(url_keys)s::uuid[]) ON CONFLICT DO NOTHING;

-- name: plan_erasures
INSERT INTO dateline.erasure (archive_file, archive_offset, archive_length)
SELECT archive_file, archive_offset, archive_length FROM dateline.article
 WHERE url_key = ANY (%(url_keys)s::uuid[]) AND archive_file IS NOT NULL
UNION
SELECT r.archive_file, r.archive_offset, r.archive_length FROM dateline.revision r
  JOIN dateline.article a ON a.id = r.article_id
 WHERE a.url_key = ANY (%(url_keys)s::uuid[]) AND r.archive_file IS NOT NULL
UNION
SELECT f.archive_file, f.archive_offset, f.archive_length FROM dateline.fetch f JOIN dateline.url u ON u.id = f.url_id
 WHERE (u.url_key = ANY (%(url_keys)s::uuid[])
        OR f.article_id IN (SELECT id FROM dateline.article WHERE url_key = ANY (%(url_keys)s::uuid[])))
   AND f.archive_file IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: hold_tasks
-- Workers of the articles' tasks refer to them afterwards, and are waited for before they are locked.
SELECT FROM dateline.article_task
WHERE article_id IN (SELECT id FROM dateline.article WHERE url_key = ANY (%(url_keys)s::uuid[]))
ORDER BY article_id, task FOR UPDATE;

-- name: drop_articles
WITH terms AS (
    DELETE FROM dateline.story_term
     WHERE article_id IN (SELECT id FROM dateline.article WHERE url_key = ANY (%(url_keys)s::uuid[]))
)
DELETE FROM dateline.article WHERE url_key = ANY (%(url_keys)s::uuid[]);

-- name: unused_facets
-- Values that no article has now, found in one pass over the articles.
SELECT DISTINCT value FROM (
    SELECT field, value FROM dateline.facet
    EXCEPT
    SELECT has.field, has.value FROM dateline.article a CROSS JOIN LATERAL (
        SELECT 'author', unnest(a.authors) UNION ALL SELECT 'tag', unnest(a.tags)
        UNION ALL VALUES ('section', a.section), ('credited', a.credited_to)) AS has (field, value)) AS unused;

-- name: wait_for_facets
-- In a transaction of its own, which holds nothing that a storing transaction may wait for: each that may have found a
-- value in the list is over then.
LOCK TABLE dateline.facet IN SHARE ROW EXCLUSIVE MODE;

-- name: drop_facets
-- Those of these values that no article has now. Each field's are looked up at once, since storing waits meanwhile.
DELETE FROM dateline.facet f WHERE f.value = ANY (%(values)s::text[]) AND CASE f.field
    WHEN 'author' THEN
        f.value IN (SELECT unnest(a.authors) FROM dateline.article a WHERE a.authors && %(values)s::text[])
    WHEN 'tag' THEN f.value IN (SELECT unnest(a.tags) FROM dateline.article a WHERE a.tags && %(values)s::text[])
    WHEN 'section' THEN f.value IN (SELECT a.section FROM dateline.article a WHERE a.section = ANY (%(values)s::text[]))
    ELSE f.value IN (SELECT a.credited_to FROM dateline.article a WHERE a.credited_to = ANY (%(values)s::text[])) END
    IS NOT TRUE;

-- name: drop_urls
WITH items AS (DELETE FROM dateline.backfill_item WHERE url_key = ANY (%(url_keys)s::uuid[]))
DELETE FROM dateline.url WHERE url_key = ANY (%(url_keys)s::uuid[]);

-- name: drop_quarantine
DELETE FROM dateline.quarantine WHERE url_key = ANY (%(url_keys)s::uuid[]);

-- name: find_source
SELECT id, name, site FROM dateline.source WHERE name = %(name)s;

-- name: remember_site
INSERT INTO dateline.forgotten_site (host) VALUES (%(site)s) ON CONFLICT DO NOTHING;

-- name: drop_source
-- The watched pages, their visits, its backfills and the source itself.
WITH v AS (DELETE FROM dateline.visit WHERE source_id = %(source_id)s),
     b AS (DELETE FROM dateline.backfill WHERE source_id = %(source_id)s),
     f AS (UPDATE dateline.fetch SET source_id = NULL WHERE source_id = %(source_id)s),
     u AS (UPDATE dateline.url SET source_id = NULL, feed_id = NULL WHERE source_id = %(source_id)s)
UPDATE dateline.article SET source_id = NULL WHERE source_id = %(source_id)s;

-- name: drop_feeds
DELETE FROM dateline.feed WHERE source_id = %(source_id)s;

-- name: drop_source_row
DELETE FROM dateline.source WHERE id = %(source_id)s;

-- name: erase_alone
-- One command erases at a time: an object of the object storage is replaced as a whole. The lock ends with the session.
SELECT pg_advisory_lock(hashtext('dateline.erasure'));

-- name: erased_alone
SELECT pg_advisory_unlock(hashtext('dateline.erasure'));

-- name: planned_erasures
SELECT archive_file AS file, archive_offset AS "offset", archive_length AS length FROM dateline.erasure
ORDER BY archive_file, archive_offset;

-- name: erased
DELETE FROM dateline.erasure WHERE archive_file = %(file)s AND archive_offset = %(offset)s;
