-- Logins of analysts.

-- name: list
SELECT r.rolname::text AS name, r.rolconnlimit AS limit,
       (SELECT count(*) FROM pg_stat_activity s WHERE s.usesysid = r.oid)::int AS connections
FROM pg_auth_members m
JOIN pg_roles g ON g.oid = m.roleid AND g.rolname = 'dateline_analyst'
JOIN pg_roles r ON r.oid = m.member AND r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolcreaterole
ORDER BY r.rolname;

-- name: disconnect
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %(name)s;
