-- WHO and IT are found although "who" and "it" are stop words: in capitals, such a word is indexed under its own name.
-- The words of articles that have one are made again.

CREATE FUNCTION dateline.is_stop_word(word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '{}'::text[] IN (
    ts_lexize('pg_catalog.danish_stem', word), ts_lexize('pg_catalog.dutch_stem', word),
    ts_lexize('pg_catalog.english_stem', word), ts_lexize('pg_catalog.finnish_stem', word),
    ts_lexize('pg_catalog.french_stem', word), ts_lexize('pg_catalog.german_stem', word),
    ts_lexize('pg_catalog.hungarian_stem', word), ts_lexize('pg_catalog.italian_stem', word),
    ts_lexize('pg_catalog.norwegian_stem', word), ts_lexize('pg_catalog.portuguese_stem', word),
    ts_lexize('pg_catalog.spanish_stem', word), ts_lexize('pg_catalog.swedish_stem', word),
    ts_lexize('pg_catalog.turkish_stem', word));
COMMENT ON FUNCTION dateline.is_stop_word(text) IS
    'Whether a word in lower case is a stop word of a language in Latin letters.';

CREATE FUNCTION dateline.capital_words(given text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg('00' || word, ' ')
    FROM (SELECT DISTINCT lower(m[1])
          FROM regexp_matches(given COLLATE "C", E'\\m([A-Z]{2,4})\\M', 'g') AS m) AS w (word)
    WHERE dateline.is_stop_word(word));
COMMENT ON FUNCTION dateline.capital_words(text) IS
    'Stop words of two to four capitals, in lower case after 00, as no text has them; null if there are none.';

CREATE OR REPLACE FUNCTION dateline.search_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain CONSTANT text := dateline.plain_words(given);
BEGIN
    RETURN concat_ws(' ', dateline.pairs(dateline.parted(plain)),
                     CASE WHEN plain ~ E'[-''\u2010\u2011]' THEN dateline.joined_words(plain) END,
                     CASE WHEN given COLLATE "C" ~ '[a-z]' THEN dateline.capital_words(given) END);
END $$;
COMMENT ON FUNCTION dateline.search_words(text) IS
    'The words that are indexed: dateline.fold(), as pairs where a script has no spaces, joined words, capitals.';

UPDATE dateline.article SET title = title
WHERE dateline.capital_words(concat_ws(' ', title, summary, text)) IS NOT NULL;
