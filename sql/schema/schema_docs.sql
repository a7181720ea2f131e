-- The catalog as docs/schema.md tells it.

-- name: objects
SELECT schema, kind, name, about, "column", type, comment FROM (
SELECT n.nspname::text AS schema, CASE c.relkind WHEN 'r' THEN 'table' ELSE 'view' END AS kind, c.relname::text AS name,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS about, a.attname::text AS column,
       regexp_replace(format_type(a.atttypid, a.atttypmod), '^(dateline\.instant|timestamp with time zone)$',
                      'timestamptz') AS type,
       col_description(c.oid, a.attnum) AS comment,
       n.nspname = 'dateline' AS is_inner, CASE c.relkind WHEN 'r' THEN 3 ELSE 1 END AS part, a.attnum AS place
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('news', 'dateline')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm')
UNION ALL
SELECT n.nspname::text, 'function',
       p.proname || '(' || pg_get_function_arguments(p.oid) || ') → ' || pg_get_function_result(p.oid),
       coalesce(obj_description(p.oid, 'pg_proc'), ''), NULL, NULL, NULL, n.nspname = 'dateline', 2, 0
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname IN ('news', 'dateline')
) AS object ORDER BY is_inner, part, name, place;
