-- Which outlet was first with each of the biggest stories, and which outlets copied it. An outlet that followed with
-- its own text does not count as a copier. Minutes are from the first article to the first of any other outlet.
-- first_outlet is empty where the times that are known do not decide; minutes_ahead also where they are not exact.
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
)
SELECT b.headline, b.outlets, f.site AS first_outlet, f.url AS first_url, f.published_at AS first_at,
       n.site AS next_outlet, round(n.minutes_after_first) AS minutes_ahead,
       coalesce((SELECT array_agg(DISTINCT c.copy_site ORDER BY c.copy_site) FROM news.articles o
                 JOIN news.copies c ON c.original_url = o.url
                  WHERE o.story_id = b.story_id AND o.site = f.site), '{}') AS copied_by
FROM biggest b
LEFT JOIN news.who_was_first f ON f.story_id = b.story_id AND f.place = 1 AND f.is_certain
LEFT JOIN LATERAL (
    SELECT w.site, w.minutes_after_first FROM news.who_was_first w
    WHERE w.story_id = b.story_id AND w.place > 1 AND f.site IS NOT NULL
    ORDER BY w.place, w.minutes_after_first, w.first_seen_at LIMIT 1) AS n ON true
ORDER BY b.outlets DESC, b.articles DESC, b.story_id;
