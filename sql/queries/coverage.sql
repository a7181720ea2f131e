-- The coverage ledger.

-- name: mark_up
-- One more minute in which the service ran; twice in a minute counts once.
INSERT INTO dateline.service_hour AS s (hour, minutes, last_at)
VALUES (date_trunc('hour', %(now)s::timestamptz, 'UTC'), 1, date_trunc('minute', %(now)s::timestamptz, 'UTC'))
ON CONFLICT (hour) DO UPDATE SET minutes = s.minutes + 1, last_at = excluded.last_at WHERE s.last_at < excluded.last_at;

-- name: roll_up
-- Counts all hours since the one that was written last anew, itself too: hours in which nobody ran get their rows afterwards.
WITH bounds AS (
    SELECT date_trunc('hour', %(now)s::timestamptz, 'UTC') AS this_hour,
           greatest((SELECT max(c.hour)::timestamptz FROM dateline.coverage_hour c) - interval '1 hour',
                    date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '30 days') AS last_hour
), hours AS (
    SELECT generate_series(coalesce(b.last_hour, b.this_hour - interval '1 hour'), b.this_hour, interval '1 hour') AS hour
    FROM bounds b
), seen AS (
    SELECT v.source_id, date_trunc('hour', v.started_at::timestamptz, 'UTC') AS hour, count(*) AS visits,
           count(*) FILTER (WHERE v.outcome IN ('not_modified', 'same_body')) AS unchanged,
           count(*) FILTER (WHERE v.outcome = 'changed') AS changed
    FROM dateline.visit v
    WHERE v.crawl_id IS NULL AND v.started_at >= (SELECT min(h.hour) FROM hours h)
    GROUP BY 1, 2
), stored AS (
    SELECT a.source_id, date_trunc('hour', a.first_seen_at::timestamptz, 'UTC') AS hour, count(*) AS articles
    FROM dateline.article a WHERE a.first_seen_at >= (SELECT min(h.hour) FROM hours h)
    GROUP BY 1, 2
)
INSERT INTO dateline.coverage_hour AS c (source_id, hour, visits, unchanged, changed, failed, new_articles, was_paused)
SELECT o.id, h.hour, coalesce(s.visits, 0), coalesce(s.unchanged, 0), coalesce(s.changed, 0),
       coalesce(s.visits - s.unchanged - s.changed, 0), coalesce(t.articles, 0), o.is_paused
FROM dateline.source o
JOIN hours h ON h.hour >= date_trunc('hour', o.created_at::timestamptz, 'UTC')
LEFT JOIN seen s ON s.source_id = o.id AND s.hour = h.hour
LEFT JOIN stored t ON t.source_id = o.id AND t.hour = h.hour
WHERE o.removed_at IS NULL
ON CONFLICT (source_id, hour) DO UPDATE
   SET visits = excluded.visits, unchanged = excluded.unchanged, changed = excluded.changed, failed = excluded.failed,
       new_articles = excluded.new_articles, was_paused = excluded.was_paused
 WHERE (c.visits, c.new_articles, c.was_paused) IS DISTINCT FROM (excluded.visits, excluded.new_articles, excluded.was_paused);
