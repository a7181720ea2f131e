-- Saved searches: the articles that they match, and the alerts that were sent.

-- name: add
-- A new watch has matched nothing: its recipients' mail begins with match 0.
WITH made AS (
    INSERT INTO dateline.watch (name, query, webhook_url, secret, template, has_feed, with_backlog, created_at)
    VALUES (%(name)s, %(query)s, %(webhook_url)s, %(secret)s, %(template)s, %(has_feed)s, %(with_backlog)s, %(now)s)
    ON CONFLICT (name) DO NOTHING
    RETURNING id
), recipients AS (
    INSERT INTO dateline.watch_mail (watch_id, address, every, sent_through)
    SELECT made.id, m.address, %(every)s, 0 FROM made, unnest(%(mail)s::text[]) AS m (address)
)
SELECT id FROM made;

-- name: remove
DELETE FROM dateline.watch WHERE name = %(name)s RETURNING id;

-- name: watches
-- Without their secrets.
SELECT w.id, w.name, w.query, w.webhook_url, w.template, w.has_feed, w.with_backlog, w.feed_key,
       w.created_at, w.failures,
       w.hold_until, w.problem,
       (SELECT count(*) FROM dateline.watch_match m WHERE m.watch_id = w.id) AS told,
       (SELECT max(m.matched_at) FROM dateline.watch_match m WHERE m.watch_id = w.id) AS last_told_at,
       (SELECT count(*) FROM dateline.watch_delivery d WHERE d.watch_id = w.id AND d.state = 'pending') AS pending,
       (SELECT count(*) FROM dateline.watch_delivery d WHERE d.watch_id = w.id AND d.state = 'dead') AS dead,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('address', m.address, 'every', m.every, 'problem', m.problem,
                   'last_sent_at', m.last_sent_at,
                   'waiting', (SELECT count(*) FROM dateline.watch_match k
                                WHERE k.watch_id = w.id AND k.id > m.sent_through)) ORDER BY m.address), '[]')
          FROM dateline.watch_mail m WHERE m.watch_id = w.id) AS mail
FROM dateline.watch w
WHERE %(name)s::text IS NULL OR w.name = %(name)s
ORDER BY w.name;

-- name: secret
SELECT secret FROM dateline.watch WHERE id = %(watch_id)s;

-- name: lock_matching
-- One matcher at a time: two that each know one of two copies would alert for both.
SELECT pg_advisory_xact_lock(1684829, 10);

-- name: rules
SELECT id, name, query, webhook_url, template, has_feed, created_at, problem FROM dateline.watch
ORDER BY id;

