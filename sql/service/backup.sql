-- Backup and restore.

-- name: is_empty
SELECT to_regnamespace('dateline') IS NULL AND to_regnamespace('procrastinate') IS NULL
       AND to_regnamespace('news') IS NULL;

-- name: named_files
-- Every page of an article was written down with its fetch, in one transaction: the fetches name all files. Served by
-- fetch_archive, which also holds the offsets.
SELECT archive_file AS name, max(archive_offset + archive_length)::bigint AS bytes FROM dateline.fetch
WHERE archive_file IS NOT NULL
GROUP BY archive_file ORDER BY archive_file;

-- name: forget_jobs
-- Jobs of workers that ran when the dump was made: what is due is in the tables, and the next tick makes new jobs.
DELETE FROM procrastinate.procrastinate_jobs WHERE status IN ('todo', 'doing');

-- name: forget_workers
DELETE FROM procrastinate.procrastinate_workers;

-- name: forget_processes
DELETE FROM dateline.heartbeat;

-- name: forget_claims
UPDATE dateline.host_pace SET busy = 0, busy_until = NULL WHERE busy > 0;

-- name: apply_views_anew
-- Grants are not in the dump (roles belong to a server, not to a database): the next migration makes views and roles
-- again.
DELETE FROM dateline.migration WHERE name = 'views';
