-- Leases, heartbeats and the upkeep of the service.

-- name: take_lease
-- The lease's term when this holder has it now; no row when another does.
INSERT INTO dateline.lease AS l (name, holder, expires_at)
VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(life_s)s))
ON CONFLICT (name) DO UPDATE
   SET holder = excluded.holder, expires_at = excluded.expires_at,
       term = l.term + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END
 WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp()
RETURNING term;

-- name: drop_lease
DELETE FROM dateline.lease WHERE name = %(name)s AND holder = %(holder)s;

-- name: beat
INSERT INTO dateline.heartbeat (process, role, machine, started_at, seen_at)
VALUES (%(process)s, %(role)s, %(machine)s, clock_timestamp(), clock_timestamp())
ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at;

-- name: know_worker
UPDATE dateline.heartbeat SET queue_workers = array_append(queue_workers, %(worker_id)s::bigint)
 WHERE process = %(process)s AND NOT (queue_workers @> ARRAY[%(worker_id)s::bigint]);

-- name: end_beat
DELETE FROM dateline.heartbeat WHERE process = %(process)s;

-- name: jobs_of_the_dead
-- Jobs of processes that are gone: silent for some seconds and with no connection left. The kernel closes a killed process's
-- connections at once, so this is far sooner than a heartbeat alone can tell; one that merely lost the server beats again.
SELECT j.id
FROM dateline.heartbeat h
JOIN procrastinate.procrastinate_jobs j ON j.worker_id = ANY (h.queue_workers) AND j.status = 'doing'
WHERE h.seen_at < clock_timestamp() - make_interval(secs => %(silent_s)s)
  AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = h.process);

-- name: bury
DELETE FROM dateline.heartbeat h
 WHERE h.seen_at < clock_timestamp() - interval '1 hour'
   AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = h.process);

-- name: live_processes
SELECT process, role, machine, started_at::timestamptz AS started_at, seen_at::timestamptz AS seen_at
FROM dateline.heartbeat WHERE seen_at > clock_timestamp() - make_interval(secs => %(within_s)s)
ORDER BY role, started_at;

-- name: prune
-- Records of work older than %(days)s days; articles, revisions and the ledger's lines stay.
WITH old_visits AS (
    DELETE FROM dateline.visit WHERE finished_at < now() - make_interval(days => %(days)s) RETURNING 1
), old_fetches AS (
    DELETE FROM dateline.fetch WHERE finished_at < now() - make_interval(days => %(days)s) AND archive_file IS NULL RETURNING 1
), old_robots AS (
    DELETE FROM dateline.robots WHERE expires_at < now() - interval '30 days' RETURNING 1
)
SELECT (SELECT count(*) FROM old_visits) AS visits, (SELECT count(*) FROM old_fetches) AS fetches;

-- name: forget_archive_files
-- Archive files that retention deleted: rows no longer name them.
WITH gone AS (SELECT unnest(%(files)s::text[]) AS name),
     a AS (UPDATE dateline.article SET archive_file = NULL, archive_offset = NULL, archive_length = NULL
            WHERE archive_file IN (SELECT name FROM gone)),
     r AS (UPDATE dateline.revision SET archive_file = NULL, archive_offset = NULL, archive_length = NULL
            WHERE archive_file IN (SELECT name FROM gone))
UPDATE dateline.fetch SET archive_file = NULL, archive_offset = NULL, archive_length = NULL
 WHERE archive_file IN (SELECT name FROM gone);

-- name: figures
-- What the metrics page and `dateline status` show.
SELECT (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL) AS sources,
       (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL AND is_paused) AS paused,
       (SELECT count(*) FROM dateline.article) AS articles,
       (SELECT count(*) FROM dateline.revision) AS revisions,
       (SELECT count(*) FROM dateline.copy) AS copies,
       (SELECT count(*) FROM dateline.feed_state s JOIN dateline.feed f ON f.id = s.feed_id
         WHERE f.is_active AND f.crawl_id IS NULL AND s.next_due_at < now() - interval '1 minute') AS overdue,
       (SELECT max(finished_at::timestamptz) FROM dateline.visit) AS last_visit_at,
       (SELECT max(first_seen_at::timestamptz) FROM dateline.article) AS last_article_at;

-- name: ledger_counts
SELECT state, coalesce(reason, '') AS reason, count(*) AS urls FROM dateline.url GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2;

-- name: fetch_counts
SELECT result, coalesce(reason, '') AS reason, count(*) AS fetches FROM dateline.fetch GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2;

-- name: visit_counts
SELECT outcome, count(*) AS visits FROM dateline.visit GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: source_success
SELECT s.name, extract(epoch FROM max(t.last_ok_at))::float8 AS last_ok
FROM dateline.source s JOIN dateline.feed f ON f.source_id = s.id AND f.crawl_id IS NULL
JOIN dateline.feed_state t ON t.feed_id = f.id
WHERE s.removed_at IS NULL GROUP BY 1 ORDER BY 1;
