-- How often something was forgotten: an export that was written before can tell that it may hold it.

CREATE TABLE dateline.forget_count (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    forgets bigint NOT NULL
);
COMMENT ON TABLE dateline.forget_count IS
    'Counts the requests to forget something. A snapshot with another count may hold what is gone by now.';
COMMENT ON COLUMN dateline.forget_count.is_only IS 'Always true: there is one row, or none before the first time.';
COMMENT ON COLUMN dateline.forget_count.forgets IS 'How many there were.';
