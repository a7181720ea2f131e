-- What watched pages say of themselves: when to come, where they went for good, what to watch in their place.

-- name: keep_asked
-- What the page asks of those who poll it now; no row where it asks for nothing.
WITH gone AS (
    DELETE FROM dateline.feed_asked WHERE feed_id = %(feed_id)s AND NOT %(is_any)s
)
INSERT INTO dateline.feed_asked (feed_id, interval_s, base, skip_hours, skip_days, said_at)
SELECT %(feed_id)s, %(interval_s)s, %(base)s, %(skip_hours)s::smallint[], %(skip_days)s::smallint[], %(now)s
 WHERE %(is_any)s
ON CONFLICT (feed_id) DO UPDATE
   SET interval_s = excluded.interval_s, base = excluded.base, skip_hours = excluded.skip_hours,
       skip_days = excluded.skip_days, said_at = excluded.said_at;

-- name: keep_move
-- Of pages that the source's definition names; a sitemap that an index names is where the index says.
INSERT INTO dateline.feed_move (feed_id, url, times, since)
SELECT f.id, %(url)s, %(times)s, %(since)s FROM dateline.feed f WHERE f.id = %(feed_id)s AND f.parent_id IS NULL
ON CONFLICT (feed_id) DO UPDATE SET url = excluded.url, times = excluded.times, since = excluded.since;

-- name: forget_move
DELETE FROM dateline.feed_move WHERE feed_id = %(feed_id)s;

-- name: remember_address
-- The address that a page has had leads to it, as do those before; or to the page that is watched at the new address
-- already.
WITH page AS (
    SELECT f.id, f.source_id, f.url, f.url_hash,
           coalesce((SELECT o.id FROM dateline.feed o
                      WHERE o.source_id = f.source_id AND o.crawl_id IS NULL AND o.url_hash = %(url_hash)s),
                      f.id) AS heir
    FROM dateline.feed f WHERE f.id = %(feed_id)s
), earlier AS (
    UPDATE dateline.feed_former e SET feed_id = page.heir FROM page
     WHERE e.feed_id = page.id AND e.url_hash NOT IN (page.url_hash, %(url_hash)s)
), present AS (
    DELETE FROM dateline.feed_former e USING page WHERE e.source_id = page.source_id AND e.url_hash = %(url_hash)s
)
INSERT INTO dateline.feed_former (source_id, url_hash, url, feed_id, moved_at)
SELECT source_id, url_hash, url, heir, %(now)s FROM page
ON CONFLICT (source_id, url_hash) DO UPDATE SET feed_id = excluded.feed_id, moved_at = excluded.moved_at;

-- name: follow_move
UPDATE dateline.feed f SET url = %(url)s, url_hash = %(url_hash)s, host = %(host)s
 WHERE f.id = %(feed_id)s
   AND NOT EXISTS (SELECT FROM dateline.feed o
                    WHERE o.source_id = f.source_id AND o.crawl_id IS NULL AND o.url_hash = %(url_hash)s);

-- name: give_way
-- Where the new address is watched already, by a page of its own, that one goes on and this one ends.
WITH heir AS (
    UPDATE dateline.feed o SET is_active = true, parent_id = NULL
      FROM dateline.feed f
     WHERE f.id = %(feed_id)s AND o.source_id = f.source_id AND o.crawl_id IS NULL AND o.url_hash = %(url_hash)s
       AND o.id <> f.id
    RETURNING o.id
)
UPDATE dateline.feed f SET is_active = false FROM heir WHERE f.id = %(feed_id)s;

-- name: present_pages
-- Where pages are now that a source's definition names by an address that they had before.
SELECT e.url_hash, f.url FROM dateline.feed_former e JOIN dateline.feed f ON f.id = e.feed_id
 WHERE e.source_id = %(source_id)s AND e.url_hash = ANY (%(url_hashes)s::uuid[]) AND f.is_active;

-- name: claim_scouting
-- Claims a source whose watched pages all fail. Only the first caller gets it, and not again within a given time.
INSERT INTO dateline.scouting AS known (source_id, scouted_at, outcome)
SELECT o.id, %(now)s, 'looking' FROM dateline.source o
 WHERE o.id = %(source_id)s AND o.removed_at IS NULL AND NOT o.is_paused
   AND NOT EXISTS (SELECT FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
                    WHERE f.source_id = o.id AND f.crawl_id IS NULL AND f.is_active AND s.failures < %(failures)s)
ON CONFLICT (source_id) DO UPDATE SET scouted_at = excluded.scouted_at, outcome = excluded.outcome, added = 0
 WHERE known.scouted_at < %(before)s
RETURNING source_id AS id, (SELECT o.name FROM dateline.source o WHERE o.id = source_id) AS name,
          (SELECT o.home FROM dateline.source o WHERE o.id = source_id) AS home,
          (SELECT o.politeness FROM dateline.source o WHERE o.id = source_id) AS politeness;

-- name: end_scouting
UPDATE dateline.scouting SET outcome = %(outcome)s, added = %(added)s WHERE source_id = %(source_id)s;
