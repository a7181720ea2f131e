-- What was visited and when, which separates "no news" from "not watched"; and the problems of sources.

DROP VIEW IF EXISTS news.coverage_days, news.coverage, news.alarms;

CREATE VIEW news.coverage AS
SELECT h.source, h.hour, h.state, h.state IN ('visited', 'unchanged', 'nothing_due') AS is_covered,
       h.visits, h.unchanged, h.changed, h.failed,
       CASE WHEN h.state IN ('down', 'paused', 'overdue', 'no_archive') THEN h.state END AS not_visited_because,
       h.new_articles, h.expected_articles, h.minutes_up, h.new_headlines, h.backfilled
FROM (
    SELECT o.name AS source, s.hour,
           CASE WHEN c.changed > 0 THEN 'visited'
                WHEN c.unchanged > 0 THEN 'unchanged'
                WHEN c.failed > 0 OR c.was_unseen THEN 'failed'
                WHEN EXISTS (SELECT FROM dateline.source_rest r
                              WHERE r.source_id = o.id AND r.since < s.hour + interval '1 hour'
                                AND (r.until IS NULL OR r.until > s.hour)) THEN 'paused'
                WHEN bit_count(s.blocked) > least(10, bit_count(s.ran)) THEN 'no_archive'
                WHEN bit_count(s.ran) < extract(epoch FROM least(s.hour + interval '1 hour', now())
                                                           - greatest(s.hour, o.created_at, b.first_start)) / 60 - 10
                     THEN 'down'
                WHEN c.was_overdue THEN 'overdue'
                ELSE 'nothing_due' END AS state,
           coalesce(c.visits, 0) AS visits, coalesce(c.unchanged, 0) AS unchanged, coalesce(c.changed, 0) AS changed,
           coalesce(c.failed, 0) AS failed, coalesce(c.new_articles, 0) AS new_articles,
           coalesce(c.new_headlines, 0) AS new_headlines, coalesce(c.backfilled, 0) AS backfilled,
           round(e.hourly[24 * extract(isodow FROM s.hour AT TIME ZONE 'UTC')::int - 23
                          + extract(hour FROM s.hour AT TIME ZONE 'UTC')::int]::numeric, 2) AS expected_articles,
           bit_count(s.ran)::int AS minutes_up
    FROM dateline.source o
    CROSS JOIN (SELECT k.hour::timestamptz + make_interval(mins => position(B'1' IN k.ran | k.blocked) - 1)
                       AS first_start
                FROM dateline.service_hour k ORDER BY k.hour LIMIT 1) AS b
    JOIN (SELECT k.hour::timestamptz AS hour, k.ran, k.blocked FROM dateline.service_hour k
          UNION ALL  -- hours since the service ran last
          SELECT g, repeat('0', 60)::bit(60), repeat('0', 60)::bit(60)
          FROM generate_series((SELECT max(l.hour)::timestamptz + interval '1 hour' FROM dateline.service_hour l
                                WHERE l.hour <= now()),
                               now(), interval '1 hour') AS g) AS s
      ON s.hour >= date_trunc('hour', o.created_at::timestamptz, 'UTC') AND s.hour <= now()
     AND (o.removed_at IS NULL OR s.hour < o.removed_at)
    LEFT JOIN dateline.coverage_hour c ON c.source_id = o.id AND c.hour = s.hour
    LEFT JOIN dateline.source_expectation e ON e.source_id = o.id
    UNION ALL  -- hours before those, of which a backfill brought articles
    SELECT o.name, c.hour::timestamptz, 'backfilled'::text, 0, 0, 0, 0, 0, 0, c.backfilled, NULL::numeric, 0
    FROM dateline.coverage_hour c JOIN dateline.source o ON o.id = c.source_id
    WHERE c.backfilled > 0
      AND c.hour < coalesce(greatest(date_trunc('hour', o.created_at::timestamptz, 'UTC'),
                                     (SELECT min(k.hour) FROM dateline.service_hour k)), 'infinity')
) AS h;
COMMENT ON VIEW news.coverage IS
    'Each source and each hour since it is watched: whether it was visited, with what result, and if not, why. '
    'Complete: an hour without a row is before the source was added, after it was removed, or before the first start. '
    'Of those before, the hours in which articles were published that a backfill brought have rows: backfilled.';
COMMENT ON COLUMN news.coverage.source IS 'Name of the source.';
COMMENT ON COLUMN news.coverage.hour IS 'Start of the hour (UTC).';
COMMENT ON COLUMN news.coverage.state IS
    'visited (a page had changed), unchanged (all answers were as before), nothing_due (the service ran; no visit was '
    'due), failed (no visit got a valid response, or the server wrongly said that nothing had changed), overdue (due, '
    'but not visited: the service was behind or the host had asked for a pause), down (the service did not run), '
    'no_archive (the archive could not be written, so nothing was fetched), paused, or backfilled (before it was '
    'watched; a backfill brought articles of the hour). In the first three, "no article" means "no news".';
COMMENT ON COLUMN news.coverage.is_covered IS 'Whether we were looking: state is visited, unchanged or nothing_due.';
COMMENT ON COLUMN news.coverage.visits IS 'Visits of its watched pages that started in the hour.';
COMMENT ON COLUMN news.coverage.unchanged IS 'Visits that found the page unchanged.';
COMMENT ON COLUMN news.coverage.changed IS 'Visits that found it changed.';
COMMENT ON COLUMN news.coverage.failed IS 'Visits without a valid response.';
COMMENT ON COLUMN news.coverage.not_visited_because IS
    'Why there was no visit in an hour that is not covered: down, paused or overdue; otherwise empty.';
