-- More spellings of one word are found: e-mail and email, O'Brien and OBrien, Ph.D. and PhD, F-16s and F-16, ジョン・レノン
-- and ジョンレノン, Malayalam's and Bengali's letters in both spellings, Armenian's marks within words, G20 after a Chinese
-- character. The words of all articles are made again.

CREATE OR REPLACE FUNCTION dateline.plain_letters(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    -- apostrophes and signs first: NFKD would make spaces or letters of some
    plain text COLLATE "C" := normalize(translate(given, '’‘ʼʻ‛′ʹ´`＇™℠№', repeat('''', 10) || '   '),
                                         NFKD);
BEGIN
    IF plain ~ E'[\u0300-\u036F]' THEN
        plain := regexp_replace(plain, E'([A-Za-z\u00C0-\u03FF])[\u0300-\u036F]+', E'\\1', 'g');
    END IF;
    plain := normalize(plain, NFC);
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
    IF plain ~ '[''"׳״”“„·‧՛՜՞・]' THEN
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
COMMENT ON FUNCTION dateline.plain_letters(text) IS
    'The text in lower case, without accents, vowel points and characters of no width; ø is o, ß is ss.';

CREATE OR REPLACE FUNCTION dateline.plain_signs(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain text COLLATE "C" := given;
    letter CONSTANT text := E'[a-z\u00DF-\u0587]';
    word_begins CONSTANT text := E'(^|[^a-z0-9.\u00C0-\u0587])';
    word_ends CONSTANT text := E'(?![a-z0-9\u00C0-\u0587])';
    before CONSTANT text := E'(^|[^a-z0-9\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF])';
    after CONSTANT text := E'(?![a-z0-9\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF])';
BEGIN
    IF strpos(plain, '.') > 0 THEN  -- U.S. is us, Ph.D. is phd
        IF plain ~ (letter || E'\\.' || letter || E'\\.' || letter) THEN
            plain := regexp_replace(plain,
                word_begins || '(' || letter || E')\\.(' || letter || E')\\.(' || letter || E')(?:\\.(' || letter
                || E'))?(?:\\.(' || letter || E'))?' || word_ends, E'\\1\\2\\3\\4\\5\\6', 'g');
        END IF;
        plain := regexp_replace(plain, word_begins || '(' || letter || E'{1,2})\\.(' || letter || ')' || word_ends,
                                E'\\1\\2\\3', 'g');
        plain := regexp_replace(plain, word_begins || '(' || letter || E')\\.(' || letter || '{2})' || word_ends,
                                E'\\1\\2\\3', 'g');
    END IF;
    IF strpos(plain, '&') > 0 THEN  -- AT&T is att, R&D is rd
        plain := regexp_replace(plain, before || '([a-z]{1,2})&([a-z]{1,2})' || after,
                                E'\\1\\2\\3', 'g');
    END IF;
    IF plain ~ '[+#]' THEN  -- C++ and C#, with letters that look like their signs
        plain := regexp_replace(plain, before || E'([a-z])\\+\\+(?![a-z+#])', E'\\1\\2ᐩᐩ ', 'g');
        plain := regexp_replace(plain, before || E'([a-z])\\+(?![a-z+#])', E'\\1\\2ᐩ ', 'g');
        plain := regexp_replace(plain, before || '([a-z])#(?![a-z+#])', E'\\1\\2ⵌ ', 'g');
    END IF;
    RETURN plain;
END $$;
COMMENT ON FUNCTION dateline.plain_signs(text) IS
    'Lower-case text in which U.S., AT&T, C++ and the like are single words.';

-- The text before its words are parted by its signs.
CREATE FUNCTION dateline.plain_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain text COLLATE "C" := given;
    letters CONSTANT text := E'a-z\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF';
    begins CONSTANT text := '(^|[^0-9' || letters || '])';
BEGIN
    IF octet_length(given) = char_length(given) THEN
        plain := lower(plain);
    ELSE
        plain := dateline.plain_letters(plain);
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
COMMENT ON FUNCTION dateline.plain_words(text) IS
    'The text in lower case, without accents, its abbreviations and numbers as single words; with all other signs.';

CREATE FUNCTION dateline.parted(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    -- punctuation, symbols and spaces beyond ASCII (Unicode's P, S, Z, Cc; what NFKD replaces is left out)
    signs CONSTANT text :=
           E'\u0080-\u00BF\u00D7\u00F7\u02C2-\u02C5\u02D2-\u02EB\u02ED\u02EF-\u02FF\u0375\u03F6\u0482'
           '\u055A-\u055F\u0589-\u058F\u05BE\u05C0\u05C3\u05C6\u05F3-\u060F\u061B-\u061F\u066A-\u066D\u06D4'
           '\u06DD-\u06DE\u06E9\u06FD-\u06FE\u0700-\u070F\u07F6-\u07F9\u07FE-\u07FF\u0830-\u083E\u085E\u0888'
           '\u0890-\u0891\u08E2\u0964-\u0965\u0970\u09F2-\u09F3\u09FA-\u09FB\u09FD\u0A76\u0AF0-\u0AF1\u0B70'
           '\u0BF3-\u0BFA\u0C77\u0C7F\u0C84\u0D4F\u0D79\u0DF4\u0E3F\u0E4F\u0E5A-\u0E5B\u0F01-\u0F17'
           '\u0F1A-\u0F1F\u0F34\u0F36\u0F38\u0F3A-\u0F3D\u0F85\u0FBE-\u0FC5\u0FC7-\u0FDA\u104A-\u104F'
           '\u109E-\u109F\u10FB\u1360-\u1368\u1390-\u1399\u1400\u166D-\u166E\u1680\u169B-\u169C\u16EB-\u16ED'
           '\u1735-\u1736\u17D4-\u17D6\u17D8-\u17DB\u1800-\u180A\u180E\u1940-\u1945\u19DE-\u19FF'
           '\u1A1E-\u1A1F\u1AA0-\u1AA6\u1AA8-\u1AAD\u1B5A-\u1B6A\u1B74-\u1B7E\u1BFC-\u1BFF\u1C3B-\u1C3F'
           '\u1C7E-\u1C7F\u1CC0-\u1CC7\u1CD3\u200B-\u20C0\u2104-\u212E\u213A-\u214D\u214F\u218A-\u244A'
           '\u2500-\u2775\u2794-\u2BFF\u2CE5-\u2CEA\u2CF9-\u2CFC\u2CFE-\u2CFF\u2D70\u2E00-\u2E2E'
           '\u2E30-\u3004\u3008-\u3020\u3030\u3037\u303D-\u303F\u30A0\u30FB\u3190-\u3191\u31C0-\u31E3\u327F'
           '\u4DC0-\u4DFF\uA490-\uA4C6\uA4FE-\uA4FF\uA60D-\uA60F\uA673\uA67E\uA6F2-\uA716\uA720-\uA721'
           '\uA789-\uA78A\uA828-\uA82B\uA836-\uA839\uA874-\uA877\uA8CE-\uA8CF\uA8F8-\uA8FA\uA8FC'
           '\uA92E-\uA92F\uA95F\uA9C1-\uA9CD\uA9DE-\uA9DF\uAA5C-\uAA5F\uAA77-\uAA79\uAADE-\uAADF'
           '\uAAF0-\uAAF1\uAB5B\uAB6A-\uAB6B\uABEB\uE000-\uF8FF\uFBB2-\uFDFF\uFE45-\uFE46\uFEFF-\uFFFD'
           '\U0001CF50-\U0001D245\U0001D300-\U0001D356\U0001EEF0-\U0001FBEF\U000F0000-\U0010FFFD';
BEGIN
    IF octet_length(folded) = char_length(folded) THEN
        RETURN btrim(regexp_replace(folded, '[^a-z0-9]*[^a-z0-9 ][^a-z0-9]*', ' ', 'g'));
    END IF;
    RETURN btrim(regexp_replace(folded, E'[\u0001-/:-`{-\u007F' || signs || E']*[\u0001-\u001F!-/:-`{-\u007F' || signs
                                || E'][\u0001-/:-`{-\u007F' || signs || ']*', ' ', 'g'));
END $$;
COMMENT ON FUNCTION dateline.parted(text) IS 'The words of what dateline.plain_words() gives, parted by spaces.';

CREATE OR REPLACE FUNCTION dateline.fold(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN dateline.parted(dateline.plain_words(given));
END $$;
COMMENT ON FUNCTION dateline.fold(text) IS
    'The text as words: lower-case letters without accents and digits, parted by spaces; what search compares.';

-- Words that are written with a hyphen or apostrophe and without: e-mail, re-election, O'Brien, Hawai'i. French and
-- Italian elisions and English endings are left out.
CREATE FUNCTION dateline.joined_words(plain text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    text_of CONSTANT text COLLATE "C" := plain;
BEGIN
    RETURN (
        SELECT left(string_agg(DISTINCT m[1] || m[3], ' '), 20000)
        FROM regexp_matches(text_of,
            E'(?<![-''0-9a-z\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF])'
            '([a-z\u00DF-\u024F]{1,16})([-''\u2010\u2011])'
            '([a-z\u00DF-\u024F]{1,16})(?![-0-9a-z\u00DF-\u0DFF\u10A0-\u10FF\u1200-\u177F\u1E00-\u1FFF])', 'g') AS m
        WHERE m[2] <> '''' OR (m[3] !~ '^(s|t|re|ve|ll|d|m)$' AND m[1] !~ '^([^og]|.*(ll|u|n))$'));
END $$;
COMMENT ON FUNCTION dateline.joined_words(text) IS
    'The words with one hyphen or apostrophe of what dateline.plain_words() gives, without it; null if there are none.';

-- Scripts without spaces between words are searched by pairs of characters (Korean has spaces, but its particles are
-- attached to the words). Every character is written twice and each two are drawn apart: 東京都 → 東 東京 京都 都.
CREATE FUNCTION dateline.pairs(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    words text COLLATE "C" := folded;
    letter CONSTANT text := E'\u3005-\u3007\u3040-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF'
        '\U00020000-\U0003FFFF\u1100-\u11FF\u3130-\u318F\uAC00-\uD7AF\u0E01-\u0E30\u0E32\u0E33\u0E40-\u0E46'
        '\u0E81-\u0EB0\u0EB2\u0EB3\u0EBD-\u0EC6\u1000-\u102A\u103F\u1050-\u1055\u1780-\u17B3';
    mark CONSTANT text := E'\u3099\u309A\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECD'
        '\u102B-\u103E\u1056-\u1059\u17B4-\u17D3';
BEGIN
    IF words !~ ('[' || letter || ']') THEN
        RETURN words;
    END IF;
    words := regexp_replace(words, '([' || letter || '][' || letter || mark || ']*)', E' \\1 ', 'g');
    RETURN btrim(regexp_replace(words, '([' || letter || '][' || mark || ']*)', E'\\1 \\1', 'g'));
END $$;
COMMENT ON FUNCTION dateline.pairs(text) IS
    'Folded text with Chinese, Japanese, Korean, Thai, Lao, Burmese and Khmer as pairs of characters.';

CREATE OR REPLACE FUNCTION dateline.search_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain CONSTANT text := dateline.plain_words(given);
BEGIN
    RETURN concat_ws(' ', dateline.pairs(dateline.parted(plain)),
                     CASE WHEN plain ~ E'[-''\u2010\u2011]' THEN dateline.joined_words(plain) END);
END $$;
COMMENT ON FUNCTION dateline.search_words(text) IS
    'The words that are indexed: dateline.fold() as pairs where a script has no spaces, then the joined words.';

UPDATE dateline.article SET title = title;
