-- Texts that were changed without a word (the page declares no change since the text before), and articles taken down.
--   since   day (UTC)
\if :{?since} \else \set since '2026-05-01' \endif
SET timezone = 'UTC';

SELECT 'stealth edit' AS what, a.site, a.title, r.seen_at AS at, r.word_count - r.words_before AS words_more, a.url
FROM (SELECT v.*, lag(v.word_count) OVER w AS words_before, lag(v.modified_at) OVER w AS declared_before
        FROM news.revisions v WINDOW w AS (PARTITION BY v.article_id ORDER BY v.number)) AS r
JOIN news.articles a USING (article_id)
WHERE r.cause = 'publisher' AND r.number > 1 AND r.seen_at >= :'since'
  AND (r.modified_at IS NULL OR r.modified_at <= r.declared_before)
UNION ALL
SELECT 'removal', a.site, a.title, a.removed_at, NULL, a.url
FROM news.articles a WHERE a.removed_at >= :'since'
ORDER BY at DESC, url;