COMMENT ON COLUMN news.coverage.new_articles IS 'Articles first seen in the hour; without headlines.';
COMMENT ON COLUMN news.coverage.new_headlines IS 'Items first stored in the hour as headlines, without a text.';
COMMENT ON COLUMN news.coverage.backfilled IS
    'Articles published in the hour that a backfill brought, whatever the state; not among new_articles.';
COMMENT ON COLUMN news.coverage.expected_articles IS
    'Articles that are usual in this hour of this weekday; empty if too little is known.';
COMMENT ON COLUMN news.coverage.minutes_up IS
    'Minutes of the hour in which the service ran. An hour without a visit is down if more than ten are missing '
    'since the first start and the adding of the source.';

CREATE VIEW news.coverage_days AS
SELECT c.source, (c.hour AT TIME ZONE 'UTC')::date AS day,
       count(*) FILTER (WHERE c.state NOT IN ('paused', 'backfilled')) AS hours,
       count(*) FILTER (WHERE c.is_covered) AS covered,
       round(count(*) FILTER (WHERE c.is_covered)::numeric
             / nullif(count(*) FILTER (WHERE c.state NOT IN ('paused', 'backfilled')), 0), 3) AS share,
       count(*) FILTER (WHERE c.state = 'failed') AS failed, count(*) FILTER (WHERE c.state = 'overdue') AS overdue,
       count(*) FILTER (WHERE c.state = 'down') AS down,
       count(*) FILTER (WHERE c.state = 'no_archive') AS no_archive,
       count(*) FILTER (WHERE c.state = 'paused') AS paused,
       sum(c.visits)::bigint AS visits, sum(c.new_articles)::bigint AS new_articles,
       round(sum(c.expected_articles) FILTER (WHERE c.state <> 'paused'), 1) AS expected_articles,
       sum(c.new_headlines)::bigint AS new_headlines, sum(c.backfilled)::bigint AS backfilled
FROM news.coverage c GROUP BY 1, 2;
COMMENT ON VIEW news.coverage_days IS 'Each source and day (UTC): the share of its hours in which we were looking.';
COMMENT ON COLUMN news.coverage_days.source IS 'Name of the source.';
COMMENT ON COLUMN news.coverage_days.day IS 'Day (UTC).';
COMMENT ON COLUMN news.coverage_days.hours IS
    'Hours in which it should be watched: 24, less those before it was added, while paused, and in the future.';
COMMENT ON COLUMN news.coverage_days.covered IS 'Hours of these in which we were looking.';
COMMENT ON COLUMN news.coverage_days.share IS 'covered / hours; empty if it was paused all day, or not yet watched.';
COMMENT ON COLUMN news.coverage_days.failed IS 'Hours in which every visit failed.';
COMMENT ON COLUMN news.coverage_days.overdue IS 'Hours in which it was due and not visited.';
COMMENT ON COLUMN news.coverage_days.down IS 'Hours in which the service did not run.';
COMMENT ON COLUMN news.coverage_days.no_archive IS 'Hours in which the archive could not be written.';
COMMENT ON COLUMN news.coverage_days.paused IS 'Hours in which it was paused.';
COMMENT ON COLUMN news.coverage_days.visits IS 'Visits.';
COMMENT ON COLUMN news.coverage_days.new_articles IS 'Articles first seen on the day; without headlines.';
COMMENT ON COLUMN news.coverage_days.new_headlines IS 'Items first stored on the day as headlines, without a text.';
COMMENT ON COLUMN news.coverage_days.backfilled IS 'Articles published on the day that a backfill brought.';
COMMENT ON COLUMN news.coverage_days.expected_articles IS 'Articles that are usual in these hours.';

CREATE VIEW news.alarms AS
SELECT o.name AS source, a.kind, a.severity, a.since::timestamptz AS since, a.noticed_at::timestamptz AS noticed_at,
       a.until::timestamptz AS until, a.evidence, a.sentence
FROM dateline.alarm a JOIN dateline.source o ON o.id = a.source_id;
COMMENT ON VIEW news.alarms IS 'Present and past problems of sources; active ones have no `until`.';
COMMENT ON COLUMN news.alarms.source IS 'Name of the source.';
COMMENT ON COLUMN news.alarms.kind IS
    'quiet (an improbable silence while we were looking), not_stored (it names new URLs, but none is stored), failing '
    '(no valid response), page_failing (one of its watched pages), silent (it answers, but nothing was ever stored), '
    'empty_texts, missing_dates, short_texts, signed_out, needs_browser.';
COMMENT ON COLUMN news.alarms.severity IS 'critical, warning or notice.';
COMMENT ON COLUMN news.alarms.since IS 'When it started.';
COMMENT ON COLUMN news.alarms.noticed_at IS 'When it was noticed.';
COMMENT ON COLUMN news.alarms.until IS 'When it ended; empty while it is active.';
COMMENT ON COLUMN news.alarms.evidence IS 'The numbers behind it.';
COMMENT ON COLUMN news.alarms.sentence IS 'The problem in one sentence.';
