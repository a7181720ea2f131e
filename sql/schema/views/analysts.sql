-- Views and functions that are there for analysts: counts by day, headlines that changed, credits, words as tsquery.

DROP VIEW IF EXISTS news.daily_counts, news.headline_edits, news.credits;
DROP FUNCTION IF EXISTS news.words(text, text), news.word_counts(text), news.explain(text);

-- the words of the index, so that this finds what search finds; websearch_to_tsquery would read Trump/Harris as a file
CREATE FUNCTION news.words(words text, language text DEFAULT 'en') RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp  -- analysts have no right to the functions of dateline
AS $$
DECLARE
    term text;
    found tsquery;
    -- parts joined by OR, and the words of the part at hand
    parts tsquery;
    part tsquery;
BEGIN
    FOR term IN SELECT m[1] FROM regexp_matches(words, E'(-?"[^"]*"|\\S+)', 'g') AS m LOOP
        IF lower(term) = 'or' THEN
            parts := coalesce(parts || part, parts, part);
            part := NULL;
            CONTINUE;
        END IF;
        found := dateline.word_query(dateline.fts_config(language), ltrim(term, '-'));
        IF numnode(found) > 0 THEN
            found := CASE WHEN term LIKE '-%' THEN !!found ELSE found END;
            part := coalesce(part && found, found);
        END IF;
    END LOOP;
    found := coalesce(parts || part, parts, part);
    -- a statement of its own: as part of the expression above it would give its notice for every query
    IF found IS NULL THEN
        found := phraseto_tsquery('simple', '');
    END IF;
    RETURN found;
END $$;
COMMENT ON FUNCTION news.words(text, text) IS
    'A tsquery for news.articles.search: words in websearch syntax (OR, -not, "phrase"), stemmed as the language is.';

CREATE FUNCTION news.word_counts(given text) RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp  -- as above
AS $$
    SELECT coalesce(jsonb_object_agg(word, times), '{}')
    FROM (SELECT word, count(*) AS times
          FROM regexp_split_to_table(dateline.single_characters(dateline.fold(given)), ' +') AS word
          WHERE length(word) BETWEEN 1 AND 40 GROUP BY word) AS counted
$$;
COMMENT ON FUNCTION news.word_counts(text) IS
    'How often each word is in a text, without their order: {"ferry": 3, "the": 12}. Words are in lower case, without '
    'accents, and at most 40 characters long; of scripts without spaces the single characters are counted.';

-- for the console's SQL page: a line of a plan can be a gigabyte long, as EXPLAIN computes constants
CREATE FUNCTION news.explain(statement text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    line text;
BEGIN
    IF statement !~* '^\s*explain\M' THEN
        RAISE EXCEPTION 'not a statement that begins with EXPLAIN';
    END IF;
    FOR line IN EXECUTE statement LOOP
        RETURN NEXT left(line, 100000);
    END LOOP;
END $$;
COMMENT ON FUNCTION news.explain(text) IS 'The lines of an EXPLAIN statement, each up to 100,000 characters.';

CREATE VIEW news.daily_counts AS
SELECT d.day, d.site, s.name AS source, d.language, d.kind, d.articles, d.copies, d.words
FROM dateline.daily_count d
LEFT JOIN dateline.source s ON s.id = d.source_id;
COMMENT ON VIEW news.daily_counts IS
    'Articles by day, site, source, language and kind; updated by the service within a minute.';
COMMENT ON COLUMN news.daily_counts.day IS 'Day of publication (UTC), or of storing if no date is known.';
COMMENT ON COLUMN news.daily_counts.site IS 'Registrable domain.';
COMMENT ON COLUMN news.daily_counts.source IS 'Name of the source.';
COMMENT ON COLUMN news.daily_counts.language IS 'ISO 639-1 code.';
COMMENT ON COLUMN news.daily_counts.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';
COMMENT ON COLUMN news.daily_counts.articles IS 'Articles, including copies.';
COMMENT ON COLUMN news.daily_counts.copies IS 'Copies among them.';
COMMENT ON COLUMN news.daily_counts.words IS 'Words of the articles.';

CREATE VIEW news.headline_edits AS
SELECT a.url, a.site, e.before, e.title AS after, e.seen_at AS changed_at, e.modified_at AS declared_at,
       e.number AS revision, e.article_id
FROM (SELECT v.article_id, v.number, v.title, v.modified_at, v.seen_at, v.cause,
             lag(v.title) OVER (PARTITION BY v.article_id ORDER BY v.number) AS before
        FROM (SELECT article_id, number, title, modified_at, seen_at, cause FROM dateline.revision
              UNION ALL SELECT id, revision, title, modified_at, revised_at, revision_cause FROM dateline.article
              WHERE revision > 1)
             AS v) AS e
JOIN dateline.article a ON a.id = e.article_id
WHERE e.cause = 'publisher' AND a.kind <> 'headline' AND e.before IS DISTINCT FROM e.title;
COMMENT ON VIEW news.headline_edits IS 'Headlines that a publisher changed, each with the previous one.';
COMMENT ON COLUMN news.headline_edits.url IS 'The article.';
COMMENT ON COLUMN news.headline_edits.site IS 'Its registrable domain.';
COMMENT ON COLUMN news.headline_edits.before IS 'Previous headline.';
COMMENT ON COLUMN news.headline_edits.after IS 'New headline.';
COMMENT ON COLUMN news.headline_edits.changed_at IS 'When the new one was first seen.';
COMMENT ON COLUMN news.headline_edits.declared_at IS
    'When the publisher says it changed; empty, or no newer than before, if the edit was not declared.';
COMMENT ON COLUMN news.headline_edits.revision IS 'Number of the revision with the new headline.';
COMMENT ON COLUMN news.headline_edits.article_id IS 'The article''s key.';

CREATE VIEW news.credits AS
SELECT a.credited_to, a.site, a.url, a.title, a.published_at, a.first_seen_at, a.id AS article_id
FROM dateline.article a WHERE a.credited_to IS NOT NULL;
COMMENT ON VIEW news.credits IS 'Articles that credit another outlet or an agency.';
COMMENT ON COLUMN news.credits.credited_to IS 'Outlet or agency as named on the page.';
COMMENT ON COLUMN news.credits.site IS 'Site of the article that credits.';
COMMENT ON COLUMN news.credits.url IS 'The article that credits.';
COMMENT ON COLUMN news.credits.title IS 'Its headline.';
COMMENT ON COLUMN news.credits.published_at IS 'Its publication.';
COMMENT ON COLUMN news.credits.first_seen_at IS 'When Dateline stored it.';
COMMENT ON COLUMN news.credits.article_id IS 'Its key.';
