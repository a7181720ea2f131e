-- What the cadence learns of each watched page, and the price of a request that keeps all visits within a budget.

CREATE TABLE dateline.feed_rhythm (
    feed_id    bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    state      double precision[] NOT NULL,
    learned_at dateline.instant NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.feed_rhythm IS 'How a watched page publishes, as learned from its visits.';
COMMENT ON COLUMN dateline.feed_rhythm.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_rhythm.state IS 'Decayed counts by hour of day and weekday (UTC), and what corrects them: the numbers of scheduler.cadence.publishing_rate.Rhythm.';
COMMENT ON COLUMN dateline.feed_rhythm.learned_at IS 'The visit that taught it last.';

CREATE TABLE dateline.request_price (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    price      double precision NOT NULL CHECK (price > 0),
    adapted_at dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.request_price IS 'What a visit must be worth; one row where a budget of requests is set, none where not.';
COMMENT ON COLUMN dateline.request_price.is_only IS 'Always true: there is one row at most.';
COMMENT ON COLUMN dateline.request_price.price IS 'Expected worth of a visit below which it waits.';
COMMENT ON COLUMN dateline.request_price.adapted_at IS 'When it was adapted last.';
