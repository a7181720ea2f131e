-- Which outlet was first with each of the biggest stories, and which outlets copied it. An outlet that followed with
-- its own text does not count as a copier. Minutes are from the first article to the first of any other outlet.
--   since, until    first day and the day after the last (UTC)
--   top             number of stories
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
\if :{?top} \else \set top 10 \endif
SET timezone = 'UTC';

WITH biggest AS (
    SELECT s.story_id, s.headline, s.outlets, s.articles FROM news.stories s
    WHERE s.last_published_at >= :'since' AND s.first_published_at < :'until'
    ORDER BY s.outlets DESC, s.articles DESC, s.story_id LIMIT :top
), covered AS (
    SELECT a.story_id, a.site, a.url, a.dated_at, a.copy_of,
           row_number() OVER (PARTITION BY a.story_id ORDER BY a.dated_at, a.article_id) AS place
    FROM news.articles a WHERE a.story_id IN (SELECT story_id FROM biggest)
)
SELECT b.headline, b.outlets, f.site AS first_outlet, f.url AS first_url, f.dated_at AS first_at,
       (SELECT min(t.site) FROM covered t WHERE t.story_id = b.story_id AND t.place =
           (SELECT min(n.place) FROM covered n WHERE n.story_id = b.story_id AND n.site <> f.site)) AS next_outlet,
       (SELECT round(extract(epoch FROM min(t.dated_at) - f.dated_at) / 60) FROM covered t
         WHERE t.story_id = b.story_id AND t.site <> f.site) AS minutes_ahead,
       coalesce((SELECT array_agg(DISTINCT t.site ORDER BY t.site) FROM covered t
                 JOIN news.articles o ON o.url = t.copy_of
                  WHERE t.story_id = b.story_id AND o.site = f.site), '{}') AS copied_by
FROM biggest b
JOIN covered f ON f.story_id = b.story_id AND f.place = 1
ORDER BY b.outlets DESC, b.articles DESC, b.story_id;
