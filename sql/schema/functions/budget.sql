-- How visits are spent on the pages of a source.
CREATE OR REPLACE FUNCTION dateline.allowed(of_source bigint)
    RETURNS TABLE (within_s double precision, busy double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT a.within_s, a.busy FROM dateline.allowance a
    WHERE a.source_id IS NULL OR a.source_id = of_source
    ORDER BY a.within_s DESC LIMIT 1
    $$;
COMMENT ON FUNCTION dateline.allowed(bigint) IS
    'How visits are spent on the pages of a source: a budget of its own can only make them rarer; '
    'no row where nothing was planned yet.';
