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
