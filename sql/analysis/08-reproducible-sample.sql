-- A random sample that everyone who asks with the same seed gets, for coding by hand; articles added later don't disturb it much:
-- whether one is drawn depends on its own key and the seed alone.
--   seed   any text        size   how many        since, until   days (UTC), until not counted
\if :{?seed} \else \set seed 'one' \endif
\if :{?size} \else \set size 50 \endif
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
SET timezone = 'UTC';

SELECT a.article_id, a.url, a.site, a.dated_at, a.title
FROM news.articles a
WHERE a.dated_at >= :'since' AND a.dated_at < :'until' AND a.copy_of IS NULL
ORDER BY sha256(convert_to(:'seed' || a.url, 'UTF8'))
LIMIT :size;
