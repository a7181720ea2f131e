-- What `dateline upgrade-check` asks of a database before a new version migrates it.

-- name: facts
SELECT pg_database_size(current_database()) AS bytes,
       pg_is_in_recovery() AS is_read_only,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       -- a migration waits for the locks of such a transaction, and everything else waits behind the migration
       (SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND xact_start < clock_timestamp() - interval '1 minute') AS long_transactions;

-- name: running
SELECT role || ' ' || process AS name FROM dateline.heartbeat
 WHERE seen_at > clock_timestamp() - interval '2 minutes' ORDER BY 1;

-- name: older_texts
-- Only columns of the first schema: the database is still the older version's.
SELECT count(*) AS articles FROM dateline.article WHERE extractor LIKE 'dateline/%%' AND extractor <> %(extractor)s;
