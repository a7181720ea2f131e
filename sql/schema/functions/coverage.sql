-- Records pauses to the second, whichever program makes them. SECURITY DEFINER, because the console's role may pause a
-- source but not write to source_rest.
CREATE OR REPLACE FUNCTION dateline.note_rest() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT NEW.is_paused AND NEW.removed_at IS NULL THEN
        UPDATE dateline.source_rest SET until = now() WHERE source_id = NEW.id AND until IS NULL;
    ELSIF NOT EXISTS (SELECT FROM dateline.source_rest WHERE source_id = NEW.id AND until IS NULL) THEN
        INSERT INTO dateline.source_rest (source_id, since) VALUES (NEW.id, now())
        ON CONFLICT (source_id, since) DO UPDATE SET until = NULL;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.note_rest() IS
    'Keeps dateline.source_rest when a source is paused, resumed, removed or added again.';

CREATE OR REPLACE TRIGGER note_rest AFTER INSERT OR UPDATE OF is_paused, removed_at ON dateline.source
    FOR EACH ROW EXECUTE FUNCTION dateline.note_rest();
