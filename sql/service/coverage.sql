-- The coverage ledger.

-- name: mark_up
-- This minute, in which the service ran, or ran and could not write the archive; hours since the one before, in which
-- it did not run, get their rows with it. Before its first start nothing was to be watched: those hours get none.
INSERT INTO dateline.service_hour AS s (hour, ran, blocked)
SELECT h, CASE WHEN h = b.this_hour AND NOT %(is_blocked)s THEN b.minute ELSE repeat('0', 60)::bit(60) END,
       CASE WHEN h = b.this_hour AND %(is_blocked)s THEN b.minute ELSE repeat('0', 60)::bit(60) END
FROM (SELECT date_trunc('hour', %(now)s::timestamptz, 'UTC') AS this_hour,
             set_bit(repeat('0', 60)::bit(60),
                     extract(minute FROM %(now)s::timestamptz AT TIME ZONE 'UTC')::int, 1) AS minute) AS b,
     generate_series(least(b.this_hour, coalesce(
         (SELECT max(k.hour)::timestamptz + interval '1 hour' FROM dateline.service_hour k WHERE k.hour < b.this_hour),
         b.this_hour)),
         b.this_hour, interval '1 hour') AS h
ON CONFLICT (hour) DO UPDATE SET ran = s.ran | excluded.ran, blocked = s.blocked | excluded.blocked
 WHERE (s.ran | excluded.ran, s.blocked | excluded.blocked) <> (s.ran, s.blocked);

-- name: hours
-- Hours of the sources that come next by name, so many sources at most; of one source where it is named.
SELECT c.source, c.hour, c.state, c.is_covered, c.visits, c.unchanged, c.changed, c.failed, c.new_articles,
       c.expected_articles::float8 AS expected_articles, c.minutes_up
FROM news.coverage c
WHERE c.source IN (SELECT s.name FROM dateline.source s
                    WHERE s.removed_at IS NULL AND (%(source)s::text IS NULL OR s.name = %(source)s)
                      AND (%(after)s::text IS NULL OR s.name > %(after)s)
                    ORDER BY s.name LIMIT %(limit)s)
  AND c.hour >= %(since)s AND c.hour < %(until)s
ORDER BY c.source, c.hour;

-- name: names
-- The sources whose hours `hours` gives.
SELECT s.name FROM dateline.source s
WHERE s.removed_at IS NULL AND (%(source)s::text IS NULL OR s.name = %(source)s)
  AND (%(after)s::text IS NULL OR s.name > %(after)s)
ORDER BY s.name LIMIT %(limit)s;

-- name: roll_up
-- Counts all hours again from the one before the last written hour. An hour ahead of the
-- clock (it was set back) counts for nothing here, nor does one that was written because a page was not seen. Hours of
-- the past keep their word of what was overdue.
WITH bounds AS (
    SELECT date_trunc('hour', %(now)s::timestamptz, 'UTC') AS this_hour,
           coalesce((SELECT max(c.hour)::timestamptz FROM dateline.coverage_hour c
                      WHERE c.hour <= date_trunc('hour', %(now)s::timestamptz, 'UTC') AND NOT c.was_unseen),
                    date_trunc('hour', %(now)s::timestamptz, 'UTC')) - interval '1 hour' AS first_hour
), seen AS (
    SELECT v.source_id, date_trunc('hour', v.started_at::timestamptz, 'UTC') AS hour, count(*) AS visits,
           count(*) FILTER (WHERE v.outcome IN ('not_modified', 'same_body')) AS unchanged,
           count(*) FILTER (WHERE v.outcome = 'changed') AS changed
    FROM dateline.visit v, bounds b
    WHERE v.crawl_id IS NULL AND v.started_at >= b.first_hour AND v.started_at < b.this_hour + interval '1 hour'
    GROUP BY 1, 2
), stored AS (
    SELECT a.source_id, date_trunc('hour', a.first_seen_at::timestamptz, 'UTC') AS hour,
           count(*) FILTER (WHERE a.kind <> 'headline') AS articles,
           count(*) FILTER (WHERE a.kind = 'headline') AS headlines
    FROM dateline.article a, bounds b
    WHERE a.first_seen_at >= b.first_hour AND a.first_seen_at < b.this_hour + interval '1 hour'
      AND NOT a.is_backfilled
    GROUP BY 1, 2
), overdue AS (
    SELECT DISTINCT f.source_id, b.this_hour AS hour
    FROM dateline.feed_state t JOIN dateline.feed f ON f.id = t.feed_id
    JOIN dateline.source o ON o.id = f.source_id, bounds b
    WHERE t.next_due_at < %(now)s::timestamptz - interval '10 minutes' AND f.is_active AND f.crawl_id IS NULL
      AND NOT o.is_paused AND o.removed_at IS NULL
      AND bit_count((SELECT s.ran FROM dateline.service_hour s WHERE s.hour = b.this_hour)) >= 10
), found AS (
    SELECT source_id, hour FROM seen UNION SELECT source_id, hour FROM stored UNION SELECT source_id, hour FROM overdue
)
INSERT INTO dateline.coverage_hour AS c
       (source_id, hour, visits, unchanged, changed, failed, new_articles, new_headlines, was_overdue)
