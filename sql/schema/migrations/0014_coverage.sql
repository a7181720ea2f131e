-- The coverage ledger: what was looked at in each hour, kept after the visits themselves are pruned.

CREATE TABLE dateline.service_hour (
    hour    dateline.instant PRIMARY KEY,
    minutes smallint NOT NULL DEFAULT 0,
    last_at dateline.instant NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.service_hour IS 'In which hours the service ran.';
COMMENT ON COLUMN dateline.service_hour.hour IS 'Beginning of the hour (UTC).';
COMMENT ON COLUMN dateline.service_hour.minutes IS 'Minutes in which a scheduler led.';
COMMENT ON COLUMN dateline.service_hour.last_at IS 'The minute that was counted last.';

CREATE TABLE dateline.coverage_hour (
    source_id    bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    hour         dateline.instant NOT NULL,
    visits       integer NOT NULL,
    unchanged    integer NOT NULL,
    changed      integer NOT NULL,
    failed       integer NOT NULL,
    new_articles integer NOT NULL,
    was_paused   boolean NOT NULL,
    PRIMARY KEY (source_id, hour)
) WITH (fillfactor = 80);
-- serves the roll-up (which hour was last) and reading by time
CREATE INDEX coverage_by_hour ON dateline.coverage_hour (hour);
-- serves the roll-up: the visits and articles of the last hours
CREATE INDEX visit_started ON dateline.visit (started_at) WHERE crawl_id IS NULL;
COMMENT ON TABLE dateline.coverage_hour IS 'What came of looking at each source in each hour.';
COMMENT ON COLUMN dateline.coverage_hour.source_id IS 'The source.';
COMMENT ON COLUMN dateline.coverage_hour.hour IS 'Beginning of the hour (UTC).';
COMMENT ON COLUMN dateline.coverage_hour.visits IS 'Visits of its watched pages that began in the hour.';
COMMENT ON COLUMN dateline.coverage_hour.unchanged IS 'Of these, answered 304 or with the body of before.';
COMMENT ON COLUMN dateline.coverage_hour.changed IS 'Of these, answered with something else.';
COMMENT ON COLUMN dateline.coverage_hour.failed IS 'Of these, without a proper answer.';
COMMENT ON COLUMN dateline.coverage_hour.new_articles IS 'Articles of the source that were first seen in the hour.';
COMMENT ON COLUMN dateline.coverage_hour.was_paused IS 'Whether the source was paused when the hour was written last.';
