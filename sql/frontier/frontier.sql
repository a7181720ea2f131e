-- The frontier and ledger: what is due, what was found, what became of it.

-- name: due_hosts
-- Hosts with a watched page, a URL, a re-check or a backfill that is due, and no job waiting or running, for each
-- source that has something due there. URLs of a one-off crawl that still lives are its own affair. Hosts are counted,
-- not pages, and of a source only so many are read, those that it watches first: one with thousands of them due hides
-- no other.
-- Served by feed_due, url_due and recheck_due.
WITH wanted AS (
    SELECT f.host, f.source_id, min(s.next_due_at::timestamptz) AS at, true AS is_watched
      FROM dateline.feed_state s
      JOIN dateline.feed f ON f.id = s.feed_id
      JOIN dateline.source o ON o.id = f.source_id
     WHERE s.next_due_at <= %(now)s AND f.is_active AND f.crawl_id IS NULL AND NOT o.is_paused AND o.removed_at IS NULL
     GROUP BY f.host, f.source_id
    UNION ALL
    SELECT u.host, u.source_id, min(u.next_attempt_at::timestamptz), false
      FROM dateline.url u
      LEFT JOIN dateline.source o ON o.id = u.source_id
      LEFT JOIN dateline.crawl c ON c.id = u.crawl_id
     WHERE u.state = 'pending' AND u.next_attempt_at <= %(now)s
       AND (o.id IS NULL OR (NOT o.is_paused AND o.removed_at IS NULL))
       AND (c.id IS NULL OR c.finished_at IS NOT NULL
            OR c.seen_at < %(now)s - make_interval(secs => %(crawl_silent_s)s))
     GROUP BY u.host, u.source_id
    UNION ALL
    SELECT b.host, b.source_id, b.started_at::timestamptz, false
      FROM dateline.backfill b JOIN dateline.source o ON o.id = b.source_id
     WHERE b.state = 'running' AND NOT o.is_paused AND o.removed_at IS NULL
       AND (b.wait_until IS NULL OR b.wait_until <= %(now)s)
       AND (b.holder IS NULL OR NOT EXISTS (SELECT FROM dateline.own_session p WHERE p.process = b.holder))
    UNION ALL
    SELECT r.host, r.source_id, min(r.due_at::timestamptz), false
      FROM dateline.recheck r JOIN dateline.source o ON o.id = r.source_id
     WHERE r.due_at <= %(now)s AND NOT o.is_paused AND o.removed_at IS NULL
     GROUP BY r.host, r.source_id
), due AS (
    SELECT w.host, w.source_id, min(w.at) AS at, bool_or(w.is_watched) AS is_watched
      FROM wanted w
      LEFT JOIN dateline.host_pace p ON p.host = w.host
     WHERE (p.backoff_until IS NULL OR p.backoff_until <= %(now)s)
       AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                        WHERE j.lock = w.host AND j.status IN ('todo', 'doing'))
     GROUP BY w.host, w.source_id
), placed AS (
    SELECT d.host, d.source_id, d.at, d.is_watched,
           row_number() OVER (PARTITION BY d.source_id ORDER BY NOT d.is_watched, d.at, d.host) AS place
      FROM due d
)
SELECT p.host, p.source_id, p.is_watched, p.place,
       CASE WHEN a.answered IS NULL THEN NOT p.is_watched ELSE NOT a.answered END AS is_doubtful
FROM placed p
LEFT JOIN LATERAL (SELECT bool_or(r.status <> 0) AS answered FROM dateline.robots r
                    WHERE r.origin IN ('https://' || p.host, 'http://' || p.host)) a ON true
WHERE p.place <= %(each)s
ORDER BY p.place, p.at
LIMIT %(limit)s;

-- name: queued_hosts
-- Hosts that are queued or visited for the service, and the source that each is queued for.
SELECT j.lock AS host, (j.args ->> 'source_id')::bigint AS source_id, w.is_watched, 1 AS place,
       CASE WHEN a.answered IS NULL THEN NOT w.is_watched ELSE NOT a.answered END AS is_doubtful
FROM procrastinate.procrastinate_jobs j
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM dateline.feed f
                                    WHERE f.host = j.lock AND f.is_active AND f.crawl_id IS NULL) AS is_watched) w
LEFT JOIN LATERAL (SELECT bool_or(r.status <> 0) AS answered FROM dateline.robots r
                    WHERE r.origin IN ('https://' || j.lock, 'http://' || j.lock)) a ON true
WHERE j.queue_name = %(queue)s AND j.status IN ('todo', 'doing');

