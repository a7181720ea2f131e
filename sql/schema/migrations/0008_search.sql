-- Search that knows more scripts and lists newest first at once. One rewrite of the table does it all.

-- Marks are taken off Latin and Greek letters only: elsewhere they are letters of their own (й, が), or vowels. What NFKD
-- took apart is put together again. Text that is all ASCII is its own folding.
CREATE OR REPLACE FUNCTION dateline.fold(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN octet_length($1) = char_length($1) THEN $1 ELSE normalize(
        regexp_replace(normalize($1, NFKD), U&'([A-Za-z\0370-\03FF])[\0300-\036F]+', '\1', 'g'), NFC) END;
COMMENT ON FUNCTION dateline.fold(text) IS 'The text with accents taken off Latin and Greek letters, compatibility forms made plain.';

-- long texts leave the row, so that lists, counts and facets read few pages
ALTER TABLE dateline.article SET (toast_tuple_target = 768);

ALTER TABLE dateline.article
    DROP COLUMN search,
    ADD COLUMN search_text text[] CHECK (cardinality(search_text) = 3),
    ADD COLUMN dated_at dateline.instant NOT NULL GENERATED ALWAYS AS (coalesce(published_at, first_seen_at)) STORED,
    -- the input is cut: a tsvector above 1 MB makes the INSERT fail
    ADD COLUMN search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(dateline.fts_config(language),
                              dateline.fold(left(coalesce(search_text[1], title, ''), 2000))), 'A')
        || setweight(to_tsvector(dateline.fts_config(language),
                                 dateline.fold(left(coalesce(search_text[2], summary, ''), 4000))), 'B')
        || setweight(to_tsvector(dateline.fts_config(language),
                                 dateline.fold(left(coalesce(search_text[3], text), 200000))), 'D')) STORED;
COMMENT ON COLUMN dateline.article.search_text IS
    'Title, summary and body with unspaced scripts (Chinese, Japanese, Korean, Thai …) as pairs of characters; empty where there are none.';
COMMENT ON COLUMN dateline.article.dated_at IS 'Publication; where no date is known, when it was first stored. Orders every list.';
COMMENT ON COLUMN dateline.article.search IS 'Full text: title A, summary B, body D.';

CREATE INDEX article_search ON dateline.article USING gin (search);
-- newest first, and the days of date:
CREATE INDEX article_dated ON dateline.article (dated_at DESC, id DESC);
-- which languages there are (a jump a language), and lang:
CREATE INDEX article_language ON dateline.article (language, dated_at DESC);
