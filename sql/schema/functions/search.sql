-- What is looked for, in the words of the index.

CREATE OR REPLACE FUNCTION dateline.word_query(config regconfig, asked text, is_prefix boolean DEFAULT false)
    RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    words text COLLATE "C" := dateline.search_words(asked);
    first CONSTANT text := split_part(words, ' ', 1);
    last CONSTANT text := split_part(words, ' ', -1);
BEGIN
    -- of a script without spaces the first and last character are alone in a text only where its run begins and ends
    IF dateline.search_words(first) <> first THEN
        words := substr(words, length(first) + 2);
    END IF;
    IF dateline.search_words(last) <> last THEN
        IF strpos(words, ' ') > 0 THEN
            words := left(words, -length(last) - 1);
        ELSE
            is_prefix := true;
        END IF;
    END IF;
    IF is_prefix AND words <> '' THEN
        RETURN to_tsquery(config, regexp_replace(words, ' +', ' <-> ', 'g') || ':*');
    END IF;
    RETURN phraseto_tsquery(config, words);
END $$;
COMMENT ON FUNCTION dateline.word_query(regconfig, text, boolean) IS
    'The tsquery of one word or phrase (or of what begins with it) for dateline.article.search; empty for stop words.';
