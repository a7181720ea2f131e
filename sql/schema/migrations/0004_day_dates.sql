-- The place of an article in lists: a bare day is no longer taken for its first midnight, before all that has a time.
ALTER TABLE dateline.article ALTER COLUMN dated_at DROP EXPRESSION;

CREATE FUNCTION dateline.set_dated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.dated_at := CASE
        WHEN NEW.published_at IS NULL THEN NEW.first_seen_at
        WHEN NEW.published_precision IS DISTINCT FROM 'day' THEN NEW.published_at
        WHEN NEW.first_seen_at >= NEW.published_at AND NEW.first_seen_at < NEW.published_at + interval '24 hours'
            THEN NEW.first_seen_at
        ELSE NEW.published_at + interval '12 hours' END;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION dateline.set_dated_at() IS
    'Sets dated_at: when it was published; of a bare day, when it was first stored on that day, else its noon; without '
    'a date, when it was first stored.';
CREATE TRIGGER dated BEFORE INSERT OR UPDATE OF published_at, published_precision, first_seen_at
    ON dateline.article FOR EACH ROW EXECUTE FUNCTION dateline.set_dated_at();

ALTER TABLE dateline.article DISABLE TRIGGER USER;
UPDATE dateline.article
   SET dated_at = CASE WHEN first_seen_at >= published_at AND first_seen_at < published_at + interval '24 hours'
                       THEN first_seen_at ELSE published_at + interval '12 hours' END
 WHERE published_precision = 'day' AND published_at IS NOT NULL;
ALTER TABLE dateline.article ENABLE TRIGGER USER;
-- also where other triggers are left out (session_replication_role): the column may not be empty
ALTER TABLE dateline.article ENABLE ALWAYS TRIGGER dated;

COMMENT ON COLUMN dateline.article.dated_at IS
    'When it was published; of a bare day, when it was first stored on that day, else its noon; without a date, when '
    'it was first stored. All lists are in this order.';
