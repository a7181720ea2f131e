-- author:, tag:, section: and credited: ask a list of the values that there are, folded once, instead of every article.

CREATE TABLE dateline.facet (
    field  text NOT NULL CHECK (field IN ('author', 'tag', 'section', 'credited')),
    value  text NOT NULL,
    folded text NOT NULL
);
-- Two transactions that store the same new value at once both write it: so neither waits for the other, and no two can
-- wait for each other. Hash indexes take values of any length.
CREATE INDEX facet_value ON dateline.facet USING hash (value);
CREATE INDEX facet_folded ON dateline.facet USING hash (folded);
COMMENT ON TABLE dateline.facet IS
    'Values that articles have, or had before they changed, in the fields that searches compare folded. A value may be '
    'listed more than once.';
COMMENT ON COLUMN dateline.facet.field IS 'author, tag, section or credited.';
COMMENT ON COLUMN dateline.facet.value IS 'As articles have it.';
COMMENT ON COLUMN dateline.facet.folded IS 'In the form that searches compare (dateline.fold).';

-- No article is stored between the list and the trigger.
LOCK TABLE dateline.article IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION dateline.note_facets() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO dateline.facet (field, value, folded)
    SELECT g.field, g.value, dateline.fold(g.value)
    FROM (SELECT 'author' AS field, unnest(NEW.authors) AS value
          UNION SELECT 'tag', unnest(NEW.tags)
          UNION VALUES ('section', NEW.section), ('credited', NEW.credited_to)) AS g
    -- one index probe per value, however many values there are
    WHERE g.value <> ''
      AND (SELECT f.value FROM dateline.facet f WHERE f.value = g.value AND f.field = g.field LIMIT 1) IS NULL;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.note_facets() IS 'Trigger: keeps the values that searches compare folded.';

CREATE TRIGGER note_facets AFTER INSERT OR UPDATE OF authors, tags, section, credited_to ON dateline.article
    FOR EACH ROW EXECUTE FUNCTION dateline.note_facets();

INSERT INTO dateline.facet (field, value, folded)
SELECT field, value, dateline.fold(value)
FROM (SELECT 'author' AS field, unnest(authors) AS value FROM dateline.article
      UNION SELECT 'tag', unnest(tags) FROM dateline.article
      UNION SELECT 'section', section FROM dateline.article
      UNION SELECT 'credited', credited_to FROM dateline.article) AS g
WHERE value <> '';

-- serve author: and tag: once their values are known
CREATE INDEX article_authors ON dateline.article USING gin (authors);
CREATE INDEX article_tags ON dateline.article USING gin (tags);
-- serves origin:, whose articles may be few and long ago
CREATE INDEX article_not_of_page ON dateline.article (dated_at DESC, id DESC) WHERE text_origin <> 'page';
ANALYZE dateline.facet;
