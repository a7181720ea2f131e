-- Roles that logins are members of; the roles themselves cannot log in. Applied again with the views. If this
-- database's user may not create roles, a warning says so and nothing else changes: the owner of the tables then does
-- all the work.

DO $$
DECLARE
    role text;
    target text;
BEGIN
    FOREACH role IN ARRAY ARRAY['dateline_ingest', 'dateline_console', 'dateline_analyst'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was quicker
                WHEN insufficient_privilege THEN
                    RAISE WARNING 'user % may not create role %: analysts'' logins will not work', current_user, role;
                    RETURN;
            END;
        END IF;
    END LOOP;

    -- ingest: what workers and the scheduler do; no DDL
    GRANT USAGE ON SCHEMA dateline, news, procrastinate TO dateline_ingest;
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA dateline, procrastinate TO dateline_ingest;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA dateline, procrastinate TO dateline_ingest;
    GRANT SELECT ON ALL TABLES IN SCHEMA news TO dateline_ingest;

    -- console: reads all, changes sources and what is its own
    GRANT USAGE ON SCHEMA dateline, news TO dateline_console;
    GRANT SELECT ON ALL TABLES IN SCHEMA dateline, news TO dateline_console;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA dateline TO dateline_console;
    FOR target IN SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
                   WHERE c.relnamespace = 'dateline'::regnamespace AND c.relkind = 'r'
                     AND (c.relname IN ('source', 'feed', 'feed_state') OR c.relname ~ '^(watch|console)') LOOP
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO dateline_console', target);
    END LOOP;

    -- analyst: reads the views of news and nothing else; no tables of its own, not even temporary ones
    GRANT USAGE ON SCHEMA news TO dateline_analyst;
    GRANT SELECT ON ALL TABLES IN SCHEMA news TO dateline_analyst;
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;

    -- Read-only or not, these functions take locks, write, use up transaction numbers (the server stops before all are
    -- spent), or send notices, and every login may call them. Only a superuser can take that away;
    -- `dateline analyst add` says so where it was not done.
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        FOR target IN SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p
                       WHERE p.pronamespace = 'pg_catalog'::regnamespace
                         AND (p.proname ~ '^(pg_(try_)?advisory_|lo_|pg_logical_emit_message$)'
                              OR p.proname IN ('loread', 'lowrite', 'pg_notify', 'pg_export_snapshot',
                                               'txid_current', 'pg_current_xact_id')) LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION pg_catalog.%s FROM PUBLIC', target);
            IF target ~ '^pg_((try_)?advisory_|notify)' THEN
                EXECUTE format('GRANT EXECUTE ON FUNCTION pg_catalog.%s TO dateline_ingest, dateline_console', target);
            END IF;
        END LOOP;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'some rights of the roles could not be granted: %', SQLERRM;
END $$;

-- reader: `dateline psql`; reads all, changes nothing. In a block of its own: a user who may not make this role, the
-- youngest, still renews the rights of the others.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'dateline_reader') THEN
        BEGIN
            CREATE ROLE dateline_reader NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    GRANT USAGE ON SCHEMA dateline, news, procrastinate TO dateline_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA dateline, news, procrastinate TO dateline_reader;
    BEGIN
        GRANT pg_read_all_stats TO dateline_reader;
    EXCEPTION
        WHEN insufficient_privilege THEN NULL;  -- what others run is hidden, then
    END;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'user % may not create role dateline_reader: dateline psql has no login that can only read',
            current_user;
END $$;
