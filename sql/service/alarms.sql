-- What is usual for sources, and the alarms about them.

-- name: to_learn
-- Sources whose habits were not learned in the last day. One that is quiet or fails teaches nothing; texts that got
-- worse teach nothing for four weeks, then they are what is usual.
SELECT o.id, o.name,
       (SELECT min(a.since::timestamptz) FROM dateline.alarm a
         WHERE a.source_id = o.id AND a.until IS NULL AND a.kind IN ('empty_texts', 'missing_dates', 'short_texts')
           AND a.noticed_at > %(now)s::timestamptz - interval '28 days') AS worse_since,
       (SELECT count(*) FROM dateline.url u
        WHERE u.source_id = o.id AND u.discovered_at > %(now)s::timestamptz - interval '28 days'
           AND NOT EXISTS (SELECT FROM dateline.backfill b WHERE b.crawl_id = u.crawl_id)
           AND (u.state = 'stored' OR u.reason = ANY (%(textless)s::text[])))
       / greatest(1, least(4, extract(epoch FROM %(now)s::timestamptz - o.created_at) / 604800))::float8 AS pages_a_week
FROM dateline.source o LEFT JOIN dateline.source_expectation e ON e.source_id = o.id
WHERE o.removed_at IS NULL AND NOT o.is_paused
  AND (e.learned_at IS NULL OR e.learned_at < %(now)s::timestamptz - interval '1 day')
  AND NOT EXISTS (SELECT FROM dateline.alarm a
                   WHERE a.source_id = o.id AND a.until IS NULL AND a.kind IN ('quiet', 'not_stored', 'failing'))
ORDER BY e.learned_at NULLS FIRST, o.id LIMIT %(limit)s;

-- name: past_hours
-- A source's whole hours, oldest first. Its first day is its backlog, and so is the first hour after one in which we
-- were not looking.
SELECT (extract(epoch FROM h.hour) / 3600)::bigint AS number, h.new_articles AS articles,
       CASE WHEN h.is_covered AND h.was_covered THEN least(1, (h.minutes_up + 5) / 60.0)::float8 ELSE 0 END AS looked
FROM (SELECT c.hour, c.new_articles, c.minutes_up, c.is_covered,
      lag(c.is_covered, 1, false) OVER (ORDER BY c.hour) AS was_covered
      FROM news.coverage c
      WHERE c.source = %(source)s AND c.hour >= %(now)s::timestamptz - make_interval(hours => %(hours)s)
        AND c.hour < date_trunc('hour', %(now)s::timestamptz, 'UTC')
        AND c.hour >= (SELECT o.created_at::timestamptz + interval '1 day' FROM dateline.source o
                       WHERE o.name = %(source)s)) AS h
ORDER BY h.hour;

-- name: texts
-- The newest pages of sources that gave an article or no text, newest first. Served by url_source.
SELECT o.id AS source_id, p.at, p.words, p.has_date
FROM unnest(%(source_ids)s::bigint[]) AS o (id)
CROSS JOIN LATERAL (
    SELECT u.discovered_at::timestamptz AS at, coalesce(a.word_count, 0) AS words,
           a.published_at IS NOT NULL AS has_date
    FROM dateline.url u LEFT JOIN dateline.article a ON a.id = u.article_id
    WHERE u.source_id = o.id AND (u.state = 'stored' AND a.kind NOT IN ('video', 'gallery', 'live_blog', 'headline')
                                  OR u.reason = ANY (%(textless)s::text[]))
      AND NOT EXISTS (SELECT FROM dateline.backfill b WHERE b.crawl_id = u.crawl_id)
      AND (%(before)s::timestamptz IS NULL OR u.discovered_at < %(before)s)
    ORDER BY u.discovered_at DESC, u.id DESC OFFSET %(skip)s LIMIT %(limit)s) AS p
ORDER BY o.id, p.at DESC;

-- name: opened_pages
-- The newest pages of sources with a login that are whole, or a wall or an excerpt, newest first. Served by url_source.
SELECT o.id AS source_id, o.politeness ->> 'cookies_file' AS cookies_file, p.at, p.is_whole
FROM dateline.source o
CROSS JOIN LATERAL (
    SELECT u.discovered_at::timestamptz AS at,
           u.state = 'stored' AND a.kind NOT IN ('paywalled_excerpt', 'headline') AS is_whole
    FROM dateline.url u LEFT JOIN dateline.article a ON a.id = u.article_id
    WHERE u.source_id = o.id AND (u.state = 'stored' AND a.kind <> 'headline' OR u.reason = ANY (%(walls)s::text[]))
    ORDER BY u.discovered_at DESC, u.id DESC LIMIT %(limit)s) AS p
