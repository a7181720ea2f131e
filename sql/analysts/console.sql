-- What the console's pages read. Every query is bounded: by LIMIT, by a window of time that an index serves, or by the
-- sources.

-- name: figures
-- Totals of the archive. Above 100,000 rows, the planner's estimate replaces a count that would take too long.
SELECT (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL) AS sources,
       (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL AND is_paused) AS paused,
       CASE WHEN a.reltuples < 100000 THEN (SELECT count(*) FROM dateline.article WHERE kind <> 'headline')
            ELSE a.reltuples::bigint END AS articles,
       a.reltuples >= 100000 AS is_estimate,
       (SELECT count(*) FROM (SELECT FROM dateline.url WHERE state = 'pending' LIMIT 100000) AS p) AS pending,
       (SELECT count(*) FROM (SELECT FROM dateline.url
         WHERE state = 'pending' AND next_attempt_at < %(now)s - interval '10 minutes'
         LIMIT 100000) AS p) AS waiting_long,
       (SELECT count(*) FROM dateline.feed_state s JOIN dateline.feed f ON f.id = s.feed_id
          LEFT JOIN dateline.source o ON o.id = f.source_id
         WHERE f.is_active AND f.crawl_id IS NULL AND s.next_due_at < %(now)s - interval '1 minute'
           AND o.removed_at IS NULL AND NOT o.is_paused) AS overdue,
       (SELECT finished_at FROM dateline.visit ORDER BY id DESC LIMIT 1) AS last_visit_at,
       (SELECT first_seen_at FROM dateline.article WHERE kind <> 'headline'
         ORDER BY first_seen_at DESC, id DESC LIMIT 1) AS last_article_at,
       coalesce((SELECT get_bit(h.blocked, extract(minute FROM m.at)::int) = 1
                 FROM (SELECT %(now)s::timestamptz - interval '1 minute' AS at) AS m
                 JOIN dateline.service_hour h ON h.hour = date_trunc('hour', m.at, 'UTC')), false) AS is_archive_blocked
FROM pg_class a WHERE a.oid = 'dateline.article'::regclass;

-- name: alarm_counts
-- The active alarms by kind, and of how many sources they are.
SELECT a.kind, count(*) AS alarms, (SELECT count(DISTINCT source) FROM news.alarms WHERE until IS NULL) AS sources
FROM news.alarms a WHERE a.until IS NULL GROUP BY 1;

-- name: active_alarms
SELECT count(*) FROM news.alarms WHERE until IS NULL;

-- name: processes
SELECT process, role, machine, started_at, seen_at FROM dateline.heartbeat ORDER BY role, process LIMIT 200;

-- name: throughput
-- Articles stored, pages fetched and visits made in each hour of the last two days.
SELECT h AS hour, coalesce(a.n, 0) AS articles, coalesce(f.n, 0) AS fetches, coalesce(v.n, 0) AS visits
FROM generate_series(date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '47 hours',
                     date_trunc('hour', %(now)s::timestamptz, 'UTC'), interval '1 hour') AS h
LEFT JOIN (SELECT date_trunc('hour', first_seen_at, 'UTC') AS hour, count(*) AS n FROM dateline.article
            WHERE first_seen_at >= date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '47 hours'
              AND kind <> 'headline' GROUP BY 1) AS a
       ON a.hour = h
LEFT JOIN (SELECT date_trunc('hour', finished_at, 'UTC') AS hour, count(*) AS n FROM dateline.fetch
            WHERE finished_at >= date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '47 hours' GROUP BY 1) AS f
       ON f.hour = h
LEFT JOIN (SELECT date_trunc('hour', finished_at, 'UTC') AS hour, count(*) AS n FROM dateline.visit
            WHERE finished_at >= date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '47 hours' GROUP BY 1) AS v
       ON v.hour = h
ORDER BY h;

-- name: freshness
-- Seconds from publication to store of the articles of the last day whose minute of publication is known.
SELECT count(*) AS articles, percentile_cont(0.5) WITHIN GROUP (ORDER BY lag_s) AS median_s,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY lag_s) AS p95_s
FROM (SELECT extract(epoch FROM first_seen_at - published_at)::float8 AS lag_s FROM dateline.article
       WHERE first_seen_at >= %(now)s - interval '1 day' AND published_precision = 'minute' AND kind <> 'headline'
         AND NOT is_backfilled
         AND published_at >= %(now)s - interval '3 days' AND published_at <= first_seen_at) AS fresh;


