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
-- The row stays, so that the term goes on counting.
UPDATE dateline.lease SET expires_at = clock_timestamp() - interval '1 second'
WHERE name = %(name)s AND holder = %(holder)s;

-- name: beat
INSERT INTO dateline.heartbeat (process, role, machine, started_at, seen_at, figures)
VALUES (%(process)s, %(role)s, %(machine)s, clock_timestamp(), clock_timestamp(), %(figures)s)
ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at, figures = excluded.figures;

-- name: know_worker
INSERT INTO dateline.heartbeat AS h (process, role, machine, queue_workers, started_at, seen_at)
VALUES (%(process)s, %(role)s, %(machine)s, ARRAY[%(worker_id)s::bigint], clock_timestamp(), clock_timestamp())
ON CONFLICT (process) DO UPDATE
   SET queue_workers = array_append(h.queue_workers, %(worker_id)s::bigint), seen_at = excluded.seen_at;

-- name: end_beat
DELETE FROM dateline.heartbeat WHERE process = %(process)s;

-- name: free_jobs
-- Removes jobs from the queue that no process works on; the next tick makes new ones. dead: the process is silent
-- and has no connection left. The kernel closes a killed process's connections at once, so this is far sooner than a
-- heartbeat alone can tell. cut_off: its heartbeat in the job queue is old, or it has left the queue without ending the
-- job. left: waiting for a one-off crawl that is over or silent; on whose host's lock all others would wait for good.
-- All but the last only when the asker itself has been connected for a while: after an outage of the server, processes
-- that live need a moment to come back.
WITH asker AS (
    SELECT clock_timestamp() - min(a.backend_start) AS connected
    FROM dateline.own_session a WHERE a.process = current_setting('application_name')
), dead AS (
    SELECT j.id, j.status, 'its process is gone' AS why
    FROM asker, dateline.heartbeat h
    JOIN procrastinate.procrastinate_jobs j ON j.worker_id = ANY (h.queue_workers) AND j.status = 'doing'
    WHERE asker.connected > make_interval(secs => %(settle_s)s)
      AND h.seen_at < clock_timestamp() - make_interval(secs => %(silent_s)s)
      AND NOT EXISTS (SELECT FROM dateline.own_session a WHERE a.process = h.process)
), cut_off AS (
    SELECT j.id, j.status, 'its worker is silent' AS why
    FROM asker, procrastinate.procrastinate_jobs j
    LEFT JOIN procrastinate.procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing'
      AND (w.id IS NULL
           OR (asker.connected > make_interval(secs => %(settle_s)s + %(heartbeat_s)s)
               AND w.last_heartbeat < clock_timestamp() - make_interval(secs => %(stalled_s)s)))
), left_over AS (
    SELECT j.id, j.status, 'its crawl is over' AS why
    FROM procrastinate.procrastinate_jobs j
    JOIN dateline.crawl c ON j.queue_name = 'crawl-' || c.id
    WHERE j.status = 'todo' AND j.queue_name LIKE 'crawl-%%'
      AND (c.finished_at IS NOT NULL OR c.seen_at < clock_timestamp() - make_interval(secs => %(crawl_silent_s)s))
), freed AS (
    DELETE FROM procrastinate.procrastinate_jobs j
     USING (SELECT id, status, why FROM dead UNION SELECT id, status, why FROM cut_off
            UNION SELECT id, status, why FROM left_over) AS gone
     WHERE j.id = gone.id AND j.status = gone.status
    RETURNING j.id, j.lock AS host, gone.why
), unclaimed AS (
    -- the requests of a process that is gone are gone, too: its host need not wait until they count as lost
    UPDATE dateline.host_pace p SET busy = 0, busy_until = NULL
      FROM freed WHERE p.host = freed.host AND freed.why = 'its process is gone'
)
SELECT id, host, why FROM freed;

