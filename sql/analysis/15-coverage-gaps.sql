-- Hours in which a source brought nothing, and why: it published nothing while it was visited ("no news"), its pages failed, or
-- nobody visited it ("we were down"). Only the last two are holes in the archive.
--   since, until   instants (UTC), until not counted
\if :{?since} \else \set since '2026-05-04 00:00+00' \endif
\if :{?until} \else \set until '2026-05-05 00:00+00' \endif
SET timezone = 'UTC';

SELECT s.name AS source, hour, count(v.started_at) AS visits, coalesce(sum(v.new), 0) AS new_urls,
       CASE WHEN count(v.started_at) = 0 THEN 'we were down'
            WHEN count(*) FILTER (WHERE v.status BETWEEN 200 AND 399) = 0 THEN 'its pages failed'
            ELSE 'no news' END AS why
FROM news.sources s
CROSS JOIN generate_series(:'since'::timestamptz, :'until'::timestamptz - interval '1 hour', interval '1 hour') AS hour
LEFT JOIN news.visits v ON v.source = s.name AND v.started_at >= hour AND v.started_at < hour + interval '1 hour'
WHERE NOT s.is_paused
GROUP BY s.name, hour HAVING coalesce(sum(v.new), 0) = 0
ORDER BY s.name, hour;
