-- A Persian word with joiners is found by its parts, too (کتاب in کتاب‌ها), and by its parts as words of their own.
-- A Hindi word is found without the dot below its letters, and with ं for न् and the like.
-- The words of articles with such letters are made again.

CREATE OR REPLACE FUNCTION dateline.plain_letters(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- apostrophes and signs first: NFKD would make spaces or letters of some
    plain text COLLATE "C" := regexp_replace(given COLLATE "C", '[’‘ʼʻ‛′ʹ´`＇]', '''', 'g');
BEGIN
    plain := normalize(regexp_replace(plain, '[™℠№]', ' ', 'g'), NFKD);
    IF plain ~ E'[\u0300-\u036F]' THEN
        plain := regexp_replace(plain, E'([A-Za-z\u00C0-\u03FF])[\u0300-\u036F]+', E'\\1', 'g');
    END IF;
    -- characters below U+0300, dashes and quotation marks compose with nothing
    IF plain ~ E'[^\u0001-\u02FF\u2010-\u2027\u20AC]' THEN
        plain := normalize(plain, NFC);
    END IF;
    -- the same lower case in every database: that of its own locale may know ASCII only, or make ı of I
    IF to_regcollation('pg_catalog.pg_c_utf8') IS NOT NULL THEN
        plain := lower(plain COLLATE pg_catalog.pg_c_utf8);
    ELSIF to_regcollation('pg_catalog."und-x-icu"') IS NOT NULL THEN
        plain := lower(plain COLLATE pg_catalog."und-x-icu");
    ELSE
        plain := lower(plain COLLATE pg_catalog."default");
    END IF;
    -- Persian parts a word with a joiner, as others do with a hyphen: dateline.joined_words() draws it together again
    plain := regexp_replace(plain, E'([\u0620-\u06D3])\u200C+(?=[\u0620-\u06D3])', E'\\1-', 'g');
    -- characters without a width, Arabic and Hebrew vowel points, stress marks
    plain := regexp_replace(plain,
        E'[\u00AD\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u061C\u0640'
        '\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u115F\u1160\u17B4\u17B5'
        '\u180B-\u180F\u1AB0-\u1AFF\u1DC0-\u1DFF\u200B-\u200F\u202A-\u202E\u2060-\u206F\u20D0-\u20FF'
        '\uFE00-\uFE0F\uFE20-\uFE2F\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E0FFF]+', '', 'g');
    IF plain ~ '[øłđðħŧŋƒıəɛɔɓɗƙςёیکأإآٱßæœþ]' THEN
        plain := translate(plain, 'øłđðħŧŋƒıəɛɔɓɗƙςёیکأإآٱ', 'olddhtnfieeobdkσеيكاااا');
        plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    END IF;
    IF plain ~ '[٠-٩۰-۹०-९০-৯๐-๙]' THEN
        plain := translate(plain, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙',
                                  '01234567890123456789012345678901234567890123456789');
    END IF;
    IF plain ~ E'[\u0901\u093C\u094D]' THEN  -- Hindi: the dot below is often left out, ं is any nasal
        plain := translate(plain, E'\u0901\u093C', E'\u0902');
        plain := regexp_replace(plain, E'(?:\u0919\u094D(?=[\u0915-\u0918])|\u091E\u094D(?=[\u091A-\u091D])'
            '|\u0923\u094D(?=[\u091F-\u0922])|\u0928\u094D(?=[\u0924-\u0927])|\u092E\u094D(?=[\u092A-\u092D]))',
            E'\u0902', 'g');
    END IF;
    IF plain ~ '[ൺൻർൽൾൿৎ]' THEN  -- letters without a vowel of their own, also written as letter, virama and joiner
        plain := replace(replace(replace(replace(plain, 'ൺ', 'ണ്'), 'ൻ', 'ന്'), 'ർ', 'ര്'), 'ൽ', 'ല്');
        plain := replace(replace(replace(plain, 'ൾ', 'ള്'), 'ൿ', 'ക്'), 'ৎ', 'ত্');
    END IF;
    -- signs that are part of a word: пам'ять, צה"ל (an abbreviation, marked before its last letter), col·legi, ինչո՞ւ,
    -- ジョン・レノン
    IF plain ~ E'[\u0400-\u0587\u05D0-\u05EA\u30FB·‧]' THEN
        plain := regexp_replace(plain, E'([\u0561-\u0587])[\u055B\u055C\u055E](?=[\u0561-\u0587])', E'\\1', 'g');
        plain := regexp_replace(plain, E'([\u30A1-\u30FA\u30FC-\u30FE])\u30FB(?=[\u30A1-\u30FA])', E'\\1', 'g');
        plain := regexp_replace(plain, E'([\u0400-\u052F\u05D0-\u05EA])[''׳](?=[\u0400-\u052F\u05D0-\u05EA])',
                                E'\\1', 'g');
        plain := regexp_replace(plain, E'([\u05D0-\u05EA])["״”“„](?=[\u05D0-\u05EA]([^\u05D0-\u05EA]|$))',
                                E'\\1', 'g');
        plain := replace(replace(plain, 'l·l', 'll'), 'l‧l', 'll');
    END IF;
    RETURN plain;
END $$;

CREATE OR REPLACE FUNCTION dateline.joined_words(plain text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    text_of CONSTANT text COLLATE "C" := plain;
BEGIN
    RETURN (
        SELECT left(string_agg(DISTINCT word, ' '), 20000) FROM (
            SELECT m[1] || m[3] AS word FROM regexp_matches(text_of,
            E'(?<![-''0-9a-z\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF])'
            '([a-z\u00DF-\u024F]{1,16})([-''\u2010\u2011])'
            '([a-z\u00DF-\u024F]{1,16})(?![-0-9a-z\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF])', 'g') AS m
            WHERE m[2] <> '''' OR (m[3] !~ '^(s|t|re|ve|ll|d|m)$' AND m[1] !~ '^([^og]|.*(ll|u|n))$')
            UNION ALL
            SELECT replace(m[1], '-', '')
            FROM regexp_matches(text_of, E'([\u0620-\u06D3]+(?:-[\u0620-\u06D3]+)+)', 'g') AS m) AS joined);
END $$;
COMMENT ON FUNCTION dateline.joined_words(text) IS
    'The words with a hyphen or apostrophe of what dateline.plain_words() gives, without it; null if there are none.';

UPDATE dateline.article SET title = title
WHERE concat(title, ' ', summary, ' ', text) ~ E'[\u0620-\u06D3]\u200C|[\u0901\u093C\u094D]';
UPDATE dateline.name_form SET folded = dateline.fold(form)
WHERE form ~ E'[\u0620-\u06D3]\u200C|[\u0901\u093C\u094D]' AND folded <> dateline.fold(form);
