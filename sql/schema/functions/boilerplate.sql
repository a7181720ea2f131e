-- Counts of boilerplate halve every 60 days from their first day on, so that paragraphs that went out of use fade.
-- A paragraph that was seen once, and not again within 60 days, counts for nothing and is removed.
CREATE OR REPLACE FUNCTION dateline.halvings(since date, today date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN least(30, greatest(0, (today - since) / 60));
COMMENT ON FUNCTION dateline.halvings(date, date) IS
    'How often a count that was last halved on the first day is to be halved by the second.';

-- A paragraph that another site has in one or two stories belongs to a story there; where it is repeated here, it is
-- quoted or copied. Not so where this site had it on an earlier day (the others copied it), nor where three other sites
-- repeat it (it is common). In Python for batches: pipelines/boilerplate/strip.py.
CREATE OR REPLACE FUNCTION dateline.is_text_elsewhere(wanted bigint, own_site text, since date) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(bool_or(o.stories < 3 AND o.first_on <= since), false)
               AND count(*) FILTER (WHERE o.stories >= 3) < 3
        FROM (SELECT max(p.stories) AS stories, min(p.first_on) AS first_on
              FROM (SELECT host_id, stories, first_on FROM dateline.paragraph
                    WHERE key = wanted AND stories > 0 LIMIT 100) AS p
              JOIN dateline.boilerplate_host h ON h.id = p.host_id
              WHERE h.site <> own_site GROUP BY h.site) AS o);
COMMENT ON FUNCTION dateline.is_text_elsewhere(bigint, text, date) IS
    'Whether another site has the paragraph in the text of a story, and had it on that day.';
