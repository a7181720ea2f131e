-- WHO and IT are found although "who" and "it" are stop words: a short word in capitals is indexed as that, too.
-- The words of articles with such words are made again.

CREATE FUNCTION dateline.capital_words(given text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg(DISTINCT '00' || lower(m[1]), ' ')
    FROM regexp_matches(given COLLATE "C", E'\\m([A-Z]{2,4})\\M', 'g') AS m);
COMMENT ON FUNCTION dateline.capital_words(text) IS
    'The words of two to four capitals, in lower case after 00, as no text has them; null if there are none.';

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
WHERE concat(title, ' ', summary, ' ', text) COLLATE "C" ~ E'\\m[A-Z]{2,4}\\M';
