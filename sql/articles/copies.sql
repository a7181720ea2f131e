-- Finding what a text may be a copy of, and writing down its family.

-- name: lock_buckets
-- A statement of its own, before the look-up: in one statement with it, or under REPEATABLE READ, each of two writers
-- would see the archive without the other's text (measured elsewhere: 729 families where 300 were right). Sorted, so
-- that no two writers wait for each other.
SELECT count(pg_advisory_xact_lock(1684829, bucket))
FROM (SELECT DISTINCT (hash & 65535)::int AS bucket FROM unnest(%(hashes)s::bigint[]) AS hash ORDER BY 1) AS buckets;

-- name: holders
-- For each hash at most so many articles of the window: a hash that more hold is boilerplate, or a story that all have.
-- The ids of the last articles before the window show where it begins: the smallest of several, since writers
-- at the same time are numbered in another order than they are dated. "+ 0" keeps the index on article_id, which is for
-- pruning, out of it.
SELECT h.hash, s.articles
FROM unnest(%(hashes)s::bigint[]) AS h (hash)
CROSS JOIN LATERAL (
    SELECT array_agg(article_id) AS articles FROM (
        SELECT article_id FROM dateline.sketch
        WHERE hash = h.hash
          AND article_id + 0 >= (SELECT coalesce(min(id), 0) FROM (
                  SELECT id FROM dateline.article WHERE first_seen_at <= %(since)s
                  ORDER BY first_seen_at DESC, id DESC LIMIT 20
              ) AS before)
        LIMIT %(hash_rows)s) AS held) AS s
WHERE s.articles IS NOT NULL;

-- name: prune_sketches
-- What has left the window is found no more; heavy hashes would otherwise be skipped through by every look-up.
DELETE FROM dateline.sketch
WHERE article_id < (SELECT coalesce(min(id), 0) FROM (
    SELECT id FROM dateline.article WHERE first_seen_at <= %(since)s
    ORDER BY first_seen_at DESC, id DESC LIMIT 20) AS before);

-- name: add_sketches
INSERT INTO dateline.sketch (hash, article_id)
SELECT s.hash, s.article_id FROM unnest(%(hashes)s::bigint[], %(article_ids)s::bigint[]) AS s (hash, article_id);

-- name: drop_sketch
DELETE FROM dateline.sketch WHERE article_id = %(article_id)s AND hash = ANY (%(hashes)s::bigint[]);

-- name: neighbours
-- These articles and the members of their families, as they are compared, or without their texts. xmin is
-- another once a row was changed in any way. Of a family beyond 200 members the rest follows where the others go.
WITH families AS (
    SELECT DISTINCT coalesce(c.family_id, n.id) AS id
    FROM unnest(%(ids)s::bigint[]) AS n (id) LEFT JOIN dateline.copy c ON c.article_id = n.id
), members AS (
    SELECT unnest(%(ids)s::bigint[]) AS id UNION SELECT id FROM families
    UNION (SELECT c.article_id FROM families f JOIN dateline.copy c ON c.family_id = f.id ORDER BY 1 LIMIT 200)
)
SELECT a.id, a.xmin::text::bigint AS version, coalesce(c.family_id, a.id) AS family, a.url, a.site,
       CASE WHEN %(with_texts)s THEN a.text ELSE '' END AS text, a.word_count,
       a.published_at::timestamptz AS published_at, a.published_precision AS precision,
       coalesce(a.text_seen_at, a.first_seen_at)::timestamptz AS seen_at, a.absent_at::timestamptz AS absent_at,
       a.sought_at::timestamptz AS sought_at, a.credited_to, a.canonical_url, c.first_by, c.original_id
FROM members m JOIN dateline.article a ON a.id = m.id LEFT JOIN dateline.copy c ON c.article_id = m.id
ORDER BY a.id;

-- name: lock_families
-- The families' leads, so that two writers who found one family by different hashes take turns.
SELECT id FROM dateline.article WHERE id = ANY (%(families)s::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: move_links
-- Members of other families that were not compared again follow; whose copy they are is not known any more.
UPDATE dateline.copy SET family_id = %(family_id)s, original_id = NULL, decided_at = %(now)s, first_by = 'unknown',
       confidence = 'none', why = 'not compared with all of its family, which is too large'
 WHERE family_id = ANY (%(families)s::bigint[]) AND family_id <> %(family_id)s AND article_id <> %(family_id)s;

-- name: drop_links
DELETE FROM dateline.copy WHERE article_id = ANY (%(article_ids)s::bigint[]);

-- name: add_link
INSERT INTO dateline.copy (article_id, family_id, original_id, kind, containment, containment_back, evidence,
                           decided_at, first_by, confidence, why)
VALUES (%(article_id)s, %(family_id)s, %(original_id)s, %(kind)s, %(containment)s, %(containment_back)s, %(evidence)s,
        %(now)s, %(first_by)s, %(confidence)s, %(why)s)
ON CONFLICT (article_id) DO UPDATE
   SET family_id = excluded.family_id, original_id = excluded.original_id, kind = excluded.kind,
       containment = excluded.containment, containment_back = excluded.containment_back, evidence = excluded.evidence,
       decided_at = excluded.decided_at, first_by = excluded.first_by, confidence = excluded.confidence,
       why = excluded.why;
