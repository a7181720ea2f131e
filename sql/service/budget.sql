-- The budget of visits: what was learned of all pages, and what it allows.

-- name: sampled_rates
-- A sample of the publishing rates of pages on the adaptive schedule, with the number of such pages.
SELECT r.state, count(*) OVER () AS pages
FROM dateline.feed_rhythm r
JOIN dateline.feed f ON f.id = r.feed_id
JOIN dateline.source o ON o.id = f.source_id
WHERE f.crawl_id IS NULL AND f.is_active AND o.schedule = 'adaptive' AND NOT o.is_paused AND o.removed_at IS NULL
ORDER BY random() LIMIT %(most)s;

-- name: budgeted_rates
-- The publishing rates of sources that have their own budget.
SELECT o.id AS source_id, (o.politeness ->> 'max_visits_a_day')::float8 AS visits_a_day, r.state
FROM dateline.source o
JOIN dateline.feed f ON f.source_id = o.id AND f.crawl_id IS NULL AND f.is_active
JOIN dateline.feed_rhythm r ON r.feed_id = f.id
WHERE o.politeness ? 'max_visits_a_day' AND o.schedule = 'adaptive' AND NOT o.is_paused AND o.removed_at IS NULL
ORDER BY o.id;

-- name: overspent
-- How many times the visits that were forecast were made in the last 24 hours; nothing where no forecast is a day old.
SELECT (SELECT count(*) FROM dateline.visit v
         JOIN dateline.source o ON o.id = v.source_id
         WHERE v.crawl_id IS NULL AND o.schedule = 'adaptive'
           AND v.started_at > %(now)s::timestamptz - interval '24 hours' AND v.started_at <= %(now)s)::float8
       / a.forecast AS ratio
FROM dateline.allowance a
WHERE a.source_id IS NULL AND a.forecast >= 1 AND a.adapted_at < %(now)s;

-- name: allow
INSERT INTO dateline.allowance (source_id, within_s, busy, forecast, adapted_at)
VALUES (%(source_id)s, %(within_s)s, %(busy)s, %(forecast)s, %(now)s)
ON CONFLICT (source_id) DO UPDATE
   SET within_s = excluded.within_s, busy = excluded.busy, forecast = excluded.forecast,
       adapted_at = excluded.adapted_at;

-- name: end_allowances
-- Sources whose budget was taken back follow the common one again.
DELETE FROM dateline.allowance WHERE source_id IS NOT NULL AND adapted_at < %(now)s;
