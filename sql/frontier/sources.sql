-- Sources and the pages that are watched of them, as the operator defines them.

-- name: upsert_source
-- A new source, or the new definition of a known one; no row where nothing differs. A file never resumes what an
-- operator has paused. A removed source that is added again is as new, but keeps its articles.
INSERT INTO dateline.source AS known
       (name, title, home, site, country, languages, tags, schedule, timezone, politeness, extraction, is_paused)
VALUES (%(name)s, %(title)s, %(home)s, %(site)s, %(country)s, %(languages)s, %(tags)s, %(schedule)s, %(timezone)s,
        %(politeness)s, %(extraction)s, %(is_paused)s)
ON CONFLICT (name) DO UPDATE
   SET title = excluded.title, home = excluded.home, site = excluded.site, country = excluded.country,
       languages = excluded.languages, tags = excluded.tags, schedule = excluded.schedule,
       timezone = excluded.timezone, politeness = excluded.politeness, extraction = excluded.extraction,
       is_paused = excluded.is_paused OR (known.is_paused AND known.removed_at IS NULL),
       updated_at = now(), removed_at = NULL
 WHERE known.removed_at IS NOT NULL
    OR (excluded.is_paused AND NOT known.is_paused)
    OR (known.title, known.home, known.site, known.country, known.languages, known.tags, known.schedule,
        known.timezone, known.politeness, known.extraction)
       IS DISTINCT FROM
       (excluded.title, excluded.home, excluded.site, excluded.country, excluded.languages, excluded.tags,
        excluded.schedule, excluded.timezone, excluded.politeness, excluded.extraction)
RETURNING id;

-- name: login
-- The source, and the login that it has; NULL where it has none.
SELECT id, CASE WHEN politeness ?| '{cookies_file,headers}'
                THEN jsonb_build_array(politeness -> 'cookies_file', politeness -> 'headers') END AS login
FROM dateline.source WHERE name = %(name)s AND removed_at IS NULL;

-- name: reopen_walls
-- Ask again for the source's own pages that ended at a wall, and for articles of which only the excerpt before one was
-- seen. Served by url_source.
UPDATE dateline.url u
   SET state = 'pending', reason = NULL, detail = NULL, attempts = 0, next_attempt_at = now()
 WHERE u.source_id = %(source_id)s AND NOT u.is_hearsay
   AND (u.state IN ('ended', 'failed') AND u.reason = ANY (%(walls)s::text[])
        OR u.state = 'stored' AND EXISTS (SELECT FROM dateline.article a
                                           WHERE a.id = u.article_id AND a.kind = 'paywalled_excerpt'));

-- name: source_id
SELECT id FROM dateline.source WHERE name = %(name)s AND removed_at IS NULL;

-- name: watch_pages
-- Watch these pages; those that are new, come back, or turn out to be of another kind are due at once and read afresh.
-- A kind that was recognised from a page's bytes ("auto") is kept.
WITH page AS (
    INSERT INTO dateline.feed AS known (source_id, url, url_hash, host, kind)
    SELECT %(source_id)s, p.url, p.url_hash, p.host, p.kind
    FROM unnest(%(urls)s::text[], %(url_hashes)s::uuid[], %(hosts)s::text[], %(kinds)s::text[])
         AS p (url, url_hash, host, kind)
    ON CONFLICT (source_id, url_hash) WHERE crawl_id IS NULL DO UPDATE
       SET is_active = true, parent_id = NULL, depth = 0,
           kind = CASE WHEN excluded.kind = 'auto' THEN known.kind ELSE excluded.kind END
     WHERE NOT known.is_active OR known.parent_id IS NOT NULL OR excluded.kind NOT IN ('auto', known.kind)
    RETURNING id
)
INSERT INTO dateline.feed_state (feed_id, next_due_at) SELECT id, now() FROM page
ON CONFLICT (feed_id) DO UPDATE
   SET next_due_at = now(), etag = NULL, last_modified = NULL, body_hash = NULL, failures = 0, not_modified = 0,
       validators_wrong_since = NULL;

-- name: unwatch_pages
-- Stop watching all pages but these, with the sitemaps that they had named.
WITH RECURSIVE gone AS (
    SELECT id FROM dateline.feed
     WHERE source_id = %(source_id)s AND crawl_id IS NULL AND parent_id IS NULL AND is_active
       AND NOT (url_hash = ANY (%(url_hashes)s::uuid[]))
    UNION
    SELECT f.id FROM dateline.feed f JOIN gone ON f.parent_id = gone.id WHERE f.crawl_id IS NULL
)
UPDATE dateline.feed f SET is_active = false FROM gone WHERE f.id = gone.id AND f.is_active;

