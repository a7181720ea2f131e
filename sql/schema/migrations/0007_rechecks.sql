-- Stored articles that are asked for again: silent edits, removals, re-appearances.

CREATE TABLE dateline.recheck (
    url_id        bigint PRIMARY KEY REFERENCES dateline.url ON DELETE CASCADE,
    host          text NOT NULL,
    source_id     bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    due_at        dateline.instant NOT NULL,
    began_at      dateline.instant NOT NULL,
    step          smallint NOT NULL DEFAULT 0,
    failures      smallint NOT NULL DEFAULT 0,
    etag          text,
    last_modified text
) WITH (fillfactor = 70);
-- serves the tick: which hosts have something due
CREATE INDEX recheck_due ON dateline.recheck (due_at);
-- serves the visit: what is due at a host
CREATE INDEX recheck_host ON dateline.recheck (host, due_at);
CREATE INDEX recheck_source ON dateline.recheck (source_id);
COMMENT ON TABLE dateline.recheck IS 'When stored articles of watched sources are asked for again; the row goes after the last time.';
COMMENT ON COLUMN dateline.recheck.url_id IS 'The ledger''s line.';
COMMENT ON COLUMN dateline.recheck.host IS 'Host that is asked.';
COMMENT ON COLUMN dateline.recheck.source_id IS 'The source, in whose budget it is.';
COMMENT ON COLUMN dateline.recheck.due_at IS 'When it is asked for next.';
COMMENT ON COLUMN dateline.recheck.began_at IS 'From when its age is counted: publication, or when it was stored.';
COMMENT ON COLUMN dateline.recheck.step IS 'Which of the configured ages comes next, from 0.';
COMMENT ON COLUMN dateline.recheck.failures IS 'Times in a row that nothing was to be learned.';
COMMENT ON COLUMN dateline.recheck.etag IS 'Validator of the page when it was fetched last.';
COMMENT ON COLUMN dateline.recheck.last_modified IS 'The same, as Last-Modified.';

CREATE TABLE dateline.recheck_day (
    source_id bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    day       date NOT NULL,
    done      integer NOT NULL DEFAULT 0,
    changed   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, day)
) WITH (fillfactor = 70);
-- serves the budget of all sources together
CREATE INDEX recheck_day_of ON dateline.recheck_day (day);
COMMENT ON TABLE dateline.recheck_day IS 'Re-checks of a source by day: its budget, and whether its articles ever change.';
COMMENT ON COLUMN dateline.recheck_day.source_id IS 'The source.';
COMMENT ON COLUMN dateline.recheck_day.day IS 'The day, UTC.';
COMMENT ON COLUMN dateline.recheck_day.done IS 'Articles asked for again.';
COMMENT ON COLUMN dateline.recheck_day.changed IS 'Those that had been edited or taken down, or were back.';
