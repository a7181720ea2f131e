-- The biggest stories: how many outlets covered them, over how many hours.
--   since, until    first day and the day after the last (UTC)
--   top             number of stories
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
\if :{?top} \else \set top 10 \endif
SET timezone = 'UTC';

SELECT s.story_id, s.headline, s.outlets, s.articles, s.sites,
       round(extract(epoch FROM s.last_published_at - s.first_published_at) / 3600, 1) AS hours
FROM news.stories s
WHERE s.last_published_at >= :'since' AND s.first_published_at < :'until'
ORDER BY s.outlets DESC, s.articles DESC, s.story_id
LIMIT :top;
