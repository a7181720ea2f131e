-- What is looked for, in the words of the index.

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
        words := regexp_replace(words, ' +', ' <-> ', 'g') || ':*';
        RETURN to_tsquery(config, concat_ws(' | ', '(' || words || ')', joined || ':*'));
    END IF;
    IF joined IS NOT NULL THEN
        RETURN phraseto_tsquery(config, words) || phraseto_tsquery(config, joined);
    END IF;
    RETURN phraseto_tsquery(config, words);
END $$;
COMMENT ON FUNCTION dateline.word_query(regconfig, text, boolean) IS
    'The tsquery of one word or phrase (or of what begins with it) for dateline.article.search; empty for stop words.';
