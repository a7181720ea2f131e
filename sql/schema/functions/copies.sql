-- Families of copies outlive their articles. Applied again at each migration.

CREATE OR REPLACE FUNCTION dateline.keep_copy_family() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    heir bigint;
BEGIN
    UPDATE dateline.copy
       SET original_id = NULL, first_by = 'unknown', confidence = 'none', decided_at = now(),
           why = 'which article of its family was first is not known'
     WHERE original_id = OLD.id OR (family_id = OLD.id AND original_id IS NULL);
    SELECT c.article_id INTO heir FROM dateline.copy c JOIN dateline.article a ON a.id = c.article_id
     WHERE c.family_id = OLD.id ORDER BY c.original_id IS NOT NULL, a.first_seen_at, a.id LIMIT 1;
    IF heir IS NOT NULL THEN
        DELETE FROM dateline.copy WHERE article_id = heir;
        UPDATE dateline.copy SET family_id = heir, decided_at = now() WHERE family_id = OLD.id;
    END IF;
    RETURN OLD;
END
$$;
COMMENT ON FUNCTION dateline.keep_copy_family() IS
    'When the lead of a copy family is deleted, the one of the rest that was seen first leads it. What was a copy of '
    'the deleted article is a copy of none that is known.';
CREATE OR REPLACE TRIGGER keep_copy_family BEFORE DELETE ON dateline.article
    FOR EACH ROW EXECUTE FUNCTION dateline.keep_copy_family();