-- name: list_sources
SELECT s.name, s.title, s.home, s.country, s.languages, s.tags, s.schedule, s.is_paused,
       coalesce(p.pages, 0) AS pages, coalesce(p.failing, 0) AS failing, p.last_ok_at, p.last_new_at, p.next_due_at,
       (SELECT coalesce(sum(t.value), 0)::bigint FROM dateline.total t
        WHERE t.name = 'article' AND t.labels = ARRAY[s.id::text]) AS articles,
       (SELECT coalesce(jsonb_object_agg(w.key, w.value), '{}') FROM jsonb_each(s.politeness) AS w
        WHERE w.key = ANY ('{cookies_file,headers,proxy,proxy_resolves,user_agent}')) AS access
FROM dateline.source s
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE f.parent_id IS NULL) AS pages, count(*) FILTER (WHERE t.failures > 0) AS failing,
           max(t.last_ok_at::timestamptz) AS last_ok_at, max(t.last_new_at::timestamptz) AS last_new_at,
           min(t.next_due_at::timestamptz) AS next_due_at
    FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
    WHERE f.source_id = s.id AND f.crawl_id IS NULL AND f.is_active
) AS p ON true
WHERE s.removed_at IS NULL
  AND (%(country)s::text IS NULL OR s.country = %(country)s)
  AND (%(language)s::text IS NULL OR s.languages @> ARRAY[%(language)s])
  AND (%(tag)s::text IS NULL OR s.tags @> ARRAY[%(tag)s])
  AND (%(after)s::text IS NULL OR s.name > %(after)s)
ORDER BY s.name LIMIT %(limit)s;

-- name: sources
-- Definitions of the named sources, of all where no names are given; each watched page as kind and url.
SELECT s.name, s.title, s.home, s.country, s.languages, s.tags, s.schedule, s.timezone, s.politeness, s.extraction,
       s.is_paused,
       coalesce((SELECT jsonb_agg(jsonb_build_object('url', f.url, 'kind', f.kind) ORDER BY f.id)
                   FROM dateline.feed f
                  WHERE f.source_id = s.id AND f.crawl_id IS NULL AND f.parent_id IS NULL AND f.is_active),
                  '[]') AS watched
FROM dateline.source s
WHERE s.removed_at IS NULL AND (%(names)s::text[] IS NULL OR s.name = ANY (%(names)s))
ORDER BY s.name;

-- name: watched_pages
SELECT f.url, f.kind, t.next_due_at, t.last_visit_at, t.last_ok_at, t.last_new_at, t.last_outcome, t.failures,
       t.interval_s,
       (SELECT count(*) FROM dateline.feed c WHERE c.parent_id = f.id AND c.is_active) AS children,
       u.state AS websub, u.hub, u.lease_until::timestamptz AS lease_until, u.pushed_at::timestamptz AS pushed_at,
       u.problem AS hub_problem
FROM dateline.feed f
JOIN dateline.feed_state t ON t.feed_id = f.id
JOIN dateline.source s ON s.id = f.source_id
LEFT JOIN dateline.subscription u ON u.feed_id = f.id AND u.state <> 'ending'
WHERE s.name = %(name)s AND s.removed_at IS NULL AND f.crawl_id IS NULL AND f.parent_id IS NULL AND f.is_active
ORDER BY f.id;

-- name: reasons
-- Why a source's URLs gave no article, by reason, the most frequent first. Served by url_source.
SELECT coalesce(u.reason, '') AS reason, count(*) AS urls
FROM dateline.url u JOIN dateline.source s ON s.id = u.source_id
WHERE s.name = %(name)s AND s.removed_at IS NULL AND u.state IN ('ended', 'failed')
GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: set_paused
UPDATE dateline.source SET is_paused = %(is_paused)s, updated_at = now()
 WHERE name = ANY (%(names)s) AND removed_at IS NULL
RETURNING name;

-- name: paused
-- Those of the named sources that are paused.
SELECT name FROM dateline.source WHERE name = ANY (%(names)s) AND removed_at IS NULL AND is_paused ORDER BY name;

-- name: tag
-- Each tag once, the new one last.
UPDATE dateline.source
   SET tags = array_remove(tags, %(tag)s) || CASE WHEN %(is_added)s THEN ARRAY[%(tag)s] ELSE '{}'::text[] END,
       updated_at = now()
 WHERE name = ANY (%(names)s) AND removed_at IS NULL
RETURNING name;

-- name: remove_source
UPDATE dateline.source SET removed_at = now(), updated_at = now()
 WHERE name = ANY (%(names)s) AND removed_at IS NULL
RETURNING name;

-- name: wake
-- Let every watched page of these sources be due now. One that is due already keeps its place, but for a microsecond,
-- by which a visit that is under way sees that it is to be made again (see finish_feed_visit).
WITH named AS (
    SELECT id, name FROM dateline.source WHERE name = ANY (%(names)s) AND removed_at IS NULL
), woken AS (
    UPDATE dateline.feed_state t SET next_due_at = least(t.next_due_at + interval '1 microsecond', now())
      FROM dateline.feed f JOIN named ON named.id = f.source_id
     WHERE t.feed_id = f.id AND f.crawl_id IS NULL AND f.is_active AND f.parent_id IS NULL
)
SELECT name FROM named;