-- name: due_hosts_of_crawl
-- The same for one crawl's own queue.
SELECT due.host
FROM (
    SELECT f.host FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
     WHERE f.crawl_id = %(crawl_id)s AND f.is_active AND s.next_due_at <= %(now)s
    UNION
    SELECT u.host FROM dateline.url u
     WHERE u.crawl_id = %(crawl_id)s AND u.state = 'pending' AND u.next_attempt_at <= %(now)s
) AS due
LEFT JOIN dateline.host_pace p ON p.host = due.host
WHERE (p.backoff_until IS NULL OR p.backoff_until <= %(now)s)
  AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                   WHERE j.queue_name = %(queue)s AND j.lock = due.host AND j.status IN ('todo', 'doing'));

-- name: crawl_left
-- What a crawl has still to do, and when the next of it falls due at a host that may be asked.
WITH feeds AS (
    SELECT count(*) AS number, min(greatest(s.next_due_at, p.backoff_until)::timestamptz) AS next_at
    FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
    LEFT JOIN dateline.host_pace p ON p.host = f.host
    WHERE f.crawl_id = %(crawl_id)s AND f.is_active AND s.next_due_at IS NOT NULL
), urls AS (
    SELECT count(*) AS number, min(greatest(u.next_attempt_at, p.backoff_until)::timestamptz) AS next_at
    FROM dateline.url u LEFT JOIN dateline.host_pace p ON p.host = u.host
    WHERE u.crawl_id = %(crawl_id)s AND u.state = 'pending'
)
SELECT feeds.number AS feeds, urls.number AS urls, least(feeds.next_at, urls.next_at) AS next_at,
       EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                WHERE j.queue_name = %(queue)s AND j.status IN ('todo', 'doing')) AS jobs
FROM feeds, urls;

-- name: due_feeds
-- A host's watched pages that are due: for the service (no crawl), or those of one crawl.
SELECT f.id, f.source_id, o.name AS source, f.crawl_id, f.url, f.kind, f.depth, s.etag, s.last_modified, s.body_hash,
       s.failures, s.interval_s, s.next_due_at, s.last_visit_at, s.last_new_at,
       s.body_at::timestamptz AS body_at, s.not_modified,
       s.validators_wrong_since::timestamptz AS validators_wrong_since,
       coalesce(o.schedule, 'once') AS schedule, coalesce(o.timezone, 'UTC') AS timezone,
       CASE WHEN o.id IS NULL THEN '{}' ELSE o.politeness || jsonb_build_object('home', o.home) END AS politeness,
       coalesce(c.options, '{}') AS options,
       o.site AS source_site,
       ARRAY(SELECT DISTINCT w.host FROM dateline.feed w
              WHERE w.source_id = f.source_id AND w.crawl_id IS NULL AND w.parent_id IS NULL) AS source_hosts,
       f.parent_id IS NOT NULL AS is_child, r.state AS rhythm, e.within_s, e.busy,
       a.interval_s AS asked_interval_s, a.base::timestamptz AS asked_base,
       coalesce(a.skip_hours, '{}') AS skip_hours, coalesce(a.skip_days, '{}') AS skip_days,
       m.url AS moving_url, m.times AS moving_times, m.since::timestamptz AS moving_since,
       u.hub, u.topic, coalesce(u.state = 'active' AND u.lease_until > %(now)s, false) AS is_pushed,
       coalesce(u.pushes, 0) AS pushes, coalesce(u.heeded, 0) AS heeded, coalesce(u.trust, 0) AS trust,
       coalesce(u.idle, 0) AS idle
FROM dateline.feed_state s
JOIN dateline.feed f ON f.id = s.feed_id
LEFT JOIN dateline.feed_asked a ON a.feed_id = s.feed_id
LEFT JOIN dateline.feed_move m ON m.feed_id = s.feed_id
LEFT JOIN dateline.subscription u ON u.feed_id = s.feed_id AND u.state <> 'ending'
LEFT JOIN dateline.feed_rhythm r ON r.feed_id = s.feed_id
LEFT JOIN dateline.source o ON o.id = f.source_id
LEFT JOIN dateline.crawl c ON c.id = f.crawl_id
LEFT JOIN LATERAL dateline.allowed(f.source_id) e ON true
WHERE f.host = %(host)s AND f.is_active AND s.next_due_at <= %(now)s
  AND f.crawl_id IS NOT DISTINCT FROM %(crawl_id)s
  AND (f.crawl_id IS NOT NULL OR (NOT o.is_paused AND o.removed_at IS NULL))
ORDER BY s.next_due_at
LIMIT %(limit)s;

-- name: due_urls
-- A host's URLs to fetch now, most urgent and newest first. For the service all but those of living crawls.
SELECT u.id, u.url_key, u.url, u.host, u.source_id, o.name AS source, u.crawl_id, u.via, u.depth, u.hints, u.attempts,
       CASE WHEN o.id IS NULL THEN '{}'
            WHEN u.is_hearsay THEN o.politeness - '{obey_robots,ca_file,fetch_pages,cookies_file,headers}'::text[]
            ELSE o.politeness || jsonb_build_object('home', o.home) END AS politeness,
       CASE WHEN o.timezone <> 'UTC' THEN jsonb_build_object('timezone', o.timezone) ELSE '{}' END
         || coalesce(o.extraction, '{}') AS extraction,
       coalesce(o.title, '') AS source_title, coalesce(c.options, '{}') AS options, u.named_by,
       i.url_id IS NOT NULL AS is_in_feed, i.content IS NOT NULL AS has_content
