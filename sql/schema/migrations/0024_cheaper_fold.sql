-- The same words as before in less time: most texts have no character that a step changes, and to look for one costs
-- less than the step (normalize, or translate with many characters).

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

CREATE OR REPLACE FUNCTION dateline.plain_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text COLLATE "C" := given;
    letters CONSTANT text := E'a-z\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF';
    begins CONSTANT text := '(^|[^0-9' || letters || '])';
BEGIN
    -- of text that is ASCII but for these signs dateline.plain_letters() would make the same
    IF plain ~ E'[^\u0001-\u007F\u00A0\u00AB\u00BB\u2013\u2014\u2018\u2019\u201C\u201D\u2022\u2026\u20AC]' THEN
        plain := dateline.plain_letters(given);
    ELSE
        plain := replace(replace(replace(replace(lower(plain), E'\u2018', ''''), E'\u2019', ''''), E'\u00A0', ' '),
                         E'\u2026', '...');
    END IF;
    IF plain ~ '[.&+#]' THEN
        plain := dateline.plain_signs(plain);
    END IF;
    -- a number is a word of its own after two letters or more: MH17, MH-17 and MH 17 are the same; after one: F-16, F16
    IF plain ~ '[0-9]' THEN
        plain := regexp_replace(plain, begins || E'([a-z]{1,2}[-\u2010-\u2015]?[0-9]{1,3})s(?![0-9' || letters || '])',
                                E'\\1\\2', 'g');
        plain := regexp_replace(plain, begins || E'([a-z])[-\u2010-\u2015]([0-9])', E'\\1\\2\\3', 'g');
        plain := regexp_replace(plain, '([' || letters || ']{2,})([0-9])', E'\\1 \\2', 'g');
    END IF;
    RETURN plain;
END $$;
