-- Backfills: what they are, what they have still to read, and what they may request.

-- name: source
-- The source and what is known of it without a request.
SELECT s.id, s.name, s.home, s.site, s.politeness,
       (SELECT max(t.last_ok_at::timestamptz) FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
         WHERE f.source_id = s.id AND f.crawl_id IS NULL AND f.is_active) AS last_ok_at
FROM dateline.source s WHERE s.name = %(name)s AND s.removed_at IS NULL;

-- name: watched
-- The pages that the source's definition names.
SELECT f.url, f.kind FROM dateline.feed f
 WHERE f.source_id = %(source_id)s AND f.crawl_id IS NULL AND f.parent_id IS NULL AND f.is_active
 ORDER BY f.id;

-- name: open_one
-- The source's backfill that is not done, if any.
SELECT b.id, b.since::timestamptz AS since, b.until::timestamptz AS until, b.state FROM dateline.backfill b
 WHERE b.source_id = %(source_id)s AND b.state <> 'done' FOR UPDATE;

-- name: begin
WITH crawl AS (
    INSERT INTO dateline.crawl (targets, options, started_at, seen_at, finished_at)
    VALUES (ARRAY[%(target)s], %(options)s, %(now)s, %(now)s, %(now)s) RETURNING id
)
-- The budget is the source's for the day: what an earlier backfill of it spent today counts.
INSERT INTO dateline.backfill (source_id, crawl_id, host, since, until, budget, with_wayback, started_at, day, spent)
SELECT %(source_id)s, crawl.id, %(host)s, %(since)s, %(until)s, %(budget)s, %(with_wayback)s, %(now)s, %(today)s,
       coalesce((SELECT max(b.spent) FROM dateline.backfill b
                  WHERE b.source_id = %(source_id)s AND b.day = %(today)s), 0)
FROM crawl
RETURNING id;

-- name: resume
UPDATE dateline.backfill
   SET state = 'running', ended_at = NULL, budget = coalesce(%(budget)s, budget), wait_until = NULL, waits_for = NULL,
       with_wayback = with_wayback OR %(with_wayback)s
 WHERE id = %(id)s;

-- name: stop
UPDATE dateline.backfill b SET state = 'stopped', ended_at = %(now)s
  FROM dateline.source s WHERE s.id = b.source_id AND s.name = %(name)s AND b.state = 'running'
RETURNING b.id;

-- name: take
-- A backfill, for one process at a time: one whose connections are gone has left it, and its host's request is lost.
WITH left_by_dead AS (
    UPDATE dateline.host_pace p SET busy = 0, busy_until = NULL
      FROM dateline.backfill b
     WHERE b.host = p.host AND b.state = 'running' AND (b.id = %(id)s OR b.host = %(host)s) AND b.holder <> %(holder)s
       AND p.busy > 0
       AND NOT EXISTS (SELECT FROM dateline.own_session a WHERE a.process = b.holder)
       AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j WHERE j.lock = b.host AND j.status = 'doing')
)
UPDATE dateline.backfill b SET holder = %(holder)s
  FROM dateline.source s
 WHERE s.id = b.source_id AND NOT s.is_paused AND s.removed_at IS NULL
   AND b.state = 'running' AND (b.id = %(id)s OR b.host = %(host)s)
   AND (b.wait_until IS NULL OR b.wait_until <= %(now)s)
   AND (b.holder IS NULL OR b.holder = %(holder)s
        OR NOT EXISTS (SELECT FROM dateline.own_session a WHERE a.process = b.holder))
   AND b.id = (SELECT min(o.id) FROM dateline.backfill o
                WHERE o.state = 'running' AND (o.id = %(id)s OR o.host = %(host)s)
                  AND (o.wait_until IS NULL OR o.wait_until <= %(now)s))
RETURNING b.id, b.source_id, s.name AS source, b.crawl_id, s.home, s.site, b.since::timestamptz AS since,
          b.until::timestamptz AS until, b.with_wayback,
          s.politeness || jsonb_build_object('home', s.home) AS politeness, b.budget, b.host,
          ARRAY(SELECT DISTINCT w.host FROM dateline.feed w
                 WHERE w.source_id = b.source_id AND w.crawl_id IS NULL AND w.parent_id IS NULL) AS source_hosts;

-- name: release
UPDATE dateline.backfill SET holder = NULL WHERE id = %(id)s AND holder = %(holder)s;

-- name: is_host_wanted
-- Whether the service has a job for the host, and a worker that lives.
SELECT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                WHERE j.lock = %(host)s AND j.status IN ('todo', 'doing') AND j.queue_name = 'visits')
   AND EXISTS (SELECT FROM dateline.heartbeat h
                WHERE h.role = 'worker' AND h.seen_at > clock_timestamp() - interval '10 seconds');

-- name: spend
-- Counts a request, before it is made; no row where the day's are spent.
UPDATE dateline.backfill b
   SET spent = CASE WHEN b.day = %(today)s THEN b.spent ELSE 0 END + 1, day = %(today)s, requests = b.requests + 1
 WHERE b.id = %(id)s AND (b.day IS DISTINCT FROM %(today)s OR b.spent < b.budget)