-- name: sources
-- All sources with how they fare; which of them are shown is decided by the page.
SELECT s.name, s.title, s.site, s.home, s.country, s.languages, s.tags, s.schedule, s.is_paused, s.created_at,
       coalesce(p.pages, 0) AS pages, coalesce(p.failing, 0) AS failing, coalesce(p.failures, 0)::float8 AS failures,
       p.last_ok_at, p.next_due_at,
       (SELECT max(a.first_seen_at::timestamptz) FROM dateline.article a
        WHERE a.source_id = s.id AND a.kind <> 'headline') AS last_article_at,
       coalesce(n.month, 0) AS month_articles, coalesce(n.day, 0) AS day_articles, w.alarm[1] AS alarm,
       w.alarm[2] AS alarm_says
FROM dateline.source s
LEFT JOIN (
    SELECT f.source_id, count(*) FILTER (WHERE f.parent_id IS NULL) AS pages,
           count(*) FILTER (WHERE f.parent_id IS NULL AND t.failures > 0) AS failing, max(t.failures) AS failures,
           max(t.last_ok_at::timestamptz) AS last_ok_at, min(t.next_due_at::timestamptz) AS next_due_at
    FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
    WHERE f.crawl_id IS NULL AND f.is_active GROUP BY 1
) AS p ON p.source_id = s.id
LEFT JOIN (
    SELECT source_id, count(*) AS month, count(*) FILTER (WHERE first_seen_at >= %(now)s - interval '1 day') AS day
    FROM dateline.article WHERE first_seen_at >= %(now)s - interval '28 days' AND kind <> 'headline' GROUP BY 1
) AS n ON n.source_id = s.id
LEFT JOIN LATERAL (SELECT ARRAY[a.kind, a.sentence] AS alarm FROM dateline.alarm a
                   WHERE a.source_id = s.id AND a.until IS NULL
                   ORDER BY array_position(%(kinds)s::text[], a.kind) LIMIT 1) AS w ON true
WHERE s.removed_at IS NULL ORDER BY s.name;

-- name: source
SELECT s.id, s.name, s.title, s.site, s.home, s.country, s.languages, s.tags, s.schedule, s.timezone, s.is_paused,
       s.created_at, s.politeness, s.extraction
FROM dateline.source s WHERE s.name = %(name)s AND s.removed_at IS NULL;

-- name: source_days
-- Articles of a source day by day over eight weeks.
SELECT d::date AS day, coalesce(a.n, 0) AS articles
FROM generate_series(date_trunc('day', %(now)s::timestamptz, 'UTC') - interval '55 days',
                     date_trunc('day', %(now)s::timestamptz, 'UTC'), interval '1 day') AS d
LEFT JOIN (SELECT date_trunc('day', first_seen_at, 'UTC') AS day, count(*) AS n FROM dateline.article
            WHERE source_id = %(source_id)s AND kind <> 'headline'
              AND first_seen_at >= date_trunc('day', %(now)s::timestamptz, 'UTC') - interval '55 days'
              GROUP BY 1) AS a ON a.day = d
ORDER BY d;

-- name: source_dates
-- Where the dates of a source's articles of the last four weeks came from, and how exact they are.
SELECT coalesce(published_origin, 'none') AS origin, coalesce(published_precision, 'none') AS precision,
       count(*) AS articles, avg(quality)::float8 AS quality,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY word_count) AS words
FROM dateline.article
WHERE source_id = %(source_id)s AND first_seen_at >= %(now)s - interval '28 days' AND kind <> 'headline'
GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20;

-- name: source_articles
SELECT id, title, url, published_at, first_seen_at, kind, revision FROM dateline.article
WHERE source_id = %(source_id)s ORDER BY first_seen_at DESC LIMIT 15;

-- name: source_urls
-- What became of the URLs that the source named in the last four weeks.
SELECT state, coalesce(reason, '') AS reason, count(*) AS urls
FROM dateline.url WHERE source_id = %(source_id)s AND discovered_at >= %(now)s - interval '28 days'
GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 30;

