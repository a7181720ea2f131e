-- What a scrape of the metrics reads: running totals, small tables and indexes, never a large table from end to end.

-- name: totals
-- Articles and headlines are kept for each source, and reported for all.
SELECT name, CASE WHEN name IN ('article', 'headline') THEN '{}' ELSE labels END AS labels, sum(value) AS value
FROM dateline.total GROUP BY 1, 2 ORDER BY 1, 2;

-- name: add_total
SELECT dateline.add_total(%(name)s, '{}', %(amount)s::float8);

-- name: fold_totals
-- The totals of backends that ended, added to those of backend 0. Any process may do it, any number of times.
WITH ended AS (
    DELETE FROM dateline.total t
     WHERE t.backend <> 0 AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = t.backend)
    RETURNING t.name, t.labels, t.value
)
INSERT INTO dateline.total AS t (name, labels, backend, value)
SELECT name, labels, 0, sum(value) FROM ended GROUP BY name, labels
ON CONFLICT (name, labels, backend) DO UPDATE SET value = t.value + excluded.value;

-- name: state
-- The service in one row.
SELECT (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL) AS sources,
       (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL AND is_paused) AS paused,
       due.overdue, due.lag_s,
       EXISTS (SELECT FROM dateline.lease l WHERE l.name = 'scheduler' AND l.expires_at > clock_timestamp()) AS is_led,
       coalesce((SELECT term FROM dateline.lease WHERE name = 'scheduler'), 0) AS takeovers,
       (SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE status = 'todo') AS jobs_waiting,
       (SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE status = 'doing') AS jobs_running,
       (SELECT extract(epoch FROM first_seen_at::timestamptz)::float8 FROM dateline.article
        WHERE kind <> 'headline' ORDER BY id DESC LIMIT 1) AS last_article_at,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
       current_setting('max_connections')::int AS max_connections,
       pg_database_size(current_database()) AS database_bytes,
       current_setting('server_version') AS server_version
FROM (SELECT count(*) AS overdue,
             coalesce(extract(epoch FROM clock_timestamp() - min(s.next_due_at::timestamptz)), 0)::float8 AS lag_s
        FROM dateline.feed_state s
        JOIN dateline.feed f ON f.id = s.feed_id
        JOIN dateline.source o ON o.id = f.source_id
        LEFT JOIN dateline.host_pace p ON p.host = f.host AND p.backoff_until > clock_timestamp()
       WHERE s.next_due_at < clock_timestamp() - interval '1 minute' AND f.is_active AND f.crawl_id IS NULL
         AND NOT o.is_paused AND o.removed_at IS NULL AND p.host IS NULL) AS due;

-- name: sources
-- Of each source that is watched: when a page of it was last answered properly, how often the most visited one is due,
-- and how many there are.
SELECT o.name, extract(epoch FROM max(t.last_ok_at::timestamptz))::float8 AS last_ok_at,
       min(t.interval_s) AS interval_s, count(*) AS pages
FROM dateline.source o
JOIN dateline.feed f ON f.source_id = o.id AND f.crawl_id IS NULL AND f.is_active
JOIN dateline.feed_state t ON t.feed_id = f.id
WHERE o.removed_at IS NULL AND NOT o.is_paused
GROUP BY o.name ORDER BY o.name;

-- name: alarms
-- Active alarms.
SELECT source, kind FROM news.alarms WHERE until IS NULL ORDER BY source, kind;

-- name: subscriptions
-- Subscriptions at WebSub hubs, by state.
SELECT state, count(*) AS subscriptions FROM dateline.subscription GROUP BY state ORDER BY state;

-- name: processes
SELECT role, machine, figures FROM dateline.heartbeat WHERE seen_at > clock_timestamp() - interval '15 seconds'
ORDER BY role, machine, process;
