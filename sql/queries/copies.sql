-- Finding what a text may be a copy of, and writing down its family.

-- name: lock_buckets
-- A statement of its own, before the look-up: in one statement with it, or under REPEATABLE READ, each of two writers would
-- see the archive without the other's text (measured elsewhere: 729 families where 300 were right). Sorted, so that no two
-- writers wait for each other.
SELECT count(pg_advisory_xact_lock(1684829, bucket))
FROM (SELECT DISTINCT (hash & 65535)::int AS bucket FROM unnest(%(hashes)s::bigint[]) AS hash ORDER BY 1) AS buckets;

-- name: holders
-- For each hash at most 64 articles: a hash that more hold is boilerplate, or a story that all have.
SELECT h.hash, s.article_id
FROM unnest(%(hashes)s::bigint[]) AS h (hash)
CROSS JOIN LATERAL (
    SELECT article_id FROM dateline.sketch WHERE hash = h.hash AND seen_on > %(since)s AND article_id <> %(article_id)s LIMIT 64
) AS s;

-- name: add_sketch
INSERT INTO dateline.sketch (hash, article_id, seen_on)
SELECT hash, %(article_id)s, %(seen_on)s FROM unnest(%(hashes)s::bigint[]) AS hash;

-- name: drop_sketch
DELETE FROM dateline.sketch WHERE article_id = %(article_id)s AND hash = ANY (%(hashes)s::bigint[]);

-- name: documents
-- Articles as they are compared, with the family that each belongs to.
SELECT a.id, a.url, a.site, a.text, a.published_at::timestamptz AS published_at, a.first_seen_at::timestamptz AS seen_at,
       a.credited_to, a.canonical_url, coalesce(c.original_id, a.id) AS family
FROM dateline.article a LEFT JOIN dateline.copy c ON c.article_id = a.id
WHERE a.id = ANY (%(ids)s::bigint[]);

-- name: members
-- All members of these families, their originals included.
SELECT a.id, a.url, a.site, a.text, a.published_at::timestamptz AS published_at, a.first_seen_at::timestamptz AS seen_at,
       a.credited_to, a.canonical_url, coalesce(c.original_id, a.id) AS family
FROM dateline.article a LEFT JOIN dateline.copy c ON c.article_id = a.id
WHERE a.id = ANY (%(families)s::bigint[]) OR c.original_id = ANY (%(families)s::bigint[])
ORDER BY a.id LIMIT 300;

-- name: lock_families
-- The families' originals, so that two writers who found one family by different hashes take turns.
SELECT id FROM dateline.article WHERE id = ANY (%(families)s::bigint[]) ORDER BY id FOR UPDATE;

-- name: drop_links
DELETE FROM dateline.copy WHERE article_id = ANY (%(article_ids)s::bigint[]);

-- name: add_link
INSERT INTO dateline.copy (article_id, original_id, kind, containment, containment_back, evidence, decided_at)
VALUES (%(article_id)s, %(original_id)s, %(kind)s, %(containment)s, %(containment_back)s, %(evidence)s, %(now)s)
ON CONFLICT (article_id) DO UPDATE
   SET original_id = excluded.original_id, kind = excluded.kind, containment = excluded.containment,
       containment_back = excluded.containment_back, evidence = excluded.evidence, decided_at = excluded.decided_at;