-- name: due
-- What is visited next, in order, with what sql.service.schedule.PlannedPage has of it. Served by feed_due.
SELECT f.id AS feed_id, s.name AS source, f.url, f.kind, f.parent_id IS NOT NULL AS is_child, s.schedule, s.timezone,
       s.is_paused, t.next_due_at::timestamptz AS next_due_at, t.interval_s, t.failures::float8 AS failures,
       t.last_outcome, t.last_visit_at::timestamptz AS last_visit_at, t.last_new_at::timestamptz AS last_new_at,
       r.state AS rhythm,
       (SELECT p.backoff_until::timestamptz FROM dateline.host_pace p
        WHERE p.host = f.host AND p.backoff_until > %(now)s)
       AS host_rests_until, e.within_s, e.busy, u.state AS websub
FROM dateline.feed_state t JOIN dateline.feed f ON f.id = t.feed_id JOIN dateline.source s ON s.id = f.source_id
LEFT JOIN dateline.feed_rhythm r ON r.feed_id = f.id
LEFT JOIN dateline.subscription u ON u.feed_id = f.id AND u.state <> 'ending'
LEFT JOIN LATERAL dateline.allowed(f.source_id) e ON true
WHERE t.next_due_at IS NOT NULL AND f.is_active AND f.crawl_id IS NULL AND NOT s.is_paused AND s.removed_at IS NULL
  AND (%(source)s::text IS NULL OR s.name = %(source)s)
  AND t.next_due_at >= %(after_at)s AND (t.next_due_at, t.feed_id) > (%(after_at)s, %(after_id)s)
ORDER BY t.next_due_at, t.feed_id LIMIT %(limit)s;

-- name: coverage_names
-- The sources that the coverage page shows: those we were looking at least in these hours first.
SELECT c.source AS name, count(*) FILTER (WHERE NOT c.is_covered AND c.state NOT IN ('paused', 'backfilled')) AS missed
FROM news.coverage c WHERE c.hour >= %(since)s AND c.hour < %(until)s
GROUP BY 1 ORDER BY 2 DESC, 1 OFFSET %(skip)s LIMIT %(limit)s;

-- name: coverage
-- Hours of some sources.
SELECT c.source, c.hour, c.state, c.is_covered, c.visits, c.unchanged, c.changed, c.failed, c.new_articles,
       c.expected_articles::float8 AS expected_articles, c.minutes_up
FROM news.coverage c WHERE c.source = ANY (%(names)s::text[]) AND c.hour >= %(since)s AND c.hour < %(until)s
ORDER BY c.source, c.hour;

-- name: resting_hosts
-- Hosts that are left alone for a while.
SELECT host, backoff_until, next_allowed_at, pages_today FROM dateline.host_pace
WHERE backoff_until > %(now)s ORDER BY backoff_until DESC LIMIT 50;

-- name: visits
-- Newest first, before a visit of that number. Of one source: served by visit_source.
SELECT v.id, v.started_at, s.name AS source, f.url AS page, f.kind, v.outcome, v.status, v.found, v.new, v.bytes,
       extract(epoch FROM v.finished_at - v.started_at)::float8 AS took_s, v.warnings, v.detail
FROM dateline.visit v JOIN dateline.feed f ON f.id = v.feed_id LEFT JOIN dateline.source s ON s.id = v.source_id
WHERE v.id < %(before)s AND (%(outcome)s::text IS NULL OR v.outcome = %(outcome)s)
  AND (NOT %(only_failed)s OR v.outcome NOT IN ('changed', 'not_modified', 'same_body'))
ORDER BY v.id DESC LIMIT %(limit)s;

-- name: visits_of_source
SELECT v.id, v.started_at, s.name AS source, f.url AS page, f.kind, v.outcome, v.status, v.found, v.new, v.bytes,
       extract(epoch FROM v.finished_at - v.started_at)::float8 AS took_s, v.warnings, v.detail
FROM dateline.visit v JOIN dateline.feed f ON f.id = v.feed_id JOIN dateline.source s ON s.id = v.source_id
WHERE v.source_id = (SELECT id FROM dateline.source WHERE name = %(source)s) AND v.id < %(before)s
  AND (%(outcome)s::text IS NULL OR v.outcome = %(outcome)s)
  AND (NOT %(only_failed)s OR v.outcome NOT IN ('changed', 'not_modified', 'same_body'))
ORDER BY v.started_at DESC, v.id DESC LIMIT %(limit)s;

-- name: source_names
SELECT name, title, site FROM dateline.source WHERE removed_at IS NULL ORDER BY title, name;

-- name: sources_of_site
SELECT name, title, is_paused FROM dateline.source WHERE site = %(site)s AND removed_at IS NULL ORDER BY name LIMIT 10;

