-- Asking again for stored articles.

-- name: plan
-- The first age still to come at which a watched source's stored article is asked for again, in the transaction that
-- stores it; before that, at the soonest, where its page may not be up yet.
INSERT INTO dateline.recheck (url_id, host, source_id, due_at, began_at, step, failures, etag, last_modified)
SELECT u.id, u.host, u.source_id, first.due_at, began.at, first.step, 0, %(etag)s, %(last_modified)s
FROM dateline.url u
JOIN dateline.article a ON a.id = u.article_id
JOIN dateline.source o ON o.id = u.source_id
CROSS JOIN LATERAL (SELECT least(a.published_at, a.first_seen_at)::timestamptz AS at) AS began
CROSS JOIN LATERAL (
    SELECT CASE WHEN %(may_come)s THEN %(soonest)s ELSE began.at + t.age END AS due_at,
           t.place - CASE WHEN %(may_come)s THEN 2 ELSE 1 END AS step
    FROM unnest(%(ages)s::interval[]) WITH ORDINALITY AS t (age, place)
    WHERE began.at + t.age >= %(soonest)s ORDER BY t.place LIMIT 1
) AS first
WHERE u.id = %(url_id)s AND (u.state = 'stored' OR a.text_origin <> 'page') AND o.removed_at IS NULL
ON CONFLICT (url_id) DO UPDATE
   SET due_at = excluded.due_at, step = excluded.step, failures = 0, etag = excluded.etag,
       last_modified = excluded.last_modified;

-- name: keep
INSERT INTO dateline.recheck (url_id, host, source_id, due_at, began_at, step, failures, etag, last_modified)
SELECT u.id, u.host, u.source_id, %(due_at)s, %(began_at)s, %(step)s, %(failures)s, %(etag)s, %(last_modified)s
FROM dateline.url u WHERE u.id = %(url_id)s AND u.source_id IS NOT NULL
ON CONFLICT (url_id) DO UPDATE
   SET due_at = excluded.due_at, step = excluded.step, failures = excluded.failures,
       etag = excluded.etag, last_modified = excluded.last_modified;

-- name: end
DELETE FROM dateline.recheck WHERE url_id = %(url_id)s;

-- name: due
-- A host's stored articles to ask for again, longest due first, with what their source may still cost today. What is to
-- be fetched anyway (because its publisher reported a change) is left out. Served by recheck_host.
SELECT u.id, u.url_key, u.url, u.host, u.source_id, o.name AS source, u.via, u.depth, u.hints, u.attempts, u.article_id,
       u.named_by, i.url_id IS NOT NULL AS is_in_feed, i.content IS NOT NULL AS has_content,
       CASE WHEN u.is_hearsay THEN o.politeness - '{obey_robots,ca_file,fetch_pages,cookies_file,headers}'::text[]
            ELSE o.politeness || jsonb_build_object('home', o.home) END AS politeness,
       CASE WHEN o.timezone <> 'UTC' THEN jsonb_build_object('timezone', o.timezone) ELSE '{}' END
         || o.extraction AS extraction,
       o.title AS source_title,
       r.began_at::timestamptz AS began_at, r.step, r.failures, r.etag, r.last_modified,
       EXISTS (SELECT FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
                WHERE f.host = r.host AND f.source_id = r.source_id AND s.validators_wrong_since IS NOT NULL)
           AS has_wrong_validators,
       coalesce(d.done, 0) AS done_today,
       (SELECT coalesce(sum(t.done), 0)::integer FROM dateline.recheck_day t WHERE t.day = %(today)s) AS all_today,
       lately.done AS done_lately, lately.changed AS changed_lately
FROM dateline.recheck r
JOIN dateline.url u ON u.id = r.url_id
JOIN dateline.source o ON o.id = r.source_id
LEFT JOIN dateline.feed_item i ON i.url_id = u.id
LEFT JOIN dateline.recheck_day d ON d.source_id = r.source_id AND d.day = %(today)s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.done), 0)::integer AS done, coalesce(sum(l.changed), 0)::integer AS changed
    FROM dateline.recheck_day l WHERE l.source_id = r.source_id AND l.day > %(today)s - 30
) AS lately
WHERE r.host = %(host)s AND r.due_at <= %(now)s AND NOT o.is_paused AND o.removed_at IS NULL
  AND u.state IN ('stored', 'ended', 'failed')
ORDER BY r.due_at
LIMIT %(limit)s;

-- name: let_be
-- What is due at a host and not to be asked for now: fetched anyway, forgotten, of no use.
DELETE FROM dateline.recheck r USING dateline.url u
 WHERE u.id = r.url_id AND r.host = %(host)s AND r.due_at <= %(now)s
   AND (%(everything)s OR u.state NOT IN ('stored', 'ended', 'failed', 'pending'));

-- name: wait
-- Articles whose publisher reported a change are fetched first.
UPDATE dateline.recheck r SET due_at = %(until)s
  FROM dateline.url u
 WHERE u.id = r.url_id AND r.host = %(host)s AND r.due_at <= %(now)s AND u.state = 'pending';

-- name: postpone
UPDATE dateline.recheck SET due_at = %(until)s WHERE url_id = ANY (%(ids)s::bigint[]) AND due_at < %(until)s;

-- name: postpone_source
-- Spread over half a day, so that they don't all come at once.
UPDATE dateline.recheck SET due_at = %(until)s::timestamptz + random() * interval '12 hours'
 WHERE source_id = %(source_id)s AND due_at <= %(now)s;

-- name: count
INSERT INTO dateline.recheck_day AS d (source_id, day, done, changed)
SELECT u.source_id, %(day)s, 1, %(changed)s FROM dateline.url u WHERE u.id = %(url_id)s AND u.source_id IS NOT NULL
ON CONFLICT (source_id, day) DO UPDATE SET done = d.done + 1, changed = d.changed + excluded.changed;

-- name: found_unchanged
-- An article whose page is unchanged: seen now, and no longer removed. One row if it had been removed.
WITH seen AS (
    UPDATE dateline.article_seen SET last_seen_at = greatest(last_seen_at, %(now)s), times = times + 1
     WHERE article_id = %(article_id)s
)
UPDATE dateline.article SET removed_at = NULL WHERE id = %(article_id)s AND removed_at IS NOT NULL;
