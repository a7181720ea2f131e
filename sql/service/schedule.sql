-- When watched pages are visited next, and what that rests on.

-- name: planned
-- Soonest first, those that are never visited last.
SELECT f.id AS feed_id, o.name AS source, f.url, f.kind, f.parent_id IS NOT NULL AS is_child, o.schedule, o.timezone,
       o.is_paused, s.next_due_at::timestamptz AS next_due_at, s.interval_s, s.failures::float8 AS failures,
       s.last_outcome, s.last_visit_at::timestamptz AS last_visit_at, s.last_new_at::timestamptz AS last_new_at,
       r.state AS rhythm, p.backoff_until::timestamptz AS host_rests_until, e.within_s, e.busy, u.state AS websub
FROM dateline.feed f
JOIN dateline.source o ON o.id = f.source_id
JOIN dateline.feed_state s ON s.feed_id = f.id
LEFT JOIN dateline.feed_rhythm r ON r.feed_id = f.id
LEFT JOIN dateline.host_pace p ON p.host = f.host AND p.backoff_until > %(now)s
LEFT JOIN dateline.subscription u ON u.feed_id = f.id AND u.state <> 'ending'
LEFT JOIN LATERAL dateline.allowed(f.source_id) e ON true
WHERE f.crawl_id IS NULL AND f.is_active AND o.removed_at IS NULL
  AND (%(sources)s::text[] IS NULL OR o.name = ANY (%(sources)s))
ORDER BY o.is_paused, s.next_due_at NULLS LAST, f.id
LIMIT %(limit)s;

-- name: count
-- How many there are.
SELECT count(*) FROM dateline.feed f JOIN dateline.source o ON o.id = f.source_id
WHERE f.crawl_id IS NULL AND f.is_active AND o.removed_at IS NULL
  AND (%(sources)s::text[] IS NULL OR o.name = ANY (%(sources)s));
