-- Articles by day, rolled up: what shares and totals over time are made of without reading the archive. And indexes for
-- analysts.

CREATE TABLE dateline.daily_count (
    day       date NOT NULL,
    site      text NOT NULL,
    source_id bigint,
    language  text,
    kind      text NOT NULL,
    articles  integer NOT NULL,
    copies    integer NOT NULL,
    words     bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (day, site, source_id, language, kind)
);
COMMENT ON TABLE dateline.daily_count IS 'Articles by day, made anew for the days that something came to; behind the archive by a minute.';
COMMENT ON COLUMN dateline.daily_count.day IS 'Day of publication (UTC); of storing where no date is known.';
COMMENT ON COLUMN dateline.daily_count.site IS 'Registrable domain.';
COMMENT ON COLUMN dateline.daily_count.source_id IS 'The source.';
COMMENT ON COLUMN dateline.daily_count.language IS 'ISO 639-1 code.';
COMMENT ON COLUMN dateline.daily_count.kind IS 'Kind of article.';
COMMENT ON COLUMN dateline.daily_count.articles IS 'Articles, copies counted.';
COMMENT ON COLUMN dateline.daily_count.copies IS 'Those of them that are copies.';
COMMENT ON COLUMN dateline.daily_count.words IS 'Their words.';

CREATE TABLE dateline.daily_count_state (
    is_only      boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    counted_to   dateline.instant NOT NULL,
    whole_at     dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.daily_count_state IS 'How far the daily counts reach; one row.';
COMMENT ON COLUMN dateline.daily_count_state.is_only IS 'Always true: there is one row.';
COMMENT ON COLUMN dateline.daily_count_state.counted_to IS 'What was stored, revised or linked before this is counted.';
COMMENT ON COLUMN dateline.daily_count_state.whole_at IS 'When all days were last counted anew, which also takes out what was forgotten.';

-- what changed since: the days to be counted anew
CREATE INDEX article_revised ON dateline.article (revised_at);
CREATE INDEX copy_decided ON dateline.copy (decided_at);

-- whether the target of a link is in the archive; hash, since URLs may be longer than a btree takes
CREATE INDEX article_url ON dateline.article USING hash (url);
CREATE INDEX alias_url ON dateline.alias USING hash (url);
-- title: a weight asked of article_search would have every hit's whole vector read again
CREATE INDEX article_title_search ON dateline.article USING gin (ts_filter(search, '{a}'));
