-- The pace of each host over all workers, and robots.txt.

-- name: claim
-- 0 when the host may be asked now (and is then taken), else the seconds to wait. One statement: the row's lock is the
-- fence between workers. A request that never came back counts as lost after `lost_after_s`, longer than any may
-- take (unless `free_jobs` knows earlier that its process is gone).
INSERT INTO dateline.host_pace AS p (host, next_allowed_at, busy, busy_until, pages_today, today, claim)
VALUES (%(host)s, clock_timestamp() + make_interval(secs => %(delay_s)s), 1,
        clock_timestamp() + make_interval(secs => %(lost_after_s)s),
        (%(a_day)s::integer IS NOT NULL)::integer, (clock_timestamp() AT TIME ZONE 'UTC')::date, %(claim)s)
ON CONFLICT (host) DO UPDATE
   SET claim = excluded.claim,
       next_allowed_at = clock_timestamp() + make_interval(secs => %(delay_s)s),
       busy = CASE WHEN p.busy_until > clock_timestamp() THEN p.busy ELSE 0 END + 1,
       busy_until = clock_timestamp() + make_interval(secs => %(lost_after_s)s),
       pages_today = CASE WHEN p.today = (clock_timestamp() AT TIME ZONE 'UTC')::date THEN p.pages_today ELSE 0 END
                     + (%(a_day)s::integer IS NOT NULL)::integer,
       today = (clock_timestamp() AT TIME ZONE 'UTC')::date
 WHERE p.next_allowed_at <= clock_timestamp()
   AND (p.backoff_until IS NULL OR p.backoff_until <= clock_timestamp())
   AND (p.busy_until IS NULL OR p.busy_until <= clock_timestamp() OR p.busy < %(concurrency)s)
   AND (%(a_day)s::integer IS NULL OR p.pages_today < %(a_day)s
        OR p.today IS DISTINCT FROM (clock_timestamp() AT TIME ZONE 'UTC')::date)
RETURNING 0::float8 AS wait_s;

-- name: wait
-- Seconds until a claim may succeed; 0.05 while another request to the host is in flight. Where the day's pages are
-- spent, until the next day (UTC).
SELECT greatest(0.05, extract(epoch FROM greatest(p.next_allowed_at, coalesce(p.backoff_until, p.next_allowed_at),
       CASE WHEN p.pages_today >= %(a_day)s::integer AND p.today = (clock_timestamp() AT TIME ZONE 'UTC')::date
            THEN (p.today + 1)::timestamp AT TIME ZONE 'UTC'
            ELSE p.next_allowed_at END) - clock_timestamp()))::float8 AS wait_s
FROM dateline.host_pace p WHERE p.host = %(host)s;

-- name: claimed_today
SELECT pages_today FROM dateline.host_pace
 WHERE host = %(host)s AND today = (clock_timestamp() AT TIME ZONE 'UTC')::date;

-- name: release
-- A host of which only a backoff is shared (delay 0) may have no row yet.
INSERT INTO dateline.host_pace AS p (host, backoff_until) VALUES (%(host)s, %(backoff_until)s)
ON CONFLICT (host) DO UPDATE
   SET busy = greatest(p.busy - 1, 0),
       busy_until = CASE WHEN p.busy <= 1 THEN NULL ELSE p.busy_until END,
       next_allowed_at = greatest(p.next_allowed_at, clock_timestamp() + make_interval(secs => %(delay_s)s)),
       backoff_until = greatest(p.backoff_until, %(backoff_until)s);

-- name: unclaim
-- A claim whose answer was lost: taken back where it took place and no other came after it.
UPDATE dateline.host_pace p
   SET busy = greatest(p.busy - 1, 0), busy_until = CASE WHEN p.busy <= 1 THEN NULL ELSE p.busy_until END, claim = NULL
 WHERE p.host = %(host)s AND p.claim = ANY (%(claims)s::uuid[]);

-- name: load_robots
SELECT origin, status, body, fetched_at, expires_at, path FROM dateline.robots
WHERE origin = %(origin)s AND path = %(path)s AND expires_at > %(now)s;

-- name: save_robots
INSERT INTO dateline.robots (origin, path, status, body, fetched_at, expires_at)
VALUES (%(origin)s, %(path)s, %(status)s, %(body)s, %(fetched_at)s, %(expires_at)s)
ON CONFLICT (origin, path) DO UPDATE
   SET status = excluded.status, body = excluded.body, fetched_at = excluded.fetched_at,
       expires_at = excluded.expires_at;

-- name: save_version
-- The version of a site's file that was seen: the last one again, or a new one.
WITH last AS (
    SELECT first_seen_at, status, sha256 FROM dateline.site_file
     WHERE origin = %(origin)s AND path = %(path)s ORDER BY first_seen_at DESC LIMIT 1
), again AS (
    UPDATE dateline.site_file f SET last_seen_at = greatest(f.last_seen_at, %(fetched_at)s) FROM last l
     WHERE f.origin = %(origin)s AND f.path = %(path)s AND f.first_seen_at = l.first_seen_at
       AND l.status = %(status)s AND l.sha256 = %(sha256)s
    RETURNING 1
), old AS (
    DELETE FROM dateline.site_file f
     WHERE f.origin = %(origin)s AND f.path = %(path)s
       AND f.first_seen_at <= (SELECT o.first_seen_at FROM dateline.site_file o
                                WHERE o.origin = %(origin)s AND o.path = %(path)s
                                ORDER BY o.first_seen_at DESC OFFSET %(most)s - 1 LIMIT 1)
       AND NOT EXISTS (SELECT FROM again)
)
INSERT INTO dateline.site_file (origin, path, first_seen_at, last_seen_at, status, sha256, body)
SELECT %(origin)s, %(path)s, %(fetched_at)s, %(fetched_at)s, %(status)s, %(sha256)s, %(text)s
WHERE NOT EXISTS (SELECT FROM again)
ON CONFLICT (origin, path, first_seen_at) DO NOTHING;
