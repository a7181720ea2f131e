-- The archive at a given instant: every article that was stored by then, with its revision at that time. Name the
-- instant in a paper, and the same rows come back later (except articles that were forgotten on request).
--   at              the instant (UTC)
\if :{?at} \else \set at '2026-05-05 00:00+00' \endif
SET timezone = 'UTC';

SELECT DISTINCT ON (a.article_id) a.url, r.title, r.number AS revision, r.seen_at, md5(r.text) AS text_md5
FROM news.articles a
JOIN news.revisions r USING (article_id)
WHERE a.first_seen_at <= :'at' AND r.seen_at <= :'at'
ORDER BY a.article_id, r.number DESC;