WHERE o.politeness ?| '{cookies_file,headers}' AND o.removed_at IS NULL AND NOT o.is_paused
ORDER BY o.id, p.at DESC;

-- name: undrawn
-- Of these sources, those without a browser of whose newest pages many need one. Served by url_source.
SELECT o.id AS source_id, count(*) AS pages, count(*) FILTER (WHERE p.reason = 'needs_javascript') AS undrawn,
       min(p.at) FILTER (WHERE p.reason = 'needs_javascript') AS since
FROM dateline.source o
CROSS JOIN LATERAL (
    SELECT u.discovered_at::timestamptz AS at, u.reason FROM dateline.url u
    WHERE u.source_id = o.id AND u.state IN ('stored', 'ended')
    ORDER BY u.discovered_at DESC, u.id DESC LIMIT %(limit)s) AS p
WHERE o.id = ANY (%(source_ids)s::bigint[]) AND o.extraction ->> 'render' IS DISTINCT FROM 'true'
GROUP BY o.id HAVING count(*) FILTER (WHERE p.reason = 'needs_javascript') >= %(least)s
ORDER BY o.id;

-- name: keep_usual
INSERT INTO dateline.source_expectation AS e (source_id, learned_at, hourly, learned)
VALUES (%(source_id)s, %(now)s, %(hourly)s::real[], %(learned)s)
ON CONFLICT (source_id) DO UPDATE
   SET learned_at = excluded.learned_at, hourly = excluded.hourly, learned = excluded.learned;

-- name: facts
-- What each watched source is judged by; what only failing ones are asked costs nothing for the others.
SELECT o.id, o.name, o.created_at::timestamptz AS created_at, p.pages, p.failing,
       p.last_ok_at::timestamptz AS last_ok_at,
       (SELECT max(a.first_seen_at::timestamptz) FROM dateline.article a
        WHERE a.source_id = o.id AND a.kind <> 'headline' AND NOT a.is_backfilled) AS last_article_at,
       (SELECT count(*) FROM dateline.url u
        WHERE u.source_id = o.id AND u.discovered_at > %(now)s::timestamptz - interval '1 hour'
          AND NOT EXISTS (SELECT FROM dateline.backfill b WHERE b.crawl_id = u.crawl_id)) AS news,
       CASE WHEN p.failing > 0 THEN
            (SELECT count(*) FROM dateline.visit v
             WHERE v.source_id = o.id AND v.started_at > coalesce(p.last_ok_at, o.created_at))
            ELSE 0 END AS failed_visits,
       CASE WHEN p.failing > 0 THEN
            (SELECT ARRAY[coalesce(sum(c.visits), 0), coalesce(sum(c.failed), 0)] FROM dateline.coverage_hour c
              WHERE c.source_id = o.id AND c.hour < coalesce(p.last_ok_at, o.created_at)
                AND c.hour >= coalesce(p.last_ok_at, o.created_at) - interval '28 days')
            ELSE '{0,0}' END::bigint[] AS past_visits,
       CASE WHEN p.failing > 0 THEN
            (SELECT array_agg(f.url ORDER BY t.last_ok_at NULLS FIRST, f.id) FROM dateline.feed f
             JOIN dateline.feed_state t ON t.feed_id = f.id
              WHERE f.source_id = o.id AND f.crawl_id IS NULL AND f.is_active AND f.parent_id IS NULL
                AND t.failures >= 1
                AND coalesce(t.last_ok_at, f.added_at) < %(now)s::timestamptz - interval '1 day')
            END AS long_failing,
       CASE WHEN p.failing > 0 THEN
            (SELECT min(coalesce(t.last_ok_at, f.added_at)::timestamptz) FROM dateline.feed f
             JOIN dateline.feed_state t ON t.feed_id = f.id
              WHERE f.source_id = o.id AND f.crawl_id IS NULL AND f.is_active AND f.parent_id IS NULL
                AND t.failures >= 1)
            END AS failing_since,
       p.last_outcome, coalesce(e.hourly, '{}') AS hourly, coalesce(e.learned, '{}') AS learned,
       (SELECT coalesce(jsonb_object_agg(s.kind, extract(epoch FROM s.since)), '{}') FROM dateline.alarm s
         WHERE s.source_id = o.id AND s.until IS NULL) AS standing
