-- What broke a step of the line, and its release.

-- name: add
-- One failure; returns how many of this URL count now, this one included.
WITH added AS (
    INSERT INTO dateline.quarantine (url_key, url, step, reason, error, reader, feed_id, at)
    VALUES (%(url_key)s, %(url)s, %(step)s, %(reason)s, %(error)s, %(reader)s, %(feed_id)s, %(now)s)
)
SELECT 1 + count(*) FROM dateline.quarantine
 WHERE url_key = %(url_key)s AND released_at IS NULL AND feed_id IS NOT DISTINCT FROM %(feed_id)s;

-- name: failures
-- How many failures of a watched page count.
SELECT count(*) FROM dateline.quarantine WHERE url_key = %(url_key)s AND released_at IS NULL AND feed_id = %(feed_id)s;

-- name: held
SELECT url, kind, source, reason, error, failures, first_at, last_at, reader, next_attempt_at
FROM news.quarantine ORDER BY last_at DESC, url;

-- name: release
-- Let go of these URLs, or of all that is held; pages and feeds are due now.
WITH named AS (
    SELECT url_key, feed_id FROM dateline.quarantine
     WHERE released_at IS NULL AND (%(url_keys)s::uuid[] IS NULL OR url_key = ANY (%(url_keys)s))
), released AS (
    UPDATE dateline.quarantine q SET released_at = %(now)s
     WHERE q.released_at IS NULL AND q.url_key IN (SELECT url_key FROM named)
), pages AS (
    UPDATE dateline.url u SET state = 'pending', reason = NULL, detail = NULL, attempts = 0, next_attempt_at = %(now)s
     WHERE u.url_key IN (SELECT url_key FROM named WHERE feed_id IS NULL) AND u.state IN ('pending', 'ended')
       AND u.via <> 'import'
), feeds AS (
    UPDATE dateline.feed_state t SET next_due_at = %(now)s, failures = 0
      FROM dateline.feed f
     WHERE f.id = t.feed_id AND f.crawl_id IS NULL AND f.id IN (SELECT feed_id FROM named)
)
SELECT count(DISTINCT url_key) FROM named;

-- name: read_by_others
-- URLs whose failures are another reader's.
SELECT DISTINCT url_key FROM dateline.quarantine
 WHERE released_at IS NULL AND reason <> 'store_error'
   AND reader <> CASE WHEN feed_id IS NULL THEN %(page_reader)s ELSE %(feed_reader)s END
UNION
SELECT DISTINCT url_key FROM dateline.quarantine
 WHERE released_at IS NULL AND reason = 'store_error' AND reader <> %(page_reader)s;

-- name: read_after_all
-- A watched page could be read: what it failed before counts no more.
UPDATE dateline.quarantine SET released_at = %(now)s
 WHERE url_key = %(url_key)s AND feed_id = %(feed_id)s AND released_at IS NULL;

-- name: read_as
-- What an address may have been read as when its reader was killed: a watched page that is due, a URL of the ledger
-- that is due for a fetch or a re-check. An address that is both is blamed as both.
SELECT %(url_key)s::uuid AS url_key, f.id AS feed_id, f.crawl_id IS NOT NULL AS is_one_off
FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
WHERE f.host = %(host)s AND f.url_hash = %(url_hash)s AND f.is_active AND s.next_due_at <= clock_timestamp()
UNION ALL
SELECT u.url_key, NULL, u.crawl_id IS NOT NULL
FROM dateline.url u
WHERE u.url = %(url)s AND u.url_key = %(url_key)s
  AND (u.state = 'pending' OR EXISTS (SELECT FROM dateline.recheck r WHERE r.url_id = u.id));

-- name: hold_feed
-- The failure shows in the page's state, so that a visit that reads it lets go of what was counted.
UPDATE dateline.feed_state SET next_due_at = %(until)s, failures = failures + 0.5, last_outcome = 'parse_crash'
 WHERE feed_id = %(feed_id)s;

-- name: hold_page
WITH line AS (
    UPDATE dateline.url u
       SET state = CASE WHEN %(until)s::timestamptz IS NULL THEN 'ended' ELSE 'pending' END,
           reason = %(reason)s, attempts = attempts + 1, next_attempt_at = %(until)s,
           finished_at = CASE WHEN %(until)s::timestamptz IS NULL THEN %(now)s ELSE finished_at END
     WHERE u.url_key = %(url_key)s AND u.state = 'pending'
)
UPDATE dateline.recheck r SET due_at = coalesce(%(until)s::timestamptz, %(now)s::timestamptz + interval '7 days')
  FROM dateline.url u WHERE u.id = r.url_id AND u.url_key = %(url_key)s;
