-- What gave nothing, for the console's page of errors: URLs that ended without an article, URLs that wait for another
-- try, and watched pages whose last visit failed. The parameter source_id is null for all sources.

-- name: source_id
SELECT id FROM dateline.source WHERE name = %(source)s AND removed_at IS NULL;

-- name: classes
-- By tab and reason; ended ones since an instant (served by url_lost), waiting ones now (url_retried). A stored article
-- is not lost when its publisher takes it down; one of which we have only the headline is.
SELECT u.state, coalesce(u.reason, '') AS reason, count(*) AS urls, max(u.finished_at::timestamptz) AS last_at
FROM dateline.url u
WHERE u.state IN ('failed', 'ended') AND u.finished_at >= %(since)s AND (u.article_id IS NULL
       OR u.article_id IN (SELECT a.id FROM dateline.article a WHERE a.kind = 'headline'))
  AND (%(source_id)s::bigint IS NULL OR u.source_id = %(source_id)s)
GROUP BY 1, 2
UNION ALL
SELECT 'retrying', coalesce(u.reason, ''), count(*), NULL
FROM dateline.url u
WHERE u.state = 'pending' AND u.attempts > 0 AND (%(source_id)s::bigint IS NULL OR u.source_id = %(source_id)s)
GROUP BY 2
UNION ALL
SELECT 'failing', coalesce(t.last_outcome, ''), count(*), max(t.last_visit_at::timestamptz)
FROM dateline.feed_state t JOIN dateline.feed f ON f.id = t.feed_id JOIN dateline.source s ON s.id = f.source_id
WHERE t.failures > 0 AND f.is_active AND f.crawl_id IS NULL AND s.removed_at IS NULL AND NOT s.is_paused
  AND (%(source_id)s::bigint IS NULL OR f.source_id = %(source_id)s)
GROUP BY 2
ORDER BY 1, 3 DESC, 2 LIMIT 400;

-- name: lost
-- URLs that ended in a state without an article, newest first, after a place. Served by url_lost.
SELECT u.id, u.url, u.state, u.reason, u.detail, u.attempts, u.finished_at::timestamptz AS finished_at,
       u.discovered_at::timestamptz AS discovered_at, NULL::timestamptz AS next_attempt_at, s.name AS source
FROM dateline.url u LEFT JOIN dateline.source s ON s.id = u.source_id
WHERE u.state IN ('failed', 'ended') AND u.state = %(state)s AND u.finished_at >= %(since)s
  AND (u.article_id IS NULL OR u.article_id IN (SELECT a.id FROM dateline.article a WHERE a.kind = 'headline'))
  AND (%(reason)s::text IS NULL OR coalesce(u.reason, '') = %(reason)s)
  AND (%(source_id)s::bigint IS NULL OR u.source_id = %(source_id)s)
  AND (%(at)s::timestamptz IS NULL OR (u.finished_at, u.id) < (%(at)s, %(id)s))
ORDER BY u.finished_at DESC, u.id DESC LIMIT %(limit)s;

-- name: retrying
-- URLs that were tried and wait for another try, the next one first. Served by url_retried.
SELECT u.id, u.url, 'retrying' AS state, u.reason, u.detail, u.attempts, NULL::timestamptz AS finished_at,
       u.discovered_at::timestamptz AS discovered_at, u.next_attempt_at::timestamptz AS next_attempt_at,
       s.name AS source
FROM dateline.url u LEFT JOIN dateline.source s ON s.id = u.source_id
WHERE u.state = 'pending' AND u.attempts > 0
  AND (%(reason)s::text IS NULL OR coalesce(u.reason, '') = %(reason)s)
  AND (%(source_id)s::bigint IS NULL OR u.source_id = %(source_id)s)
  AND (%(at)s::timestamptz IS NULL OR (u.next_attempt_at, u.id) > (%(at)s, %(id)s))
ORDER BY u.next_attempt_at, u.id LIMIT %(limit)s;

-- name: failing
-- Watched pages whose last visit failed, newest first; paused sources are not visited.
SELECT f.id, f.url, 'failing' AS state, t.last_outcome AS reason, v.detail,
       (SELECT count(*) FROM dateline.visit w
         WHERE w.feed_id = f.id AND w.started_at > coalesce(t.last_ok_at, f.added_at))::int AS attempts,
       t.last_visit_at::timestamptz AS finished_at, coalesce(t.last_ok_at, f.added_at)::timestamptz AS discovered_at,
       t.next_due_at::timestamptz AS next_attempt_at, s.name AS source
FROM dateline.feed_state t JOIN dateline.feed f ON f.id = t.feed_id JOIN dateline.source s ON s.id = f.source_id
LEFT JOIN LATERAL (SELECT detail FROM dateline.visit WHERE feed_id = f.id ORDER BY started_at DESC LIMIT 1) AS v ON true
WHERE t.failures > 0 AND f.is_active AND f.crawl_id IS NULL AND s.removed_at IS NULL AND NOT s.is_paused
  AND (%(reason)s::text IS NULL OR coalesce(t.last_outcome, '') = %(reason)s)
  AND (%(source_id)s::bigint IS NULL OR f.source_id = %(source_id)s)
  AND (%(at)s::timestamptz IS NULL OR (t.last_visit_at, f.id) < (%(at)s, %(id)s))
ORDER BY t.last_visit_at DESC, f.id DESC LIMIT %(limit)s;