FROM dateline.source o
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE f.parent_id IS NULL) AS pages,
           count(*) FILTER (WHERE f.parent_id IS NULL AND t.failures > 0) AS failing, max(t.last_ok_at) AS last_ok_at,
           max(t.last_outcome) FILTER (WHERE t.failures > 0) AS last_outcome
    FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
    WHERE f.source_id = o.id AND f.crawl_id IS NULL AND f.is_active) AS p
LEFT JOIN dateline.source_expectation e ON e.source_id = o.id
WHERE o.removed_at IS NULL AND NOT o.is_paused
ORDER BY o.id;

-- name: looked_less
-- Hours since an instant in which we were looking for less than the whole of them.
SELECT o.id AS source_id, (extract(epoch FROM c.hour) / 3600)::bigint AS number,
       CASE WHEN c.is_covered THEN least(1, (c.minutes_up + 5) / 60.0)::float8 ELSE 0 END AS looked
FROM unnest(%(source_ids)s::bigint[], %(since)s::timestamptz[]) AS w (id, since)
JOIN dateline.source o ON o.id = w.id
JOIN news.coverage c ON c.source = o.name AND c.hour > w.since
WHERE c.hour < date_trunc('hour', %(now)s::timestamptz, 'UTC') AND NOT (c.is_covered AND c.minutes_up >= 55);

-- name: not_stored_since
-- New URLs that sources named since their last article, and the commonest reason why none is one.
SELECT w.id AS source_id, count(u.id) AS urls, mode() WITHIN GROUP (ORDER BY coalesce(u.reason, u.state)) AS reason
FROM unnest(%(source_ids)s::bigint[], %(since)s::timestamptz[]) AS w (id, since)
JOIN dateline.url u ON u.source_id = w.id AND u.discovered_at > w.since
                   AND NOT EXISTS (SELECT FROM dateline.backfill b WHERE b.crawl_id = u.crawl_id)
                   AND (u.state <> 'pending' OR u.discovered_at < %(now)s::timestamptz - interval '1 hour')
GROUP BY w.id;

-- name: settle
-- Makes the given alarms the active ones: a new sentence replaces the old one; active alarms that are not given end.
WITH found AS (
    SELECT f.source_id, f.kind, f.severity, f.since, f.evidence, f.sentence
    FROM jsonb_to_recordset(%(alarms)s) AS f (source_id bigint, kind text, severity text, since timestamptz,
                                              evidence jsonb, sentence text)
), ended AS (
    UPDATE dateline.alarm a SET until = %(now)s
     WHERE a.until IS NULL AND NOT EXISTS (SELECT FROM found f WHERE f.source_id = a.source_id AND f.kind = a.kind)
    RETURNING a.source_id, a.kind, a.sentence
), active AS (
    INSERT INTO dateline.alarm AS a (source_id, kind, severity, since, noticed_at, evidence, sentence)
    SELECT f.source_id, f.kind, f.severity, f.since, %(now)s, f.evidence, f.sentence FROM found f
    JOIN dateline.source o ON o.id = f.source_id
    ON CONFLICT (source_id, kind) WHERE until IS NULL
    DO UPDATE SET evidence = excluded.evidence, sentence = excluded.sentence WHERE a.sentence <> excluded.sentence
    RETURNING a.source_id, a.kind, a.sentence, a.noticed_at = %(now)s AS is_new
)
SELECT o.name AS source, c.kind, c.change, c.sentence
FROM (SELECT source_id, kind, 'ended' AS change, sentence FROM ended
      UNION ALL SELECT source_id, kind, 'started', sentence FROM active WHERE is_new) AS c
JOIN dateline.source o ON o.id = c.source_id ORDER BY o.name, c.kind;

-- name: standing
-- The active alarms, the worst and newest first.
SELECT a.source, a.kind, a.severity, a.since, a.noticed_at, a.until, a.evidence, a.sentence FROM news.alarms a
WHERE a.until IS NULL
ORDER BY array_position(ARRAY['critical', 'warning', 'notice'], a.severity), a.noticed_at DESC, a.source, a.kind
LIMIT %(limit)s;

-- name: lately
-- Alarms that are active or ended after an instant: active ones first, then by their end.
SELECT a.source, a.kind, a.severity, a.since, a.noticed_at, a.until, a.evidence, a.sentence FROM news.alarms a
WHERE (a.until IS NULL OR a.until >= %(since)s) AND (%(kind)s = '' OR a.kind = %(kind)s)
ORDER BY a.until IS NOT NULL, array_position(ARRAY['critical', 'warning', 'notice'], a.severity),
         coalesce(a.until, a.noticed_at) DESC, a.source, a.kind OFFSET %(skip)s LIMIT %(limit)s;