-- name: free_unheld
-- Releases jobs that the queue lists as running on a worker that is not running them: the answer was lost. (On the
-- queue's own connections.)
DELETE FROM procrastinate.procrastinate_jobs
 WHERE worker_id = %(worker_id)s AND status = 'doing' AND NOT id = ANY (%(held)s::bigint[]);

-- name: end_silent
-- Ends the connections of processes that have been silent for too long: frozen, or cut off without a reset. A store's
-- transaction that is half sent holds locks that every worker needs; the server waits for its next statement, which
-- no timeout of its own bounds in the middle of a pipeline (idle_in_transaction_session_timeout counts from a Sync),
-- until TCP gives up after hours. Only connections that have been silent for as long themselves: a process that hears
-- again makes new ones, and would never get to say so if those were ended, too.
WITH asker AS (
    SELECT clock_timestamp() - min(a.backend_start) AS connected
    FROM dateline.own_session a WHERE a.process = current_setting('application_name')
)
SELECT h.process, count(*) FILTER (WHERE pg_terminate_backend(a.pid)) AS connections
FROM asker, dateline.heartbeat h JOIN dateline.own_session a ON a.process = h.process
WHERE asker.connected > make_interval(secs => %(settle_s)s + %(heartbeat_s)s)
  AND h.seen_at < clock_timestamp() - make_interval(secs => %(stalled_s)s)
  AND greatest(a.backend_start, a.state_change) < clock_timestamp() - make_interval(secs => %(stalled_s)s)
GROUP BY h.process;

-- name: release_dead
-- What a process held whose parent saw it end, jobs and lease, as soon as the server has seen that, too: its
-- connections are closed, and what they had open is rolled back. It goes off the list; no row until then.
WITH dead AS (
    DELETE FROM dateline.heartbeat h
     WHERE starts_with(h.process, %(prefix)s)
       AND NOT EXISTS (SELECT FROM dateline.own_session a WHERE a.process = h.process)
    RETURNING h.process, h.queue_workers
), freed AS (
    DELETE FROM procrastinate.procrastinate_jobs j USING dead
     WHERE j.worker_id = ANY (dead.queue_workers) AND j.status = 'doing'
    RETURNING j.id, j.lock AS host
), unclaimed AS (
    UPDATE dateline.host_pace p SET busy = 0, busy_until = NULL FROM freed WHERE p.host = freed.host
), lease AS (
    UPDATE dateline.lease l SET expires_at = clock_timestamp() - interval '1 second' FROM dead
    WHERE l.holder = dead.process
)
SELECT (SELECT count(*) FROM freed) AS jobs FROM dead;

-- name: repair_future_dates
-- What a worker wrote whose clock was ahead of the server's, and what would now wait until then: pages that were
-- visited in what is the future are due, and so are URLs found there. No wait that is written down is longer than a day
-- and a jitter of a tenth (next_visit.LONGEST_S, retry_after.MAX_BACKOFF): a longer one was counted from a wrong clock.
-- now(), because an index can't be searched by clock_timestamp(), which changes from row to row.
WITH feed AS (
    UPDATE dateline.feed_state
       SET next_due_at = least(next_due_at, now()), last_visit_at = now(),
           last_ok_at = least(last_ok_at, now()), last_new_at = least(last_new_at, now())
     WHERE last_visit_at > now() + interval '1 minute'
    RETURNING feed_id
), url AS (
    UPDATE dateline.url SET next_attempt_at = now(), discovered_at = least(discovered_at, now())
     WHERE state = 'pending' AND next_attempt_at > now() + interval '1 minute'
       AND (discovered_at > now() + interval '1 minute'
            OR next_attempt_at > now() + interval '27 hours')
    RETURNING id
), robots AS (
    UPDATE dateline.robots SET fetched_at = now(), expires_at = now()
     WHERE fetched_at > now() + interval '1 minute' AND EXISTS (SELECT FROM feed)
), pace AS (
    UPDATE dateline.host_pace SET backoff_until = NULL
     WHERE backoff_until > now() + interval '25 hours' AND EXISTS (SELECT FROM feed)
)
SELECT (SELECT count(*) FROM feed) AS feeds, (SELECT count(*) FROM url) AS urls;

-- name: server_clock
SELECT extract(epoch FROM clock_timestamp())::float8 AS at;

-- name: clock_set_back
-- Instants that something waits for, counted before the clock was set back. What was counted in the seconds since
-- then is left alone where a visit's own time tells. The pages' last visits are not in the future any more, so that
-- repair_future_dates does not make all of them due at once.
WITH step AS (
    SELECT make_interval(secs => %(back_s)s) AS back
), feed AS (
    UPDATE dateline.feed_state s
       SET next_due_at = s.next_due_at - step.back, last_visit_at = least(s.last_visit_at, now()),
           last_ok_at = least(s.last_ok_at, now()), last_new_at = least(s.last_new_at, now())
      FROM step
     WHERE s.next_due_at > now()
       AND (s.last_visit_at BETWEEN now() - interval '10 seconds' AND now()) IS NOT TRUE
), url AS (
    UPDATE dateline.url u
       SET next_attempt_at = u.next_attempt_at - step.back, discovered_at = least(u.discovered_at, now())
      FROM step WHERE u.state = 'pending' AND u.next_attempt_at > now()
), pace AS (
    UPDATE dateline.host_pace p
       SET next_allowed_at = p.next_allowed_at - step.back, busy_until = p.busy_until - step.back,
           backoff_until = p.backoff_until - step.back
      FROM step WHERE greatest(p.next_allowed_at, p.busy_until, p.backoff_until) > now()
), lease AS (
    UPDATE dateline.lease l SET expires_at = l.expires_at - step.back
      FROM step WHERE l.expires_at > now() + interval '1 minute'
), beat AS (
    UPDATE dateline.heartbeat SET seen_at = now() WHERE seen_at > now()
), delivery AS (
    UPDATE dateline.watch_delivery d SET next_attempt_at = d.next_attempt_at - step.back
      FROM step WHERE d.next_attempt_at > now()
), mail AS (
    UPDATE dateline.watch_mail m
       SET next_attempt_at = m.next_attempt_at - step.back, last_sent_at = least(m.last_sent_at, now())
      FROM step WHERE greatest(m.next_attempt_at, m.last_sent_at) > now()
), alarm_mail AS (
    UPDATE dateline.alarm_mail m
       SET next_attempt_at = m.next_attempt_at - step.back, last_sent_at = least(m.last_sent_at, now())
      FROM step WHERE greatest(m.next_attempt_at, m.last_sent_at) > now()
), alarm_hook AS (
    UPDATE dateline.alarm_hook h
       SET next_attempt_at = h.next_attempt_at - step.back, last_sent_at = least(h.last_sent_at, now())
      FROM step WHERE greatest(h.next_attempt_at, h.last_sent_at) > now()
)
UPDATE dateline.alarm_webhook h
   SET next_attempt_at = h.next_attempt_at - step.back, last_sent_at = least(h.last_sent_at, now())
  FROM step WHERE greatest(h.next_attempt_at, h.last_sent_at) > now();

-- name: open_crawls
-- One-off crawls that live and that any worker may help. One with a limit counts its pages in its own process.
SELECT c.id FROM dateline.crawl c
 WHERE c.finished_at IS NULL AND c.seen_at > clock_timestamp() - interval '30 seconds' AND NOT c.options ? 'limit'
 ORDER BY c.id;

-- name: prune_processes
DELETE FROM dateline.heartbeat h
 WHERE h.seen_at < clock_timestamp() - interval '1 hour'
   AND NOT EXISTS (SELECT FROM dateline.own_session a WHERE a.process = h.process);

-- name: live_processes
SELECT process, role, machine, started_at::timestamptz AS started_at, seen_at::timestamptz AS seen_at
FROM dateline.heartbeat WHERE seen_at > clock_timestamp() - make_interval(secs => %(within_s)s)
ORDER BY role, started_at;

-- name: prune
-- Records of work older than %(days)s days; articles, revisions and the ledger's lines stay. Jobs that failed are of no
-- use after a week: what they were about is in the ledger. Of feed texts the HTML goes, not the article's text.
WITH old_visits AS (
    DELETE FROM dateline.visit WHERE finished_at < now() - make_interval(days => %(days)s) RETURNING 1
), old_fetches AS (
    DELETE FROM dateline.fetch WHERE finished_at < now() - make_interval(days => %(days)s) AND archive_file IS NULL
    RETURNING 1
), old_contents AS (
    UPDATE dateline.feed_item i SET content = NULL FROM dateline.url u
     WHERE u.id = i.url_id AND i.content IS NOT NULL AND i.seen_at < now() - make_interval(days => %(days)s)
       AND u.state <> 'pending'
), old_robots AS (
    DELETE FROM dateline.robots WHERE expires_at < now() - interval '30 days' RETURNING 1
), old_feeds AS (
    DELETE FROM dateline.feed f USING dateline.crawl c
     WHERE c.id = f.crawl_id AND coalesce(c.finished_at, c.seen_at) < now() - make_interval(days => %(days)s)
     RETURNING 1
), old_jobs AS (
    DELETE FROM procrastinate.procrastinate_jobs j
     WHERE j.status NOT IN ('todo', 'doing')
       AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_events e
                        WHERE e.job_id = j.id AND e.at > now() - interval '7 days') RETURNING 1
)
SELECT (SELECT count(*) FROM old_visits) AS visits, (SELECT count(*) FROM old_fetches) AS fetches,
       (SELECT count(*) FROM old_feeds) AS feeds, (SELECT count(*) FROM old_jobs) AS jobs;