FROM dateline.url u
LEFT JOIN dateline.source o ON o.id = u.source_id
LEFT JOIN dateline.crawl c ON c.id = u.crawl_id
LEFT JOIN dateline.feed_item i ON i.url_id = u.id
WHERE u.state = 'pending' AND u.host = %(host)s AND u.next_attempt_at <= %(now)s
  AND CASE WHEN %(crawl_id)s::bigint IS NULL
           THEN (o.id IS NULL OR (NOT o.is_paused AND o.removed_at IS NULL))
                AND (c.id IS NULL OR c.finished_at IS NOT NULL
                     OR c.seen_at < %(now)s - make_interval(secs => %(crawl_silent_s)s))
           ELSE u.crawl_id = %(crawl_id)s END
ORDER BY u.priority DESC, u.next_attempt_at, u.id
LIMIT %(limit)s;

-- name: add_urls
-- Put candidates into the ledger. A known URL is asked for again when its publisher reports a change that is newer
-- than the one reported before (or, reported for the first time, than our fetch: less ten minutes, since feeds are
-- cached), when a crawl names it as its target, or when an earlier crawl had left it out.
-- A page that names a URL of a site which it may not speak for only suggests a candidate (is_hearsay): its hints stay
-- with the line, its dates move nothing, and the site's own pages go first. When the site itself names the URL for the
-- first time, that replaces all that was said before, and the URL is asked for, whatever had become of it. What an
-- import gave is read at its site once that site's own feed names it: anybody can write a file. An article without a
-- date, or without authors, is read again once, where its site's own feed gives them after another page led to it.
-- Candidates fall due in their order, a microsecond apart; those of more than a day ago come after newer ones.
INSERT INTO dateline.url AS known
       (url_key, url, host, source_id, feed_id, visit_id, crawl_id, via, depth, hints, priority, modified_at,
        discovered_at, next_attempt_at, is_hearsay, named_by)
SELECT DISTINCT ON (c.url_key)
       c.url_key, c.url, c.host, %(source_id)s, %(feed_id)s, %(visit_id)s, %(crawl_id)s, c.via, %(depth)s, c.hints,
       %(priority)s - CASE WHEN said.is_hearsay THEN 5 ELSE 0 END
         - CASE WHEN (c.hints ->> 'published_at')::timestamptz < %(now)s - interval '1 day' THEN 1 ELSE 0 END,
       CASE WHEN NOT said.is_hearsay THEN c.modified_at END, %(now)s,
       %(now)s - make_interval(secs => c.behind / 1e6), said.is_hearsay,
       coalesce(%(speaks_for)s::text[], ARRAY[c.site])
FROM unnest(%(url_keys)s::uuid[], %(urls)s::text[], %(hosts)s::text[], %(sites)s::text[], %(vias)s::text[],
            %(hints)s::jsonb[], %(modified)s::timestamptz[], %(behind)s::integer[])
     AS c (url_key, url, host, site, via, hints, modified_at, behind)
CROSS JOIN LATERAL (
    SELECT %(speaks_for)s::text[] IS NOT NULL AND NOT c.site = ANY (%(speaks_for)s::text[]) AS is_hearsay) AS said
WHERE NOT EXISTS (SELECT FROM dateline.forgotten f WHERE f.url_key = c.url_key)
  AND NOT EXISTS (SELECT FROM dateline.forgotten_site f WHERE f.host = c.site)
