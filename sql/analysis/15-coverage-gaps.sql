-- Stretches of hours in which a source brought no article, and why: it published nothing while we were looking ("no
-- news"), its pages failed, or we were not looking ("we were down", "overdue"). Only the last three are gaps in the
-- archive. Each stretch has the number of articles that was expected in it. The next visit may still find what was
-- published in a gap, if the page still lists it.
--   since, until    instants (UTC); until is not included
\if :{?since} \else \set since '2026-05-04 00:00+00' \endif
\if :{?until} \else \set until '2026-05-05 00:00+00' \endif
SET timezone = 'UTC';

WITH hours AS (
    SELECT source, hour, visits, expected_articles,
           CASE WHEN is_covered THEN 'no news' WHEN state = 'failed' THEN 'its pages failed'
                WHEN state = 'down' THEN 'we were down'
                WHEN state = 'no_archive' THEN 'we could not write' ELSE state END AS why
    FROM news.coverage
    WHERE hour >= :'since' AND hour < :'until' AND new_articles = 0 AND state <> 'paused'
), stretches AS (
    SELECT source, hour, visits, expected_articles, why,
           hour - row_number() OVER (PARTITION BY source, why ORDER BY hour) * interval '1 hour' AS stretch
    FROM hours
)
SELECT source, min(hour) AS hour, count(*) AS hours, why, sum(visits) AS visits,
       round(sum(expected_articles), 1) AS expected_articles
FROM stretches GROUP BY source, why, stretch
ORDER BY source, hour;
