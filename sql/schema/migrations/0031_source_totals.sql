-- The numbers of articles and headlines are kept for each source, so that a list of sources counts no articles.
--
-- Writers of articles wait while those that are there are counted: less than a second for 500,000.

LOCK TABLE dateline.article IN SHARE ROW EXCLUSIVE MODE;

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

CREATE OR REPLACE TRIGGER count_moved AFTER UPDATE ON dateline.article
    FOR EACH ROW WHEN ((OLD.kind = 'headline') <> (NEW.kind = 'headline') OR OLD.source_id <> NEW.source_id
                       OR (OLD.source_id IS NULL AND NEW.source_id IS NOT NULL))
    EXECUTE FUNCTION dateline.count_articles();

DELETE FROM dateline.total WHERE name IN ('article', 'headline');
INSERT INTO dateline.total (name, labels, backend, value)
SELECT CASE kind WHEN 'headline' THEN 'headline' ELSE 'article' END, array_remove(ARRAY[source_id::text], NULL), 0,
       count(*)
FROM dateline.article GROUP BY 1, 2;