RETURNING b.spent;

-- name: wait
UPDATE dateline.backfill SET wait_until = %(until)s, waits_for = %(reason)s WHERE id = %(id)s;

-- name: add_pages
-- Lists to read, each once, as far as there is room.
INSERT INTO dateline.backfill_page (backfill_id, way, rank, url, url_hash, newest_at, depth, is_guess)
SELECT %(id)s, p.way, p.rank, p.url, p.url_hash, p.newest_at, p.depth, p.is_guess
FROM unnest(%(ways)s::text[], %(ranks)s::smallint[], %(urls)s::text[], %(url_hashes)s::uuid[],
            %(newest)s::timestamptz[], %(depths)s::smallint[], %(guesses)s::boolean[])
     WITH ORDINALITY AS p (way, rank, url, url_hash, newest_at, depth, is_guess, place)
ORDER BY p.place
LIMIT greatest(0, %(most)s - (SELECT count(*) FROM dateline.backfill_page WHERE backfill_id = %(id)s))
ON CONFLICT (backfill_id, way, url_hash) DO NOTHING;

-- name: next_page
-- The next list: of the first way that has one, the newest first. Served by backfill_page_next.
SELECT p.id, p.way, p.url, p.newest_at::timestamptz AS newest_at, p.depth, p.is_guess, p.tries
FROM dateline.backfill_page p
WHERE p.backfill_id = %(id)s AND p.state = 'waiting'
ORDER BY p.rank, p.newest_at DESC NULLS LAST, p.id LIMIT 1;

-- name: read_page
-- The list is read; whether another of its way had the very same bytes.
UPDATE dateline.backfill_page p SET state = 'read', body_hash = %(body_hash)s
 WHERE p.id = %(page_id)s
RETURNING EXISTS (SELECT FROM dateline.backfill_page o
                   WHERE o.backfill_id = p.backfill_id AND o.way = p.way AND o.id <> p.id
                     AND o.body_hash = %(body_hash)s);

-- name: miss_page
UPDATE dateline.backfill_page
   SET tries = tries + 1, state = CASE WHEN %(is_last)s THEN 'failed' ELSE state END
 WHERE id = %(page_id)s;

-- name: skip_pages
UPDATE dateline.backfill_page SET state = 'skipped'
 WHERE backfill_id = %(id)s AND way = %(way)s AND state = 'waiting';

-- name: count_way
INSERT INTO dateline.backfill_way AS w (backfill_id, way, pages, items, idle, failed, note)
VALUES (%(id)s, %(way)s, %(pages)s, %(items)s, (%(pages)s > 0 AND %(items)s = 0)::integer, %(failed)s, %(note)s)
ON CONFLICT (backfill_id, way) DO UPDATE
   SET pages = w.pages + excluded.pages, items = w.items + excluded.items,
       idle = CASE WHEN excluded.items > 0 THEN 0 ELSE w.idle + excluded.idle END,
       failed = CASE WHEN excluded.pages > 0 THEN 0 ELSE w.failed + excluded.failed END,
       note = coalesce(excluded.note, w.note)
RETURNING w.idle, w.failed, w.stale, w.ended;

-- name: count_age
-- Articles in a row that turned out to be older than wanted.
UPDATE dateline.backfill_way
   SET stale = CASE WHEN %(is_old)s THEN stale + 1 ELSE 0 END
 WHERE backfill_id = %(id)s AND way = %(way)s
RETURNING stale;

-- name: end_way
UPDATE dateline.backfill_way SET ended = %(why)s WHERE backfill_id = %(id)s AND way = %(way)s AND ended IS NULL;