-- name: take_tasks
-- An article whose names are not known yet waits for them: a search may ask for name:. For models it waits only
-- where one does, and not for long: they may be slow, or not be there.
WITH batch AS (
    SELECT w.article_id FROM dateline.article_task w
    WHERE w.task = 'watch' AND NOT EXISTS (
        SELECT FROM dateline.article_task n
        WHERE n.article_id = w.article_id AND (n.task = 'name' OR n.task = 'entity' AND n.since > %(models_since)s
              AND EXISTS (SELECT FROM dateline.watch q WHERE q.query ~* 'name:')))
    ORDER BY w.article_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
DELETE FROM dateline.article_task t USING batch
WHERE t.task = 'watch' AND t.article_id = batch.article_id
RETURNING t.article_id, t.since;

-- name: matches_of
-- What one watch finds among a batch of articles; the condition is its search over article a. Joined by UNION ALL.
SELECT {watch_id}::bigint AS watch_id, a.id AS article_id
FROM dateline.article a
WHERE a.id = ANY ({articles}::bigint[]) AND {condition}

-- name: tell
-- Each article once per watch. Of several copies of a text only one matches: the family's lead if it is among them, and
-- none if one of them matched before. What a watched source shows when it is added, or has had before the watch began,
-- is backlog and left out: by its date (a day counts to its end, a clock without a zone for 12 hours, and minutes are
-- forgiven), or without one by the first visit that was answered. Crawls and imports are asked for and have none.
-- What a backfill brings is history and matches no watch.
WITH hit AS (
    SELECT h.watch_id, h.article_id, coalesce(c.family_id, h.article_id) AS family_id
    FROM unnest(%(watches)s::bigint[], %(articles)s::bigint[]) AS h (watch_id, article_id)
    JOIN dateline.watch w ON w.id = h.watch_id
    JOIN dateline.article a ON a.id = h.article_id
    LEFT JOIN dateline.copy c ON c.article_id = h.article_id
    WHERE NOT a.is_backfilled AND (w.with_backlog OR a.first_seen_at < w.created_at OR NOT EXISTS (
        SELECT FROM dateline.url u
        JOIN dateline.feed f ON f.id = u.feed_id AND f.crawl_id IS NULL
        JOIN dateline.source s ON s.id = f.source_id
        WHERE u.article_id = a.id AND u.crawl_id IS NULL
          AND CASE WHEN a.published_at IS NULL
                   THEN NOT EXISTS (SELECT FROM dateline.visit v
                                     WHERE v.feed_id = u.feed_id AND v.id < u.visit_id
                                       AND v.outcome IN ('changed', 'same_body', 'not_modified', 'false_304'))
                   ELSE a.published_at + CASE a.published_precision WHEN 'day' THEN interval '1 day'
                                              WHEN 'local' THEN interval '12 hours' ELSE interval '15 minutes' END
                        < greatest(w.created_at, s.created_at) END))
), chosen AS (
    SELECT DISTINCT ON (watch_id, family_id) watch_id, article_id, family_id FROM hit
    ORDER BY watch_id, family_id, article_id <> family_id, article_id
)
INSERT INTO dateline.watch_match (watch_id, article_id, matched_at)
SELECT k.watch_id, k.article_id, %(now)s FROM chosen k
WHERE NOT EXISTS (
    SELECT FROM dateline.watch_match m
    WHERE m.watch_id = k.watch_id
      AND m.article_id IN (SELECT k.family_id
                           UNION ALL SELECT c.article_id FROM dateline.copy c WHERE c.family_id = k.family_id))
ORDER BY k.article_id, k.watch_id
ON CONFLICT (watch_id, article_id) DO NOTHING
RETURNING watch_id, article_id;

-- name: articles
-- Articles as alerts show them.
SELECT a.id AS article_id, a.url_key, a.url, a.title, a.summary, left(a.text, 500) AS beginning, a.site,
       s.name AS source, a.authors, a.section, a.language, a.kind, a.credited_to, o.url AS copy_of, a.word_count,
       a.published_at, a.first_seen_at, a.revised_at
FROM dateline.article a
LEFT JOIN dateline.source s ON s.id = a.source_id
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.article o ON o.id = c.original_id
WHERE a.id = ANY (%(articles)s);

-- name: feed
-- A watch's latest, the newest first.
SELECT m.article_id FROM dateline.watch_match m JOIN dateline.watch w ON w.id = m.watch_id
WHERE w.name = %(name)s AND w.has_feed ORDER BY m.id DESC LIMIT %(limit)s;

-- name: latest
SELECT a.url FROM dateline.watch_match m JOIN dateline.watch w ON w.id = m.watch_id
JOIN dateline.article a ON a.id = m.article_id
WHERE w.name = %(name)s ORDER BY m.id DESC LIMIT %(limit)s;

-- name: newest
SELECT id FROM dateline.article ORDER BY id DESC LIMIT %(limit)s;

-- name: enqueue
INSERT INTO dateline.watch_delivery (watch_id, article_id, body, created_at, next_attempt_at)
SELECT d.watch_id, d.article_id, d.body, %(now)s, %(now)s
FROM unnest(%(watches)s::bigint[], %(articles)s::bigint[], %(bodies)s::text[]) AS d (watch_id, article_id, body);

-- name: set_problem
UPDATE dateline.watch SET problem = %(problem)s WHERE id = %(watch_id)s;

-- name: due
-- Watches with something to send to an endpoint that is not on hold.
SELECT w.id, w.webhook_url FROM dateline.watch w
WHERE (w.hold_until IS NULL OR w.hold_until <= %(now)s)
  AND EXISTS (SELECT FROM dateline.watch_delivery d
              WHERE d.watch_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= %(now)s)
ORDER BY w.id;

-- name: claim
-- The next message of a watch, put off until its sender counts as lost: so a sender that is killed loses nothing.
UPDATE dateline.watch_delivery d
   SET attempts = attempts + 1, next_attempt_at = %(lost_at)s
  FROM dateline.watch w
 WHERE d.id = (SELECT n.id FROM dateline.watch_delivery n
                WHERE n.watch_id = %(watch_id)s AND n.state = 'pending' AND n.next_attempt_at <= %(now)s
                ORDER BY n.next_attempt_at, n.created_at, n.id LIMIT 1 FOR UPDATE SKIP LOCKED)
   AND w.id = d.watch_id AND (w.hold_until IS NULL OR w.hold_until <= %(now)s)
RETURNING d.id, d.watch_id, d.body, d.attempts, d.created_at, w.webhook_url, w.secret, w.template, w.failures;

-- name: settle
-- What came of an attempt, and of the endpoint.
WITH endpoint AS (
    UPDATE dateline.watch SET failures = %(failures)s, hold_until = %(hold_until)s
     WHERE id = %(watch_id)s
       AND (failures, hold_until) IS DISTINCT FROM (%(failures)s::int, %(hold_until)s::timestamptz)
)
UPDATE dateline.watch_delivery
   SET state = %(state)s, next_attempt_at = %(next_attempt_at)s, status = %(status)s, detail = %(detail)s,
       finished_at = CASE WHEN %(state)s <> 'pending' THEN %(now)s::timestamptz END,
       body = CASE WHEN %(state)s <> 'delivered' THEN body END
 WHERE id = %(id)s;

-- name: deliveries
SELECT d.id, w.name AS watch, a.url, d.state, d.attempts, d.created_at, d.next_attempt_at, d.finished_at, d.status,
       d.detail
FROM dateline.watch_delivery d
JOIN dateline.watch w ON w.id = d.watch_id
JOIN dateline.article a ON a.id = d.article_id
WHERE (%(name)s::text IS NULL OR w.name = %(name)s) AND (%(state)s::text IS NULL OR d.state = %(state)s)
ORDER BY d.created_at DESC, d.id
LIMIT %(limit)s;

-- name: retry_dead
-- As if they had just come about; their identity stays.
UPDATE dateline.watch_delivery d
   SET state = 'pending', next_attempt_at = %(now)s, created_at = %(now)s, finished_at = NULL, attempts = 0
  FROM dateline.watch w
 WHERE w.id = d.watch_id AND d.state = 'dead' AND (%(name)s::text IS NULL OR w.name = %(name)s)
RETURNING d.id;

-- name: prune
DELETE FROM dateline.watch_delivery WHERE state <> 'pending' AND finished_at < %(before)s;