-- name: forget_archive_files
-- Archive files that retention deleted: rows no longer name them.
-- Articles stay, and tell since when. They are found by their fetches (fetch_archive), which were written with them.
WITH led_to AS (
    UPDATE dateline.fetch SET archive_file = NULL, archive_offset = NULL, archive_length = NULL
     WHERE archive_file = ANY (%(files)s::text[])
    RETURNING article_id
), r AS (
    UPDATE dateline.revision SET archive_file = NULL, archive_offset = NULL, archive_length = NULL
     WHERE article_id IN (SELECT article_id FROM led_to) AND archive_file = ANY (%(files)s::text[])
)
UPDATE dateline.article
   SET archive_file = NULL, archive_offset = NULL, archive_length = NULL, archive_expired_at = %(now)s
 WHERE id IN (SELECT article_id FROM led_to) AND archive_file = ANY (%(files)s::text[]);

-- name: figures
-- What `dateline status` shows, from running totals and indexes.
SELECT (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL) AS sources,
       (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL AND is_paused) AS paused,
       t.articles, t.revisions, t.copies,
       (SELECT count(*) FROM dateline.feed_state s JOIN dateline.feed f ON f.id = s.feed_id
         WHERE f.is_active AND f.crawl_id IS NULL AND s.next_due_at < now() - interval '1 minute') AS overdue,
       (SELECT finished_at::timestamptz FROM dateline.visit ORDER BY id DESC LIMIT 1) AS last_visit_at,
       (SELECT first_seen_at::timestamptz FROM dateline.article
         WHERE kind <> 'headline' ORDER BY id DESC LIMIT 1) AS last_article_at
