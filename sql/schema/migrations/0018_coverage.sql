-- Coverage to the minute, what is to be expected of each source, and alarms.

-- Minutes as bits: a clock that is set back, or two leaders, count none twice and lose none.
ALTER TABLE dateline.service_hour ADD COLUMN ran bit(60) NOT NULL DEFAULT repeat('0', 60)::bit(60);
UPDATE dateline.service_hour SET ran = rpad(repeat('1', minutes), 60, '0')::bit(60);
ALTER TABLE dateline.service_hour DROP COLUMN minutes, DROP COLUMN last_at;
COMMENT ON TABLE dateline.service_hour IS 'Every hour since the first source, and when the service ran in it; written by mark_up.';
COMMENT ON COLUMN dateline.service_hour.ran IS 'A bit for each minute of the hour: 1 where a scheduler led.';

-- Pauses to the second, whoever makes them (the console's role may pause, and need not write here itself).
CREATE TABLE dateline.source_rest (
    source_id bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    since     dateline.instant NOT NULL,
    until     dateline.instant,
    PRIMARY KEY (source_id, since)
);
COMMENT ON TABLE dateline.source_rest IS 'When a source was paused or removed; written by the trigger note_rest.';
COMMENT ON COLUMN dateline.source_rest.source_id IS 'The source.';
COMMENT ON COLUMN dateline.source_rest.since IS 'From when on it was not to be visited.';
COMMENT ON COLUMN dateline.source_rest.until IS 'When it was to be visited again; null: it rests.';

WITH islands AS (
    SELECT c.source_id, c.hour::timestamptz AS hour,
           c.hour::timestamptz - row_number() OVER (PARTITION BY c.source_id ORDER BY c.hour) * interval '1 hour' AS island
    FROM dateline.coverage_hour c WHERE c.was_paused
)
INSERT INTO dateline.source_rest (source_id, since, until)
SELECT i.source_id, min(i.hour), max(i.hour) + interval '1 hour' FROM islands i GROUP BY i.source_id, i.island;
UPDATE dateline.source_rest r SET until = NULL
  FROM dateline.source s
 WHERE s.id = r.source_id AND (s.is_paused OR s.removed_at IS NOT NULL)
   AND r.since = (SELECT max(l.since::timestamptz) FROM dateline.source_rest l WHERE l.source_id = s.id);
INSERT INTO dateline.source_rest (source_id, since)
SELECT s.id, s.updated_at FROM dateline.source s
WHERE (s.is_paused OR s.removed_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM dateline.source_rest r WHERE r.source_id = s.id AND r.until IS NULL)
ON CONFLICT (source_id, since) DO UPDATE SET until = NULL;

CREATE FUNCTION dateline.note_rest() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT NEW.is_paused AND NEW.removed_at IS NULL THEN
        UPDATE dateline.source_rest SET until = now() WHERE source_id = NEW.id AND until IS NULL;
    ELSIF NOT EXISTS (SELECT FROM dateline.source_rest WHERE source_id = NEW.id AND until IS NULL) THEN
        INSERT INTO dateline.source_rest (source_id, since) VALUES (NEW.id, now())
        ON CONFLICT (source_id, since) DO UPDATE SET until = NULL;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dateline.note_rest() IS 'Keeps dateline.source_rest when a source is paused, resumed, removed or added again.';
CREATE TRIGGER note_rest AFTER INSERT OR UPDATE OF is_paused, removed_at ON dateline.source
    FOR EACH ROW EXECUTE FUNCTION dateline.note_rest();

-- Hours in which nothing happened need no row: they are told from service_hour and source_rest.
DROP VIEW IF EXISTS news.coverage;
ALTER TABLE dateline.coverage_hour DROP COLUMN was_paused, ADD COLUMN was_overdue boolean NOT NULL DEFAULT false;
DELETE FROM dateline.coverage_hour WHERE visits = 0 AND new_articles = 0;
COMMENT ON TABLE dateline.coverage_hour IS 'What came of looking at each source in each hour; no row where nothing did.';
COMMENT ON COLUMN dateline.coverage_hour.was_overdue IS 'A watched page was due for ten minutes or more and was not visited, though the service ran.';

CREATE TABLE dateline.source_expectation (
    source_id  bigint PRIMARY KEY REFERENCES dateline.source ON DELETE CASCADE,
    learned_at dateline.instant NOT NULL,
    hourly     real[] NOT NULL CHECK (cardinality(hourly) IN (0, 168)),
    learned    jsonb NOT NULL
);
COMMENT ON TABLE dateline.source_expectation IS 'What is usual for a source, learned once a day from its past.';
COMMENT ON COLUMN dateline.source_expectation.source_id IS 'The source.';
COMMENT ON COLUMN dateline.source_expectation.learned_at IS 'When it was learned.';
COMMENT ON COLUMN dateline.source_expectation.hourly IS 'Articles expected in each hour of the week (UTC), from Monday 00:00 on; empty while too little is known.';
COMMENT ON COLUMN dateline.source_expectation.learned IS 'The rest: how long it is silent, how many texts lack something; read by scheduler.monitoring.expectations.';

CREATE TABLE dateline.alarm (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id  bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('quiet', 'not_stored', 'failing', 'page_failing', 'silent',
                                             'empty_texts', 'missing_dates', 'short_texts')),
    severity   text NOT NULL CHECK (severity IN ('critical', 'warning', 'notice')),
    since      dateline.instant NOT NULL,
    noticed_at dateline.instant NOT NULL,
    until      dateline.instant,
    evidence   jsonb NOT NULL,
    sentence   text NOT NULL
);
-- serves the comparison with what stands: one alarm of a kind at a time
CREATE UNIQUE INDEX alarm_standing ON dateline.alarm (source_id, kind) WHERE until IS NULL;
-- serves reading by time
CREATE INDEX alarm_noticed ON dateline.alarm (noticed_at DESC);
COMMENT ON TABLE dateline.alarm IS 'Sources that went quiet, fail, or whose texts got worse: when it began, was noticed and ended.';
COMMENT ON COLUMN dateline.alarm.id IS 'Key.';
COMMENT ON COLUMN dateline.alarm.source_id IS 'The source.';
COMMENT ON COLUMN dateline.alarm.kind IS 'quiet, not_stored, failing, page_failing, silent, empty_texts, missing_dates or short_texts.';
COMMENT ON COLUMN dateline.alarm.severity IS 'critical, warning or notice.';
COMMENT ON COLUMN dateline.alarm.since IS 'When it began: the last article, the last proper answer, or the first text that was worse.';
COMMENT ON COLUMN dateline.alarm.noticed_at IS 'When there was enough of it to be no chance.';
COMMENT ON COLUMN dateline.alarm.until IS 'When it was over; null: it stands.';
COMMENT ON COLUMN dateline.alarm.evidence IS 'The numbers that it rests on.';
COMMENT ON COLUMN dateline.alarm.sentence IS 'What is wrong, for people.';