ORDER BY c.url_key, c.behind DESC
ON CONFLICT (url_key) DO UPDATE
   SET state = 'pending', reason = NULL, detail = NULL, attempts = 0, next_attempt_at = excluded.next_attempt_at,
       url = CASE WHEN known.is_hearsay AND NOT excluded.is_hearsay THEN excluded.url ELSE known.url END,
       host = CASE WHEN known.is_hearsay AND NOT excluded.is_hearsay THEN excluded.host ELSE known.host END,
       crawl_id = excluded.crawl_id, priority = excluded.priority, depth = excluded.depth,
       hints = CASE WHEN excluded.is_hearsay THEN known.hints
                    WHEN known.is_hearsay THEN excluded.hints
                    ELSE known.hints || excluded.hints END,
       modified_at = CASE WHEN known.is_hearsay THEN excluded.modified_at
                          ELSE coalesce(excluded.modified_at, known.modified_at) END,
       source_id = CASE WHEN known.is_hearsay AND NOT excluded.is_hearsay
                        THEN coalesce(excluded.source_id, known.source_id)
                        ELSE coalesce(known.source_id, excluded.source_id) END,
       via = CASE WHEN (known.is_hearsay OR known.via = 'import') AND NOT excluded.is_hearsay THEN excluded.via
                  ELSE known.via END,
       feed_id = CASE WHEN known.is_hearsay AND NOT excluded.is_hearsay THEN excluded.feed_id ELSE known.feed_id END,
       named_by = CASE WHEN known.is_hearsay AND NOT excluded.is_hearsay THEN excluded.named_by
                       ELSE known.named_by END,
       is_hearsay = known.is_hearsay AND excluded.is_hearsay
 WHERE known.state <> 'forgotten'
   AND (%(force)s
        OR (known.is_hearsay AND NOT excluded.is_hearsay)
        OR (known.via = 'import' AND NOT excluded.is_hearsay
            AND excluded.via IN ('rss', 'atom', 'rdf', 'json_feed', 'news_sitemap'))
        OR (known.state IN ('stored', 'duplicate')
            AND excluded.modified_at > coalesce(known.modified_at, known.finished_at - %(cached_for)s))
        OR (known.state = 'stored' AND NOT excluded.is_hearsay
            AND excluded.via IN ('rss', 'atom', 'rdf', 'json_feed', 'news_sitemap')
            AND ((excluded.hints ? 'published_at' AND NOT known.hints ? 'published_at'
                  AND EXISTS (SELECT FROM dateline.article a WHERE a.id = known.article_id AND a.published_at IS NULL))
                 OR (excluded.hints ? 'authors' AND NOT known.hints ? 'authors'
                     AND EXISTS (SELECT FROM dateline.article a WHERE a.id = known.article_id AND a.authors = '{}'))))
        OR (known.state = 'ended' AND known.reason IN ('before_since', 'after_until', 'over_limit', 'backfilling'))
        OR (known.state = 'pending' AND %(crawl_id)s::bigint IS NOT NULL
            AND (known.is_hearsay OR NOT excluded.is_hearsay)
            AND known.crawl_id IS DISTINCT FROM %(crawl_id)s))
RETURNING known.xmax = 0 AS is_new;

-- name: own_source
-- What another site's source had found (its feed may lead to this site's) belongs to the source whose home is on the
-- page's site, as soon as that names it too: else it would seem to find nothing. Articles are locked before lines of
-- the ledger, and in the order of their numbers, as storing does; lines in the order of their keys, as add_urls does.
WITH found AS MATERIALIZED (
    SELECT u.id, u.article_id, own.id AS source_id, own.site
    FROM unnest(%(url_keys)s::uuid[], %(sites)s::text[]) AS c (url_key, site)
    JOIN dateline.source own ON own.id = %(source_id)s AND own.site = c.site
    JOIN dateline.url u ON u.url_key = c.url_key
    JOIN dateline.source former ON former.id = u.source_id AND former.site <> c.site
), held AS MATERIALIZED (
    SELECT a.id, found.source_id FROM dateline.article a JOIN found ON a.id = found.article_id AND a.site = found.site
    ORDER BY a.id FOR NO KEY UPDATE OF a
), article AS (
    UPDATE dateline.article a SET source_id = held.source_id FROM held WHERE a.id = held.id
    RETURNING a.id
), held_line AS MATERIALIZED (
    SELECT u.id, found.source_id FROM dateline.url u JOIN found ON u.id = found.id
    WHERE (SELECT count(*) FROM article) >= 0
    ORDER BY u.url_key FOR NO KEY UPDATE OF u
), line AS (
    UPDATE dateline.url u SET source_id = h.source_id FROM held_line h WHERE u.id = h.id
    RETURNING u.id, h.source_id
)
UPDATE dateline.recheck r SET source_id = line.source_id FROM line WHERE r.url_id = line.id;

-- name: unheard_words
-- Those of a feed's items whose words are not kept, or not as the feed has them now; of its own sites only.
SELECT c.url_key
FROM unnest(%(url_keys)s::uuid[], %(said)s::uuid[], %(sites)s::text[]) AS c (url_key, said, site)
JOIN dateline.url u ON u.url_key = c.url_key
LEFT JOIN dateline.feed_item i ON i.url_id = u.id
WHERE NOT u.is_hearsay AND u.state <> 'forgotten' AND i.said IS DISTINCT FROM c.said
  AND (%(speaks_for)s::text[] IS NULL OR c.site = ANY (%(speaks_for)s::text[]));

