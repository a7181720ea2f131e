-- A random sample for coding by hand: the same seed always gives the same sample. Articles that are stored later
-- disturb it little, because whether an article is drawn depends only on its own key and the seed.
--   seed            any text
--   size            number of articles
--   since, until    first day and the day after the last (UTC)
\if :{?seed} \else \set seed 'one' \endif
\if :{?size} \else \set size 50 \endif
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
SET timezone = 'UTC';

SELECT a.article_id, a.url, a.site, a.dated_at, a.title
FROM news.articles a
WHERE a.dated_at >= :'since' AND a.dated_at < :'until' AND a.copy_family = a.article_id
ORDER BY sha256(convert_to(:'seed' || a.url, 'UTF8'))
LIMIT :size;