SELECT f.source_id, f.hour, coalesce(s.visits, 0), coalesce(s.unchanged, 0), coalesce(s.changed, 0),
       coalesce(s.visits - s.unchanged - s.changed, 0), coalesce(t.articles, 0), coalesce(t.headlines, 0),
       o.source_id IS NOT NULL
FROM found f
LEFT JOIN seen s ON s.source_id = f.source_id AND s.hour = f.hour
LEFT JOIN stored t ON t.source_id = f.source_id AND t.hour = f.hour
LEFT JOIN overdue o ON o.source_id = f.source_id AND o.hour = f.hour
WHERE f.source_id IS NOT NULL
ON CONFLICT (source_id, hour) DO UPDATE
   SET visits = excluded.visits, unchanged = excluded.unchanged, changed = excluded.changed, failed = excluded.failed,
       new_articles = excluded.new_articles, new_headlines = excluded.new_headlines,
       was_overdue = c.was_overdue OR excluded.was_overdue
 WHERE (c.visits, c.unchanged, c.new_articles, c.new_headlines, c.was_overdue)
       IS DISTINCT FROM (excluded.visits, excluded.unchanged, excluded.new_articles, excluded.new_headlines,
                         c.was_overdue OR excluded.was_overdue);

-- name: last_day
-- Coverage of the last 24 whole hours and this one, all sources together.
SELECT count(*) FILTER (WHERE c.state NOT IN ('paused', 'backfilled')) AS hours,
       count(*) FILTER (WHERE c.is_covered) AS covered,
       count(*) FILTER (WHERE c.state = 'down') AS down, count(*) FILTER (WHERE c.state = 'overdue') AS overdue,
       count(*) FILTER (WHERE c.state = 'no_archive') AS no_archive,
       count(*) FILTER (WHERE c.state = 'failed') AS failed, count(*) FILTER (WHERE c.state = 'paused') AS paused,
       coalesce(sum(c.visits), 0)::bigint AS visits, coalesce(sum(c.new_articles), 0)::bigint AS new_articles,
       (SELECT coalesce(sum(bit_count(s.ran)), 0)::bigint FROM dateline.service_hour s
         WHERE s.hour >= date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '24 hours'
           AND s.hour <= %(now)s) AS minutes_up
FROM news.coverage c
WHERE c.hour >= date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '24 hours' AND c.hour <= %(now)s;

-- name: worst_of_day
-- The sources that were covered least in the last 24 hours.
SELECT c.source, count(*) FILTER (WHERE c.is_covered) AS covered, count(*) AS hours,
       mode() WITHIN GROUP (ORDER BY c.state) FILTER (WHERE NOT c.is_covered) AS mostly
FROM news.coverage c
WHERE c.hour >= date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '24 hours' AND c.hour <= %(now)s
  AND c.state NOT IN ('paused', 'backfilled')
GROUP BY c.source HAVING count(*) FILTER (WHERE NOT c.is_covered) > 0
ORDER BY count(*) FILTER (WHERE NOT c.is_covered) DESC, c.source LIMIT %(limit)s;
