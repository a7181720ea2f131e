-- Logins of analysts.

-- name: list
SELECT r.rolname::text AS name, r.rolconnlimit AS limit,
       (SELECT count(*) FROM pg_stat_activity s WHERE s.usesysid = r.oid)::int AS connections
FROM pg_auth_members m
JOIN pg_roles g ON g.oid = m.roleid AND g.rolname = 'dateline_analyst'
JOIN pg_roles r ON r.oid = m.member AND r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolcreaterole
ORDER BY r.rolname;

-- name: role
SELECT FROM pg_roles WHERE rolname = %(name)s;

-- name: disconnect
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %(name)s;

-- name: open_to_all
-- What the login may do that only a superuser can take away: functions, and other databases that it may open.
SELECT ARRAY(SELECT f::text FROM unnest(ARRAY['pg_advisory_lock(bigint)', 'lo_create(oid)', 'pg_current_xact_id()',
                                              'pg_logical_emit_message(boolean,text,text,boolean)']) AS f
             WHERE has_function_privilege(%(name)s, to_regprocedure(f), 'EXECUTE')) AS functions,
       ARRAY(SELECT datname::text FROM pg_database
             WHERE datallowconn AND datname <> current_database() AND has_database_privilege(%(name)s, oid, 'CONNECT')
             ORDER BY 1) AS databases;
