-- What is looked for, in the words of the index.

CREATE OR REPLACE FUNCTION dateline.number_spelling(words text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    given CONSTANT text COLLATE "C" := words;
    joined CONSTANT text COLLATE "C" := regexp_replace(regexp_replace(given,
        '(^| )([a-z]) ([0-9]{1,3})(?= |$)', '\1\2\3', 'g'), '(^| )([0-9]{1,3}) ([a-z]{2,})', '\1\2\3', 'g');
BEGIN
    IF joined <> given THEN
        RETURN joined;
    ELSIF given ~ '^[0-9]{1,3}( [0-9]{3})+$' THEN  -- 3,500 and 3500
        RETURN replace(given, ' ', '');
    ELSIF given ~ '^[0-9]{4,12}$' THEN
        RETURN regexp_replace(given, '([0-9])(?=([0-9]{3})+$)', '\1 ', 'g');
    END IF;
    RETURN nullif(regexp_replace(regexp_replace(given,
        '(^| )([a-z])([0-9]{1,3})(?= |$)', '\1\2 \3', 'g'), '(^| )([0-9]{1,3})([a-z]{2,})', '\1\2 \3', 'g'), given);
END $$;
COMMENT ON FUNCTION dateline.number_spelling(text) IS
    'The other spelling of parted words with a number: f16 of f 16, 737 max of 737max, 3 500 of 3500; else null.';

CREATE OR REPLACE FUNCTION dateline.arabic_spellings(words text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    given CONSTANT text COLLATE "C" := words;
    ends CONSTANT text := '([\u0621-\u064A]{3})[هة](?= |$)';
BEGIN
    RETURN array_remove(ARRAY[regexp_replace(given, ends, '\1ه', 'g'), regexp_replace(given, ends, '\1ة', 'g')], given);
END $$;
COMMENT ON FUNCTION dateline.arabic_spellings(text) IS
    'Parted words with ه, and with ة, at their ends, where many texts write one for the other; empty for other words.';

CREATE OR REPLACE FUNCTION dateline.word_query(config regconfig, asked text, is_prefix boolean DEFAULT false)
    RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain CONSTANT text := dateline.plain_words(asked);
    joined CONSTANT text := CASE WHEN strpos(btrim(asked), ' ') = 0 THEN dateline.joined_words(plain) END;
    words text COLLATE "C" := dateline.pairs(dateline.parted(plain));
    first CONSTANT text := split_part(words, ' ', 1);
    last CONSTANT text := split_part(words, ' ', -1);
    other text := dateline.number_spelling(words);
    arabic CONSTANT text[] := dateline.arabic_spellings(words);
    found tsquery;
BEGIN
    -- of a script without spaces the first and last character are alone in a text only where its run begins and ends
    IF dateline.pairs(first) <> first THEN
        words := substr(words, length(first) + 2);
    END IF;
    IF dateline.pairs(last) <> last THEN
        IF strpos(words, ' ') > 0 THEN
            words := left(words, -length(last) - 1);
        ELSE
            is_prefix := true;
        END IF;
    END IF;
    IF is_prefix AND words <> '' THEN
        RETURN to_tsquery(config, concat_ws(' | ',
            (SELECT string_agg('(' || regexp_replace(s, ' +', ' <-> ', 'g') || ':*)', ' | ')
             FROM unnest(words || arabic) AS s),
            joined || ':*'));
    END IF;
    found := phraseto_tsquery(config, words);
    IF joined IS NOT NULL THEN
        found := found || phraseto_tsquery(config, joined);
    END IF;
    -- not without its stop words: that would find every text with the number
    IF numnode(phraseto_tsquery(config, other)) = 2 * cardinality(string_to_array(other, ' ')) - 1 THEN
        found := found || phraseto_tsquery(config, other);
    END IF;
    FOREACH other IN ARRAY arabic LOOP
        found := found || phraseto_tsquery(config, other);
    END LOOP;
    IF numnode(found) = 0 THEN  -- WHO, whose lower case is a stop word
        found := coalesce(phraseto_tsquery(config, dateline.capital_words(asked)), found);
    END IF;
    RETURN found;
END $$;
COMMENT ON FUNCTION dateline.word_query(regconfig, text, boolean) IS
    'The tsquery of one word or phrase (or of what begins with it) for dateline.article.search; empty for stop words.';

CREATE OR REPLACE FUNCTION dateline.single_characters(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    words text COLLATE "C" := folded;
    -- as in dateline.pairs
    letter CONSTANT text := E'\u3005-\u3007\u3040-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF'
        '\U00020000-\U0003FFFF\u1100-\u11FF\u3130-\u318F\uAC00-\uD7AF\u0E01-\u0E30\u0E32\u0E33\u0E40-\u0E46'
        '\u0E81-\u0EB0\u0EB2\u0EB3\u0EBD-\u0EC6\u1000-\u102A\u103F\u1050-\u1055\u1780-\u17B3';
    mark CONSTANT text := E'\u3099\u309A\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECD'
        '\u102B-\u103E\u1056-\u1059\u17B4-\u17D3';
BEGIN
    RETURN btrim(regexp_replace(words, '([' || letter || '][' || mark || ']*)', E' \\1 ', 'g'));
END $$;
COMMENT ON FUNCTION dateline.single_characters(text) IS
    'Folded text with the characters of scripts without spaces as words of their own.';

CREATE OR REPLACE FUNCTION dateline.name_patterns(asked text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT CASE count(*) WHEN 1 THEN ARRAY['%' || min(word) || '%'] ELSE array_agg('% ' || word || '%') END
    FROM string_to_table(dateline.fold(asked), ' ') AS word WHERE word <> '');
COMMENT ON FUNCTION dateline.name_patterns(text) IS
    'What a folded name after a space must be LIKE: a part, or beginnings of its words in any order; null: no word.';
