-- What the budget of visits allows, in place of the price of a request.

DROP TABLE dateline.request_price;

CREATE TABLE dateline.allowance (
    source_id  bigint REFERENCES dateline.source ON DELETE CASCADE,
    within_s   double precision NOT NULL CHECK (within_s > 0 AND within_s <= 86400),
    busy       double precision NOT NULL CHECK (busy > 0 AND busy <= 1e6),
    forecast   real NOT NULL,
    adapted_at dateline.instant NOT NULL,
    UNIQUE NULLS NOT DISTINCT (source_id)
);
COMMENT ON TABLE dateline.allowance IS 'How visits are spent on pages that follow the learned rhythm; adapted every quarter of an hour.';
COMMENT ON COLUMN dateline.allowance.source_id IS 'The source with a budget of its own; empty: all.';
COMMENT ON COLUMN dateline.allowance.within_s IS 'Seconds within which a page in a busy hour is seen (5 minutes at the least all the same).';
COMMENT ON COLUMN dateline.allowance.busy IS 'Items a day from which on an hour counts as busy: half of all items come so fast or faster.';
COMMENT ON COLUMN dateline.allowance.forecast IS 'Visits a day that are expected under it.';
COMMENT ON COLUMN dateline.allowance.adapted_at IS 'When it was adapted last.';
