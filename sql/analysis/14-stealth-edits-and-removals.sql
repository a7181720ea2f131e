-- Texts that were changed silently (the page declares no change since the text before and prints no
-- correction), and articles taken down.
--   since           first day (UTC)
\if :{?since} \else \set since '2026-05-01' \endif
SET timezone = 'UTC';

SELECT 'stealth edit' AS what, a.site, a.title, r.seen_at AS at, r.word_count - r.words_before AS words_more, a.url
FROM (SELECT v.article_id, v.seen_at, v.word_count, v.is_silent, v.cause,
             lag(v.word_count) OVER (PARTITION BY v.article_id ORDER BY v.number) AS words_before
      FROM news.revisions v) AS r
JOIN news.articles a USING (article_id)
WHERE r.is_silent AND r.cause = 'publisher' AND r.seen_at >= :'since'
UNION ALL
SELECT 'removal', a.site, a.title, a.removed_at, NULL, a.url
FROM news.articles a WHERE a.removed_at >= :'since'
ORDER BY at DESC, url;
