-- Stretches of hours in which a source brought nothing, and why: it published nothing while we were looking ("no news"), its pages
-- failed, or we were not looking ("we were down", "overdue"). Only the last three are holes in the archive. Beside each stretch
-- what was expected in it; what is published in a hole may still come with the next visit, as far as the page still shows it.
--   since, until   instants (UTC), until not counted
\if :{?since} \else \set since '2026-05-04 00:00+00' \endif
\if :{?until} \else \set until '2026-05-05 00:00+00' \endif
SET timezone = 'UTC';

WITH hours AS (
    SELECT source, hour, visits, expected_articles,
           CASE WHEN is_covered THEN 'no news' WHEN state = 'failed' THEN 'its pages failed'
                WHEN state = 'down' THEN 'we were down' ELSE state END AS why
    FROM news.coverage
    WHERE hour >= :'since' AND hour < :'until' AND new_articles = 0 AND state <> 'paused'
), stretches AS (
    SELECT *, hour - row_number() OVER (PARTITION BY source, why ORDER BY hour) * interval '1 hour' AS stretch FROM hours
)
SELECT source, min(hour) AS hour, count(*) AS hours, why, sum(visits) AS visits, round(sum(expected_articles), 1) AS expected_articles
FROM stretches GROUP BY source, why, stretch
ORDER BY source, hour;
