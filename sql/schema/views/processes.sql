-- Connections of the service's own processes.

DROP VIEW IF EXISTS dateline.own_session;

-- A process that has one lives. The name is the session's own word, and an analyst's login may set any: it is left out,
-- or it could keep the work of a dead process from all others.
CREATE VIEW dateline.own_session AS
SELECT s.pid, s.application_name AS process, s.backend_start, s.state_change
FROM pg_stat_activity s
JOIN pg_roles r ON r.oid = s.usesysid
WHERE r.rolsuper
   OR pg_has_role(r.oid, (SELECT a.oid FROM pg_roles a WHERE a.rolname = 'dateline_analyst'), 'MEMBER') IS NOT TRUE;
COMMENT ON VIEW dateline.own_session IS 'Connections of the service''s own processes: all but those of analysts.';
COMMENT ON COLUMN dateline.own_session.pid IS 'The server''s process that serves it.';
COMMENT ON COLUMN dateline.own_session.process IS 'The name of the process that opened it.';
COMMENT ON COLUMN dateline.own_session.backend_start IS 'When it was opened.';
COMMENT ON COLUMN dateline.own_session.state_change IS 'When it last began or ended a statement.';