FROM (SELECT coalesce(sum(value) FILTER (WHERE name = 'article'), 0)::bigint AS articles,
             coalesce(sum(value) FILTER (WHERE name = 'revision'), 0)::bigint AS revisions,
             coalesce(sum(value) FILTER (WHERE name = 'copy'), 0)::bigint AS copies
        FROM dateline.total WHERE name IN ('article', 'revision', 'copy')) AS t;

-- name: ledger_counts
-- Copies count as new: later it may turn out that another of them is the original. How many are copies is a figure.
SELECT labels[1] AS state, CASE labels[2] WHEN 'copy' THEN 'new' ELSE labels[2] END AS reason,
       sum(value)::bigint AS urls
FROM dateline.total WHERE name = 'url'
GROUP BY 1, 2 HAVING sum(value) <> 0 ORDER BY 3 DESC, 1, 2;

-- name: has_leader
SELECT EXISTS (SELECT FROM dateline.lease l WHERE l.name = %(name)s AND l.expires_at > clock_timestamp());

-- name: late_pages
-- Watched pages of healthy sources that have been due for a while, and for how long the first of them.
-- Served by feed_due.
SELECT count(*) AS pages,
       coalesce(max(extract(epoch FROM clock_timestamp() - s.next_due_at::timestamptz)), 0)::float8 AS longest_s
FROM dateline.feed_state s
JOIN dateline.feed f ON f.id = s.feed_id
JOIN dateline.source o ON o.id = f.source_id
LEFT JOIN dateline.host_pace p ON p.host = f.host
WHERE s.next_due_at < clock_timestamp() - make_interval(secs => %(late_s)s) AND s.failures = 0
  AND f.is_active AND f.crawl_id IS NULL AND NOT o.is_paused AND o.removed_at IS NULL
  AND (p.backoff_until IS NULL OR p.backoff_until <= clock_timestamp());
