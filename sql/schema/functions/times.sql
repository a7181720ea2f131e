-- Times as exactly as they are known. dateline/instants/spans.py has the same rules; a test compares the two.
-- Spans are compared with <<: one that overlaps another is neither before nor after it.

CREATE OR REPLACE FUNCTION dateline.span(at timestamptz, "precision" text) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN at IS NULL THEN NULL
                WHEN "precision" = 'day' THEN tstzrange(at, at + interval '24 hours')
                WHEN "precision" = 'local' THEN tstzrange(at - interval '14 hours', at + interval '14 hours')
                ELSE tstzrange(at, at + interval '1 minute') END;
COMMENT ON FUNCTION dateline.span(timestamptz, text) IS
    'The span that a publisher''s date stands for: its minute, its day, or 14 hours to both sides where its zone is '
    'unknown.';

CREATE OR REPLACE FUNCTION dateline.observed(absent_at timestamptz, seen_at timestamptz) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tstzrange(CASE WHEN absent_at > seen_at THEN NULL ELSE absent_at END, seen_at + interval '1 microsecond');
COMMENT ON FUNCTION dateline.observed(timestamptz, timestamptz) IS
    'When a text appeared, by our visits alone: after we looked in vain, by the time when we saw it. A look later than '
    'that does not count: visits may overlap, and clocks of two machines may differ.';

CREATE OR REPLACE FUNCTION dateline.appearance(claim tstzrange, absent_at timestamptz, seen_at timestamptz)
    RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN claim IS NULL OR isempty(claim * dateline.observed(absent_at, seen_at))
                THEN dateline.observed(absent_at, seen_at)
                ELSE claim * dateline.observed(absent_at, seen_at) END;
COMMENT ON FUNCTION dateline.appearance(tstzrange, timestamptz, timestamptz) IS
    'When a text appeared: after we looked in vain, by the time when we saw it, and in between as its date claims. A '
    'claim that our visits refute does not count.';

CREATE OR REPLACE FUNCTION dateline.dated(
    published_at timestamptz, "precision" text, absent_at timestamptz, seen_at timestamptz) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN published_at IS NULL
             OR isempty(dateline.span(published_at, "precision") * dateline.observed(absent_at, seen_at)) THEN seen_at
        WHEN coalesce("precision", 'minute') = 'minute' THEN published_at
        WHEN seen_at <@ dateline.span(published_at, "precision") THEN seen_at
        WHEN "precision" = 'day' THEN published_at + interval '12 hours'
        ELSE published_at END;
COMMENT ON FUNCTION dateline.dated(timestamptz, text, timestamptz, timestamptz) IS
    'One instant for an article, where an order needs one: its date if that is known to the minute and our visits do '
    'not refute it; else when we saw it, or the middle of what its date leaves open.';
