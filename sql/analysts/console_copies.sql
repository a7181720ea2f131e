-- Who takes texts from whom. Copies decided before the period are dated before it, so copy_decided serves it.

-- name: pairs
-- Of the newest copies: outlets that copied and those that they copied from, with the median of minutes between both
-- publications where both minutes are known. Copies whose first outlet is not known have no direction: they are counted
-- apart. Sites are ASCII; sorting them by bytes takes half the time.
SELECT a.site COLLATE "C" AS taker, o.site COLLATE "C" AS giver, c.original_id IS NOT NULL AS is_known,
       count(*) AS copies,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM a.published_at - o.published_at)::float8 / 60)
           FILTER (WHERE a.published_precision = 'minute' AND o.published_precision = 'minute') AS median_lag_min
FROM (SELECT n.article_id, n.original_id, n.family_id FROM dateline.copy n
      WHERE n.decided_at >= %(since)s ORDER BY n.decided_at DESC LIMIT %(most)s) AS c
JOIN dateline.article a ON a.id = c.article_id
JOIN dateline.article o ON o.id = coalesce(c.original_id, c.family_id)
WHERE a.dated_at >= %(since)s AND a.dated_at < %(until)s
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2 LIMIT %(most_pairs)s;

-- name: are_more
-- Whether the period has more copies than pairs are counted among.
SELECT count(*) > %(most)s FROM (SELECT FROM dateline.copy WHERE decided_at >= %(since)s LIMIT %(most)s + 1) AS c;

-- name: list
-- The copies themselves, newest first, after a place.
SELECT a.id AS article_id, a.title, a.url, a.site AS taker, o.id AS original_id, o.title AS original_title,
       o.url AS original_url, o.site AS giver, c.kind, c.containment::float8 AS containment,
       c.original_id IS NOT NULL AS is_known, a.dated_at::timestamptz AS dated_at,
       a.published_at::timestamptz AS published_at, a.published_precision,
       a.first_seen_at::timestamptz AS first_seen_at, o.published_at::timestamptz AS original_published_at,
       o.published_precision AS original_published_precision, o.first_seen_at::timestamptz AS original_first_seen_at,
       CASE WHEN a.published_precision = 'minute' AND o.published_precision = 'minute'
            THEN extract(epoch FROM a.published_at - o.published_at)::float8 / 60 END AS lag_min
FROM dateline.copy c
JOIN dateline.article a ON a.id = c.article_id
JOIN dateline.article o ON o.id = coalesce(c.original_id, c.family_id)
WHERE c.decided_at >= %(since)s AND a.dated_at >= %(since)s AND a.dated_at < %(until)s
  AND (%(taker)s::text IS NULL OR a.site = %(taker)s) AND (%(giver)s::text IS NULL OR o.site = %(giver)s)
  AND (%(at)s::timestamptz IS NULL OR (a.dated_at, a.id) < (%(at)s, %(id)s))
ORDER BY a.dated_at DESC, a.id DESC LIMIT %(limit)s;