-- name: keep_words
-- A feed's words of its own site's items. An item without a page text is looked at again, now that its feed says
-- something else of it, but not within an hour of the last time, or says something for the first time.
WITH given AS (
    SELECT DISTINCT ON (c.url_key) u.id, c.said, c.content, c.hints
    FROM unnest(%(url_keys)s::uuid[], %(said)s::uuid[], %(contents)s::text[], %(hints)s::jsonb[])
         WITH ORDINALITY AS c (url_key, said, content, hints, place)
    JOIN dateline.url u ON u.url_key = c.url_key
    ORDER BY c.url_key, c.place
), before AS (
    SELECT g.id, i.url_id IS NULL AS is_first FROM given g LEFT JOIN dateline.feed_item i ON i.url_id = g.id
), kept AS (
    INSERT INTO dateline.feed_item AS i (url_id, said, content, seen_at)
    SELECT g.id, g.said, g.content, %(now)s FROM given g ORDER BY g.id
    ON CONFLICT (url_id) DO UPDATE
       SET said = excluded.said, content = excluded.content, seen_at = excluded.seen_at
)
UPDATE dateline.url u
   SET hints = u.hints || g.hints,
       state = CASE WHEN again.is_due THEN 'pending' ELSE u.state END,
       attempts = CASE WHEN again.is_due THEN 0 ELSE u.attempts END,
       next_attempt_at = CASE WHEN again.is_due THEN greatest(%(now)s, again.due_at) ELSE u.next_attempt_at END,
       crawl_id = CASE WHEN again.is_due AND coalesce(again.due_at <= %(now)s, true)
                       THEN coalesce(%(crawl_id)s, u.crawl_id) ELSE u.crawl_id END
  FROM given g
  JOIN before b ON b.id = g.id
  JOIN dateline.url o ON o.id = g.id
  LEFT JOIN dateline.article a ON a.id = o.article_id
  CROSS JOIN LATERAL (
      SELECT CASE WHEN o.state = 'pending' THEN false
                  WHEN a.id IS NOT NULL THEN a.text_origin <> 'page'
                  ELSE o.state IN ('ended', 'failed')
                       AND coalesce(o.reason, '') NOT IN ('before_since', 'after_until', 'over_limit', 'backfilling')
             END AS is_due,
             CASE WHEN a.id IS NOT NULL OR NOT b.is_first THEN o.finished_at + interval '1 hour' END AS due_at) AS again
 WHERE u.id = g.id;

-- name: named_today
-- How many URLs a source's pages have brought within a day. Served by visit_source.
SELECT coalesce(sum(v.new), 0) FROM dateline.visit v
 WHERE v.source_id = %(source_id)s AND v.started_at > %(now)s - interval '1 day' AND v.crawl_id IS NULL;

-- name: leave_out
-- Candidates outside a crawl's limits: kept in the ledger, so that a later crawl can fetch them.
INSERT INTO dateline.url
       (url_key, url, host, source_id, feed_id, visit_id, crawl_id, via, hints, state, reason, next_attempt_at,
        modified_at, discovered_at, finished_at, is_hearsay, named_by)
SELECT DISTINCT ON (c.url_key)
       c.url_key, c.url, c.host, %(source_id)s, %(feed_id)s, %(visit_id)s, %(crawl_id)s, c.via, c.hints, 'ended',
       %(reason)s, NULL, CASE WHEN NOT said.is_hearsay THEN c.modified_at END, %(now)s, %(now)s, said.is_hearsay,
       coalesce(%(speaks_for)s::text[], ARRAY[c.site])
FROM unnest(%(url_keys)s::uuid[], %(urls)s::text[], %(hosts)s::text[], %(sites)s::text[], %(vias)s::text[],
            %(hints)s::jsonb[], %(modified)s::timestamptz[])
     WITH ORDINALITY AS c (url_key, url, host, site, via, hints, modified_at, place)
CROSS JOIN LATERAL (
    SELECT %(speaks_for)s::text[] IS NOT NULL AND NOT c.site = ANY (%(speaks_for)s::text[]) AS is_hearsay) AS said
WHERE NOT EXISTS (SELECT FROM dateline.forgotten f WHERE f.url_key = c.url_key)
ORDER BY c.url_key, c.place
ON CONFLICT (url_key) DO NOTHING;

-- name: ids_of_keys
SELECT url_key, id FROM dateline.url WHERE url_key = ANY (%(url_keys)s::uuid[]);

