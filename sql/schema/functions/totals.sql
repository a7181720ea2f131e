-- Running totals, so that a scrape of the metrics reads a few hundred narrow rows and never counts a large table.
--
-- Triggers count in the transaction that writes what is counted: each row is counted once, whichever program writes it.
-- Each backend adds to its own rows, so that no two transactions wait for each other; the query fold_totals adds those
-- of ended backends to backend 0. Counters only grow: they still count what retention deleted.

CREATE OR REPLACE FUNCTION dateline.add_total(name text, labels text[], amount double precision) RETURNS void
    LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO dateline.total AS t (name, labels, backend, value) VALUES ($1, $2, pg_backend_pid(), $3)
    ON CONFLICT (name, labels, backend) DO UPDATE SET value = t.value + excluded.value;
END $$;
COMMENT ON FUNCTION dateline.add_total(text, text[], double precision) IS 'Adds to a running total.';

-- Rows per table ------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION dateline.count_rows() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM dateline.total WHERE name = TG_TABLE_NAME;
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM dateline.add_total(TG_TABLE_NAME, '{}', n)
           FROM (SELECT count(*) AS n FROM changed) AS counted WHERE n > 0;
    ELSE
        PERFORM dateline.add_total(TG_TABLE_NAME, '{}', -n)
           FROM (SELECT count(*) AS n FROM changed) AS counted WHERE n > 0;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.count_rows() IS 'Trigger: keeps the number of a table''s rows.';

-- Articles and headlines are totals of their own, for each source; a headline whose page opens moves from one to the
-- other. What a forgotten source had is not moved: nothing asks for the number of a source that is gone.
CREATE OR REPLACE FUNCTION dateline.count_articles() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM dateline.total WHERE name IN ('article', 'headline');
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM dateline.add_total(CASE OLD.kind WHEN 'headline' THEN 'headline' ELSE 'article' END,
                                   array_remove(ARRAY[OLD.source_id::text], NULL), -1);
        PERFORM dateline.add_total(CASE NEW.kind WHEN 'headline' THEN 'headline' ELSE 'article' END,
                                   array_remove(ARRAY[NEW.source_id::text], NULL), 1);
    ELSE
        PERFORM dateline.add_total(c.name, c.labels, CASE TG_OP WHEN 'INSERT' THEN c.n ELSE -c.n END)
           FROM (SELECT CASE kind WHEN 'headline' THEN 'headline' ELSE 'article' END AS name,
                        array_remove(ARRAY[source_id::text], NULL) AS labels, count(*) AS n
                   FROM changed GROUP BY 1, 2) AS c;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.count_articles() IS
    'Trigger: keeps the numbers of articles and of headlines of each source.';

CREATE OR REPLACE TRIGGER count_added AFTER INSERT ON dateline.article REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_articles();
CREATE OR REPLACE TRIGGER count_gone AFTER DELETE ON dateline.article REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_articles();
CREATE OR REPLACE TRIGGER count_moved AFTER UPDATE ON dateline.article
    FOR EACH ROW WHEN ((OLD.kind = 'headline') <> (NEW.kind = 'headline') OR OLD.source_id <> NEW.source_id
                       OR (OLD.source_id IS NULL AND NEW.source_id IS NOT NULL))
    EXECUTE FUNCTION dateline.count_articles();
CREATE OR REPLACE TRIGGER count_truncated AFTER TRUNCATE ON dateline.article
    EXECUTE FUNCTION dateline.count_articles();
CREATE OR REPLACE TRIGGER count_added AFTER INSERT ON dateline.revision REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();
CREATE OR REPLACE TRIGGER count_gone AFTER DELETE ON dateline.revision REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();
CREATE OR REPLACE TRIGGER count_truncated AFTER TRUNCATE ON dateline.revision EXECUTE FUNCTION dateline.count_rows();
CREATE OR REPLACE TRIGGER count_added AFTER INSERT ON dateline.copy REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();
CREATE OR REPLACE TRIGGER count_gone AFTER DELETE ON dateline.copy REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();
CREATE OR REPLACE TRIGGER count_truncated AFTER TRUNCATE ON dateline.copy EXECUTE FUNCTION dateline.count_rows();

