-- Quarantine, by attempt: what broke a step, under which reader, and whether it was let go since.

ALTER TABLE dateline.quarantine
    ADD COLUMN reason      text NOT NULL DEFAULT 'store_error',
    ADD COLUMN reader      text NOT NULL DEFAULT '',
    ADD COLUMN feed_id     bigint REFERENCES dateline.feed ON DELETE CASCADE,
    ADD COLUMN released_at dateline.instant;
ALTER TABLE dateline.quarantine ALTER COLUMN reason DROP DEFAULT, ALTER COLUMN reader DROP DEFAULT;
-- serves the count of a URL's failures, and the list of what is held
CREATE INDEX quarantine_open ON dateline.quarantine (url_key) WHERE released_at IS NULL;
CREATE INDEX quarantine_feed ON dateline.quarantine (feed_id) WHERE feed_id IS NOT NULL;
COMMENT ON TABLE dateline.quarantine IS 'One row for each time that a page or feed broke a step of the line. Its neighbours were stored.';
COMMENT ON COLUMN dateline.quarantine.reason IS 'parse_timeout, parse_memory, parse_crash, or store_error.';
COMMENT ON COLUMN dateline.quarantine.reader IS 'Name and version of what read it: a newer one tries again.';
COMMENT ON COLUMN dateline.quarantine.feed_id IS 'The watched page, where it is one.';
COMMENT ON COLUMN dateline.quarantine.released_at IS 'When it was let go: by hand, by a newer reader, or by having been read after all. Such rows count no more.';
