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

-- name: count_known
-- URLs that a crawl's pages named, and that it did not fetch since their outcome was known.
SELECT count(*) FROM dateline.url u
WHERE u.url_key = ANY (%(url_keys)s) AND u.state <> 'pending' AND u.reason IS DISTINCT FROM 'over_limit'
  AND NOT EXISTS (SELECT FROM dateline.fetch f WHERE f.url_id = u.id AND f.crawl_id = %(crawl_id)s);

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
