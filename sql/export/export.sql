-- Exports.

-- name: views
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'news' AND c.relkind IN ('v', 'm') ORDER BY 1;

-- name: settings
-- For this transaction only: whatever the server's or the user's defaults, instants are in UTC, numbers exact to the
-- last bit.
SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
       set_config('IntervalStyle', 'iso_8601', true), set_config('extra_float_digits', '1', true),
       set_config('search_path', 'news, ' || current_setting('search_path'), true);

-- name: snapshot
SELECT pg_export_snapshot() AS id, pg_current_snapshot()::text AS transactions, transaction_timestamp() AS at,
       coalesce((SELECT forgets FROM dateline.forget_count), 0) AS forgets,
       current_setting('server_version') AS postgresql,
       (SELECT max(name) FROM dateline.migration WHERE name ~ '^[0-9]') AS schema;

-- name: forgets
SELECT coalesce((SELECT forgets FROM dateline.forget_count), 0);

-- name: types
SELECT oid::bigint, format_type(oid, NULL), typcategory::text FROM pg_catalog.pg_type WHERE oid = ANY (%(oids)s::oid[]);

-- name: articles_of_stories
-- Every article with its story; pages that turned out to be another URL of one have that one's.
SELECT a.url, m.story_id FROM dateline.article a JOIN dateline.story_member m ON m.article_id = a.id
UNION ALL
SELECT l.url, m.story_id FROM dateline.alias l JOIN dateline.story_member m ON m.article_id = l.article_id
 WHERE l.why = 'same_text'
ORDER BY story_id, url

-- name: articles_where
-- All columns of the view, whichever it has: an export of a search has the columns of an export of news.articles.
SELECT v.* FROM dateline.every_article v JOIN dateline.article a ON a.id = v.article_id
WHERE {condition}
ORDER BY a.dated_at DESC, a.id DESC

-- name: archived_pages_where
-- Each archived page that an article was read from, its earlier versions and further pages included, oldest first.
SELECT DISTINCT ON (p.archive_file, p.archive_offset) p.archive_file AS file, p.archive_offset AS "offset",
       p.archive_length AS length, a.title
FROM dateline.article a
CROSS JOIN LATERAL (
    SELECT a.archive_file, a.archive_offset, a.archive_length
    UNION ALL
    SELECT f.archive_file, f.archive_offset, f.archive_length FROM dateline.fetch f WHERE f.article_id = a.id
    UNION ALL
    SELECT r.archive_file, r.archive_offset, r.archive_length FROM dateline.revision r WHERE r.article_id = a.id) p
WHERE p.archive_file IS NOT NULL AND ({condition})
ORDER BY p.archive_file, p.archive_offset
