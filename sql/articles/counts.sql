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
                       AND a.dated_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
LEFT JOIN dateline.copy c ON c.article_id = a.id
GROUP BY 1, 2, 3, 4, 5;

-- name: count_all
INSERT INTO dateline.daily_count (day, site, source_id, language, kind, articles, copies, words)
SELECT (a.dated_at AT TIME ZONE 'UTC')::date, a.site, a.source_id, a.language, a.kind, count(*), count(c.article_id),
       sum(a.word_count)
FROM dateline.article a
LEFT JOIN dateline.copy c ON c.article_id = a.id
GROUP BY 1, 2, 3, 4, 5;

-- name: keep_state
INSERT INTO dateline.daily_count_state (counted_to, whole_at) VALUES (%(now)s, %(now)s)
ON CONFLICT (is_only) DO UPDATE
SET counted_to = excluded.counted_to,
    whole_at = CASE WHEN %(whole)s THEN excluded.whole_at ELSE dateline.daily_count_state.whole_at END;

-- name: overdue_analysts
-- Ends what analysts' logins have run for too long; they can switch their own statement_timeout off. Cancelled first;
-- who is still at it, or sits in an idle transaction that holds back VACUUM, loses the connection.
SELECT s.pid, s.usename::text AS login,
       extract(epoch FROM now() - coalesce(s.xact_start, s.query_start))::float8 AS age_s,
       CASE WHEN s.state = 'active' AND now() - s.query_start < make_interval(secs => 2 * %(limit_s)s)
            THEN pg_cancel_backend(s.pid) ELSE pg_terminate_backend(s.pid) END AS is_done
FROM pg_stat_activity s
JOIN pg_roles r ON r.oid = s.usesysid AND NOT r.rolsuper
WHERE s.datname = current_database() AND s.state <> 'idle' AND s.pid <> pg_backend_pid()
  AND pg_has_role(s.usesysid, (SELECT oid FROM pg_roles WHERE rolname = 'dateline_analyst'), 'MEMBER')
  AND coalesce(s.xact_start, s.query_start) < now() - make_interval(secs => %(limit_s)s);
