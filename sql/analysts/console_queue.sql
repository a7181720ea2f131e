-- What is being fetched and what waits, for the console's page of the queue.

-- name: hosts
-- Hosts with a job: those being worked on, then those that wait for a worker. `busy`: requests without an answer yet.
SELECT j.lock AS host, j.status = 'doing' AS is_running, o.name AS source,
       CASE WHEN p.busy_until > %(now)s THEN p.busy ELSE 0 END AS busy,
       (SELECT count(*) FROM (SELECT FROM dateline.url u WHERE u.host = j.lock AND u.state = 'pending'
                              AND u.next_attempt_at <= %(now)s LIMIT 1000) AS d) AS due
FROM procrastinate.procrastinate_jobs j
LEFT JOIN dateline.host_pace p ON p.host = j.lock
LEFT JOIN dateline.source o ON o.id = (j.args ->> 'source_id')::bigint
WHERE j.status IN ('todo', 'doing') AND j.lock IS NOT NULL
ORDER BY j.status = 'doing' DESC, j.id LIMIT %(limit)s;

-- name: waiting
-- URLs that wait, those due first at the top, after a place. Served by url_due.
SELECT u.id, u.url, u.host, s.name AS source, u.attempts, u.reason, u.via,
       u.discovered_at::timestamptz AS discovered_at, u.next_attempt_at::timestamptz AS next_attempt_at,
       coalesce(s.is_paused, false) AS is_paused,
       coalesce(s.removed_at IS NOT NULL, false) AS is_removed,
       CASE WHEN p.backoff_until > %(now)s THEN p.backoff_until::timestamptz END AS backoff_until,
       coalesce(c.finished_at IS NULL AND c.seen_at >= %(now)s - make_interval(secs => %(crawl_silent_s)s), false)
       AS is_of_crawl,
       EXISTS (SELECT FROM procrastinate.procrastinate_jobs j WHERE j.lock = u.host AND j.status = 'doing')
       AS is_worked_on
FROM dateline.url u
LEFT JOIN dateline.source s ON s.id = u.source_id
LEFT JOIN dateline.host_pace p ON p.host = u.host
LEFT JOIN dateline.crawl c ON c.id = u.crawl_id
WHERE u.state = 'pending' AND (%(source)s::text IS NULL OR s.name = %(source)s)
  AND (%(host)s::text IS NULL OR u.host = %(host)s)
  AND (%(at)s::timestamptz IS NULL OR (u.next_attempt_at, u.id) > (%(at)s, %(id)s))
ORDER BY u.next_attempt_at, u.id LIMIT %(limit)s;

-- name: counts
-- At most so many are counted.
SELECT (SELECT count(*) FROM (SELECT FROM dateline.url WHERE state = 'pending' LIMIT 100000) AS p) AS pending,
       (SELECT count(*) FROM (SELECT FROM dateline.url WHERE state = 'pending' AND next_attempt_at <= %(now)s
                              LIMIT 100000) AS p) AS due;

-- name: source_of_site
SELECT id FROM dateline.source WHERE site = %(site)s AND removed_at IS NULL ORDER BY id LIMIT 1;

-- name: drop
-- An operator takes URLs out of the queue. One that leads to a stored article is stored as before.
UPDATE dateline.url
   SET state = CASE WHEN article_id IS NULL THEN 'ended' ELSE 'stored' END,
       reason = CASE WHEN article_id IS NULL THEN 'dropped' ELSE reason END,
       detail = NULL, next_attempt_at = NULL, finished_at = %(now)s
 WHERE id = ANY (%(ids)s::bigint[]) AND state = 'pending'
RETURNING id;