-- URLs of the ledger by state and reason ------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION dateline.count_urls() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM dateline.total WHERE name = 'url';
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM dateline.add_total('url', ARRAY[state, reason], n)
           FROM (SELECT m.state, coalesce(m.reason, '') AS reason, sum(m.n) AS n
                   FROM (SELECT state, reason, -1 AS n FROM former
                         UNION ALL SELECT state, reason, 1 FROM changed) AS m GROUP BY 1, 2) AS counted WHERE n <> 0;
    ELSE
        PERFORM dateline.add_total('url', ARRAY[state, reason], CASE TG_OP WHEN 'INSERT' THEN n ELSE -n END)
           FROM (SELECT c.state, coalesce(c.reason, '') AS reason, count(*) AS n FROM changed c GROUP BY 1, 2)
             AS counted;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.count_urls() IS 'Trigger: keeps the number of URLs in each state, by reason.';

CREATE OR REPLACE TRIGGER count_added AFTER INSERT ON dateline.url REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();
CREATE OR REPLACE TRIGGER count_gone AFTER DELETE ON dateline.url REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();
-- For each statement: a total that is added to once for each of 50,000 rows takes the square of their number.
CREATE OR REPLACE TRIGGER count_moved AFTER UPDATE ON dateline.url
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();
CREATE OR REPLACE TRIGGER count_truncated AFTER TRUNCATE ON dateline.url EXECUTE FUNCTION dateline.count_urls();

-- Work done: counters that only grow ----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION dateline.count_visits() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dateline.add_total('visits', ARRAY[outcome], n)
       FROM (SELECT a.outcome, count(*) AS n FROM added a GROUP BY 1) AS counted;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.count_visits() IS 'Trigger: counts visits by outcome.';

-- Measures the time from publication until an article is stored. Counts only articles whose publisher gave a time of
-- day, and that a scheduled visit found as they were published. One-off crawls, imports and backfills are left out,
-- as is what a page listed before it was watched. (A sitemap is watched since the index that names it
-- is.) A publication up to a minute ahead of our clock counts as no delay. One further ahead means that the publisher's
-- clock or time zone is wrong, and is left out.
CREATE OR REPLACE FUNCTION dateline.count_fetches() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    bounds CONSTANT double precision[] := '{15,30,60,120,300,600,900,1800,3600,7200,14400,28800,86400,259200,604800}';
    one record;
BEGIN
    PERFORM dateline.add_total('fetches', ARRAY[result, reason], n)
       FROM (SELECT a.result, coalesce(a.reason, '') AS reason, count(*) AS n FROM added a GROUP BY 1, 2) AS counted;
    FOR one IN
        SELECT greatest(0, extract(epoch FROM r.first_seen_at::timestamptz - r.published_at::timestamptz)::float8)
               AS delay_s
          FROM added a
          JOIN dateline.article r ON r.id = a.article_id
          JOIN dateline.url u ON u.id = a.url_id
          JOIN dateline.feed f ON f.id = u.feed_id AND f.crawl_id IS NULL
          LEFT JOIN dateline.feed p ON p.id = f.parent_id
         WHERE a.result IN ('new', 'copy') AND a.crawl_id IS NULL AND r.published_precision = 'minute'
           AND r.published_at > coalesce(p.added_at, f.added_at)
           AND r.published_at <= r.first_seen_at + interval '1 minute'
    LOOP
        PERFORM dateline.add_total('publish_to_store_sum', '{}', one.delay_s);
        PERFORM dateline.add_total('publish_to_store', ARRAY[coalesce(
            (SELECT min(b)::text FROM unnest(bounds) AS b WHERE b >= one.delay_s), '+Inf')], 1);
    END LOOP;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.count_fetches() IS
    'Trigger: counts fetches by result and reason, and how long articles took from publication until stored.';

CREATE OR REPLACE TRIGGER count_added AFTER INSERT ON dateline.visit REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_visits();
CREATE OR REPLACE TRIGGER count_added AFTER INSERT ON dateline.fetch REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_fetches();