-- name: add_child_feeds
-- Sitemaps that a sitemap index names: watched as long as it names them, in their order and as far as there is room:
-- indexes that name indexes without end, or new names every day, are cut at a depth and at a number of pages that one
-- source or crawl may have watched in all and added in a day. Far fewer of those are at one site that the index may not
-- speak for: it would be asked for all of them because a stranger says so.
WITH RECURSIVE named AS (
    SELECT c.url, c.url_hash, c.host, c.site, c.place, c.site = ANY (%(speaks_for)s::text[]) AS is_own
    FROM unnest(%(urls)s::text[], %(url_hashes)s::uuid[], %(hosts)s::text[], %(sites)s::text[])
         WITH ORDINALITY AS c (url, url_hash, host, site, place)
    WHERE NOT EXISTS (SELECT FROM dateline.feed f
                       WHERE f.url_hash = c.url_hash AND f.source_id IS NOT DISTINCT FROM %(source_id)s
                         AND f.crawl_id IS NOT DISTINCT FROM %(crawl_id)s)
), above AS (
    SELECT f.parent_id, f.kind IN ('sitemap', 'news_sitemap') AS is_sitemap, 1 AS level
    FROM dateline.feed f WHERE f.id = %(parent_id)s
    UNION ALL
    SELECT f.parent_id, f.kind IN ('sitemap', 'news_sitemap'), a.level + 1
    FROM above a JOIN dateline.feed f ON f.id = a.parent_id WHERE a.level < 100
), known AS (
    SELECT f.host, f.is_active, f.added_at > %(now)s - interval '1 day' AS is_recent
    FROM dateline.feed f
    WHERE f.parent_id IS NOT NULL
      AND CASE WHEN %(crawl_id)s::bigint IS NULL THEN f.source_id = %(source_id)s AND f.crawl_id IS NULL
               ELSE f.crawl_id = %(crawl_id)s END
), watched AS (
    SELECT count(*) FILTER (WHERE is_active) AS pages, count(*) FILTER (WHERE is_recent) AS added FROM known
), elsewhere AS (
    SELECT s.site, count(k.host) AS pages
    FROM (SELECT DISTINCT site FROM named WHERE NOT is_own) AS s
    LEFT JOIN known k ON (k.is_active OR k.is_recent)
                     AND (k.host = s.site OR right(k.host, length(s.site) + 1) = '.' || s.site)
    GROUP BY s.site
), admitted AS (
    SELECT n.url, n.url_hash, n.host, n.place FROM named n LEFT JOIN elsewhere e USING (site)
    WHERE n.is_own
       OR e.pages + (SELECT count(*) FROM named b WHERE b.site = n.site AND b.place <= n.place) <= %(most_elsewhere)s
), room AS (
    SELECT CASE WHEN %(kind)s = 'sitemap' AND (SELECT count(*) FROM above WHERE is_sitemap) > %(most_levels)s THEN 0
                ELSE greatest(0, %(most_pages)s - greatest(w.pages, w.added)) END AS places
    FROM watched w
), child AS (
    INSERT INTO dateline.feed AS known (source_id, crawl_id, parent_id, url, url_hash, host, kind, depth, added_at)
    SELECT %(source_id)s, %(crawl_id)s, %(parent_id)s, c.url, c.url_hash, c.host, %(kind)s, %(depth)s, %(now)s
    FROM admitted c
    ORDER BY c.place
    LIMIT (SELECT places FROM room)
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO dateline.feed_state (feed_id, next_due_at) SELECT id, %(now)s FROM child
ON CONFLICT (feed_id) DO NOTHING;

-- name: wake_child_feeds
-- Children whose lastmod in the index is newer than our last visit are due now.
UPDATE dateline.feed_state s
   SET next_due_at = least(s.next_due_at, %(now)s)
  FROM dateline.feed f, unnest(%(url_hashes)s::uuid[], %(modified)s::timestamptz[]) AS c (url_hash, modified_at)
 WHERE f.id = s.feed_id AND f.parent_id = %(parent_id)s AND f.url_hash = c.url_hash AND f.crawl_id IS NULL
   AND c.modified_at > s.last_visit_at;

-- name: retire_child_feeds
-- Children that the index no longer names.
UPDATE dateline.feed SET is_active = false
 WHERE parent_id = %(parent_id)s AND is_active AND NOT (url_hash = ANY (%(url_hashes)s::uuid[]));

-- name: add_visit
INSERT INTO dateline.visit (feed_id, source_id, crawl_id, started_at, finished_at, outcome, status, found, bytes,
                            warnings, detail)
VALUES (%(feed_id)s, %(source_id)s, %(crawl_id)s, %(started_at)s, %(now)s, %(outcome)s, %(status)s, %(found)s,
        %(bytes)s, %(warnings)s, %(detail)s)
RETURNING id;

-- name: count_new
UPDATE dateline.visit SET new = %(new)s WHERE id = %(visit_id)s;

-- name: finish_feed_visit
-- Validators and the next visit, in the transaction that holds the candidates. A page that became due again while it
-- was being visited (an operator, a hub's word of news) stays due: this visit may have read it before the news.
UPDATE dateline.feed_state
   SET next_due_at = CASE WHEN next_due_at IS DISTINCT FROM %(was_due_at)s::timestamptz
                          THEN least(next_due_at, %(next_due_at)s::timestamptz) ELSE %(next_due_at)s::timestamptz END,
       interval_s = %(interval_s)s, last_visit_at = %(now)s, last_outcome = %(outcome)s, failures = %(failures)s,
       etag = %(etag)s, last_modified = %(last_modified)s, body_hash = %(body_hash)s,
       last_ok_at = CASE WHEN %(is_ok)s THEN %(now)s ELSE last_ok_at END,
       last_new_at = CASE WHEN %(new)s > 0 THEN %(now)s ELSE last_new_at END,
       body_at = CASE WHEN %(is_ok)s AND %(outcome)s <> 'not_modified' THEN %(now)s ELSE body_at END,
       not_modified = CASE WHEN NOT %(is_ok)s THEN not_modified
                           WHEN %(outcome)s = 'not_modified' THEN least(not_modified + 1, 1000) ELSE 0 END
 WHERE feed_id = %(feed_id)s;

-- name: end_quiet_visit
-- A visit of a source's page that found it unchanged, in one statement: its record, the page's state and what was
-- learned about its publishing rate; and the host's release, if any (`delay_s`, as pace.release does). True when
-- something else at the host may be due: what was due when this began is still to be visited.
WITH visit AS (
    INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome, status, bytes)
    VALUES (%(feed_id)s, %(source_id)s, %(started_at)s, %(now)s, %(outcome)s, %(status)s, %(bytes)s)
), state AS (
    UPDATE dateline.feed_state
       SET next_due_at = %(next_due_at)s, interval_s = %(interval_s)s, last_visit_at = %(now)s, last_ok_at = %(now)s,
           last_outcome = %(outcome)s, failures = %(failures)s, etag = %(etag)s, last_modified = %(last_modified)s,
           body_hash = %(body_hash)s,
           body_at = CASE WHEN %(outcome)s = 'not_modified' THEN body_at ELSE %(now)s END,
           not_modified = CASE WHEN %(outcome)s = 'not_modified' THEN least(not_modified + 1, 1000) ELSE 0 END
     WHERE feed_id = %(feed_id)s
), rhythm AS (
    INSERT INTO dateline.feed_rhythm (feed_id, state, learned_at)
    SELECT %(feed_id)s, %(publishing_rate)s::float8[], %(now)s WHERE %(publishing_rate)s::float8[] IS NOT NULL
    ON CONFLICT (feed_id) DO UPDATE SET state = excluded.state, learned_at = excluded.learned_at
), released AS (
    UPDATE dateline.host_pace p
       SET busy = greatest(p.busy - 1, 0), busy_until = CASE WHEN p.busy <= 1 THEN NULL ELSE p.busy_until END,
           next_allowed_at = greatest(p.next_allowed_at, clock_timestamp() + make_interval(secs => %(delay_s)s))
     WHERE p.host = %(host)s AND %(delay_s)s::float8 IS NOT NULL
)
SELECT EXISTS (SELECT FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
                WHERE f.host = %(host)s AND f.is_active AND f.crawl_id IS NULL AND f.id <> %(feed_id)s
                  AND s.next_due_at <= %(now)s)
    OR EXISTS (SELECT FROM dateline.url u
               WHERE u.state = 'pending' AND u.host = %(host)s AND u.next_attempt_at <= %(now)s)
    OR EXISTS (SELECT FROM dateline.recheck r WHERE r.host = %(host)s AND r.due_at <= %(now)s) AS has_more;

-- name: distrust_validators
-- A page whose server answered 304 although it had changed: its validators are not used again, and since its last body
-- (`since`) it was not seen. Those visits count as failed, and so do the hours from then on.
WITH feed AS (
    UPDATE dateline.feed_state SET validators_wrong_since = %(now)s, etag = NULL, last_modified = NULL
     WHERE feed_id = %(feed_id)s
), false_304 AS (
    UPDATE dateline.visit SET outcome = 'false_304', detail = %(detail)s
     WHERE feed_id = %(feed_id)s AND outcome = 'not_modified' AND started_at >= %(since)s
    RETURNING date_trunc('hour', started_at::timestamptz, 'UTC') AS hour
), unseen AS (
    SELECT h.hour, count(f.hour) AS visits
    FROM generate_series(date_trunc('hour', %(since)s::timestamptz, 'UTC'),
                         %(now)s::timestamptz, interval '1 hour') AS h (hour)
    LEFT JOIN false_304 f ON f.hour = h.hour GROUP BY h.hour
)
INSERT INTO dateline.coverage_hour AS c
       (source_id, hour, visits, unchanged, changed, failed, new_articles, was_unseen)
SELECT %(source_id)s, u.hour, u.visits, 0, 0, u.visits, 0, true FROM unseen u
ON CONFLICT (source_id, hour) DO UPDATE
   SET unchanged = greatest(0, c.unchanged - excluded.failed), failed = c.failed + least(c.unchanged, excluded.failed),
       was_unseen = true;

-- name: keep_rhythm
INSERT INTO dateline.feed_rhythm (feed_id, state, learned_at) VALUES (%(feed_id)s, %(state)s::float8[], %(now)s)
ON CONFLICT (feed_id) DO UPDATE SET state = excluded.state, learned_at = excluded.learned_at;

-- name: name_feed_kind
UPDATE dateline.feed SET kind = %(kind)s WHERE id = %(feed_id)s AND kind = 'auto';

-- name: finish_url
-- The ledger's line and its fetch, together with what they led to. A publisher's word of a change that came while an
-- article was being fetched again is kept; a re-check without a result leaves the row as it was: stored, or
-- taken down.
WITH line AS (
    UPDATE dateline.url
       SET state = CASE WHEN %(is_recheck)s AND (state = 'pending' OR %(result)s IN ('failed', 'rejected')) THEN state
                        ELSE %(state)s END,
           reason = CASE WHEN %(is_recheck)s AND %(result)s IN ('failed', 'rejected') THEN reason ELSE %(reason)s END,
           detail = CASE WHEN %(is_recheck)s AND %(result)s IN ('failed', 'rejected') THEN detail ELSE %(detail)s END,
           page_title = %(page_title)s, article_probability = %(article_probability)s,
           attempts = CASE WHEN %(is_own_fault)s THEN greatest(attempts, 1) ELSE attempts + 1 END,
           next_attempt_at = CASE WHEN %(is_recheck)s AND state = 'pending' THEN next_attempt_at
                                  ELSE %(next_attempt_at)s END,
           finished_at = CASE WHEN %(state)s = 'pending' THEN finished_at ELSE %(now)s END,
           article_id = CASE WHEN article_id IS NULL OR url_key = %(final_key)s::uuid
                             THEN coalesce(%(article_id)s, article_id) ELSE article_id END
     WHERE id = %(url_id)s AND state <> 'forgotten'
    RETURNING id, url_key, source_id, crawl_id
), read_after_all AS (
    UPDATE dateline.quarantine q SET released_at = %(now)s
      FROM line WHERE q.url_key = line.url_key AND q.released_at IS NULL AND q.feed_id IS NULL AND %(result)s IN
           ('new', 'revised', 'unchanged', 'alias', 'copy')
)
INSERT INTO dateline.fetch (url_id, source_id, crawl_id, article_id, fetched_at, status, final_url, bytes, result,
                            reason, archive_file, archive_offset, archive_length)
SELECT id, source_id, crawl_id, %(article_id)s, %(now)s, %(status)s, %(final_url)s, %(bytes)s, %(result)s, %(reason)s,
       %(archive_file)s, %(archive_offset)s, %(archive_length)s
FROM line;

-- name: mark_removed
-- The publisher took the page down: the article stays, with the instant at which that was seen. Only the article's own
-- address can show that, or one at which it has answered; one that merely led there cannot.
-- Nor was a page taken down of which only the feed was read: it may not be up yet.
UPDATE dateline.article a SET removed_at = coalesce(a.removed_at, %(now)s)
  FROM dateline.url u
 WHERE u.id = %(url_id)s AND a.text_origin = 'page'
   AND (a.url_key = u.url_key
        OR a.id = (SELECT l.article_id FROM dateline.alias l WHERE l.url_key = u.url_key AND l.why = 'fetched'))
RETURNING a.id;

-- name: postpone_host
-- A host that asked to be left alone: its URLs wait as long.
UPDATE dateline.url SET next_attempt_at = %(until)s
 WHERE host = %(host)s AND state = 'pending' AND next_attempt_at < %(until)s AND id = ANY (%(ids)s::bigint[]);

-- name: keep_answering_address
-- The ledger's line of the address that answered after redirects: the article belongs to it, so it is the address
-- that is asked again. A source whose own site it is takes it. No row where it waits to be fetched itself.
INSERT INTO dateline.url AS known
       (url_key, url, host, source_id, feed_id, visit_id, via, hints, state, reason, next_attempt_at, discovered_at,
        finished_at, article_id, is_hearsay, named_by)
SELECT %(url_key)s, %(url)s, %(host)s,
       CASE WHEN %(is_hearsay)s
            THEN coalesce((SELECT o.id FROM dateline.source o WHERE o.site = %(site)s AND o.removed_at IS NULL
                            ORDER BY o.id LIMIT 1), u.source_id)
            ELSE u.source_id END,
       u.feed_id, u.visit_id, 'redirect', CASE WHEN %(is_hearsay)s THEN '{}' ELSE u.hints END, 'stored', %(reason)s,
       NULL, %(now)s, %(now)s, %(article_id)s, %(is_hearsay)s, u.named_by
FROM dateline.url u WHERE u.id = %(url_id)s
ON CONFLICT (url_key) DO UPDATE
   SET state = 'stored', reason = excluded.reason, detail = NULL, finished_at = excluded.finished_at,
       article_id = excluded.article_id
 WHERE known.state IN ('ended', 'failed', 'stored', 'duplicate')
RETURNING id;
