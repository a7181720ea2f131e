-- Near copies: the sketch of every article, and links with their evidence.

CREATE TABLE dateline.sketch (
    hash       bigint NOT NULL,
    article_id bigint NOT NULL,
    seen_on    date NOT NULL
);
-- served by the look-up: at most 64 articles a hash, found by LATERAL … LIMIT
CREATE INDEX sketch_hash ON dateline.sketch (hash);
COMMENT ON TABLE dateline.sketch IS
    'Hashes of 5-word shingles of each article (one of 8 or 16): articles that share some are compared. No foreign key: it would cost more than the look-up.';
COMMENT ON COLUMN dateline.sketch.hash IS 'xxh3 of a shingle, as a signed number.';
COMMENT ON COLUMN dateline.sketch.article_id IS 'The article.';
COMMENT ON COLUMN dateline.sketch.seen_on IS 'Day on which it was stored; searched over the last 60 days.';

ALTER TABLE dateline.copy ADD COLUMN containment_back real NOT NULL DEFAULT 1
    CONSTRAINT copy_containment_back_share CHECK (containment_back BETWEEN 0 AND 1);
COMMENT ON COLUMN dateline.copy.containment IS 'Share of the copy''s 3-word shingles that stand in the original.';
COMMENT ON COLUMN dateline.copy.containment_back IS 'Share of the original''s 3-word shingles that stand in the copy.';