-- name: source_facts
-- The same as `sources`, of one.
SELECT s.name, s.title, s.site, s.home, s.country, s.languages, s.tags, s.schedule, s.is_paused, s.created_at,
       p.pages, p.failing, coalesce(p.failures, 0)::float8 AS failures, p.last_ok_at, p.next_due_at,
       (SELECT max(a.first_seen_at::timestamptz) FROM dateline.article a
        WHERE a.source_id = s.id AND a.kind <> 'headline') AS last_article_at,
       n.month AS month_articles, n.day AS day_articles, w.alarm[1] AS alarm, w.alarm[2] AS alarm_says
FROM dateline.source s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE f.parent_id IS NULL) AS pages,
           count(*) FILTER (WHERE f.parent_id IS NULL AND t.failures > 0) AS failing, max(t.failures) AS failures,
           max(t.last_ok_at::timestamptz) AS last_ok_at,
           min(t.next_due_at::timestamptz) AS next_due_at
    FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
    WHERE f.source_id = s.id AND f.crawl_id IS NULL AND f.is_active
) AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS month, count(*) FILTER (WHERE first_seen_at >= %(now)s - interval '1 day') AS day
    FROM dateline.article
    WHERE source_id = s.id AND first_seen_at >= %(now)s - interval '28 days' AND kind <> 'headline'
) AS n
LEFT JOIN LATERAL (SELECT ARRAY[a.kind, a.sentence] AS alarm FROM dateline.alarm a
                   WHERE a.source_id = s.id AND a.until IS NULL
                   ORDER BY array_position(%(kinds)s::text[], a.kind) LIMIT 1) AS w ON true
WHERE s.name = %(name)s AND s.removed_at IS NULL;

-- name: schema
-- The views that analysts read, with the catalog's comments.
SELECT c.relname AS view, obj_description(c.oid, 'pg_class') AS view_comment, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'news'::regnamespace AND c.relkind IN ('v', 'm', 'r')
ORDER BY c.relname, a.attnum LIMIT 2000;

-- name: article
SELECT v.article_id, v.url, v.site, v.title, v.text, v.summary, v.authors, v.section, v.tags, v.language,
       a.declared_language, v.published_at, v.published_origin, v.published_precision, v.published_offset_s,
       v.modified_at, v.modified_origin, v.modified_precision, v.first_seen_at, v.last_seen_at, v.kind, a.kind_evidence,
       v.credited_to, v.canonical_url, v.alternative_titles, v.image_url, v.site_name, v.is_accessible_for_free,
       v.directives, v.revision, v.removed_at, v.source, v.quality::float8 AS quality, v.warnings, a.rules, a.extractor,
       v.word_count, v.story_id, o.id AS original_id, o.url AS original_url, o.title AS original_title,
       f.id AS lead_id, f.url AS lead_url, f.title AS lead_title,
       c.kind AS copy_kind, c.containment::float8 AS containment, c.first_by AS copy_first_by,
       c.confidence AS copy_confidence, c.why AS copy_why, a.archive_file, a.archive_offset, a.archive_expired_at,
       a.text_origin, a.no_page_text_because, a.is_rendered
FROM dateline.every_article v
JOIN dateline.article a ON a.id = v.article_id
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.article o ON o.id = c.original_id
LEFT JOIN dateline.article f ON f.id = c.family_id AND c.original_id IS NULL
WHERE v.article_id = %(id)s;

-- name: article_revisions
SELECT number, title, text, seen_at, modified_at, cause, word_count FROM news.revisions
WHERE article_id = %(id)s ORDER BY number DESC LIMIT 100;

-- name: article_copies
-- The other members of its family, without its own original or lead, which is shown with the article.
WITH own AS (
    SELECT coalesce(max(family_id), %(id)s) AS family_id, max(coalesce(original_id, family_id)) AS shown_id
    FROM dateline.copy WHERE article_id = %(id)s
), member AS (
    SELECT c.article_id AS id FROM dateline.copy c JOIN own USING (family_id) UNION ALL SELECT family_id FROM own
)
SELECT a.id AS article_id, a.url, a.site, a.title, c.kind, c.containment::float8 AS containment,
       a.published_at::timestamptz AS published_at, a.published_precision, a.first_seen_at, c.confidence, c.why
