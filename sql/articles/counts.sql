-- The roll-up of articles by day.

-- name: lock
-- One at a time; freed at the end of the transaction.
SELECT pg_advisory_xact_lock(7234017284);

-- name: state
SELECT counted_to, whole_at FROM dateline.daily_count_state;

-- name: touched_days
-- Days of what was stored, revised, linked as a copy or let go since. Served by article_first_seen, article_revised,
-- copy_decided.
SELECT DISTINCT (a.dated_at AT TIME ZONE 'UTC')::date AS day FROM dateline.article a
WHERE a.id IN (SELECT id FROM dateline.article WHERE first_seen_at >= %(since)s
               UNION SELECT id FROM dateline.article WHERE revised_at >= %(since)s
               UNION SELECT article_id FROM dateline.copy WHERE decided_at >= %(since)s);

-- name: clear_days
DELETE FROM dateline.daily_count WHERE day = ANY (%(days)s::date[]);

-- name: clear_all
TRUNCATE dateline.daily_count;

-- name: count_days
-- Counts these days again. Served by article_dated.
INSERT INTO dateline.daily_count (day, site, source_id, language, kind, articles, copies, words)
SELECT d.day, a.site, a.source_id, a.language, a.kind, count(*), count(c.article_id), sum(a.word_count)
FROM unnest(%(days)s::date[]) AS d (day)
JOIN dateline.article a ON a.dated_at >= d.day::timestamp AT TIME ZONE 'UTC'
                       AND a.dated_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC' AND a.kind <> 'headline'
LEFT JOIN dateline.copy c ON c.article_id = a.id
GROUP BY 1, 2, 3, 4, 5;

-- name: count_all
INSERT INTO dateline.daily_count (day, site, source_id, language, kind, articles, copies, words)
SELECT (a.dated_at AT TIME ZONE 'UTC')::date, a.site, a.source_id, a.language, a.kind, count(*), count(c.article_id),
       sum(a.word_count)
FROM dateline.article a
LEFT JOIN dateline.copy c ON c.article_id = a.id
WHERE a.kind <> 'headline'
GROUP BY 1, 2, 3, 4, 5;

-- name: keep_state
INSERT INTO dateline.daily_count_state (counted_to, whole_at) VALUES (%(now)s, %(now)s)
ON CONFLICT (is_only) DO UPDATE
SET counted_to = excluded.counted_to,
    whole_at = CASE WHEN %(whole)s THEN excluded.whole_at ELSE dateline.daily_count_state.whole_at END;

-- name: overdue_analysts
-- Ends what analysts' logins do at the cost of others; they can switch all timeouts of their own sessions off. A
-- statement that runs for too long is cancelled first; all else, and who is still at it, loses the connection.
WITH analyst AS MATERIALIZED (
    SELECT s.pid, s.usename::text AS login, s.state, s.query_start, s.state_change,
           coalesce(s.xact_start, s.query_start, s.backend_start) AS since
    FROM pg_stat_activity s
    JOIN pg_roles r ON r.oid = s.usesysid AND NOT r.rolsuper
    WHERE s.datname = current_database() AND s.pid <> pg_backend_pid() AND s.backend_type = 'client backend'
      AND pg_has_role(s.usesysid, (SELECT oid FROM pg_roles WHERE rolname = 'dateline_analyst'), 'MEMBER')
), blocking AS MATERIALIZED (
    SELECT unnest(pg_blocking_pids(w.pid)) AS pid FROM pg_stat_activity w
    WHERE w.wait_event_type = 'Lock' AND w.query_start < clock_timestamp() - interval '1 second'
      AND w.pid NOT IN (SELECT pid FROM analyst) AND EXISTS (SELECT FROM analyst)
), found AS (
    SELECT a.pid, a.login, a.state, a.query_start, extract(epoch FROM clock_timestamp() - a.since)::float8 AS age_s,
           CASE WHEN a.pid IN (SELECT pid FROM blocking) THEN 'it kept another login waiting for a lock'
                WHEN pg_notification_queue_usage() > %(queue_share)s THEN 'notices filled their queue'
                WHEN a.state LIKE 'idle in transaction%%'
                     AND a.state_change < clock_timestamp() - make_interval(secs => %(idle_s)s)
                THEN 'it left a transaction open'
                WHEN a.state <> 'idle' AND a.since < clock_timestamp() - make_interval(secs => %(limit_s)s)
                THEN 'it ran for too long'
                WHEN a.state = 'idle' AND a.state_change < clock_timestamp() - make_interval(secs => %(idle_s)s)
                     AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory')
                THEN 'it held locks and did nothing' END AS why
    FROM analyst a
)
SELECT f.pid, f.login, f.age_s, f.why,
       CASE WHEN f.why = 'it ran for too long' AND f.state = 'active'
                 AND clock_timestamp() - f.query_start < make_interval(secs => 2 * %(limit_s)s)
            THEN pg_cancel_backend(f.pid) ELSE pg_terminate_backend(f.pid) END AS is_done
FROM found f WHERE f.why IS NOT NULL;
