-- The archive as it stood at an instant: what was stored by then, each article with the revision that stood then. Name that
-- instant in a paper and the same rows come back later (but for what was forgotten on request since).
--   at   the instant (UTC)
\if :{?at} \else \set at '2026-05-05 00:00+00' \endif
SET timezone = 'UTC';

SELECT DISTINCT ON (a.article_id) a.url, r.title, r.number AS revision, r.seen_at, md5(r.text) AS text_md5
FROM news.articles a
JOIN news.revisions r USING (article_id)
WHERE a.first_seen_at <= :'at' AND r.seen_at <= :'at'
ORDER BY a.article_id, r.number DESC;