-- name: add_items
-- What a list names, each address once; how many were not named before.
WITH added AS (
    INSERT INTO dateline.backfill_item
           (backfill_id, url_key, url, way, rank, via, hints, content, said, at, state)
    SELECT DISTINCT ON (c.url_key)
           %(id)s, c.url_key, c.url, %(way)s, %(rank)s, c.via, c.hints, c.content, c.said, c.at, c.state
    FROM unnest(%(url_keys)s::uuid[], %(urls)s::text[], %(vias)s::text[], %(hints)s::jsonb[], %(contents)s::text[],
                %(saids)s::uuid[], %(ats)s::timestamptz[], %(states)s::text[])
         WITH ORDINALITY AS c (url_key, url, via, hints, content, said, at, state, place)
    ORDER BY c.url_key, c.place
    ON CONFLICT (backfill_id, url_key) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM added;

-- name: count_items
SELECT count(*) FROM dateline.backfill_item WHERE backfill_id = %(id)s;

-- name: next_items
-- The next articles to ask for: of the first way that has one, the newest first. Served by backfill_item_next.
SELECT i.id, i.url_key, i.url, i.way, i.via, i.hints, i.content, i.said, i.tries
FROM dateline.backfill_item i
WHERE i.backfill_id = %(id)s AND i.state = 'waiting' AND (i.due_at IS NULL OR i.due_at <= %(now)s)
ORDER BY i.rank, i.at DESC NULLS LAST, i.id LIMIT %(limit)s;

-- name: next_due
SELECT min(i.due_at)::timestamptz FROM dateline.backfill_item i WHERE i.backfill_id = %(id)s AND i.state = 'waiting';

-- name: ours
-- Which lines of the ledger a backfill may ask for: its own, and those that were left out for their dates.
SELECT u.url_key FROM dateline.url u
 WHERE u.url_key = ANY (%(url_keys)s::uuid[]) AND u.state = 'ended'
   AND u.reason IN ('backfilling', 'before_since', 'after_until', 'over_limit');

-- name: lines
SELECT u.id, u.url_key, u.url, u.host, %(source_id)s AS source_id, o.name AS source, %(crawl_id)s AS crawl_id, u.via,
       u.depth, u.hints, u.attempts, o.politeness || jsonb_build_object('home', o.home) AS politeness,
       CASE WHEN o.timezone <> 'UTC' THEN jsonb_build_object('timezone', o.timezone) ELSE '{}' END
         || o.extraction AS extraction,
       o.title AS source_title, %(options)s::jsonb AS options, u.named_by,
       i.url_id IS NOT NULL AS is_in_feed, i.content IS NOT NULL AS has_content, true AS is_backfill
FROM dateline.url u
JOIN dateline.source o ON o.id = %(source_id)s
LEFT JOIN dateline.feed_item i ON i.url_id = u.id
WHERE u.url_key = ANY (%(url_keys)s::uuid[]);

-- name: end_items
UPDATE dateline.backfill_item SET state = %(state)s, content = NULL
 WHERE backfill_id = %(id)s AND url_key = ANY (%(url_keys)s::uuid[]) AND state = 'waiting';

-- name: end_known
-- Articles that the ledger knows: what this backfill itself stored or kept out before it was stopped or killed counts
-- as such.
UPDATE dateline.backfill_item i
   SET content = NULL, state = coalesce(
       (SELECT CASE WHEN u.state IN ('stored', 'duplicate') THEN 'stored' WHEN u.state = 'failed' THEN 'failed'
                    WHEN u.state = 'ended' THEN 'not_stored' END
          FROM dateline.url u JOIN dateline.backfill b ON b.crawl_id = u.crawl_id
         WHERE u.url_key = i.url_key AND b.id = i.backfill_id), 'known')
 WHERE i.backfill_id = %(id)s AND i.url_key = ANY (%(url_keys)s::uuid[]) AND i.state = 'waiting';

-- name: postpone_item
UPDATE dateline.backfill_item SET tries = tries + 1, due_at = %(until)s
 WHERE backfill_id = %(id)s AND url_key = %(url_key)s;

-- name: finish
-- It is done: what it named is counted, and no longer kept.
WITH counted AS (
    SELECT coalesce(jsonb_object_agg(c.state, c.n), '{}') AS counts
    FROM (SELECT state, count(*) AS n FROM dateline.backfill_item WHERE backfill_id = %(id)s GROUP BY state) AS c
), pages AS (
    DELETE FROM dateline.backfill_page WHERE backfill_id = %(id)s
), items AS (
    DELETE FROM dateline.backfill_item WHERE backfill_id = %(id)s
)
UPDATE dateline.backfill SET state = 'done', ended_at = %(now)s, holder = NULL, counts = counted.counts FROM counted
 WHERE id = %(id)s;

-- name: status
-- All backfills, or one source's last; the newest first.
SELECT b.id, s.name AS source, b.state, b.since::timestamptz AS since, b.until::timestamptz AS until, b.budget,
       b.host, b.with_wayback, b.started_at::timestamptz AS started_at, b.ended_at::timestamptz AS ended_at,
       b.wait_until::timestamptz AS wait_until, b.waits_for, b.requests,
       CASE WHEN b.day = %(today)s THEN b.spent ELSE 0 END AS requests_today,
       CASE WHEN b.state = 'done' THEN b.counts ELSE coalesce(i.counts, '{}') END AS counts,
       i.reached_at, coalesce(w.ways, '[]') AS ways,
       s.is_paused OR s.removed_at IS NOT NULL AS is_paused,
       EXISTS (SELECT FROM dateline.own_session a WHERE a.process = b.holder) AS is_held
FROM dateline.backfill b
JOIN dateline.source s ON s.id = b.source_id
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(c.state, c.n) AS counts, min(c.reached_at) AS reached_at
    FROM (SELECT j.state, count(*) AS n,
                 min(j.at::timestamptz) FILTER (WHERE j.state IN ('stored', 'known')) AS reached_at
            FROM dateline.backfill_item j WHERE j.backfill_id = b.id GROUP BY j.state) AS c) i ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('way', v.way, 'lists', v.pages, 'named', v.items, 'ended', v.ended,
                                        'note', v.note) ORDER BY v.way) AS ways
    FROM dateline.backfill_way v WHERE v.backfill_id = b.id AND (v.way <> 'start' OR v.note IS NOT NULL)) w ON true
WHERE (%(name)s::text IS NULL OR s.name = %(name)s) AND (%(id)s::bigint IS NULL OR b.id = %(id)s)
ORDER BY b.id DESC LIMIT %(limit)s;
