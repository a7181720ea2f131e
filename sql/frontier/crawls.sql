-- One-off crawls.

-- name: begin
INSERT INTO dateline.crawl (targets, options) VALUES (%(targets)s, %(options)s) RETURNING id;

-- name: watch
WITH page AS (
    INSERT INTO dateline.feed (source_id, crawl_id, url, url_hash, host, kind, depth)
    VALUES (%(source_id)s, %(crawl_id)s, %(url)s, %(url_hash)s, %(host)s, %(kind)s, %(depth)s)
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO dateline.feed_state (feed_id, next_due_at) SELECT id, %(now)s FROM page;

-- name: watch_source
WITH page AS (
    INSERT INTO dateline.feed (source_id, crawl_id, url, url_hash, host, kind)
    SELECT f.source_id, %(crawl_id)s, f.url, f.url_hash, f.host, f.kind
    FROM dateline.feed f JOIN dateline.source s ON s.id = f.source_id
    WHERE s.name = %(name)s AND s.removed_at IS NULL AND f.crawl_id IS NULL AND f.parent_id IS NULL AND f.is_active
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO dateline.feed_state (feed_id, next_due_at) SELECT id, %(now)s FROM page;

-- name: source_of
SELECT id, name, site FROM dateline.source WHERE site = %(site)s AND removed_at IS NULL ORDER BY id LIMIT 1;

-- name: beat
UPDATE dateline.crawl SET seen_at = now() WHERE id = %(crawl_id)s;

-- name: visits
-- The last visit of each page of a crawl.
SELECT DISTINCT ON (v.feed_id) f.url, v.outcome, v.outcome IN ('changed', 'not_modified', 'same_body') AS is_ok,
       v.outcome = 'changed' AND v.found = 0 AND f.depth = 0
       AND NOT EXISTS (SELECT FROM dateline.feed c WHERE c.parent_id = f.id) AS is_empty
FROM dateline.visit v JOIN dateline.feed f ON f.id = v.feed_id
WHERE v.crawl_id = %(crawl_id)s ORDER BY v.feed_id, v.started_at DESC;

-- name: warnings
-- What the last visit of each page of a crawl left out: the warnings that begin with a number.
SELECT v.url, w.warning
FROM (SELECT DISTINCT ON (v.feed_id) v.feed_id, f.url, v.warnings
      FROM dateline.visit v JOIN dateline.feed f ON f.id = v.feed_id
      WHERE v.crawl_id = %(crawl_id)s ORDER BY v.feed_id, v.started_at DESC) v
CROSS JOIN LATERAL unnest(v.warnings) WITH ORDINALITY AS w (warning, place)
WHERE w.warning ~ '^[0-9]+ '
ORDER BY v.feed_id, w.place;

-- name: why_left
-- Why what is left of a crawl waits: by the reasons of the last attempts.
SELECT reason, count(*)
FROM (SELECT u.reason FROM dateline.url u
       WHERE u.crawl_id = %(crawl_id)s AND u.state = 'pending' AND u.reason IS NOT NULL
      UNION ALL
      SELECT (SELECT v.outcome FROM dateline.visit v WHERE v.feed_id = f.id ORDER BY v.started_at DESC LIMIT 1)
        FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
       WHERE f.crawl_id = %(crawl_id)s AND f.is_active AND s.next_due_at IS NOT NULL) AS tried
WHERE reason IS NOT NULL
GROUP BY reason ORDER BY count(*) DESC, reason;

-- name: count_known
-- URLs that a crawl's pages named, and that it did not fetch since their outcome was known.
SELECT count(*) FROM dateline.url u
WHERE u.url_key = ANY (%(url_keys)s) AND u.state <> 'pending' AND u.reason IS DISTINCT FROM 'over_limit'
  AND NOT EXISTS (SELECT FROM dateline.fetch f WHERE f.url_id = u.id AND f.crawl_id = %(crawl_id)s);

-- name: count_forgotten
-- How many of these addresses were forgotten on request: they are not fetched.
SELECT count(*) FROM unnest(%(url_keys)s::uuid[], %(sites)s::text[]) AS t (url_key, site)
WHERE EXISTS (SELECT FROM dateline.forgotten f WHERE f.url_key = t.url_key)
   OR EXISTS (SELECT FROM dateline.forgotten_site f WHERE f.host = t.site);

-- name: count_copies
-- How many of these articles are copies, now that all are stored: the order of arrival does not matter.
SELECT count(*) FROM dateline.copy WHERE article_id = ANY (%(article_ids)s);

-- name: results
-- The results of a crawl's URLs after a given attempt, whichever worker fetched them; attempts to be retried are left
-- out.
-- Served by fetch_crawl.
SELECT f.id, f.url_id, u.via = 'target' AS is_target, u.state, f.result, f.reason,
       f.fetched_at::timestamptz AS fetched_at, f.article_id, f.status, f.final_url, f.bytes AS size
FROM dateline.fetch f JOIN dateline.url u ON u.id = f.url_id
WHERE f.crawl_id = %(crawl_id)s AND f.id > %(after)s AND f.result <> 'retry'
ORDER BY f.id;

-- name: cut
UPDATE dateline.url SET state = 'ended', reason = 'over_limit', next_attempt_at = NULL, finished_at = %(now)s
 WHERE crawl_id = %(crawl_id)s AND state = 'pending' AND attempts = 0;

-- name: end
WITH asleep AS (
    UPDATE dateline.feed_state s SET next_due_at = NULL FROM dateline.feed f
    WHERE f.id = s.feed_id AND f.crawl_id = %(crawl_id)s
)
UPDATE dateline.crawl SET finished_at = %(now)s, seen_at = now(), summary = %(summary)s WHERE id = %(crawl_id)s;
