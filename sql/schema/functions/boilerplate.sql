-- Counts of boilerplate halve every 60 days from their first day on, so that paragraphs that went out of use fade.
-- A paragraph that was seen once, and not again within 60 days, counts for nothing and is removed.
CREATE OR REPLACE FUNCTION dateline.halvings(since date, today date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN least(30, greatest(0, (today - since) / 60));
COMMENT ON FUNCTION dateline.halvings(date, date) IS
    'How often a count that was last halved on the first day is to be halved by the second.';
