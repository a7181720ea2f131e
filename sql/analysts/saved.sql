-- Saved queries of the console. A user sees only their own; those saved without a user belong to all who have none.

-- name: saved
SELECT name, kind, query, ordering, with_copies, saved_at FROM dateline.saved_query
WHERE user_id IS NOT DISTINCT FROM %(user_id)s::bigint AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY lower(name), name;

-- name: lock
-- One change at a time, so that the limit holds.
SELECT pg_advisory_xact_lock(1684829, 18);

-- name: save
-- Replaces one of the same name only where that was asked for, and adds none beyond the limit.
INSERT INTO dateline.saved_query (user_id, name, kind, query, ordering, with_copies, saved_at)
SELECT %(user_id)s::bigint, %(name)s, %(kind)s, %(query)s, %(ordering)s, %(with_copies)s, %(now)s
WHERE EXISTS (SELECT FROM dateline.saved_query
               WHERE user_id IS NOT DISTINCT FROM %(user_id)s::bigint AND name = %(name)s)
   OR (SELECT count(*) FROM dateline.saved_query
        WHERE user_id IS NOT DISTINCT FROM %(user_id)s::bigint) < %(most)s
ON CONFLICT (user_id, name) DO UPDATE
   SET kind = excluded.kind, query = excluded.query, ordering = excluded.ordering, with_copies = excluded.with_copies,
       saved_at = excluded.saved_at
 WHERE %(replaces)s
RETURNING name;

-- name: rename
UPDATE dateline.saved_query SET name = %(new_name)s
WHERE user_id IS NOT DISTINCT FROM %(user_id)s::bigint AND name = %(name)s
RETURNING name;

-- name: remove
DELETE FROM dateline.saved_query
WHERE user_id IS NOT DISTINCT FROM %(user_id)s::bigint AND name = %(name)s
RETURNING name;