FROM own CROSS JOIN member m JOIN dateline.article a USING (id) LEFT JOIN dateline.copy c ON c.article_id = a.id
WHERE a.id <> %(id)s AND a.id IS DISTINCT FROM own.shown_id
ORDER BY a.first_seen_at, a.id LIMIT 200;

-- name: compared_article
SELECT a.id AS article_id, a.url, a.site, s.name AS source, a.title, a.text,
       a.published_at::timestamptz AS published_at, a.published_precision,
       a.first_seen_at::timestamptz AS first_seen_at, a.revision
FROM dateline.article a LEFT JOIN dateline.source s ON s.id = a.source_id
WHERE a.id = %(id)s OR (%(id)s IS NULL AND a.url = %(url)s) LIMIT 1;

-- name: article_citations
SELECT cited_url, cited_site, anchor_text, place, cited_article_id FROM news.citations WHERE article_id = %(id)s
ORDER BY place LIMIT 300;

-- name: article_aliases
SELECT url, why FROM dateline.alias WHERE article_id = %(id)s ORDER BY seen_at, url LIMIT 100;

-- name: article_rights
SELECT kind, value, origin, seen_at::timestamptz AS seen_at, gone_at::timestamptz AS gone_at FROM news.rights
WHERE article_id = %(id)s ORDER BY gone_at IS NOT NULL, kind, value, origin LIMIT 200;

-- name: stories
-- Served by story_last: only stories of that time are counted.
SELECT story_id, headline, first_published_at::timestamptz AS first_published_at,
       last_published_at::timestamptz AS last_published_at, articles, articles_with_copies, outlets, sites, languages
FROM news.stories
WHERE last_published_at >= %(since)s AND outlets >= %(outlets)s
ORDER BY outlets DESC, articles_with_copies DESC, story_id DESC OFFSET %(skip)s LIMIT %(limit)s;

-- name: story
SELECT story_id, headline, first_published_at::timestamptz AS first_published_at,
       last_published_at::timestamptz AS last_published_at, articles, articles_with_copies, outlets, sites, languages
FROM news.stories
WHERE story_id = coalesce((SELECT merged_into FROM news.merged_stories WHERE story_id = %(id)s), %(id)s);

-- name: story_tellers
SELECT place, site, article_id, url, title, published_at, published_precision,
       minutes_after_first::float8 AS minutes_after_first, is_certain, is_copy, copy_of, articles
FROM news.who_was_first WHERE story_id = %(id)s ORDER BY place, first_seen_at, article_id LIMIT 300;

-- name: story_members
SELECT a.id AS article_id, a.url, a.title, a.site,
       coalesce(a.published_at, a.first_seen_at)::timestamptz AS published_at,
       CASE WHEN a.published_at IS NULL THEN 'seen' ELSE coalesce(a.published_precision, 'minute')
       END AS published_precision, a.first_seen_at::timestamptz AS first_seen_at,
       EXISTS (SELECT FROM dateline.copy c WHERE c.article_id = a.id AND c.original_id IS NOT NULL) AS is_copy
FROM dateline.story_member m JOIN dateline.article a ON a.id = m.article_id
WHERE m.story_id = %(id)s ORDER BY m.at DESC, a.id DESC LIMIT 300;

-- name: story_growth
SELECT hour, articles, articles_with_copies FROM news.story_growth WHERE story_id = %(id)s ORDER BY hour LIMIT 1000;

-- name: views
SELECT c.relname AS view, obj_description(c.oid, 'pg_class') AS comment
FROM pg_class c WHERE c.relnamespace = 'news'::regnamespace AND c.relkind IN ('v', 'm') ORDER BY 1;

-- name: beside_hits
-- The articles on a page of search results.
SELECT a.id, s.name AS source, m.story_id, (SELECT count(*) FROM dateline.copy c WHERE c.family_id = a.id) AS copies
FROM dateline.article a
LEFT JOIN dateline.source s ON s.id = a.source_id
LEFT JOIN dateline.story_member m ON m.article_id = a.id
WHERE a.id = ANY (%(ids)s::bigint[]);

-- name: totals
-- All articles but copies, by day or week. Served by article_dated.
SELECT date_trunc(%(unit)s, a.dated_at::timestamptz, 'UTC') AS at, count(*) AS count
FROM dateline.article a
WHERE a.dated_at >= %(since)s AND a.dated_at < %(until)s AND a.kind <> 'headline'
  AND NOT EXISTS (SELECT FROM dateline.copy c WHERE c.article_id = a.id)
GROUP BY 1 ORDER BY 1;
