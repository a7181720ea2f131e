-- The schema after all migrations and views. Written by `python -m sql.schema.snapshot --write`.

CREATE SCHEMA dateline;

COMMENT ON SCHEMA dateline IS 'What Dateline itself keeps; may change with any version. Read the views of schema news.';

CREATE SCHEMA news;

COMMENT ON SCHEMA news IS 'What analysts read: stable views over the archive.';

CREATE DOMAIN dateline.instant AS timestamp with time zone
	CONSTRAINT instant_check CHECK (((VALUE >= '1000-01-01 00:00:00+00'::timestamp with time zone) AND (VALUE < '9999-01-01 00:00:00+00'::timestamp with time zone)));

COMMENT ON DOMAIN dateline.instant IS 'An instant that every client can read: no infinity, no year beyond 9999.';

CREATE FUNCTION dateline.add_total(name text, labels text[], amount double precision) RETURNS void
    LANGUAGE plpgsql
    AS $_$
#variable_conflict use_column
BEGIN
    INSERT INTO dateline.total AS t (name, labels, backend, value) VALUES ($1, $2, pg_backend_pid(), $3)
    ON CONFLICT (name, labels, backend) DO UPDATE SET value = t.value + excluded.value;
END $_$;

COMMENT ON FUNCTION dateline.add_total(name text, labels text[], amount double precision) IS 'Adds to a running total.';

CREATE FUNCTION dateline.allowed(of_source bigint) RETURNS TABLE(within_s double precision, busy double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT a.within_s, a.busy FROM dateline.allowance a
    WHERE a.source_id IS NULL OR a.source_id = of_source
    ORDER BY a.within_s DESC LIMIT 1
    $$;

COMMENT ON FUNCTION dateline.allowed(of_source bigint) IS 'How visits are spent on the pages of a source: a budget of its own can only make them rarer; no row where nothing was planned yet.';

CREATE FUNCTION dateline.observed(absent_at timestamp with time zone, seen_at timestamp with time zone) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN tstzrange(CASE WHEN (absent_at > seen_at) THEN NULL::timestamp with time zone ELSE absent_at END, (seen_at + '00:00:00.000001'::interval));

COMMENT ON FUNCTION dateline.observed(absent_at timestamp with time zone, seen_at timestamp with time zone) IS 'When a text appeared, by our visits alone: after we looked in vain, by the time when we saw it. A look later than that does not count: visits may overlap, and clocks of two machines may differ.';

CREATE FUNCTION dateline.appearance(claim tstzrange, absent_at timestamp with time zone, seen_at timestamp with time zone) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((claim IS NULL) OR isempty((claim * dateline.observed(absent_at, seen_at)))) THEN dateline.observed(absent_at, seen_at) ELSE (claim * dateline.observed(absent_at, seen_at)) END;

COMMENT ON FUNCTION dateline.appearance(claim tstzrange, absent_at timestamp with time zone, seen_at timestamp with time zone) IS 'When a text appeared: after we looked in vain, by the time when we saw it, and in between as its date claims. A claim that our visits refute does not count.';

CREATE FUNCTION dateline.arabic_spellings(words text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
DECLARE
    given CONSTANT text COLLATE "C" := words;
    ends CONSTANT text := '([\u0621-\u064A]{3})[هة](?= |$)';
BEGIN
    RETURN array_remove(ARRAY[regexp_replace(given, ends, '\1ه', 'g'), regexp_replace(given, ends, '\1ة', 'g')], given);
END $_$;

COMMENT ON FUNCTION dateline.arabic_spellings(words text) IS 'Parted words with ه, and with ة, at their ends, where many texts write one for the other; empty for other words.';

CREATE FUNCTION dateline.is_stop_word(word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((((((((((((('{}'::text[] = ts_lexize('danish_stem'::regdictionary, word)) OR ('{}'::text[] = ts_lexize('dutch_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('english_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('finnish_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('french_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('german_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('hungarian_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('italian_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('norwegian_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('portuguese_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('spanish_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('swedish_stem'::regdictionary, word))) OR ('{}'::text[] = ts_lexize('turkish_stem'::regdictionary, word)));

COMMENT ON FUNCTION dateline.is_stop_word(word text) IS 'Whether a word in lower case is a stop word of a language in Latin letters.';

CREATE FUNCTION dateline.capital_words(given text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT string_agg(('00'::text || w.word), ' '::text) AS string_agg FROM (SELECT DISTINCT lower(m.m[1]) AS lower FROM regexp_matches((capital_words.given COLLATE "C"), '\m([A-Z]{2,4})\M'::text, 'g'::text) m(m)) w(word) WHERE dateline.is_stop_word(w.word));

COMMENT ON FUNCTION dateline.capital_words(given text) IS 'Stop words of two to four capitals, in lower case after 00, as no text has them; null if there are none.';

CREATE FUNCTION dateline.change_notes(body text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT regexp_count(coalesce(body, ''),
        -- a paragraph that begins as a correction does
        '(?:^|\n)[^[:alpha:]\n]*(?:corrections?|corrected|clarifications?|editor[’'']s notes?|erratum|errata'
        '|update|updated|amended'
        '|korrektur|berichtigung|richtigstellung|aktualisierung|anmerkung der redaktion|anm\. d\. red'
        '|rectificati(?:f|on)|mise à jour|note de la rédaction|correcci[oó]n|rectificaci[oó]n|aclaraci[oó]n'
        '|fe de err(?:ores|atas)'
        '|actualizaci[oó]n|correzione|rettifica|precisazione|correção|atualização|correctie|rectificatie|sprostowanie'
        '|korekta'
        '|r[äÄ]ttelse|rettelse|presisering|oikaisu|oprava|düzeltme|[иИ]справлен|[уУ]точнение|[пП]оправка|[вВ]иправлен'
        '|تصحيح|更正|訂正|정정)(?![[:alpha:]-])'
        -- or a sentence that speaks of the text as it was
        '|(?:earlier|previous|prior|original) (?:version|edition) of (?:this|the|our)'
        '|(?:article|story|piece|report|post|column|headline|text) (?:has been|was|were) (?:since )?'
        '(?:updated|amended|corrected|edited|revised)'
        '|fr[üÜ]heren (?:version|fassung)|version précédente|précédente version|versi[oó]n anterior|versione precedente'
        '|versão anterior|eerdere versie|poprzedniej wersji|tidigare version|tidligere (?:versjon|version)', 1, 'i')
$$;

COMMENT ON FUNCTION dateline.change_notes(body text) IS 'How many corrections, clarifications and notes of changes a text prints.';

CREATE FUNCTION dateline.count_articles() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM dateline.total WHERE name IN ('article', 'headline');
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM dateline.add_total(CASE OLD.kind WHEN 'headline' THEN 'headline' ELSE 'article' END,
                                   array_remove(ARRAY[OLD.source_id::text], NULL), -1);
        PERFORM dateline.add_total(CASE NEW.kind WHEN 'headline' THEN 'headline' ELSE 'article' END,
                                   array_remove(ARRAY[NEW.source_id::text], NULL), 1);
    ELSE
        PERFORM dateline.add_total(c.name, c.labels, CASE TG_OP WHEN 'INSERT' THEN c.n ELSE -c.n END)
           FROM (SELECT CASE kind WHEN 'headline' THEN 'headline' ELSE 'article' END AS name,
                        array_remove(ARRAY[source_id::text], NULL) AS labels, count(*) AS n
                   FROM changed GROUP BY 1, 2) AS c;
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.count_articles() IS 'Trigger: keeps the numbers of articles and of headlines of each source.';

CREATE FUNCTION dateline.count_fetches() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    bounds CONSTANT double precision[] := '{15,30,60,120,300,600,900,1800,3600,7200,14400,28800,86400,259200,604800}';
    one record;
BEGIN
    PERFORM dateline.add_total('fetches', ARRAY[result, reason], n)
       FROM (SELECT a.result, coalesce(a.reason, '') AS reason, count(*) AS n FROM added a GROUP BY 1, 2) AS counted;
    FOR one IN
        SELECT greatest(0, extract(epoch FROM r.first_seen_at::timestamptz - r.published_at::timestamptz)::float8)
               AS delay_s
          FROM added a
          JOIN dateline.article r ON r.id = a.article_id
          JOIN dateline.url u ON u.id = a.url_id
          JOIN dateline.feed f ON f.id = u.feed_id AND f.crawl_id IS NULL
          LEFT JOIN dateline.feed p ON p.id = f.parent_id
         WHERE a.result IN ('new', 'copy') AND a.crawl_id IS NULL AND r.published_precision = 'minute'
           AND r.published_at > coalesce(p.added_at, f.added_at)
           AND r.published_at <= r.first_seen_at + interval '1 minute'
    LOOP
        PERFORM dateline.add_total('publish_to_store_sum', '{}', one.delay_s);
        PERFORM dateline.add_total('publish_to_store', ARRAY[coalesce(
            (SELECT min(b)::text FROM unnest(bounds) AS b WHERE b >= one.delay_s), '+Inf')], 1);
    END LOOP;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.count_fetches() IS 'Trigger: counts fetches by result and reason, and how long articles took from publication until stored.';

CREATE FUNCTION dateline.count_rows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM dateline.total WHERE name = TG_TABLE_NAME;
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM dateline.add_total(TG_TABLE_NAME, '{}', n)
           FROM (SELECT count(*) AS n FROM changed) AS counted WHERE n > 0;
    ELSE
        PERFORM dateline.add_total(TG_TABLE_NAME, '{}', -n)
           FROM (SELECT count(*) AS n FROM changed) AS counted WHERE n > 0;
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.count_rows() IS 'Trigger: keeps the number of a table''s rows.';

CREATE FUNCTION dateline.count_urls() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM dateline.total WHERE name = 'url';
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM dateline.add_total('url', ARRAY[state, reason], n)
           FROM (SELECT m.state, coalesce(m.reason, '') AS reason, sum(m.n) AS n
                   FROM (SELECT state, reason, -1 AS n FROM former
                         UNION ALL SELECT state, reason, 1 FROM changed) AS m GROUP BY 1, 2) AS counted WHERE n <> 0;
    ELSE
        PERFORM dateline.add_total('url', ARRAY[state, reason], CASE TG_OP WHEN 'INSERT' THEN n ELSE -n END)
           FROM (SELECT c.state, coalesce(c.reason, '') AS reason, count(*) AS n FROM changed c GROUP BY 1, 2)
             AS counted;
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.count_urls() IS 'Trigger: keeps the number of URLs in each state, by reason.';

CREATE FUNCTION dateline.count_visits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM dateline.add_total('visits', ARRAY[outcome], n)
       FROM (SELECT a.outcome, count(*) AS n FROM added a GROUP BY 1) AS counted;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.count_visits() IS 'Trigger: counts visits by outcome.';

CREATE FUNCTION dateline.span(at timestamp with time zone, "precision" text) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (at IS NULL) THEN NULL::tstzrange WHEN ("precision" = 'day'::text) THEN tstzrange(at, (at + '24:00:00'::interval)) WHEN ("precision" = 'local'::text) THEN tstzrange((at - '14:00:00'::interval), (at + '14:00:00'::interval)) ELSE tstzrange(at, (at + '00:01:00'::interval)) END;

COMMENT ON FUNCTION dateline.span(at timestamp with time zone, "precision" text) IS 'The span that a publisher''s date stands for: its minute, its day, or 14 hours to both sides where its zone is unknown.';

CREATE FUNCTION dateline.dated(published_at timestamp with time zone, "precision" text, absent_at timestamp with time zone, seen_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((published_at IS NULL) OR isempty((dateline.span(published_at, "precision") * dateline.observed(absent_at, seen_at)))) THEN seen_at WHEN (COALESCE("precision", 'minute'::text) = 'minute'::text) THEN published_at WHEN (seen_at <@ dateline.span(published_at, "precision")) THEN seen_at WHEN ("precision" = 'day'::text) THEN (published_at + '12:00:00'::interval) ELSE published_at END;

COMMENT ON FUNCTION dateline.dated(published_at timestamp with time zone, "precision" text, absent_at timestamp with time zone, seen_at timestamp with time zone) IS 'One instant for an article, where an order needs one: its date if that is known to the minute and our visits do not refute it; else when we saw it, or the middle of what its date leaves open.';

CREATE FUNCTION dateline.fold(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    RETURN dateline.parted(dateline.plain_words(given));
END $$;

COMMENT ON FUNCTION dateline.fold(given text) IS 'The text as words: lower-case letters without accents and digits, parted by spaces; what search compares.';

CREATE FUNCTION dateline.fts_config(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE language WHEN 'ar'::text THEN 'arabic'::regconfig WHEN 'hy'::text THEN 'armenian'::regconfig WHEN 'eu'::text THEN 'basque'::regconfig WHEN 'ca'::text THEN 'catalan'::regconfig WHEN 'da'::text THEN 'danish'::regconfig WHEN 'nl'::text THEN 'dutch'::regconfig WHEN 'en'::text THEN 'english'::regconfig WHEN 'fi'::text THEN 'finnish'::regconfig WHEN 'fr'::text THEN 'french'::regconfig WHEN 'de'::text THEN 'german'::regconfig WHEN 'el'::text THEN 'greek'::regconfig WHEN 'hi'::text THEN 'hindi'::regconfig WHEN 'hu'::text THEN 'hungarian'::regconfig WHEN 'id'::text THEN 'indonesian'::regconfig WHEN 'ga'::text THEN 'irish'::regconfig WHEN 'it'::text THEN 'italian'::regconfig WHEN 'lt'::text THEN 'lithuanian'::regconfig WHEN 'ne'::text THEN 'nepali'::regconfig WHEN 'no'::text THEN 'norwegian'::regconfig WHEN 'nb'::text THEN 'norwegian'::regconfig WHEN 'pt'::text THEN 'portuguese'::regconfig WHEN 'ro'::text THEN 'romanian'::regconfig WHEN 'ru'::text THEN 'russian'::regconfig WHEN 'sr'::text THEN 'serbian'::regconfig WHEN 'es'::text THEN 'spanish'::regconfig WHEN 'sv'::text THEN 'swedish'::regconfig WHEN 'ta'::text THEN 'tamil'::regconfig WHEN 'tr'::text THEN 'turkish'::regconfig WHEN 'yi'::text THEN 'yiddish'::regconfig ELSE 'simple'::regconfig END;

COMMENT ON FUNCTION dateline.fts_config(language text) IS 'The text search configuration of an ISO 639-1 language; "simple" for those that PostgreSQL does not stem.';

CREATE FUNCTION dateline.halvings(since date, today date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN LEAST(30, GREATEST(0, ((today - since) / 60)));

COMMENT ON FUNCTION dateline.halvings(since date, today date) IS 'How often a count that was last halved on the first day is to be halved by the second.';

CREATE TABLE dateline.boilerplate_host (
    id integer NOT NULL,
    scope text NOT NULL,
    site text NOT NULL,
    stories integer DEFAULT 0 NOT NULL,
    halved_on date NOT NULL,
    pruned_on date NOT NULL,
    CONSTRAINT boilerplate_host_stories_check CHECK ((stories >= 0))
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.boilerplate_host IS 'Scopes whose recurring paragraphs are learned: a section or one author''s pages of a host, or a host without sections. The row is locked while a page is counted, so pages of one scope take turns.';

COMMENT ON COLUMN dateline.boilerplate_host.id IS 'Key.';

COMMENT ON COLUMN dateline.boilerplate_host.scope IS 'Host, without www, with its section or author: post.test/sport, post.test/@bob.';

COMMENT ON COLUMN dateline.boilerplate_host.site IS 'Registrable domain of the host.';

COMMENT ON COLUMN dateline.boilerplate_host.stories IS 'Stories that were counted; halved every 60 days.';

COMMENT ON COLUMN dateline.boilerplate_host.halved_on IS 'Day from which the next halving is counted.';

COMMENT ON COLUMN dateline.boilerplate_host.pruned_on IS 'Day on which its faded paragraphs were last removed.';

CREATE TABLE dateline.paragraph (
    key bigint NOT NULL,
    story_id bigint NOT NULL,
    host_id integer NOT NULL,
    stories integer NOT NULL,
    halved_on date NOT NULL,
    first_on date NOT NULL,
    CONSTRAINT paragraph_stories_check CHECK ((stories >= 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE dateline.paragraph IS 'In how many stories of a scope each paragraph occurs. Without a foreign key, because that would cost more than the count.';

COMMENT ON COLUMN dateline.paragraph.key IS 'xxh3 of the folded paragraph, as a signed number.';

COMMENT ON COLUMN dateline.paragraph.story_id IS 'The last of these stories, where to look for the story of a page that has this paragraph.';

COMMENT ON COLUMN dateline.paragraph.host_id IS 'The scope: id of dateline.boilerplate_host.';

COMMENT ON COLUMN dateline.paragraph.stories IS 'Stories that contain it; halved every 60 days, removed at 0.';

COMMENT ON COLUMN dateline.paragraph.halved_on IS 'Day from which the next halving is counted.';

COMMENT ON COLUMN dateline.paragraph.first_on IS 'Day on which it was first counted.';

CREATE FUNCTION dateline.is_text_elsewhere(wanted bigint, own_site text, since date) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT (COALESCE(bool_or(((o.stories < 3) AND (o.first_on <= is_text_elsewhere.since))), false) AND (count(*) FILTER (WHERE (o.stories >= 3)) < 3)) FROM (SELECT max(p.stories) AS stories, min(p.first_on) AS first_on FROM ((SELECT paragraph.host_id, paragraph.stories, paragraph.first_on FROM dateline.paragraph WHERE ((paragraph.key = is_text_elsewhere.wanted) AND (paragraph.stories > 0)) LIMIT 100) p JOIN dateline.boilerplate_host h ON ((h.id = p.host_id))) WHERE (h.site <> is_text_elsewhere.own_site) GROUP BY h.site) o);

COMMENT ON FUNCTION dateline.is_text_elsewhere(wanted bigint, own_site text, since date) IS 'Whether another site has the paragraph in the text of a story, and had it on that day.';

CREATE FUNCTION dateline.joined_words(plain text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
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
END $_$;

COMMENT ON FUNCTION dateline.joined_words(plain text) IS 'The words with a hyphen or apostrophe of what dateline.plain_words() gives, without it; null if there are none.';

CREATE FUNCTION dateline.keep_copy_family() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    heir bigint;
BEGIN
    UPDATE dateline.copy
       SET original_id = NULL, first_by = 'unknown', confidence = 'none', decided_at = now(),
           why = 'which article of its family was first is not known'
     WHERE original_id = OLD.id OR (family_id = OLD.id AND original_id IS NULL);
    SELECT c.article_id INTO heir FROM dateline.copy c JOIN dateline.article a ON a.id = c.article_id
     WHERE c.family_id = OLD.id ORDER BY c.original_id IS NOT NULL, a.first_seen_at, a.id LIMIT 1;
    IF heir IS NOT NULL THEN
        DELETE FROM dateline.copy WHERE article_id = heir;
        UPDATE dateline.copy SET family_id = heir, decided_at = now() WHERE family_id = OLD.id;
    END IF;
    RETURN OLD;
END
$$;

COMMENT ON FUNCTION dateline.keep_copy_family() IS 'When the lead of a copy family is deleted, the one of the rest that was seen first leads it. What was a copy of the deleted article is a copy of none that is known.';

CREATE FUNCTION dateline.name_patterns(asked text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT CASE count(*) WHEN 1 THEN ARRAY[(('%'::text || min(word.word)) || '%'::text)] ELSE array_agg((('% '::text || word.word) || '%'::text)) END AS array_agg FROM string_to_table(dateline.fold(name_patterns.asked), ' '::text) word(word) WHERE (word.word <> ''::text));

COMMENT ON FUNCTION dateline.name_patterns(asked text) IS 'What a folded name after a space must be LIKE: a part, or beginnings of its words in any order; null: no word.';

CREATE FUNCTION dateline.note_facets() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO dateline.facet (field, value, folded)
    SELECT g.field, g.value, dateline.fold(g.value)
    FROM (SELECT 'author' AS field, unnest(NEW.authors) AS value
          UNION SELECT 'tag', unnest(NEW.tags)
          UNION VALUES ('section', NEW.section), ('credited', NEW.credited_to)) AS g
    -- one index probe per value, however many values there are
    WHERE g.value <> ''
      AND (SELECT f.value FROM dateline.facet f WHERE f.value = g.value AND f.field = g.field LIMIT 1) IS NULL;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.note_facets() IS 'Trigger: keeps the values that searches compare folded.';

CREATE FUNCTION dateline.note_rest() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT NEW.is_paused AND NEW.removed_at IS NULL THEN
        UPDATE dateline.source_rest SET until = now() WHERE source_id = NEW.id AND until IS NULL;
    ELSIF NOT EXISTS (SELECT FROM dateline.source_rest WHERE source_id = NEW.id AND until IS NULL) THEN
        INSERT INTO dateline.source_rest (source_id, since) VALUES (NEW.id, now())
        ON CONFLICT (source_id, since) DO UPDATE SET until = NULL;
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dateline.note_rest() IS 'Keeps dateline.source_rest when a source is paused, resumed, removed or added again.';

CREATE FUNCTION dateline.number_spelling(words text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
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
END $_$;

COMMENT ON FUNCTION dateline.number_spelling(words text) IS 'The other spelling of parted words with a number: f16 of f 16, 737 max of 737max, 3 500 of 3500; else null.';

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

COMMENT ON FUNCTION dateline.pairs(folded text) IS 'Folded text with Chinese, Japanese, Korean, Thai, Lao, Burmese and Khmer as pairs of characters.';

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

COMMENT ON FUNCTION dateline.parted(folded text) IS 'The words of what dateline.plain_words() gives, parted by spaces.';

CREATE FUNCTION dateline.plain_letters(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
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
END $_$;

COMMENT ON FUNCTION dateline.plain_letters(given text) IS 'The text in lower case, without accents, vowel points and characters of no width; ø is o, ß is ss.';

CREATE FUNCTION dateline.plain_signs(given text) RETURNS text
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

COMMENT ON FUNCTION dateline.plain_signs(given text) IS 'Lower-case text in which U.S., AT&T, C++ and the like are single words.';

CREATE FUNCTION dateline.plain_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
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

COMMENT ON FUNCTION dateline.plain_words(given text) IS 'The text in lower case, without accents, its abbreviations and numbers as single words; with all other signs.';

CREATE FUNCTION dateline.search_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    plain CONSTANT text := dateline.plain_words(given);
BEGIN
    RETURN concat_ws(' ', dateline.pairs(dateline.parted(plain)),
                     CASE WHEN plain ~ E'[-''\u2010\u2011]' THEN dateline.joined_words(plain) END,
                     CASE WHEN given COLLATE "C" ~ '[a-z]' THEN dateline.capital_words(given) END);
END $$;

COMMENT ON FUNCTION dateline.search_words(given text) IS 'The words that are indexed: dateline.fold(), as pairs where a script has no spaces, joined words, capitals.';

CREATE FUNCTION dateline.set_dated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.dated_at := CASE
        WHEN NEW.published_at IS NULL THEN NEW.first_seen_at
        WHEN NEW.published_precision IS DISTINCT FROM 'day' THEN NEW.published_at
        WHEN NEW.first_seen_at >= NEW.published_at AND NEW.first_seen_at < NEW.published_at + interval '24 hours'
            THEN NEW.first_seen_at
        ELSE NEW.published_at + interval '12 hours' END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION dateline.set_dated_at() IS 'Sets dated_at: when it was published; of a bare day, when it was first stored on that day, else its noon; without a date, when it was first stored.';

CREATE FUNCTION dateline.single_characters(folded text) RETURNS text
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

COMMENT ON FUNCTION dateline.single_characters(folded text) IS 'Folded text with the characters of scripts without spaces as words of their own.';

CREATE FUNCTION dateline.word_query(config regconfig, asked text, is_prefix boolean DEFAULT false) RETURNS tsquery
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

COMMENT ON FUNCTION dateline.word_query(config regconfig, asked text, is_prefix boolean) IS 'The tsquery of one word or phrase (or of what begins with it) for dateline.article.search; empty for stop words.';

CREATE FUNCTION news.explain(statement text) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
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

COMMENT ON FUNCTION news.explain(statement text) IS 'The lines of an EXPLAIN statement, each up to 100,000 characters.';

CREATE FUNCTION news.word_counts(given text) RETURNS jsonb
    LANGUAGE sql STABLE STRICT SECURITY DEFINER PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT coalesce(jsonb_object_agg(word, times), '{}')
    FROM (SELECT word, count(*) AS times
          FROM regexp_split_to_table(dateline.single_characters(dateline.fold(given)), ' +') AS word
          WHERE length(word) BETWEEN 1 AND 40 GROUP BY word) AS counted
$$;

COMMENT ON FUNCTION news.word_counts(given text) IS 'How often each word is in a text, without their order: {"ferry": 3, "the": 12}. Words are in lower case, without accents, and at most 40 characters long; of scripts without spaces the single characters are counted.';

CREATE FUNCTION news.words(words text, language text DEFAULT 'en'::text) RETURNS tsquery
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
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

COMMENT ON FUNCTION news.words(words text, language text) IS 'A tsquery for news.articles.search: words in websearch syntax (OR, -not, "phrase"), stemmed as the language is.';

CREATE TABLE dateline.alarm (
    id bigint NOT NULL,
    source_id bigint NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    since dateline.instant NOT NULL,
    noticed_at dateline.instant NOT NULL,
    until dateline.instant,
    evidence jsonb NOT NULL,
    sentence text NOT NULL,
    started_mail uuid,
    ended_mail uuid,
    started_hook uuid,
    ended_hook uuid,
    CONSTRAINT alarm_kind_check CHECK ((kind = ANY (ARRAY['quiet'::text, 'not_stored'::text, 'failing'::text, 'page_failing'::text, 'silent'::text, 'empty_texts'::text, 'missing_dates'::text, 'short_texts'::text, 'signed_out'::text, 'needs_browser'::text]))),
    CONSTRAINT alarm_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'notice'::text])))
);

COMMENT ON TABLE dateline.alarm IS 'Sources that went quiet, fail, or whose texts got worse: when it started, was noticed and ended.';

COMMENT ON COLUMN dateline.alarm.id IS 'Key.';

COMMENT ON COLUMN dateline.alarm.source_id IS 'The source.';

COMMENT ON COLUMN dateline.alarm.kind IS 'quiet, not_stored, failing, page_failing, silent, empty_texts, missing_dates, short_texts, signed_out or needs_browser.';

COMMENT ON COLUMN dateline.alarm.severity IS 'critical, warning or notice.';

COMMENT ON COLUMN dateline.alarm.since IS 'When it started: the last article, the last proper answer, or the first text that was worse.';

COMMENT ON COLUMN dateline.alarm.noticed_at IS 'When there was enough evidence to rule out chance.';

COMMENT ON COLUMN dateline.alarm.until IS 'When it ended; empty while it is active.';

COMMENT ON COLUMN dateline.alarm.evidence IS 'The numbers behind it.';

COMMENT ON COLUMN dateline.alarm.sentence IS 'The problem in one sentence.';

COMMENT ON COLUMN dateline.alarm.started_mail IS 'The mail to the operators that named its start.';

COMMENT ON COLUMN dateline.alarm.ended_mail IS 'The mail to the operators that named its end.';

COMMENT ON COLUMN dateline.alarm.started_hook IS 'The message to the operators'' webhook that named its start.';

COMMENT ON COLUMN dateline.alarm.ended_hook IS 'The message to the operators'' webhook that named its end.';

CREATE TABLE dateline.alarm_hook (
    place text NOT NULL,
    since dateline.instant NOT NULL,
    last_sent_at dateline.instant,
    mail_id uuid,
    mail_at dateline.instant,
    next_attempt_at dateline.instant,
    failures integer DEFAULT 0 NOT NULL,
    problem text,
    CONSTRAINT alarm_hook_check CHECK (((mail_id IS NULL) = (mail_at IS NULL)))
);

COMMENT ON TABLE dateline.alarm_hook IS 'The state of the messages about alarms to each further webhook of the operators (setting alarm_webhooks), and of the mail to operators who get severe alarms only.';

COMMENT ON COLUMN dateline.alarm_hook.place IS 'A hash of the webhook''s URL, which is a secret; or mail: and the least severity that is mailed.';

COMMENT ON COLUMN dateline.alarm_hook.since IS 'Since when alarms are sent; older ones that have ended are not.';

COMMENT ON COLUMN dateline.alarm_hook.last_sent_at IS 'When the receiver took the last message.';

COMMENT ON COLUMN dateline.alarm_hook.mail_id IS 'The message that is being sent or may have been sent (its webhook-id). Named as in alarm_mail.';

COMMENT ON COLUMN dateline.alarm_hook.mail_at IS 'When that message was started: the timestamp in its body.';

COMMENT ON COLUMN dateline.alarm_hook.next_attempt_at IS 'Nothing is sent before; while a message is being sent, when it counts as lost.';

COMMENT ON COLUMN dateline.alarm_hook.failures IS 'Failures in a row.';

COMMENT ON COLUMN dateline.alarm_hook.problem IS 'Why the last attempt failed; empty if it did not.';

CREATE TABLE dateline.alarm_hook_notice (
    place text NOT NULL,
    alarm_id bigint NOT NULL,
    started_in uuid,
    ended_in uuid
);

COMMENT ON TABLE dateline.alarm_hook_notice IS 'Which message to which further webhook named an alarm.';

COMMENT ON COLUMN dateline.alarm_hook_notice.place IS 'The webhook, or the mail.';

COMMENT ON COLUMN dateline.alarm_hook_notice.alarm_id IS 'The alarm.';

COMMENT ON COLUMN dateline.alarm_hook_notice.started_in IS 'The message that named its start.';

COMMENT ON COLUMN dateline.alarm_hook_notice.ended_in IS 'The message that named its end.';

ALTER TABLE dateline.alarm ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.alarm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.alarm_mail (
    only_row boolean DEFAULT true NOT NULL,
    since dateline.instant NOT NULL,
    last_sent_at dateline.instant,
    mail_id uuid,
    mail_at dateline.instant,
    next_attempt_at dateline.instant,
    failures integer DEFAULT 0 NOT NULL,
    problem text,
    CONSTRAINT alarm_mail_check CHECK (((mail_id IS NULL) = (mail_at IS NULL))),
    CONSTRAINT alarm_mail_only_row_check CHECK (only_row)
);

COMMENT ON TABLE dateline.alarm_mail IS 'The state of the mail to the operators (setting alarm_mail): one row.';

COMMENT ON COLUMN dateline.alarm_mail.only_row IS 'Always true: there is one row.';

COMMENT ON COLUMN dateline.alarm_mail.since IS 'Since when alarms are mailed; older ones that have ended are not.';

COMMENT ON COLUMN dateline.alarm_mail.last_sent_at IS 'When the server took the last mail.';

COMMENT ON COLUMN dateline.alarm_mail.mail_id IS 'The mail that is being sent or may have been sent (its Message-ID).';

COMMENT ON COLUMN dateline.alarm_mail.mail_at IS 'When that mail was started: its Date.';

COMMENT ON COLUMN dateline.alarm_mail.next_attempt_at IS 'Nothing is sent before; while a mail is being sent, when it counts as lost.';

COMMENT ON COLUMN dateline.alarm_mail.failures IS 'Failures in a row.';

COMMENT ON COLUMN dateline.alarm_mail.problem IS 'Why the last attempt failed; empty if it did not.';

CREATE TABLE dateline.alarm_recipient (
    address text NOT NULL,
    added_at dateline.instant NOT NULL,
    severity text DEFAULT 'notice'::text NOT NULL,
    CONSTRAINT alarm_recipient_address_check CHECK ((address <> ''::text)),
    CONSTRAINT alarm_recipient_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'notice'::text])))
);

COMMENT ON TABLE dateline.alarm_recipient IS 'Who gets alarms by mail, besides the addresses in the setting alarm_mail.';

COMMENT ON COLUMN dateline.alarm_recipient.address IS 'Mail address.';

COMMENT ON COLUMN dateline.alarm_recipient.added_at IS 'When it was added.';

COMMENT ON COLUMN dateline.alarm_recipient.severity IS 'The least severity of alarms that are mailed to it.';

CREATE TABLE dateline.alarm_webhook (
    only_row boolean DEFAULT true NOT NULL,
    since dateline.instant NOT NULL,
    last_sent_at dateline.instant,
    mail_id uuid,
    mail_at dateline.instant,
    next_attempt_at dateline.instant,
    failures integer DEFAULT 0 NOT NULL,
    problem text,
    CONSTRAINT alarm_webhook_check CHECK (((mail_id IS NULL) = (mail_at IS NULL))),
    CONSTRAINT alarm_webhook_only_row_check CHECK (only_row)
);

COMMENT ON TABLE dateline.alarm_webhook IS 'The state of the messages about alarms to the webhook of the operators (setting alarm_webhook): one row.';

COMMENT ON COLUMN dateline.alarm_webhook.only_row IS 'Always true: there is one row.';

COMMENT ON COLUMN dateline.alarm_webhook.since IS 'Since when alarms are sent; older ones that have ended are not.';

COMMENT ON COLUMN dateline.alarm_webhook.last_sent_at IS 'When the receiver took the last message.';

COMMENT ON COLUMN dateline.alarm_webhook.mail_id IS 'The message that is being sent or may have been sent (its webhook-id). Named as in alarm_mail.';

COMMENT ON COLUMN dateline.alarm_webhook.mail_at IS 'When that message was started: the timestamp in its body.';

COMMENT ON COLUMN dateline.alarm_webhook.next_attempt_at IS 'Nothing is sent before; while a message is being sent, when it counts as lost.';

COMMENT ON COLUMN dateline.alarm_webhook.failures IS 'Failures in a row.';

COMMENT ON COLUMN dateline.alarm_webhook.problem IS 'Why the last attempt failed; empty if it did not.';

CREATE TABLE dateline.alias (
    url_key uuid NOT NULL,
    article_id bigint NOT NULL,
    url text NOT NULL,
    why text NOT NULL,
    seen_at dateline.instant NOT NULL,
    CONSTRAINT alias_why_check CHECK ((why = ANY (ARRAY['fetched'::text, 'redirect'::text, 'canonical'::text, 'same_text'::text, 'amp'::text, 'part'::text])))
);

COMMENT ON TABLE dateline.alias IS 'Every URL that leads to an article.';

COMMENT ON COLUMN dateline.alias.url_key IS 'Identity of the URL.';

COMMENT ON COLUMN dateline.alias.article_id IS 'The article.';

COMMENT ON COLUMN dateline.alias.url IS 'The URL, unchanged.';

COMMENT ON COLUMN dateline.alias.why IS 'Why it is an alias.';

COMMENT ON COLUMN dateline.alias.seen_at IS 'When it was first seen.';

CREATE TABLE dateline.allowance (
    source_id bigint,
    within_s double precision NOT NULL,
    busy double precision NOT NULL,
    forecast real NOT NULL,
    adapted_at dateline.instant NOT NULL,
    CONSTRAINT allowance_busy_check CHECK (((busy > (0)::double precision) AND (busy <= ('1000000'::numeric)::double precision))),
    CONSTRAINT allowance_within_s_check CHECK (((within_s > (0)::double precision) AND (within_s <= (86400)::double precision)))
);

COMMENT ON TABLE dateline.allowance IS 'How visits are distributed over pages whose publishing rate was learned; updated every 15 minutes.';

COMMENT ON COLUMN dateline.allowance.source_id IS 'The source that has its own budget; empty: all sources.';

COMMENT ON COLUMN dateline.allowance.within_s IS 'Seconds within which a page in a busy hour is visited (but at least 5 minutes).';

COMMENT ON COLUMN dateline.allowance.busy IS 'Items per day from which an hour counts as busy: half of all items come at this rate or faster.';

COMMENT ON COLUMN dateline.allowance.forecast IS 'Visits per day to expect with it.';

COMMENT ON COLUMN dateline.allowance.adapted_at IS 'When it was last updated.';

CREATE TABLE dateline.api_token (
    id bigint NOT NULL,
    name text NOT NULL,
    user_id bigint,
    scope text NOT NULL,
    token_hash bytea NOT NULL,
    created_at dateline.instant NOT NULL,
    expires_at dateline.instant,
    last_used_at dateline.instant,
    revoked_at dateline.instant,
    CONSTRAINT api_token_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'::text)),
    CONSTRAINT api_token_scope_check CHECK ((scope = ANY (ARRAY['read'::text, 'sql'::text, 'operate'::text]))),
    CONSTRAINT api_token_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

COMMENT ON TABLE dateline.api_token IS 'Tokens by which programs read or operate the archive over HTTP.';

COMMENT ON COLUMN dateline.api_token.id IS 'Key.';

COMMENT ON COLUMN dateline.api_token.name IS 'What the token is for; unique among the tokens that are not revoked.';

COMMENT ON COLUMN dateline.api_token.user_id IS 'The user it belongs to; it is removed with that user. Empty: no user''s.';

COMMENT ON COLUMN dateline.api_token.scope IS 'read: reads everything; sql: also runs read-only SQL; operate: may also change sources and ask for fetches.';

COMMENT ON COLUMN dateline.api_token.token_hash IS 'SHA-256 of the token, which holds 256 random bits and is shown only once.';

COMMENT ON COLUMN dateline.api_token.created_at IS 'When it was made.';

COMMENT ON COLUMN dateline.api_token.expires_at IS 'From when on it is refused; empty: never.';

COMMENT ON COLUMN dateline.api_token.last_used_at IS 'When it was last used, within ten minutes; empty: never.';

COMMENT ON COLUMN dateline.api_token.revoked_at IS 'When it was revoked.';

ALTER TABLE dateline.api_token ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.api_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.article (
    id bigint NOT NULL,
    url_key uuid NOT NULL,
    url text NOT NULL,
    canonical_url text,
    site text NOT NULL,
    source_id bigint,
    kind text NOT NULL,
    kind_evidence text[] DEFAULT '{}'::text[] NOT NULL,
    title text,
    alternative_titles text[] DEFAULT '{}'::text[] NOT NULL,
    text text NOT NULL,
    summary text,
    authors text[] DEFAULT '{}'::text[] NOT NULL,
    section text,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    language text,
    declared_language text,
    image_url text,
    site_name text,
    published_at dateline.instant,
    published_offset_s integer,
    published_precision text,
    published_origin text,
    published_raw text,
    modified_at dateline.instant,
    modified_offset_s integer,
    modified_precision text,
    modified_origin text,
    is_accessible_for_free boolean,
    credited_to text,
    directives text[] DEFAULT '{}'::text[] NOT NULL,
    links jsonb DEFAULT '[]'::jsonb NOT NULL,
    content_hash uuid NOT NULL,
    word_count integer NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    revised_at dateline.instant NOT NULL,
    first_seen_at dateline.instant NOT NULL,
    removed_at dateline.instant,
    extractor text NOT NULL,
    rules text[] DEFAULT '{}'::text[] NOT NULL,
    article_probability real,
    quality real,
    warnings text[] DEFAULT '{}'::text[] NOT NULL,
    removed text[] DEFAULT '{}'::text[] NOT NULL,
    archive_file text,
    archive_offset bigint,
    archive_length bigint,
    revision_cause text DEFAULT 'first'::text NOT NULL,
    dated_at dateline.instant NOT NULL,
    search tsvector GENERATED ALWAYS AS (((setweight(to_tsvector(dateline.fts_config(language), dateline.search_words("left"(COALESCE(title, ''::text), 2000))), 'A'::"char") || setweight(to_tsvector(dateline.fts_config(language), dateline.search_words("left"(COALESCE(summary, ''::text), 4000))), 'B'::"char")) || setweight(to_tsvector(dateline.fts_config(language), dateline.search_words("left"(text, 200000))), 'D'::"char"))) STORED,
    canonical_key uuid,
    archive_expired_at dateline.instant,
    text_seen_at dateline.instant,
    absent_at dateline.instant,
    sought_at dateline.instant,
    text_origin text DEFAULT 'page'::text NOT NULL,
    no_page_text_because text,
    is_backfilled boolean DEFAULT false NOT NULL,
    is_rendered boolean DEFAULT false NOT NULL,
    CONSTRAINT article_headline CHECK (((kind = 'headline'::text) = (text_origin = 'none'::text))),
    CONSTRAINT article_kind_check CHECK ((kind = ANY (ARRAY['article'::text, 'opinion'::text, 'live_blog'::text, 'video'::text, 'gallery'::text, 'paywalled_excerpt'::text, 'headline'::text]))),
    CONSTRAINT article_modified_precision_check CHECK ((modified_precision = ANY (ARRAY['minute'::text, 'local'::text, 'day'::text]))),
    CONSTRAINT article_published_precision_check CHECK ((published_precision = ANY (ARRAY['minute'::text, 'local'::text, 'day'::text]))),
    CONSTRAINT article_revision_cause_check CHECK ((revision_cause = ANY (ARRAY['first'::text, 'publisher'::text, 'boilerplate'::text, 're-extraction'::text, 'opened'::text]))),
    CONSTRAINT article_text_origin CHECK ((text_origin = ANY (ARRAY['page'::text, 'feed'::text, 'none'::text])))
)
WITH (toast_tuple_target='768');

COMMENT ON TABLE dateline.article IS 'One article in its present revision; earlier revisions are in dateline.revision.';

COMMENT ON COLUMN dateline.article.id IS 'Key.';

COMMENT ON COLUMN dateline.article.url_key IS 'Identity of its URL: hash of the normalised URL.';

COMMENT ON COLUMN dateline.article.url IS 'Its address, after redirects, without tracking parameters.';

COMMENT ON COLUMN dateline.article.canonical_url IS 'The canonical address that the page declares.';

COMMENT ON COLUMN dateline.article.site IS 'Registrable domain.';

COMMENT ON COLUMN dateline.article.source_id IS 'The source whose watched page named it first.';

COMMENT ON COLUMN dateline.article.kind IS 'article, opinion, live_blog, video, gallery, paywalled_excerpt or headline.';

COMMENT ON COLUMN dateline.article.kind_evidence IS 'The evidence for its kind.';

COMMENT ON COLUMN dateline.article.title IS 'The headline that a reader sees.';

COMMENT ON COLUMN dateline.article.alternative_titles IS 'Other headlines of the page (search engines, social media).';

COMMENT ON COLUMN dateline.article.text IS 'The body; paragraphs are separated by line breaks.';

COMMENT ON COLUMN dateline.article.summary IS 'The publisher''s own summary.';

COMMENT ON COLUMN dateline.article.authors IS 'Names from the byline.';

COMMENT ON COLUMN dateline.article.section IS 'The publisher''s section.';

COMMENT ON COLUMN dateline.article.tags IS 'The publisher''s topics.';

COMMENT ON COLUMN dateline.article.language IS 'ISO 639-1 code of the text.';

COMMENT ON COLUMN dateline.article.declared_language IS 'The language that the page declares.';

COMMENT ON COLUMN dateline.article.image_url IS 'Lead picture.';

COMMENT ON COLUMN dateline.article.site_name IS 'The outlet''s name on the page.';

COMMENT ON COLUMN dateline.article.published_at IS 'When it was published.';

COMMENT ON COLUMN dateline.article.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';

COMMENT ON COLUMN dateline.article.published_precision IS 'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';

COMMENT ON COLUMN dateline.article.published_origin IS 'Where it came from: json-ld, meta, microdata, feed, sitemap, url or text.';

COMMENT ON COLUMN dateline.article.published_raw IS 'The date as written on the page, even if implausible.';

COMMENT ON COLUMN dateline.article.modified_at IS 'When the publisher says it was last changed.';

COMMENT ON COLUMN dateline.article.modified_offset_s IS 'The publisher''s own offset from UTC, seconds.';

COMMENT ON COLUMN dateline.article.modified_precision IS 'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';

COMMENT ON COLUMN dateline.article.modified_origin IS 'Where it came from.';

COMMENT ON COLUMN dateline.article.is_accessible_for_free IS 'False if the publisher says it is behind a paywall.';

COMMENT ON COLUMN dateline.article.credited_to IS 'Outlet or agency that the page credits.';

COMMENT ON COLUMN dateline.article.directives IS 'The publisher''s restrictions: noarchive, noai, tdm-reservation …';

COMMENT ON COLUMN dateline.article.links IS 'Outbound links of the body: [{"url", "text", "site"}].';

COMMENT ON COLUMN dateline.article.content_hash IS 'Hash of the folded text; equal hashes mean the same text.';

COMMENT ON COLUMN dateline.article.word_count IS 'Words of the text.';

COMMENT ON COLUMN dateline.article.revision IS 'Number of the present revision, from 1.';

COMMENT ON COLUMN dateline.article.revised_at IS 'When the present revision was first seen.';

COMMENT ON COLUMN dateline.article.first_seen_at IS 'When the article was first stored.';

COMMENT ON COLUMN dateline.article.removed_at IS 'When the publisher was found to have removed it (404, 410).';

COMMENT ON COLUMN dateline.article.extractor IS 'Name and version of the extractor.';

COMMENT ON COLUMN dateline.article.rules IS 'Cleaning rules that changed the text.';

COMMENT ON COLUMN dateline.article.article_probability IS 'How likely the page is an article, 0 to 1.';

COMMENT ON COLUMN dateline.article.quality IS 'Score of the extraction, 0 to 1.';

COMMENT ON COLUMN dateline.article.warnings IS 'Irregularities of the page.';

COMMENT ON COLUMN dateline.article.removed IS 'Paragraphs removed as boilerplate.';

COMMENT ON COLUMN dateline.article.archive_file IS 'WARC file with the page as fetched.';

COMMENT ON COLUMN dateline.article.archive_offset IS 'Byte offset in that file.';

COMMENT ON COLUMN dateline.article.archive_length IS 'Bytes of the record.';

COMMENT ON COLUMN dateline.article.revision_cause IS 'Why the present revision was made.';

COMMENT ON COLUMN dateline.article.dated_at IS 'When it was published; of a bare day, when it was first stored on that day, else its noon; without a date, when it was first stored. All lists are in this order.';

COMMENT ON COLUMN dateline.article.search IS 'Full text: title A, summary B, body D.';

COMMENT ON COLUMN dateline.article.canonical_key IS 'Identity of canonical_url if that is another page of the same site, and neither the home page nor a list.';

COMMENT ON COLUMN dateline.article.archive_expired_at IS 'When retention deleted the page as fetched; empty while it is archived, or if it never was.';

COMMENT ON COLUMN dateline.article.text_seen_at IS 'When this text was first seen at its address, where that is later than first_seen_at: a revision wrote another text.';

COMMENT ON COLUMN dateline.article.absent_at IS 'When we last looked for it in vain before the text was first seen: at the watched page that named it later, or at its own address. Empty if we never did.';

COMMENT ON COLUMN dateline.article.sought_at IS 'Since when we had asked for it before it was first seen: the start of watching or of the crawl, or the last attempt that failed.';

COMMENT ON COLUMN dateline.article.text_origin IS 'Where the text is from: page, feed, or none (a headline).';

COMMENT ON COLUMN dateline.article.no_page_text_because IS 'Why the text is not the page''s, as a reason of the ledger.';

COMMENT ON COLUMN dateline.article.is_backfilled IS 'A backfill brought it; no visit found it when it was new.';

COMMENT ON COLUMN dateline.article.is_rendered IS 'True if the text was read after a browser ran the page''s scripts.';

ALTER TABLE dateline.article ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.article_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.article_right (
    article_id bigint NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    origin text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    gone_at timestamp with time zone,
    CONSTRAINT article_right_kind_check CHECK ((length(kind) <= 40)),
    CONSTRAINT article_right_origin_check CHECK ((length(origin) <= 40)),
    CONSTRAINT article_right_value_check CHECK ((length(value) <= 500))
);

COMMENT ON TABLE dateline.article_right IS 'Publishers'' statements about the use of an article, one row each.';

COMMENT ON COLUMN dateline.article_right.article_id IS 'The article.';

COMMENT ON COLUMN dateline.article_right.kind IS 'robots, tdm-reservation, tdm-policy, content-signal, content-usage, rsl, license, copyrightHolder or isAccessibleForFree.';

COMMENT ON COLUMN dateline.article_right.value IS 'What is stated, at most 500 characters.';

COMMENT ON COLUMN dateline.article_right.origin IS 'Found in: robots.txt, tdmrep.json, X-Robots-Tag, header, Link, meta or meta NAME, link, json-ld …';

COMMENT ON COLUMN dateline.article_right.seen_at IS 'When it was first seen.';

COMMENT ON COLUMN dateline.article_right.gone_at IS 'Since when it is no longer stated; empty while it is stated.';

CREATE TABLE dateline.article_seen (
    article_id bigint NOT NULL,
    last_seen_at dateline.instant NOT NULL,
    times integer DEFAULT 1 NOT NULL
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.article_seen IS 'What changes each time an article is seen again.';

COMMENT ON COLUMN dateline.article_seen.article_id IS 'The article.';

COMMENT ON COLUMN dateline.article_seen.last_seen_at IS 'When its page was last fetched with this text, or an alias of it was last seen.';

COMMENT ON COLUMN dateline.article_seen.times IS 'How often it was fetched.';

CREATE TABLE dateline.article_task (
    article_id bigint NOT NULL,
    task text NOT NULL,
    since dateline.instant NOT NULL,
    CONSTRAINT article_task_task_check CHECK ((task = ANY (ARRAY['story'::text, 'watch'::text, 'name'::text, 'entity'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

COMMENT ON TABLE dateline.article_task IS 'Stored or revised articles that a task still has to process.';

COMMENT ON COLUMN dateline.article_task.article_id IS 'The article.';

COMMENT ON COLUMN dateline.article_task.task IS 'story (find its event), watch (find which saved searches it matches), name (find the names of the list in it), entity (have models recognise names in it).';

COMMENT ON COLUMN dateline.article_task.since IS 'When it was stored or revised.';

CREATE TABLE dateline.backfill (
    id bigint NOT NULL,
    source_id bigint NOT NULL,
    crawl_id bigint NOT NULL,
    host text NOT NULL,
    since dateline.instant NOT NULL,
    until dateline.instant NOT NULL,
    budget integer NOT NULL,
    with_wayback boolean DEFAULT false NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    holder text,
    wait_until dateline.instant,
    waits_for text,
    day date,
    spent integer DEFAULT 0 NOT NULL,
    requests bigint DEFAULT 0 NOT NULL,
    started_at dateline.instant NOT NULL,
    ended_at dateline.instant,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT backfill_budget_check CHECK ((budget > 0)),
    CONSTRAINT backfill_state_check CHECK ((state = ANY (ARRAY['running'::text, 'stopped'::text, 'done'::text])))
);

COMMENT ON TABLE dateline.backfill IS 'Backfills: the past of a source between two dates, within a daily budget.';

COMMENT ON COLUMN dateline.backfill.id IS 'Key.';

COMMENT ON COLUMN dateline.backfill.source_id IS 'The source.';

COMMENT ON COLUMN dateline.backfill.crawl_id IS 'The crawl that its lines of the ledger belong to.';

COMMENT ON COLUMN dateline.backfill.host IS 'The source''s host: a backfill works when nothing else is due there.';

COMMENT ON COLUMN dateline.backfill.since IS 'Articles published earlier are left out.';

COMMENT ON COLUMN dateline.backfill.until IS 'Articles published later are left out.';

COMMENT ON COLUMN dateline.backfill.budget IS 'Requests per day (UTC) at most.';

COMMENT ON COLUMN dateline.backfill.with_wayback IS 'Whether the Internet Archive''s index is read, too.';

COMMENT ON COLUMN dateline.backfill.state IS 'running, stopped or done.';

COMMENT ON COLUMN dateline.backfill.holder IS 'The process that works on it now.';

COMMENT ON COLUMN dateline.backfill.wait_until IS 'Nothing is requested before this instant.';

COMMENT ON COLUMN dateline.backfill.waits_for IS 'Why, as a reason of the ledger.';

COMMENT ON COLUMN dateline.backfill.day IS 'The day (UTC) that `spent` counts.';

COMMENT ON COLUMN dateline.backfill.spent IS 'Requests on that day.';

COMMENT ON COLUMN dateline.backfill.requests IS 'Requests in all.';

COMMENT ON COLUMN dateline.backfill.started_at IS 'When it was started.';

COMMENT ON COLUMN dateline.backfill.ended_at IS 'When it was done or stopped.';

COMMENT ON COLUMN dateline.backfill.counts IS 'Items by outcome when it was done; before, dateline.backfill_item says it.';

ALTER TABLE dateline.backfill ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.backfill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.backfill_item (
    id bigint NOT NULL,
    backfill_id bigint NOT NULL,
    url_key uuid NOT NULL,
    url text NOT NULL,
    way text NOT NULL,
    rank smallint NOT NULL,
    via text NOT NULL,
    hints jsonb NOT NULL,
    content text,
    said uuid,
    at dateline.instant,
    state text DEFAULT 'waiting'::text NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    due_at dateline.instant,
    CONSTRAINT backfill_item_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'stored'::text, 'known'::text, 'outside'::text, 'not_stored'::text, 'failed'::text])))
);

COMMENT ON TABLE dateline.backfill_item IS 'What the lists of a backfill name: each address once. Deleted when it is done.';

COMMENT ON COLUMN dateline.backfill_item.id IS 'Key.';

COMMENT ON COLUMN dateline.backfill_item.backfill_id IS 'The backfill.';

COMMENT ON COLUMN dateline.backfill_item.url_key IS 'Identity of the address.';

COMMENT ON COLUMN dateline.backfill_item.url IS 'The address.';

COMMENT ON COLUMN dateline.backfill_item.way IS 'The way that named it first.';

COMMENT ON COLUMN dateline.backfill_item.rank IS 'The way''s place in the order of ways.';

COMMENT ON COLUMN dateline.backfill_item.via IS 'As in dateline.url.';

COMMENT ON COLUMN dateline.backfill_item.hints IS 'As in dateline.url.';

COMMENT ON COLUMN dateline.backfill_item.content IS 'The full text as HTML, where the list gives it, until it is stored.';

COMMENT ON COLUMN dateline.backfill_item.said IS 'As in dateline.feed_item.';

COMMENT ON COLUMN dateline.backfill_item.at IS 'When it was published or last changed, as far as the list says.';

COMMENT ON COLUMN dateline.backfill_item.state IS 'waiting, stored, known (the ledger had it), outside (the dates), not_stored (no article, or refused) or failed.';

COMMENT ON COLUMN dateline.backfill_item.tries IS 'Failed tries.';

COMMENT ON COLUMN dateline.backfill_item.due_at IS 'Not before this instant.';

ALTER TABLE dateline.backfill_item ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.backfill_item_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.backfill_page (
    id bigint NOT NULL,
    backfill_id bigint NOT NULL,
    way text NOT NULL,
    rank smallint NOT NULL,
    url text NOT NULL,
    url_hash uuid NOT NULL,
    newest_at dateline.instant,
    depth smallint DEFAULT 0 NOT NULL,
    is_guess boolean DEFAULT false NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    body_hash uuid,
    CONSTRAINT backfill_page_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'read'::text, 'failed'::text, 'skipped'::text])))
);

COMMENT ON TABLE dateline.backfill_page IS 'Lists of a backfill (sitemaps, archive pages): each is read once.';

COMMENT ON COLUMN dateline.backfill_page.id IS 'Key; in the order in which they were found.';

COMMENT ON COLUMN dateline.backfill_page.backfill_id IS 'The backfill.';

COMMENT ON COLUMN dateline.backfill_page.way IS 'The way that it belongs to.';

COMMENT ON COLUMN dateline.backfill_page.rank IS 'The way''s place in the order of ways.';

COMMENT ON COLUMN dateline.backfill_page.url IS 'Its address.';

COMMENT ON COLUMN dateline.backfill_page.url_hash IS 'Hash of the address.';

COMMENT ON COLUMN dateline.backfill_page.newest_at IS 'The date of its newest articles, as far as what names it says.';

COMMENT ON COLUMN dateline.backfill_page.depth IS 'Indexes above it.';

COMMENT ON COLUMN dateline.backfill_page.is_guess IS 'A usual address that nothing names: it may be missing.';

COMMENT ON COLUMN dateline.backfill_page.state IS 'waiting, read, failed or skipped.';

COMMENT ON COLUMN dateline.backfill_page.tries IS 'Failed tries.';

COMMENT ON COLUMN dateline.backfill_page.body_hash IS 'Hash of its bytes.';

ALTER TABLE dateline.backfill_page ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.backfill_page_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.backfill_way (
    backfill_id bigint NOT NULL,
    way text NOT NULL,
    pages integer DEFAULT 0 NOT NULL,
    items integer DEFAULT 0 NOT NULL,
    idle integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    stale integer DEFAULT 0 NOT NULL,
    ended text,
    note text
);

COMMENT ON TABLE dateline.backfill_way IS 'How far a backfill is in each of its ways.';

COMMENT ON COLUMN dateline.backfill_way.backfill_id IS 'The backfill.';

COMMENT ON COLUMN dateline.backfill_way.way IS 'start, files, wordpress, feed_archive, sitemap, section or wayback.';

COMMENT ON COLUMN dateline.backfill_way.pages IS 'Lists that were read.';

COMMENT ON COLUMN dateline.backfill_way.items IS 'Addresses that they named first.';

COMMENT ON COLUMN dateline.backfill_way.idle IS 'Lists in a row that named nothing new.';

COMMENT ON COLUMN dateline.backfill_way.failed IS 'Lists in a row that could not be read.';

COMMENT ON COLUMN dateline.backfill_way.stale IS 'Articles in a row that turned out to be older than wanted.';

COMMENT ON COLUMN dateline.backfill_way.ended IS 'Why it was ended before its last list; empty while it goes on.';

COMMENT ON COLUMN dateline.backfill_way.note IS 'The last thing that was wrong with one of its lists.';

ALTER TABLE dateline.boilerplate_host ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.boilerplate_host_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.console_user (
    id bigint NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    created_at dateline.instant NOT NULL,
    CONSTRAINT console_user_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'::text)),
    CONSTRAINT console_user_role_check CHECK ((role = ANY (ARRAY['reader'::text, 'operator'::text])))
);

COMMENT ON TABLE dateline.console_user IS 'Users of the console.';

COMMENT ON COLUMN dateline.console_user.id IS 'Key.';

COMMENT ON COLUMN dateline.console_user.name IS 'Unique name, entered at the login.';

COMMENT ON COLUMN dateline.console_user.role IS 'reader: sees everything; operator: may also change sources, the queue and watches.';

COMMENT ON COLUMN dateline.console_user.password_hash IS 'Argon2id hash of the password (RFC 9106), with its parameters and salt.';

COMMENT ON COLUMN dateline.console_user.created_at IS 'When the user was added.';

ALTER TABLE dateline.console_user ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.console_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.copy (
    article_id bigint NOT NULL,
    family_id bigint CONSTRAINT copy_original_id_not_null NOT NULL,
    kind text NOT NULL,
    containment real NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    decided_at dateline.instant NOT NULL,
    containment_back real DEFAULT 1 NOT NULL,
    first_by text DEFAULT 'unknown'::text NOT NULL,
    confidence text DEFAULT 'none'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    original_id bigint,
    CONSTRAINT copy_check CHECK ((article_id <> family_id)),
    CONSTRAINT copy_confidence_check CHECK ((confidence = ANY (ARRAY['high'::text, 'medium'::text, 'low'::text, 'none'::text]))),
    CONSTRAINT copy_containment_back_share CHECK (((containment_back >= (0)::double precision) AND (containment_back <= (1)::double precision))),
    CONSTRAINT copy_first_by_check CHECK ((first_by = ANY (ARRAY['seen'::text, 'credit'::text, 'date'::text, 'unknown'::text]))),
    CONSTRAINT copy_kind_check CHECK ((kind = ANY (ARRAY['whole'::text, 'excerpt'::text, 'rewrite'::text])))
);

COMMENT ON TABLE dateline.copy IS 'The same text on another site: each article of a family but its lead; links lead to the lead and are never chained.';

COMMENT ON COLUMN dateline.copy.article_id IS 'The article.';

COMMENT ON COLUMN dateline.copy.family_id IS 'The lead, by which its family is known: the original or, where it is not known which was first, the one that we saw first.';

COMMENT ON COLUMN dateline.copy.kind IS 'whole, excerpt or rewrite.';

COMMENT ON COLUMN dateline.copy.containment IS 'Share of its 3-word shingles that are in the original or lead.';

COMMENT ON COLUMN dateline.copy.evidence IS 'The evidence for the decision.';

COMMENT ON COLUMN dateline.copy.decided_at IS 'When it was last decided.';

COMMENT ON COLUMN dateline.copy.containment_back IS 'Share of the original''s or lead''s 3-word shingles that are in it.';

COMMENT ON COLUMN dateline.copy.first_by IS 'The evidence that it is later than another of its family: seen (our visits), credit (its own word), date (the publishers'' dates alone), or unknown: which was first is not known, and it has no original.';

COMMENT ON COLUMN dateline.copy.confidence IS 'high, medium, low or none: how hard that evidence is to forge.';

COMMENT ON COLUMN dateline.copy.why IS 'The evidence in a sentence.';

COMMENT ON COLUMN dateline.copy.original_id IS 'The article that the evidence shows to be before it; empty where it is not known which was first.';

CREATE TABLE dateline.coverage_hour (
    source_id bigint NOT NULL,
    hour dateline.instant NOT NULL,
    visits integer NOT NULL,
    unchanged integer NOT NULL,
    changed integer NOT NULL,
    failed integer NOT NULL,
    new_articles integer NOT NULL,
    was_overdue boolean DEFAULT false NOT NULL,
    was_unseen boolean DEFAULT false NOT NULL,
    new_headlines integer DEFAULT 0 NOT NULL,
    backfilled integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='80');

COMMENT ON TABLE dateline.coverage_hour IS 'The results of visiting each source in each hour; no row for an hour without results.';

COMMENT ON COLUMN dateline.coverage_hour.source_id IS 'The source.';

COMMENT ON COLUMN dateline.coverage_hour.hour IS 'Beginning of the hour (UTC).';

COMMENT ON COLUMN dateline.coverage_hour.visits IS 'Visits of its watched pages that began in the hour.';

COMMENT ON COLUMN dateline.coverage_hour.unchanged IS 'Visits answered with 304 or an unchanged body.';

COMMENT ON COLUMN dateline.coverage_hour.changed IS 'Visits answered with a changed body.';

COMMENT ON COLUMN dateline.coverage_hour.failed IS 'Visits without a proper answer.';

COMMENT ON COLUMN dateline.coverage_hour.new_articles IS 'Articles of the source that were first seen in the hour.';

COMMENT ON COLUMN dateline.coverage_hour.was_overdue IS 'A watched page was due for ten minutes or more and was not visited, although the service ran.';

COMMENT ON COLUMN dateline.coverage_hour.was_unseen IS 'Its server wrongly answered that a watched page had not changed (304).';

COMMENT ON COLUMN dateline.coverage_hour.new_headlines IS 'Items first stored in the hour as headlines, without a text; not among new_articles.';

COMMENT ON COLUMN dateline.coverage_hour.backfilled IS 'Articles published in the hour that a backfill brought; not among new_articles.';

CREATE TABLE dateline.crawl (
    id bigint NOT NULL,
    targets text[] NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at dateline.instant DEFAULT now() NOT NULL,
    seen_at dateline.instant DEFAULT now() NOT NULL,
    finished_at dateline.instant,
    summary jsonb
);

COMMENT ON TABLE dateline.crawl IS 'A one-off crawl that was started on the command line.';

COMMENT ON COLUMN dateline.crawl.id IS 'Key; its jobs run in the queue crawl-ID.';

COMMENT ON COLUMN dateline.crawl.targets IS 'The addresses or sources that were given.';

COMMENT ON COLUMN dateline.crawl.options IS 'since, limit, depth, delay_s, concurrency.';

COMMENT ON COLUMN dateline.crawl.started_at IS 'When it began.';

COMMENT ON COLUMN dateline.crawl.seen_at IS 'When its process last reported that it is running. If it stops reporting, the service takes over its URLs.';

COMMENT ON COLUMN dateline.crawl.finished_at IS 'When it ended; empty while it runs or when it was killed.';

COMMENT ON COLUMN dateline.crawl.summary IS 'Counts at its end.';

ALTER TABLE dateline.crawl ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.crawl_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.daily_count (
    day date NOT NULL,
    site text NOT NULL,
    source_id bigint,
    language text,
    kind text NOT NULL,
    articles integer NOT NULL,
    copies integer NOT NULL,
    words bigint NOT NULL
);

COMMENT ON TABLE dateline.daily_count IS 'Articles per day. Days that changed are counted again within a minute.';

COMMENT ON COLUMN dateline.daily_count.day IS 'Day of publication (UTC), or of storing if no date is known.';

COMMENT ON COLUMN dateline.daily_count.site IS 'Registrable domain.';

COMMENT ON COLUMN dateline.daily_count.source_id IS 'The source.';

COMMENT ON COLUMN dateline.daily_count.language IS 'ISO 639-1 code.';

COMMENT ON COLUMN dateline.daily_count.kind IS 'Kind of article.';

COMMENT ON COLUMN dateline.daily_count.articles IS 'Articles, including copies.';

COMMENT ON COLUMN dateline.daily_count.copies IS 'Copies among them.';

COMMENT ON COLUMN dateline.daily_count.words IS 'Words of the articles.';

CREATE TABLE dateline.daily_count_state (
    is_only boolean DEFAULT true NOT NULL,
    counted_to dateline.instant NOT NULL,
    whole_at dateline.instant NOT NULL,
    CONSTRAINT daily_count_state_is_only_check CHECK (is_only)
);

COMMENT ON TABLE dateline.daily_count_state IS 'How far the daily counts reach; one row.';

COMMENT ON COLUMN dateline.daily_count_state.is_only IS 'Always true: there is one row.';

COMMENT ON COLUMN dateline.daily_count_state.counted_to IS 'Everything stored, revised or linked before this instant is counted.';

COMMENT ON COLUMN dateline.daily_count_state.whole_at IS 'When all days were last counted again, which also removes what was forgotten.';

CREATE TABLE dateline.entity (
    article_id bigint NOT NULL,
    model_id integer CONSTRAINT entity_model_id_not_null1 NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    mentions integer NOT NULL,
    in_title boolean NOT NULL,
    first_at integer,
    CONSTRAINT entity_check CHECK ((in_title OR (first_at IS NOT NULL))),
    CONSTRAINT entity_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'organisation'::text, 'place'::text, 'product'::text]))),
    CONSTRAINT entity_mentions_check CHECK ((mentions > 0)),
    CONSTRAINT entity_name_check CHECK ((name <> ''::text))
);

COMMENT ON TABLE dateline.entity IS 'Names that a model recognised in an article, in its present revision.';

COMMENT ON COLUMN dateline.entity.article_id IS 'The article.';

COMMENT ON COLUMN dateline.entity.model_id IS 'The model.';

COMMENT ON COLUMN dateline.entity.kind IS 'person, organisation, place or product.';

COMMENT ON COLUMN dateline.entity.name IS 'As the article writes it first.';

COMMENT ON COLUMN dateline.entity.mentions IS 'How often, headline and text together.';

COMMENT ON COLUMN dateline.entity.in_title IS 'Whether the headline mentions it.';

COMMENT ON COLUMN dateline.entity.first_at IS 'Where the text mentions it first, in characters from 0; empty if only the headline does.';

CREATE TABLE dateline.entity_model (
    id integer NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    is_used boolean NOT NULL,
    CONSTRAINT entity_model_name_check CHECK ((name <> ''::text)),
    CONSTRAINT entity_model_version_check CHECK ((version <> ''::text))
);

COMMENT ON TABLE dateline.entity_model IS 'Models of plug-ins (entry point group dateline.entities) that recognise names.';

COMMENT ON COLUMN dateline.entity_model.id IS 'Key.';

COMMENT ON COLUMN dateline.entity_model.name IS 'The model, as its plug-in names it.';

COMMENT ON COLUMN dateline.entity_model.version IS 'Its version.';

COMMENT ON COLUMN dateline.entity_model.is_used IS 'Whether the service had it when it last started.';

ALTER TABLE dateline.entity_model ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.entity_model_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.erasure (
    archive_file text NOT NULL,
    archive_offset bigint NOT NULL,
    archive_length bigint NOT NULL
);

COMMENT ON TABLE dateline.erasure IS 'Archive records that still have to be erased because their page was forgotten; survives a crash in between.';

COMMENT ON COLUMN dateline.erasure.archive_file IS 'WARC file.';

COMMENT ON COLUMN dateline.erasure.archive_offset IS 'Byte offset.';

COMMENT ON COLUMN dateline.erasure.archive_length IS 'Bytes of the record.';

CREATE TABLE dateline.source (
    id bigint NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    home text NOT NULL,
    site text NOT NULL,
    country text,
    languages text[] DEFAULT '{}'::text[] NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    schedule text DEFAULT 'adaptive'::text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    politeness jsonb DEFAULT '{}'::jsonb NOT NULL,
    extraction jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_paused boolean DEFAULT false NOT NULL,
    created_at dateline.instant DEFAULT now() NOT NULL,
    updated_at dateline.instant DEFAULT now() NOT NULL,
    removed_at dateline.instant,
    CONSTRAINT source_country_check CHECK ((country ~ '^[a-z]{2}$'::text)),
    CONSTRAINT source_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'::text))
);

COMMENT ON TABLE dateline.source IS 'A publisher. This table decides which sources are watched; sources.toml can be imported into it and exported from it.';

COMMENT ON COLUMN dateline.source.id IS 'Key.';

COMMENT ON COLUMN dateline.source.name IS 'Unique short name, used on the command line.';

COMMENT ON COLUMN dateline.source.title IS 'The outlet''s name as people write it.';

COMMENT ON COLUMN dateline.source.home IS 'Home page.';

COMMENT ON COLUMN dateline.source.site IS 'Registrable domain of the home page.';

COMMENT ON COLUMN dateline.source.country IS 'ISO 3166-1 alpha-2, lower case.';

COMMENT ON COLUMN dateline.source.languages IS 'ISO 639-1 codes.';

COMMENT ON COLUMN dateline.source.tags IS 'The operator''s own labels.';

COMMENT ON COLUMN dateline.source.schedule IS '"adaptive", "every 15m", or a cron line of five fields.';

COMMENT ON COLUMN dateline.source.timezone IS 'IANA time zone in which a cron line is read.';

COMMENT ON COLUMN dateline.source.politeness IS 'Overrides: delay_s, concurrency, obey_robots, max_pages_a_day, max_visits_a_day, ca_file, fetch_pages; cookies_file, headers, proxy, proxy_resolves, user_agent with the names of secrets, as ${NAME}.';

COMMENT ON COLUMN dateline.source.extraction IS 'Overrides: language, site_names, store_all, render.';

COMMENT ON COLUMN dateline.source.is_paused IS 'Not visited while true.';

COMMENT ON COLUMN dateline.source.created_at IS 'When the source was added.';

COMMENT ON COLUMN dateline.source.updated_at IS 'When its definition last changed.';

COMMENT ON COLUMN dateline.source.removed_at IS 'When it was removed; its articles stay.';

CREATE TABLE dateline.story_member (
    article_id bigint NOT NULL,
    story_id bigint NOT NULL,
    at dateline.instant NOT NULL,
    placed_at dateline.instant NOT NULL,
    is_repeat boolean DEFAULT false NOT NULL
)
WITH (fillfactor='80');

COMMENT ON TABLE dateline.story_member IS 'The story of each article.';

COMMENT ON COLUMN dateline.story_member.article_id IS 'The article.';

COMMENT ON COLUMN dateline.story_member.story_id IS 'Its story.';

COMMENT ON COLUMN dateline.story_member.at IS 'When it was published or stored: separates stories in time.';

COMMENT ON COLUMN dateline.story_member.placed_at IS 'When it was last assigned.';

COMMENT ON COLUMN dateline.story_member.is_repeat IS 'An earlier page of its outlet in the story says about the same: it does not count for the story''s size.';

CREATE VIEW dateline.every_article AS
 SELECT a.url,
    a.site,
    a.title,
    a.text,
    a.summary,
    a.authors,
    a.section,
    a.tags,
    a.language,
    a.published_at,
    a.modified_at,
    a.first_seen_at,
    s.last_seen_at,
    a.kind,
    a.credited_to,
    o.url AS copy_of,
    m.story_id,
    a.word_count,
    a.published_origin,
    a.published_precision,
    a.published_offset_s,
    a.modified_origin,
    a.modified_precision,
    a.canonical_url,
    a.alternative_titles,
    a.image_url,
    a.site_name,
    a.is_accessible_for_free,
    a.directives,
    a.revision,
    a.removed_at,
    src.name AS source,
    a.article_probability,
    a.quality,
    a.warnings,
    a.id AS article_id,
    a.dated_at,
    a.search,
    COALESCE(c.family_id, a.id) AS copy_family,
    a.text_origin,
    a.no_page_text_because,
    a.is_backfilled,
    a.is_rendered
   FROM (((((dateline.article a
     JOIN dateline.article_seen s ON ((s.article_id = a.id)))
     LEFT JOIN dateline.copy c ON ((c.article_id = a.id)))
     LEFT JOIN dateline.article o ON ((o.id = c.original_id)))
     LEFT JOIN dateline.story_member m ON ((m.article_id = a.id)))
     LEFT JOIN dateline.source src ON ((src.id = a.source_id)));

COMMENT ON VIEW dateline.every_article IS 'One row per article or headline, in its present revision.';

COMMENT ON COLUMN dateline.every_article.url IS 'Its address, after redirects, without tracking parameters.';

COMMENT ON COLUMN dateline.every_article.site IS 'Registrable domain.';

COMMENT ON COLUMN dateline.every_article.title IS 'The headline that a reader sees.';

COMMENT ON COLUMN dateline.every_article.text IS 'The body; paragraphs are separated by line breaks.';

COMMENT ON COLUMN dateline.every_article.summary IS 'The publisher''s own summary.';

COMMENT ON COLUMN dateline.every_article.authors IS 'Names from the byline.';

COMMENT ON COLUMN dateline.every_article.section IS 'The publisher''s section.';

COMMENT ON COLUMN dateline.every_article.tags IS 'The publisher''s topics.';

COMMENT ON COLUMN dateline.every_article.language IS 'ISO 639-1 code of the text.';

COMMENT ON COLUMN dateline.every_article.published_at IS 'When it was published.';

COMMENT ON COLUMN dateline.every_article.modified_at IS 'When the publisher says it was last changed.';

COMMENT ON COLUMN dateline.every_article.first_seen_at IS 'When Dateline stored it.';

COMMENT ON COLUMN dateline.every_article.last_seen_at IS 'When Dateline last saw it.';

COMMENT ON COLUMN dateline.every_article.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';

COMMENT ON COLUMN dateline.every_article.credited_to IS 'Outlet or agency that the page credits.';

COMMENT ON COLUMN dateline.every_article.copy_of IS 'URL of the original, if this is shown to be a later copy of its text. Empty, too, where it is not known which was first: copy_family counts each text once.';

COMMENT ON COLUMN dateline.every_article.story_id IS 'The event that it is about; empty until it was assigned to a story, seconds after it was stored.';

COMMENT ON COLUMN dateline.every_article.word_count IS 'Words of the text.';

COMMENT ON COLUMN dateline.every_article.published_origin IS 'Where published_at came from: json-ld, meta, microdata, feed, sitemap, url or text.';

COMMENT ON COLUMN dateline.every_article.published_precision IS 'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';

COMMENT ON COLUMN dateline.every_article.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';

COMMENT ON COLUMN dateline.every_article.modified_origin IS 'Where modified_at came from.';

COMMENT ON COLUMN dateline.every_article.modified_precision IS 'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';

COMMENT ON COLUMN dateline.every_article.canonical_url IS 'The canonical address that the page declares.';

COMMENT ON COLUMN dateline.every_article.alternative_titles IS 'Other headlines of the page.';

COMMENT ON COLUMN dateline.every_article.image_url IS 'Lead picture.';

COMMENT ON COLUMN dateline.every_article.site_name IS 'The outlet''s name on the page.';

COMMENT ON COLUMN dateline.every_article.is_accessible_for_free IS 'False behind a paywall.';

COMMENT ON COLUMN dateline.every_article.directives IS 'The publisher''s restrictions.';

COMMENT ON COLUMN dateline.every_article.revision IS 'Number of the present revision, from 1.';

COMMENT ON COLUMN dateline.every_article.removed_at IS 'When the publisher was found to have removed it.';

COMMENT ON COLUMN dateline.every_article.source IS 'Name of the source that led to it.';

COMMENT ON COLUMN dateline.every_article.article_probability IS 'How likely the page is an article, 0 to 1.';

COMMENT ON COLUMN dateline.every_article.quality IS 'Score of the extraction, 0 to 1.';

COMMENT ON COLUMN dateline.every_article.warnings IS 'Irregularities of the page.';

COMMENT ON COLUMN dateline.every_article.article_id IS 'Key; never changes.';

COMMENT ON COLUMN dateline.every_article.dated_at IS 'When it was published; of a bare day, when it was first stored on that day, else its noon; without a date, when it was first stored. Indexed: order and filter by it.';

COMMENT ON COLUMN dateline.every_article.search IS 'Full text index: search @@ news.words(''ferry -pier'', ''en'').';

COMMENT ON COLUMN dateline.every_article.copy_family IS 'The same number for all articles with one text; the article''s own article_id if no other has its text. count(DISTINCT copy_family) counts each text once; copy_family = article_id picks one article of each.';

COMMENT ON COLUMN dateline.every_article.text_origin IS 'Where the text is from: page, or feed (its site''s own feed).';

COMMENT ON COLUMN dateline.every_article.no_page_text_because IS 'Why the text is not the page''s: a reason of the ledger (http_403, robots, needs_javascript …), no_page for an item without a page of its own, pages_off where its source has fetch_pages = false, feed_says_more where the feed''s text is longer and holds the page''s. Empty if the text is the page''s.';

COMMENT ON COLUMN dateline.every_article.is_backfilled IS 'A backfill brought it; no visit found it when it was new.';

COMMENT ON COLUMN dateline.every_article.is_rendered IS 'True if the text was read after a browser ran the page''s scripts.';

CREATE TABLE dateline.facet (
    field text NOT NULL,
    value text NOT NULL,
    folded text NOT NULL,
    CONSTRAINT facet_field_check CHECK ((field = ANY (ARRAY['author'::text, 'tag'::text, 'section'::text, 'credited'::text])))
);

COMMENT ON TABLE dateline.facet IS 'Values that articles have, or had before they changed, in the fields that searches compare folded. A value may be listed more than once.';

COMMENT ON COLUMN dateline.facet.field IS 'author, tag, section or credited.';

COMMENT ON COLUMN dateline.facet.value IS 'As articles have it.';

COMMENT ON COLUMN dateline.facet.folded IS 'In the form that searches compare (dateline.fold).';

CREATE TABLE dateline.feed (
    id bigint NOT NULL,
    source_id bigint,
    crawl_id bigint,
    parent_id bigint,
    url text NOT NULL,
    url_hash uuid NOT NULL,
    host text NOT NULL,
    kind text NOT NULL,
    depth smallint DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    added_at dateline.instant DEFAULT now() NOT NULL,
    CONSTRAINT feed_check CHECK (((source_id IS NOT NULL) OR (crawl_id IS NOT NULL))),
    CONSTRAINT feed_kind_check CHECK ((kind = ANY (ARRAY['feed'::text, 'wordpress'::text, 'news_sitemap'::text, 'sitemap'::text, 'section'::text, 'home'::text, 'auto'::text])))
);

COMMENT ON TABLE dateline.feed IS 'A page that names articles and is watched for new ones: feed, sitemap, section or home page.';

COMMENT ON COLUMN dateline.feed.id IS 'Key.';

COMMENT ON COLUMN dateline.feed.source_id IS 'The source it belongs to; empty for a target of a one-off crawl.';

COMMENT ON COLUMN dateline.feed.crawl_id IS 'The one-off crawl that it belongs to; empty for a watched page of a source.';

COMMENT ON COLUMN dateline.feed.parent_id IS 'The sitemap index that names it.';

COMMENT ON COLUMN dateline.feed.url IS 'Its address.';

COMMENT ON COLUMN dateline.feed.url_hash IS 'Hash of the address, for uniqueness.';

COMMENT ON COLUMN dateline.feed.host IS 'Host to request; each job is for one host.';

COMMENT ON COLUMN dateline.feed.kind IS 'feed, wordpress (its REST interface), news_sitemap, sitemap, section, home; auto until its bytes were read.';

COMMENT ON COLUMN dateline.feed.depth IS 'Steps from a crawl''s target.';

COMMENT ON COLUMN dateline.feed.is_active IS 'False when no longer watched.';

COMMENT ON COLUMN dateline.feed.added_at IS 'When it was first known.';

CREATE TABLE dateline.feed_asked (
    feed_id bigint NOT NULL,
    interval_s integer,
    base dateline.instant,
    skip_hours smallint[] DEFAULT '{}'::smallint[] NOT NULL,
    skip_days smallint[] DEFAULT '{}'::smallint[] NOT NULL,
    said_at dateline.instant NOT NULL,
    CONSTRAINT feed_asked_interval_s_check CHECK ((interval_s > 0))
);

COMMENT ON TABLE dateline.feed_asked IS 'Polling hints of a feed: how often and when it asks to be polled. Written when they change; no row if it has none.';

COMMENT ON COLUMN dateline.feed_asked.feed_id IS 'The watched page.';

COMMENT ON COLUMN dateline.feed_asked.interval_s IS 'ttl, or sy:updatePeriod divided by sy:updateFrequency, in seconds.';

COMMENT ON COLUMN dateline.feed_asked.base IS 'sy:updateBase: an instant to which the intervals are aligned.';

COMMENT ON COLUMN dateline.feed_asked.skip_hours IS 'skipHours: hours of the day (GMT) in which not to poll.';

COMMENT ON COLUMN dateline.feed_asked.skip_days IS 'skipDays: days of the week (GMT, 0 is Monday) on which not to poll.';

COMMENT ON COLUMN dateline.feed_asked.said_at IS 'The visit that read them.';

CREATE TABLE dateline.feed_former (
    source_id bigint NOT NULL,
    url_hash uuid NOT NULL,
    url text NOT NULL,
    feed_id bigint NOT NULL,
    moved_at dateline.instant NOT NULL
);

COMMENT ON TABLE dateline.feed_former IS 'Addresses that watched pages had before they moved. If sources.toml still has one, it means the page that moved.';

COMMENT ON COLUMN dateline.feed_former.source_id IS 'The source.';

COMMENT ON COLUMN dateline.feed_former.url_hash IS 'Hash of the former address.';

COMMENT ON COLUMN dateline.feed_former.url IS 'The former address.';

COMMENT ON COLUMN dateline.feed_former.feed_id IS 'The watched page that had this address.';

COMMENT ON COLUMN dateline.feed_former.moved_at IS 'When its address changed.';

ALTER TABLE dateline.feed ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.feed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.feed_item (
    url_id bigint NOT NULL,
    said uuid NOT NULL,
    content text,
    seen_at dateline.instant NOT NULL
);

COMMENT ON TABLE dateline.feed_item IS 'Items that feeds of their own site name. Their headline, dates, people, summary and enclosures are in dateline.url.hints.';

COMMENT ON COLUMN dateline.feed_item.url_id IS 'The ledger''s line of the item.';

COMMENT ON COLUMN dateline.feed_item.said IS 'Hash of headline, summary and full text: another hash, other words.';

COMMENT ON COLUMN dateline.feed_item.content IS 'The full text as HTML, as the feed gives it, at most 200,000 characters. Empty where the feed gives none, where the article''s text holds all of it, and after records_retention_days.';

COMMENT ON COLUMN dateline.feed_item.seen_at IS 'When the feed first said it so.';

CREATE TABLE dateline.feed_move (
    feed_id bigint NOT NULL,
    url text NOT NULL,
    times smallint NOT NULL,
    since dateline.instant NOT NULL
);

COMMENT ON TABLE dateline.feed_move IS 'Where a watched page redirects permanently (301, 308); followed after it has redirected there for a while.';

COMMENT ON COLUMN dateline.feed_move.feed_id IS 'The watched page.';

COMMENT ON COLUMN dateline.feed_move.url IS 'The new address.';

COMMENT ON COLUMN dateline.feed_move.times IS 'Consecutive visits that were redirected there.';

COMMENT ON COLUMN dateline.feed_move.since IS 'The first of them.';

CREATE TABLE dateline.feed_rhythm (
    feed_id bigint NOT NULL,
    state double precision[] NOT NULL,
    learned_at dateline.instant NOT NULL
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.feed_rhythm IS 'How often a watched page publishes, as learned from its visits.';

COMMENT ON COLUMN dateline.feed_rhythm.feed_id IS 'The watched page.';

COMMENT ON COLUMN dateline.feed_rhythm.state IS 'Decayed counts by hour of day and weekday (UTC), and their corrections: the numbers of scheduler.cadence.publishing_rate.PublishingRate.';

COMMENT ON COLUMN dateline.feed_rhythm.learned_at IS 'The last visit that was learned from.';

CREATE TABLE dateline.feed_state (
    feed_id bigint NOT NULL,
    next_due_at dateline.instant DEFAULT now(),
    etag text,
    last_modified text,
    body_hash uuid,
    last_visit_at dateline.instant,
    last_ok_at dateline.instant,
    last_new_at dateline.instant,
    last_outcome text,
    failures real DEFAULT 0 NOT NULL,
    interval_s integer,
    body_at dateline.instant,
    not_modified smallint DEFAULT 0 NOT NULL,
    validators_wrong_since dateline.instant
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.feed_state IS 'The state of a watched page that changes at every visit.';

COMMENT ON COLUMN dateline.feed_state.feed_id IS 'The watched page.';

COMMENT ON COLUMN dateline.feed_state.next_due_at IS 'When the next visit is due; empty if no visit is scheduled.';

COMMENT ON COLUMN dateline.feed_state.etag IS 'Validator of the last answer (RFC 9110, 8.8.3).';

COMMENT ON COLUMN dateline.feed_state.last_modified IS 'Validator of the last answer (RFC 9110, 8.8.2).';

COMMENT ON COLUMN dateline.feed_state.body_hash IS 'Hash of the last body, for hosts whose validators are wrong.';

COMMENT ON COLUMN dateline.feed_state.last_visit_at IS 'Last visit, successful or not.';

COMMENT ON COLUMN dateline.feed_state.last_ok_at IS 'Last visit that got a proper answer.';

COMMENT ON COLUMN dateline.feed_state.last_new_at IS 'Last visit that found a new URL.';

COMMENT ON COLUMN dateline.feed_state.last_outcome IS 'Result of the last visit.';

COMMENT ON COLUMN dateline.feed_state.failures IS 'Weighted failures in a row.';

COMMENT ON COLUMN dateline.feed_state.interval_s IS 'The interval that the cadence chose last, seconds.';

COMMENT ON COLUMN dateline.feed_state.body_at IS 'Last visit that was answered with a body.';

COMMENT ON COLUMN dateline.feed_state.not_modified IS 'Answers without a body (304) in a row since then.';

COMMENT ON COLUMN dateline.feed_state.validators_wrong_since IS 'Since when its validators are not sent: its server had answered 304 although the page had changed.';

CREATE TABLE dateline."fetch" (
    id bigint NOT NULL,
    url_id bigint NOT NULL,
    source_id bigint,
    crawl_id bigint,
    article_id bigint,
    fetched_at dateline.instant NOT NULL,
    finished_at dateline.instant DEFAULT clock_timestamp() NOT NULL,
    status smallint,
    final_url text,
    bytes integer DEFAULT 0 NOT NULL,
    result text NOT NULL,
    reason text,
    archive_file text,
    archive_offset bigint,
    archive_length bigint
);

COMMENT ON TABLE dateline."fetch" IS 'One attempt to fetch a URL of the ledger and its result, written in the ledger''s transaction.';

COMMENT ON COLUMN dateline."fetch".id IS 'Key.';

COMMENT ON COLUMN dateline."fetch".url_id IS 'The URL''s row in the ledger.';

COMMENT ON COLUMN dateline."fetch".source_id IS 'The source.';

COMMENT ON COLUMN dateline."fetch".crawl_id IS 'The one-off crawl that asked for it.';

COMMENT ON COLUMN dateline."fetch".article_id IS 'The article that it led to.';

COMMENT ON COLUMN dateline."fetch".fetched_at IS 'When the answer came.';

COMMENT ON COLUMN dateline."fetch".finished_at IS 'When its result was stored.';

COMMENT ON COLUMN dateline."fetch".status IS 'HTTP status.';

COMMENT ON COLUMN dateline."fetch".final_url IS 'URL after redirects.';

COMMENT ON COLUMN dateline."fetch".bytes IS 'Bytes of the body after decompression.';

COMMENT ON COLUMN dateline."fetch".result IS 'new, revised, unchanged, alias, copy, rejected, removed, retry or failed.';

COMMENT ON COLUMN dateline."fetch".reason IS 'Why, in one word.';

COMMENT ON COLUMN dateline."fetch".archive_file IS 'WARC file with the page as fetched.';

COMMENT ON COLUMN dateline."fetch".archive_offset IS 'Byte offset in that file.';

COMMENT ON COLUMN dateline."fetch".archive_length IS 'Bytes of the record.';

ALTER TABLE dateline."fetch" ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.fetch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.forget_count (
    is_only boolean DEFAULT true NOT NULL,
    forgets bigint NOT NULL,
    CONSTRAINT forget_count_is_only_check CHECK (is_only)
);

COMMENT ON TABLE dateline.forget_count IS 'Counts the requests to forget something. A snapshot with another count may hold what is gone by now.';

COMMENT ON COLUMN dateline.forget_count.is_only IS 'Always true: there is one row, or none before the first time.';

COMMENT ON COLUMN dateline.forget_count.forgets IS 'How many there were.';

CREATE TABLE dateline.forgotten (
    url_key uuid NOT NULL,
    forgotten_at dateline.instant DEFAULT now() NOT NULL
);

COMMENT ON TABLE dateline.forgotten IS 'URLs that were forgotten on request. Kept only so that they are not fetched again.';

COMMENT ON COLUMN dateline.forgotten.url_key IS 'Hash of the normalised URL; the URL itself is not kept.';

COMMENT ON COLUMN dateline.forgotten.forgotten_at IS 'When.';

CREATE TABLE dateline.forgotten_site (
    host text NOT NULL,
    forgotten_at dateline.instant DEFAULT now() NOT NULL
);

COMMENT ON TABLE dateline.forgotten_site IS 'Sites of sources that were forgotten on request: nothing is fetched from them again.';

COMMENT ON COLUMN dateline.forgotten_site.host IS 'Registrable domain.';

COMMENT ON COLUMN dateline.forgotten_site.forgotten_at IS 'When.';

CREATE TABLE dateline.heartbeat (
    process text NOT NULL,
    role text NOT NULL,
    machine text NOT NULL,
    queue_workers bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    started_at dateline.instant NOT NULL,
    seen_at dateline.instant NOT NULL,
    figures jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT heartbeat_role_check CHECK ((role = ANY (ARRAY['scheduler'::text, 'worker'::text, 'crawl'::text])))
);

COMMENT ON TABLE dateline.heartbeat IS 'Running processes.';

COMMENT ON COLUMN dateline.heartbeat.process IS 'Its name, which is also the application_name of its connections.';

COMMENT ON COLUMN dateline.heartbeat.role IS 'scheduler, worker or crawl.';

COMMENT ON COLUMN dateline.heartbeat.machine IS 'Host name of its machine.';

COMMENT ON COLUMN dateline.heartbeat.queue_workers IS 'Its worker ids in the job queue.';

COMMENT ON COLUMN dateline.heartbeat.started_at IS 'When it started.';

COMMENT ON COLUMN dateline.heartbeat.seen_at IS 'When it last reported.';

COMMENT ON COLUMN dateline.heartbeat.figures IS 'What the process reports about itself: memory, descriptors, pool, archive, free disk.';

CREATE TABLE dateline.host_pace (
    host text NOT NULL,
    next_allowed_at dateline.instant DEFAULT '2000-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    backoff_until dateline.instant,
    busy_until dateline.instant,
    busy smallint DEFAULT 0 NOT NULL,
    pages_today integer DEFAULT 0 NOT NULL,
    today date,
    claim uuid,
    CONSTRAINT host_pace_host_check CHECK ((length(host) <= 300))
)
WITH (fillfactor='50');

COMMENT ON TABLE dateline.host_pace IS 'When a host may be requested again, by any worker.';

COMMENT ON COLUMN dateline.host_pace.host IS 'Host with port, lower case.';

COMMENT ON COLUMN dateline.host_pace.next_allowed_at IS 'No request before this instant.';

COMMENT ON COLUMN dateline.host_pace.backoff_until IS 'No request before this instant, because the host asked for it (Retry-After, 429, 503).';

COMMENT ON COLUMN dateline.host_pace.busy_until IS 'When requests in flight count as lost.';

COMMENT ON COLUMN dateline.host_pace.busy IS 'Requests in flight.';

COMMENT ON COLUMN dateline.host_pace.pages_today IS 'Requests on this day.';

COMMENT ON COLUMN dateline.host_pace.today IS 'The day (UTC) that pages_today counts.';

COMMENT ON COLUMN dateline.host_pace.claim IS 'The newest claim. If its answer was lost, the claimant withdraws it by this.';

CREATE TABLE dateline.lease (
    name text NOT NULL,
    holder text NOT NULL,
    term bigint DEFAULT 1 NOT NULL,
    expires_at dateline.instant NOT NULL
);

COMMENT ON TABLE dateline.lease IS 'Which process may do what only one process may do (lead the scheduler).';

COMMENT ON COLUMN dateline.lease.name IS 'What is held.';

COMMENT ON COLUMN dateline.lease.holder IS 'Who holds it.';

COMMENT ON COLUMN dateline.lease.term IS 'Counts changes of holder.';

COMMENT ON COLUMN dateline.lease.expires_at IS 'Until when, unless renewed.';

CREATE TABLE dateline.lesson (
    article_id bigint NOT NULL,
    host_id integer NOT NULL,
    story_id bigint NOT NULL,
    keys bigint[] NOT NULL,
    length integer NOT NULL,
    stripped bigint[] NOT NULL,
    fingerprint uuid NOT NULL
);

COMMENT ON TABLE dateline.lesson IS 'What was counted for each article. Articles of one scope that share half of the shorter text are one story; a paragraph counts once per story.';

COMMENT ON COLUMN dateline.lesson.article_id IS 'The article.';

COMMENT ON COLUMN dateline.lesson.host_id IS 'Its scope: id of dateline.boilerplate_host.';

COMMENT ON COLUMN dateline.lesson.story_id IS 'Its story in this scope: id of the story''s first article.';

COMMENT ON COLUMN dateline.lesson.keys IS 'Its paragraphs as extracted, before any was removed; empty if its story was counted often enough.';

COMMENT ON COLUMN dateline.lesson.length IS 'Characters of these paragraphs.';

COMMENT ON COLUMN dateline.lesson.stripped IS 'Those that were removed from the text.';

COMMENT ON COLUMN dateline.lesson.fingerprint IS 'Hash of the paragraphs. The same text always gets the same result, so learning alone does not change an article.';

CREATE TABLE dateline.live_entry (
    article_id bigint NOT NULL,
    key uuid NOT NULL,
    place integer NOT NULL,
    title text,
    text text NOT NULL,
    published_at dateline.instant,
    published_offset_s integer,
    first_seen_at dateline.instant NOT NULL,
    changed_at dateline.instant,
    removed_at dateline.instant
);

COMMENT ON TABLE dateline.live_entry IS 'The entries of live blogs, each with its own time.';

COMMENT ON COLUMN dateline.live_entry.article_id IS 'The live blog.';

COMMENT ON COLUMN dateline.live_entry.key IS 'Identity of the entry within the blog: hash of time and headline, or of the text if it has neither.';

COMMENT ON COLUMN dateline.live_entry.place IS 'Its place on the page when last seen, from 1.';

COMMENT ON COLUMN dateline.live_entry.title IS 'Its headline.';

COMMENT ON COLUMN dateline.live_entry.text IS 'Its text, as last seen.';

COMMENT ON COLUMN dateline.live_entry.published_at IS 'When it was published.';

COMMENT ON COLUMN dateline.live_entry.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';

COMMENT ON COLUMN dateline.live_entry.first_seen_at IS 'When it was first seen.';

COMMENT ON COLUMN dateline.live_entry.changed_at IS 'When its text was last seen to have changed.';

COMMENT ON COLUMN dateline.live_entry.removed_at IS 'When the page was first seen without it: removed, or no longer among the latest that the page lists.';

CREATE TABLE dateline.mention (
    article_id bigint NOT NULL,
    name_id text NOT NULL,
    mentions integer NOT NULL,
    in_title boolean NOT NULL,
    first_at integer,
    CONSTRAINT mention_check CHECK ((in_title OR (first_at IS NOT NULL))),
    CONSTRAINT mention_mentions_check CHECK ((mentions > 0))
);

COMMENT ON TABLE dateline.mention IS 'Names of the list that an article mentions, in its present revision.';

COMMENT ON COLUMN dateline.mention.article_id IS 'The article.';

COMMENT ON COLUMN dateline.mention.name_id IS 'The name.';

COMMENT ON COLUMN dateline.mention.mentions IS 'How often, headline and text together.';

COMMENT ON COLUMN dateline.mention.in_title IS 'Whether the headline mentions it.';

COMMENT ON COLUMN dateline.mention.first_at IS 'Where the text mentions it first, in characters from 0; empty if only the headline does.';

CREATE TABLE dateline.migration (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_by text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE dateline.migration IS 'Migration files that ran on this database.';

COMMENT ON COLUMN dateline.migration.name IS 'File name without .sql; procrastinate/… are the job queue''s own.';

COMMENT ON COLUMN dateline.migration.sha256 IS 'Of the file''s text: an edited file is refused.';

COMMENT ON COLUMN dateline.migration.applied_by IS 'Versions of Dateline and the job queue that ran it.';

COMMENT ON COLUMN dateline.migration.applied_at IS 'When it was committed.';

CREATE TABLE dateline.name (
    id text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    CONSTRAINT name_id_check CHECK ((id <> ''::text)),
    CONSTRAINT name_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'organisation'::text, 'place'::text, 'product'::text])))
);

COMMENT ON TABLE dateline.name IS 'People, organisations, places and products that are looked for in all articles.';

COMMENT ON COLUMN dateline.name.id IS 'A Wikidata id (Q64) or one of your own.';

COMMENT ON COLUMN dateline.name.kind IS 'person, organisation, place or product.';

COMMENT ON COLUMN dateline.name.name IS 'The name that is shown.';

CREATE TABLE dateline.name_form (
    name_id text NOT NULL,
    form text NOT NULL,
    folded text NOT NULL,
    language text,
    CONSTRAINT name_form_form_check CHECK ((form <> ''::text))
);

COMMENT ON TABLE dateline.name_form IS 'The forms in which a name is written: the name itself and its aliases.';

COMMENT ON COLUMN dateline.name_form.name_id IS 'The name.';

COMMENT ON COLUMN dateline.name_form.form IS 'As it is written.';

COMMENT ON COLUMN dateline.name_form.folded IS 'dateline.fold() of it.';

COMMENT ON COLUMN dateline.name_form.language IS 'Only in articles in this language (ISO 639-1), or in those whose language is not known; empty for all.';

CREATE TABLE dateline.name_list (
    only_row boolean DEFAULT true NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT name_list_only_row_check CHECK (only_row)
);

COMMENT ON TABLE dateline.name_list IS 'One row: which state of the list of names this is.';

COMMENT ON COLUMN dateline.name_list.only_row IS 'Always true: there is one row.';

COMMENT ON COLUMN dateline.name_list.version IS 'Increases with each change of the list.';

CREATE VIEW dateline.own_session AS
 SELECT s.pid,
    s.application_name AS process,
    s.backend_start,
    s.state_change
   FROM (pg_stat_activity s
     JOIN pg_roles r ON ((r.oid = s.usesysid)))
  WHERE (r.rolsuper OR (pg_has_role(r.oid, ( SELECT a.oid
           FROM pg_roles a
          WHERE (a.rolname = 'dateline_analyst'::name)), 'MEMBER'::text) IS NOT TRUE));

COMMENT ON VIEW dateline.own_session IS 'Connections of the service''s own processes: all but those of analysts.';

COMMENT ON COLUMN dateline.own_session.pid IS 'The server''s process that serves it.';

COMMENT ON COLUMN dateline.own_session.process IS 'The name of the process that opened it.';

COMMENT ON COLUMN dateline.own_session.backend_start IS 'When it was opened.';

COMMENT ON COLUMN dateline.own_session.state_change IS 'When it last began or ended a statement.';

CREATE TABLE dateline.quarantine (
    id bigint NOT NULL,
    url_key uuid NOT NULL,
    url text NOT NULL,
    step text NOT NULL,
    error text NOT NULL,
    at dateline.instant DEFAULT now() NOT NULL,
    reason text NOT NULL,
    reader text NOT NULL,
    feed_id bigint,
    released_at dateline.instant
);

COMMENT ON TABLE dateline.quarantine IS 'One row for each time a page or feed broke a step of the pipeline. Other pages were still stored.';

COMMENT ON COLUMN dateline.quarantine.id IS 'Key.';

COMMENT ON COLUMN dateline.quarantine.url_key IS 'Identity of the URL.';

COMMENT ON COLUMN dateline.quarantine.url IS 'The URL.';

COMMENT ON COLUMN dateline.quarantine.step IS 'The step that failed: extract, store …';

COMMENT ON COLUMN dateline.quarantine.error IS 'What went wrong.';

COMMENT ON COLUMN dateline.quarantine.at IS 'When.';

COMMENT ON COLUMN dateline.quarantine.reason IS 'parse_timeout, parse_memory, parse_crash, or store_error.';

COMMENT ON COLUMN dateline.quarantine.reader IS 'Name and version of the reader: a newer version tries again.';

COMMENT ON COLUMN dateline.quarantine.feed_id IS 'The watched page, if it is one.';

COMMENT ON COLUMN dateline.quarantine.released_at IS 'When it was released: by hand, by a newer reader, or because it was read after all. Released rows no longer count.';

ALTER TABLE dateline.quarantine ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.recheck (
    url_id bigint NOT NULL,
    host text NOT NULL,
    source_id bigint NOT NULL,
    due_at dateline.instant NOT NULL,
    began_at dateline.instant NOT NULL,
    step smallint DEFAULT 0 NOT NULL,
    failures smallint DEFAULT 0 NOT NULL,
    etag text,
    last_modified text
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.recheck IS 'When stored articles of watched sources are fetched again; the row is deleted after the last time.';

COMMENT ON COLUMN dateline.recheck.url_id IS 'The URL''s row in the ledger.';

COMMENT ON COLUMN dateline.recheck.host IS 'Host to request.';

COMMENT ON COLUMN dateline.recheck.source_id IS 'The source, whose budget it uses.';

COMMENT ON COLUMN dateline.recheck.due_at IS 'When the next fetch is due.';

COMMENT ON COLUMN dateline.recheck.began_at IS 'From when its age is counted: publication, or when it was stored.';

COMMENT ON COLUMN dateline.recheck.step IS 'Which of the configured ages is next, from 0.';

COMMENT ON COLUMN dateline.recheck.failures IS 'Consecutive fetches without a useful answer.';

COMMENT ON COLUMN dateline.recheck.etag IS 'Validator of the last fetched page.';

COMMENT ON COLUMN dateline.recheck.last_modified IS 'Last-Modified of the last fetched page.';

CREATE TABLE dateline.recheck_day (
    source_id bigint NOT NULL,
    day date NOT NULL,
    done integer DEFAULT 0 NOT NULL,
    changed integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.recheck_day IS 'Re-checks of a source by day: its budget, and whether its articles ever change.';

COMMENT ON COLUMN dateline.recheck_day.source_id IS 'The source.';

COMMENT ON COLUMN dateline.recheck_day.day IS 'The day, UTC.';

COMMENT ON COLUMN dateline.recheck_day.done IS 'Articles that were fetched again.';

COMMENT ON COLUMN dateline.recheck_day.changed IS 'Articles that had been edited or removed, or were back.';

CREATE TABLE dateline.revision (
    article_id bigint NOT NULL,
    number integer NOT NULL,
    title text,
    text text NOT NULL,
    summary text,
    content_hash uuid NOT NULL,
    word_count integer NOT NULL,
    modified_at dateline.instant,
    seen_at dateline.instant NOT NULL,
    cause text NOT NULL,
    extractor text NOT NULL,
    archive_file text,
    archive_offset bigint,
    archive_length bigint,
    text_origin text DEFAULT 'page'::text NOT NULL,
    CONSTRAINT revision_cause_check CHECK ((cause = ANY (ARRAY['first'::text, 'publisher'::text, 'boilerplate'::text, 're-extraction'::text, 'opened'::text]))),
    CONSTRAINT revision_text_origin CHECK ((text_origin = ANY (ARRAY['page'::text, 'feed'::text, 'none'::text])))
);

COMMENT ON TABLE dateline.revision IS 'An earlier revision of an article; the present one is in dateline.article.';

COMMENT ON COLUMN dateline.revision.article_id IS 'The article.';

COMMENT ON COLUMN dateline.revision.number IS 'From 1, in the order in which they were seen.';

COMMENT ON COLUMN dateline.revision.title IS 'Headline of the revision.';

COMMENT ON COLUMN dateline.revision.text IS 'Body of the revision.';

COMMENT ON COLUMN dateline.revision.summary IS 'Summary of the revision.';

COMMENT ON COLUMN dateline.revision.content_hash IS 'Hash of the folded text.';

COMMENT ON COLUMN dateline.revision.word_count IS 'Words of the revision.';

COMMENT ON COLUMN dateline.revision.modified_at IS 'When the publisher says it was changed.';

COMMENT ON COLUMN dateline.revision.seen_at IS 'When it was first seen.';

COMMENT ON COLUMN dateline.revision.cause IS 'Why it was made: first, publisher, boilerplate, re-extraction.';

COMMENT ON COLUMN dateline.revision.extractor IS 'Name and version of the extractor.';

COMMENT ON COLUMN dateline.revision.archive_file IS 'WARC file with the page as fetched.';

COMMENT ON COLUMN dateline.revision.archive_offset IS 'Byte offset in that file.';

COMMENT ON COLUMN dateline.revision.archive_length IS 'Bytes of the record.';

COMMENT ON COLUMN dateline.revision.text_origin IS 'Where its text was from: page, feed or none.';

CREATE TABLE dateline.robots (
    origin text NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    fetched_at dateline.instant NOT NULL,
    expires_at dateline.instant NOT NULL,
    path text DEFAULT '/robots.txt'::text NOT NULL,
    CONSTRAINT robots_origin_check CHECK ((length(origin) <= 300))
);

COMMENT ON TABLE dateline.robots IS 'robots.txt (RFC 9309) and tdmrep.json as last seen, shared by all workers.';

COMMENT ON COLUMN dateline.robots.origin IS 'Scheme, host and port.';

COMMENT ON COLUMN dateline.robots.status IS 'HTTP status; 0 for unreachable.';

COMMENT ON COLUMN dateline.robots.body IS 'The bytes, at most 500 KiB.';

COMMENT ON COLUMN dateline.robots.fetched_at IS 'When it was fetched.';

COMMENT ON COLUMN dateline.robots.expires_at IS 'When it is fetched again.';

COMMENT ON COLUMN dateline.robots.path IS '/robots.txt or /.well-known/tdmrep.json.';

CREATE TABLE dateline.saved_query (
    id bigint NOT NULL,
    user_id bigint,
    name text NOT NULL,
    kind text NOT NULL,
    query text NOT NULL,
    ordering text NOT NULL,
    with_copies boolean NOT NULL,
    saved_at dateline.instant NOT NULL,
    CONSTRAINT saved_query_kind_check CHECK ((kind = ANY (ARRAY['search'::text, 'sql'::text]))),
    CONSTRAINT saved_query_name_check CHECK (((name <> ''::text) AND (length(name) <= 100))),
    CONSTRAINT saved_query_ordering_check CHECK ((ordering = ANY (ARRAY['newest'::text, 'best'::text]))),
    CONSTRAINT saved_query_query_check CHECK ((length(query) <= 100000))
);

COMMENT ON TABLE dateline.saved_query IS 'Searches and SQL statements that a user of the console saved.';

COMMENT ON COLUMN dateline.saved_query.id IS 'Key.';

COMMENT ON COLUMN dateline.saved_query.user_id IS 'Whose it is; removed with that user. Empty: saved without a user, for all who have none.';

COMMENT ON COLUMN dateline.saved_query.name IS 'Its name in the console''s addresses; unique for the user.';

COMMENT ON COLUMN dateline.saved_query.kind IS 'search or sql.';

COMMENT ON COLUMN dateline.saved_query.query IS 'The search or statement.';

COMMENT ON COLUMN dateline.saved_query.ordering IS 'The order of a search''s hits: newest or best first.';

COMMENT ON COLUMN dateline.saved_query.with_copies IS 'Whether a search shows copies, too.';

COMMENT ON COLUMN dateline.saved_query.saved_at IS 'When it was last saved.';

ALTER TABLE dateline.saved_query ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.saved_query_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.scouting (
    source_id bigint NOT NULL,
    scouted_at dateline.instant NOT NULL,
    outcome text NOT NULL,
    added integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE dateline.scouting IS 'Sources whose watched pages all failed, and the result of searching their home page for new ones.';

COMMENT ON COLUMN dateline.scouting.source_id IS 'The source.';

COMMENT ON COLUMN dateline.scouting.scouted_at IS 'When it was last searched.';

COMMENT ON COLUMN dateline.scouting.outcome IS 'found, nothing_new, or why the home page could not be read.';

COMMENT ON COLUMN dateline.scouting.added IS 'Watched pages that were added.';

CREATE TABLE dateline.service_hour (
    hour dateline.instant NOT NULL,
    ran bit(60) DEFAULT (repeat('0'::text, 60))::bit(60) NOT NULL,
    blocked bit(60) DEFAULT (repeat('0'::text, 60))::bit(60) NOT NULL
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.service_hour IS 'Every hour since the first source was added, and when the service ran in it; written by mark_up.';

COMMENT ON COLUMN dateline.service_hour.hour IS 'Beginning of the hour (UTC).';

COMMENT ON COLUMN dateline.service_hour.ran IS 'One bit per minute of the hour: 1 if a scheduler was leader and the archive could be written.';

COMMENT ON COLUMN dateline.service_hour.blocked IS 'One bit per minute of the hour: 1 if a scheduler was leader and the archive could not be written.';

CREATE TABLE dateline.site_file (
    origin text NOT NULL,
    path text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    status integer NOT NULL,
    sha256 bytea NOT NULL,
    body text NOT NULL,
    CONSTRAINT site_file_origin_check CHECK ((length(origin) <= 300))
);

COMMENT ON TABLE dateline.site_file IS 'robots.txt and tdmrep.json by version: one row for each time that a file changed, the last 100 of each file.';

COMMENT ON COLUMN dateline.site_file.origin IS 'Scheme, host and port.';

COMMENT ON COLUMN dateline.site_file.path IS '/robots.txt or /.well-known/tdmrep.json.';

COMMENT ON COLUMN dateline.site_file.first_seen_at IS 'When this version was first seen.';

COMMENT ON COLUMN dateline.site_file.last_seen_at IS 'When this version was last seen.';

COMMENT ON COLUMN dateline.site_file.status IS 'HTTP status; 5xx, 429 and missing answers are left out.';

COMMENT ON COLUMN dateline.site_file.sha256 IS 'Hash of the bytes, of which at most 500 KiB are read.';

COMMENT ON COLUMN dateline.site_file.body IS 'The text, cleaned; empty unless the status is 2xx.';

CREATE TABLE dateline.sketch (
    hash bigint NOT NULL,
    article_id bigint NOT NULL
);
ALTER TABLE ONLY dateline.sketch ALTER COLUMN hash SET STATISTICS 1;
ALTER TABLE ONLY dateline.sketch ALTER COLUMN hash SET (n_distinct=-0.5);

COMMENT ON TABLE dateline.sketch IS 'Hashes of 5-word shingles of the articles of the last 60 days (one in 8 or 16). Articles that share some are compared. Without a foreign key, because that would cost more than the look-up.';

COMMENT ON COLUMN dateline.sketch.hash IS 'xxh3 of a shingle, as a signed number.';

COMMENT ON COLUMN dateline.sketch.article_id IS 'The article.';

CREATE TABLE dateline.source_expectation (
    source_id bigint NOT NULL,
    learned_at dateline.instant NOT NULL,
    hourly real[] NOT NULL,
    learned jsonb NOT NULL,
    CONSTRAINT source_expectation_hourly_check CHECK ((cardinality(hourly) = ANY (ARRAY[0, 168])))
);

COMMENT ON TABLE dateline.source_expectation IS 'What is usual for a source, learned once per day from its past.';

COMMENT ON COLUMN dateline.source_expectation.source_id IS 'The source.';

COMMENT ON COLUMN dateline.source_expectation.learned_at IS 'When it was learned.';

COMMENT ON COLUMN dateline.source_expectation.hourly IS 'Articles expected in each hour of the week (UTC), from Monday 00:00 on; empty if too little is known.';

COMMENT ON COLUMN dateline.source_expectation.learned IS 'Everything else: how long its silences are, how many texts lack something; read by scheduler.monitoring.expectations.';

ALTER TABLE dateline.source ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.source_rest (
    source_id bigint NOT NULL,
    since dateline.instant NOT NULL,
    until dateline.instant
);

COMMENT ON TABLE dateline.source_rest IS 'When a source was paused or removed; written by the trigger note_rest.';

COMMENT ON COLUMN dateline.source_rest.source_id IS 'The source.';

COMMENT ON COLUMN dateline.source_rest.since IS 'When visits stopped.';

COMMENT ON COLUMN dateline.source_rest.until IS 'When visits resumed; empty while it is paused or removed.';

CREATE TABLE dateline.story (
    id bigint NOT NULL,
    language text NOT NULL,
    first_at dateline.instant NOT NULL,
    last_at dateline.instant NOT NULL,
    lead_id bigint,
    merged_into bigint,
    made_at dateline.instant NOT NULL,
    CONSTRAINT story_check CHECK ((merged_into <> id))
)
WITH (fillfactor='80');

COMMENT ON TABLE dateline.story IS 'Events, each with the articles about it. Ids are stable; the id of a merged story leads to the story that it became part of.';

COMMENT ON COLUMN dateline.story.id IS 'Key; the larger part keeps it when stories are merged or split.';

COMMENT ON COLUMN dateline.story.language IS 'Language of its articles: ISO 639-1, closely related languages as one, xx if unknown.';

COMMENT ON COLUMN dateline.story.first_at IS 'When its earliest article was published (or stored, if no date is known).';

COMMENT ON COLUMN dateline.story.last_at IS 'When its latest article was published (or stored, if no date is known).';

COMMENT ON COLUMN dateline.story.lead_id IS 'The article whose headline is shown for it: the one nearest to its centre.';

COMMENT ON COLUMN dateline.story.merged_into IS 'The story that it is part of now; never itself a merged story.';

COMMENT ON COLUMN dateline.story.made_at IS 'When it was created.';

ALTER TABLE dateline.story ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.story_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.story_term (
    term bigint NOT NULL,
    at dateline.instant NOT NULL,
    article_id bigint NOT NULL
);

COMMENT ON TABLE dateline.story_term IS 'The strongest terms of recent articles, by which a new article finds its story. Without a foreign key, because that would cost more than the look-up.';

COMMENT ON COLUMN dateline.story_term.term IS 'xxh3 of language and word, as a signed number.';

COMMENT ON COLUMN dateline.story_term.at IS 'Publication of the article.';

COMMENT ON COLUMN dateline.story_term.article_id IS 'The article.';

CREATE TABLE dateline.story_vector (
    article_id bigint NOT NULL,
    terms bigint[] NOT NULL,
    weights real[] NOT NULL,
    names smallint NOT NULL,
    kept_until date NOT NULL
);

COMMENT ON TABLE dateline.story_vector IS 'The terms of recent articles, for comparison. Removed when new articles can no longer join their stories.';

COMMENT ON COLUMN dateline.story_vector.article_id IS 'The article.';

COMMENT ON COLUMN dateline.story_vector.terms IS 'Hashes of its strongest terms, names and numbers first.';

COMMENT ON COLUMN dateline.story_vector.weights IS 'Their damped frequencies.';

COMMENT ON COLUMN dateline.story_vector.names IS 'How many of them are names or numbers.';

COMMENT ON COLUMN dateline.story_vector.kept_until IS 'Day after which it may be removed.';

CREATE TABLE dateline.story_vocabulary (
    language text NOT NULL,
    documents real NOT NULL,
    counts bytea NOT NULL
);

COMMENT ON TABLE dateline.story_vocabulary IS 'How common the terms of each language are: one table of fixed size (a count-min sketch) per language.';

COMMENT ON COLUMN dateline.story_vocabulary.language IS 'The language.';

COMMENT ON COLUMN dateline.story_vocabulary.documents IS 'Documents counted; halved together with the counts when the table is full.';

COMMENT ON COLUMN dateline.story_vocabulary.counts IS 'Little-endian 32-bit floats.';

CREATE TABLE dateline.subscription (
    id bigint NOT NULL,
    feed_id bigint NOT NULL,
    token text NOT NULL,
    hub text NOT NULL,
    topic text NOT NULL,
    secret text NOT NULL,
    state text DEFAULT 'wanted'::text NOT NULL,
    next_at dateline.instant,
    asked_at dateline.instant,
    lease_until dateline.instant,
    failures smallint DEFAULT 0 NOT NULL,
    problem text,
    pushes integer DEFAULT 0 NOT NULL,
    heeded integer DEFAULT 0 NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    pushed_at dateline.instant,
    trust smallint DEFAULT 0 NOT NULL,
    idle smallint DEFAULT 0 NOT NULL,
    created_at dateline.instant NOT NULL,
    CONSTRAINT subscription_state_check CHECK ((state = ANY (ARRAY['wanted'::text, 'asked'::text, 'active'::text, 'denied'::text, 'ending'::text]))),
    CONSTRAINT subscription_token_check CHECK ((token ~ '^[A-Za-z0-9_-]{43}$'::text))
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.subscription IS 'Subscriptions at WebSub hubs (W3C Recommendation, 2018): at most one active subscription per watched page.';

COMMENT ON COLUMN dateline.subscription.id IS 'Key.';

COMMENT ON COLUMN dateline.subscription.feed_id IS 'The watched page that is pushed.';

COMMENT ON COLUMN dateline.subscription.token IS 'Last part of its callback''s path: random, different for each subscription, known only to the hub.';

COMMENT ON COLUMN dateline.subscription.hub IS 'The hub.';

COMMENT ON COLUMN dateline.subscription.topic IS 'The page''s own address (rel=self), by which the hub knows it.';

COMMENT ON COLUMN dateline.subscription.secret IS 'Key for the signatures of pushes.';

COMMENT ON COLUMN dateline.subscription.state IS 'wanted, asked (the hub has not verified yet), active, denied, or ending (to be unsubscribed).';

COMMENT ON COLUMN dateline.subscription.next_at IS 'When to send the next request to the hub; empty if none is scheduled.';

COMMENT ON COLUMN dateline.subscription.asked_at IS 'When the hub got a request that it has neither verified nor denied.';

COMMENT ON COLUMN dateline.subscription.lease_until IS 'When the subscription expires, unless renewed.';

COMMENT ON COLUMN dateline.subscription.failures IS 'Consecutive requests that the hub did not accept, or did not verify.';

COMMENT ON COLUMN dateline.subscription.problem IS 'The last failure, or the hub''s reason for denying.';

COMMENT ON COLUMN dateline.subscription.pushes IS 'Pushes with a valid signature.';

COMMENT ON COLUMN dateline.subscription.heeded IS 'Pushes that a visit has followed.';

COMMENT ON COLUMN dateline.subscription.refused IS 'Pushes without a valid signature.';

COMMENT ON COLUMN dateline.subscription.pushed_at IS 'The last valid push.';

COMMENT ON COLUMN dateline.subscription.trust IS 'Grows with each visit that a push prompted; falls when a visit finds news that was not pushed. From 3 on, scheduled visits are rarer.';

COMMENT ON COLUMN dateline.subscription.idle IS 'Consecutive pushes after which a visit found nothing new: each makes the next visit wait longer.';

COMMENT ON COLUMN dateline.subscription.created_at IS 'When the page first named the hub.';

ALTER TABLE dateline.subscription ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.total (
    name text NOT NULL,
    labels text[] DEFAULT '{}'::text[] NOT NULL,
    backend integer NOT NULL,
    value double precision NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE dateline.total IS 'Running totals behind the metrics; a total is the sum over its backends.';

COMMENT ON COLUMN dateline.total.name IS 'What is counted: fetches, visits, urls, article …';

COMMENT ON COLUMN dateline.total.labels IS 'The kind that is counted: a fetch''s result and reason, a URL''s state and reason …';

COMMENT ON COLUMN dateline.total.backend IS 'Process id of the server process that counted; 0 holds the sum of ended ones.';

COMMENT ON COLUMN dateline.total.value IS 'How many; below zero if this backend removed what another had added.';

CREATE TABLE dateline.url (
    id bigint NOT NULL,
    url_key uuid NOT NULL,
    url text NOT NULL,
    host text NOT NULL,
    source_id bigint,
    feed_id bigint,
    visit_id bigint,
    crawl_id bigint,
    via text NOT NULL,
    depth smallint DEFAULT 0 NOT NULL,
    hints jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    reason text,
    detail text,
    page_title text,
    article_probability real,
    attempts smallint DEFAULT 0 NOT NULL,
    next_attempt_at dateline.instant DEFAULT now(),
    priority smallint DEFAULT 0 NOT NULL,
    discovered_at dateline.instant DEFAULT now() NOT NULL,
    modified_at dateline.instant,
    finished_at dateline.instant,
    article_id bigint,
    is_hearsay boolean DEFAULT false NOT NULL,
    named_by text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT url_check CHECK (((state = 'pending'::text) = (next_attempt_at IS NOT NULL))),
    CONSTRAINT url_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'stored'::text, 'duplicate'::text, 'ended'::text, 'failed'::text, 'forgotten'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE dateline.url IS 'Frontier and ledger: every discovered URL and its result.';

COMMENT ON COLUMN dateline.url.id IS 'Key.';

COMMENT ON COLUMN dateline.url.url_key IS 'Identity of the URL.';

COMMENT ON COLUMN dateline.url.url IS 'As it was found, unchanged.';

COMMENT ON COLUMN dateline.url.host IS 'Host to request.';

COMMENT ON COLUMN dateline.url.source_id IS 'The source that named it.';

COMMENT ON COLUMN dateline.url.feed_id IS 'The watched page that named it.';

COMMENT ON COLUMN dateline.url.visit_id IS 'The visit that found it.';

COMMENT ON COLUMN dateline.url.crawl_id IS 'The one-off crawl that last asked for it.';

COMMENT ON COLUMN dateline.url.via IS 'How it was found: rss, atom, news_sitemap, section, target …';

COMMENT ON COLUMN dateline.url.depth IS 'Steps from a crawl''s target.';

COMMENT ON COLUMN dateline.url.hints IS 'What the page or feed that named it says about it.';

COMMENT ON COLUMN dateline.url.state IS 'pending, stored, duplicate, ended, failed or forgotten.';

COMMENT ON COLUMN dateline.url.reason IS 'Why it is in that state, in one word.';

COMMENT ON COLUMN dateline.url.detail IS 'Why, in a sentence, if there is more to say.';

COMMENT ON COLUMN dateline.url.page_title IS 'Title of a page that is not an article.';

COMMENT ON COLUMN dateline.url.article_probability IS 'How likely such a page is an article, 0 to 1.';

COMMENT ON COLUMN dateline.url.attempts IS 'Tries so far.';

COMMENT ON COLUMN dateline.url.next_attempt_at IS 'When the next try is due; only while pending.';

COMMENT ON COLUMN dateline.url.priority IS 'Higher is fetched sooner; one-off crawls have 10.';

COMMENT ON COLUMN dateline.url.discovered_at IS 'When it was first found.';

COMMENT ON COLUMN dateline.url.modified_at IS 'Last change that a feed or sitemap reported.';

COMMENT ON COLUMN dateline.url.finished_at IS 'When it last left the state pending.';

COMMENT ON COLUMN dateline.url.article_id IS 'The article that it leads to.';

COMMENT ON COLUMN dateline.url.is_hearsay IS 'Only pages of other sites have named it: their hints describe nothing, and its own site''s word replaces theirs.';

COMMENT ON COLUMN dateline.url.named_by IS 'Sites that the page which named it may speak for: its own site and those of its source.';

ALTER TABLE dateline.url ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.url_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.visit (
    id bigint NOT NULL,
    feed_id bigint NOT NULL,
    source_id bigint,
    crawl_id bigint,
    started_at dateline.instant NOT NULL,
    finished_at dateline.instant NOT NULL,
    outcome text NOT NULL,
    status smallint,
    found integer DEFAULT 0 NOT NULL,
    new integer DEFAULT 0 NOT NULL,
    bytes integer DEFAULT 0 NOT NULL,
    warnings text[] DEFAULT '{}'::text[] NOT NULL,
    detail text
);

COMMENT ON TABLE dateline.visit IS 'One poll of a watched page.';

COMMENT ON COLUMN dateline.visit.id IS 'Key.';

COMMENT ON COLUMN dateline.visit.feed_id IS 'The watched page.';

COMMENT ON COLUMN dateline.visit.source_id IS 'Its source.';

COMMENT ON COLUMN dateline.visit.crawl_id IS 'The one-off crawl that it was part of.';

COMMENT ON COLUMN dateline.visit.started_at IS 'When it began.';

COMMENT ON COLUMN dateline.visit.finished_at IS 'When it ended.';

COMMENT ON COLUMN dateline.visit.outcome IS 'changed, not_modified, same_body, or why it failed (false_304: a wrong not_modified).';

COMMENT ON COLUMN dateline.visit.status IS 'HTTP status.';

COMMENT ON COLUMN dateline.visit.found IS 'Candidates that the page named.';

COMMENT ON COLUMN dateline.visit.new IS 'New or newly changed candidates.';

COMMENT ON COLUMN dateline.visit.bytes IS 'Bytes of the body.';

COMMENT ON COLUMN dateline.visit.warnings IS 'What was malformed.';

COMMENT ON COLUMN dateline.visit.detail IS 'More about a failure.';

ALTER TABLE dateline.visit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.visit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.watch (
    id bigint NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    webhook_url text,
    secret text,
    has_feed boolean DEFAULT false NOT NULL,
    with_backlog boolean DEFAULT false NOT NULL,
    feed_key uuid DEFAULT gen_random_uuid() NOT NULL,
    created_at dateline.instant NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    hold_until dateline.instant,
    problem text,
    template text,
    CONSTRAINT watch_check1 CHECK (((webhook_url IS NULL) = (secret IS NULL))),
    CONSTRAINT watch_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'::text)),
    CONSTRAINT watch_template_check CHECK ((template = ANY (ARRAY['slack'::text, 'teams'::text, 'discord'::text, 'ntfy'::text])))
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.watch IS 'Saved searches that notify of new articles.';

COMMENT ON COLUMN dateline.watch.id IS 'Key.';

COMMENT ON COLUMN dateline.watch.name IS 'Unique short name, used on the command line and in the feed''s address.';

COMMENT ON COLUMN dateline.watch.query IS 'The search as entered.';

COMMENT ON COLUMN dateline.watch.webhook_url IS 'Where notifications are sent; empty without a webhook.';

COMMENT ON COLUMN dateline.watch.secret IS 'Key that signs messages (whsec_ and base64). Shown once, when the watch is added.';

COMMENT ON COLUMN dateline.watch.has_feed IS 'Whether its articles are published in an Atom feed.';

COMMENT ON COLUMN dateline.watch.with_backlog IS 'Whether it also notifies of articles of watched sources that were published before it or their source was added.';

COMMENT ON COLUMN dateline.watch.feed_key IS 'The feed''s own identity (atom:id); never changes.';

COMMENT ON COLUMN dateline.watch.created_at IS 'When it was added; it does not notify of articles stored before.';

COMMENT ON COLUMN dateline.watch.failures IS 'Consecutive answers that mean that the endpoint is down.';

COMMENT ON COLUMN dateline.watch.hold_until IS 'Nothing is sent to the endpoint before this instant.';

COMMENT ON COLUMN dateline.watch.problem IS 'Why its search can''t be run; empty if it can.';

COMMENT ON COLUMN dateline.watch.template IS 'The service whose form messages to the webhook have: slack, teams, discord or ntfy; empty for Dateline''s own.';

CREATE TABLE dateline.watch_delivery (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    watch_id bigint NOT NULL,
    article_id bigint NOT NULL,
    body text,
    state text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at dateline.instant NOT NULL,
    next_attempt_at dateline.instant,
    finished_at dateline.instant,
    status smallint,
    detail text,
    CONSTRAINT watch_delivery_check CHECK (((state = 'pending'::text) = (next_attempt_at IS NOT NULL))),
    CONSTRAINT watch_delivery_check1 CHECK (((state = 'delivered'::text) OR (body IS NOT NULL))),
    CONSTRAINT watch_delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])))
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.watch_delivery IS 'Messages to webhooks and their results.';

COMMENT ON COLUMN dateline.watch_delivery.id IS 'The message''s identity (webhook-id), the same at every attempt.';

COMMENT ON COLUMN dateline.watch_delivery.watch_id IS 'The watch.';

COMMENT ON COLUMN dateline.watch_delivery.article_id IS 'The article that it is about.';

COMMENT ON COLUMN dateline.watch_delivery.body IS 'The message, the same at every attempt; removed after delivery.';

COMMENT ON COLUMN dateline.watch_delivery.state IS 'pending, delivered or dead (given up).';

COMMENT ON COLUMN dateline.watch_delivery.attempts IS 'Attempts so far.';

COMMENT ON COLUMN dateline.watch_delivery.created_at IS 'When the article was found to match.';

COMMENT ON COLUMN dateline.watch_delivery.next_attempt_at IS 'When the next attempt is due; while it is being sent, when it counts as lost.';

COMMENT ON COLUMN dateline.watch_delivery.finished_at IS 'When it was delivered or given up.';

COMMENT ON COLUMN dateline.watch_delivery.status IS 'HTTP status of the last answer.';

COMMENT ON COLUMN dateline.watch_delivery.detail IS 'The last failure.';

ALTER TABLE dateline.watch ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.watch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.watch_mail (
    id bigint NOT NULL,
    watch_id bigint NOT NULL,
    address text NOT NULL,
    every text NOT NULL,
    sent_through bigint NOT NULL,
    last_sent_at dateline.instant,
    mail_id uuid,
    mail_through bigint,
    mail_at dateline.instant,
    next_attempt_at dateline.instant,
    failures integer DEFAULT 0 NOT NULL,
    problem text,
    is_refused boolean DEFAULT false NOT NULL,
    reported_in uuid,
    reported_hook uuid,
    CONSTRAINT watch_mail_check CHECK ((((mail_id IS NULL) = (mail_through IS NULL)) AND ((mail_id IS NULL) = (mail_at IS NULL)))),
    CONSTRAINT watch_mail_every_check CHECK ((every = ANY (ARRAY['match'::text, 'hour'::text, 'day'::text])))
)
WITH (fillfactor='70');

COMMENT ON TABLE dateline.watch_mail IS 'Who gets the articles of a watch by mail. What waits are the matches after sent_through: no mail is stored.';

COMMENT ON COLUMN dateline.watch_mail.id IS 'Key.';

COMMENT ON COLUMN dateline.watch_mail.watch_id IS 'The watch.';

COMMENT ON COLUMN dateline.watch_mail.address IS 'The recipient''s mail address.';

COMMENT ON COLUMN dateline.watch_mail.every IS 'match (at once, one mail in five minutes at most), hour or day.';

COMMENT ON COLUMN dateline.watch_mail.sent_through IS 'The last match (dateline.watch_match.id) that was sent.';

COMMENT ON COLUMN dateline.watch_mail.last_sent_at IS 'When the server took the last mail.';

COMMENT ON COLUMN dateline.watch_mail.mail_id IS 'The mail that is being sent or may have been sent: its Message-ID is made of this, the same at every attempt.';

COMMENT ON COLUMN dateline.watch_mail.mail_through IS 'The last match in that mail.';

COMMENT ON COLUMN dateline.watch_mail.mail_at IS 'When that mail was started: its Date.';

COMMENT ON COLUMN dateline.watch_mail.next_attempt_at IS 'Nothing is sent before; while a mail is being sent, when it counts as lost.';

COMMENT ON COLUMN dateline.watch_mail.failures IS 'Failures in a row.';

COMMENT ON COLUMN dateline.watch_mail.problem IS 'Why the last attempt failed; empty if it did not.';

COMMENT ON COLUMN dateline.watch_mail.is_refused IS 'Whether the server refused this address, or mail to it, for good (5xx).';

COMMENT ON COLUMN dateline.watch_mail.reported_in IS 'The mail that reported to the operator that the address is refused.';

COMMENT ON COLUMN dateline.watch_mail.reported_hook IS 'The message to the operators'' webhook that reported that the address is refused.';

ALTER TABLE dateline.watch_mail ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.watch_mail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dateline.watch_match (
    id bigint NOT NULL,
    watch_id bigint NOT NULL,
    article_id bigint NOT NULL,
    matched_at dateline.instant NOT NULL
);

COMMENT ON TABLE dateline.watch_match IS 'Articles that a watch has notified of: each once, and only one of several copies of a text.';

COMMENT ON COLUMN dateline.watch_match.id IS 'Key, in the order in which they were found.';

COMMENT ON COLUMN dateline.watch_match.watch_id IS 'The watch.';

COMMENT ON COLUMN dateline.watch_match.article_id IS 'The article.';

COMMENT ON COLUMN dateline.watch_match.matched_at IS 'When it was found to match.';

ALTER TABLE dateline.watch_match ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dateline.watch_match_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW news.alarms AS
 SELECT o.name AS source,
    a.kind,
    a.severity,
    (a.since)::timestamp with time zone AS since,
    (a.noticed_at)::timestamp with time zone AS noticed_at,
    (a.until)::timestamp with time zone AS until,
    a.evidence,
    a.sentence
   FROM (dateline.alarm a
     JOIN dateline.source o ON ((o.id = a.source_id)));

COMMENT ON VIEW news.alarms IS 'Present and past problems of sources; active ones have no `until`.';

COMMENT ON COLUMN news.alarms.source IS 'Name of the source.';

COMMENT ON COLUMN news.alarms.kind IS 'quiet (an improbable silence while we were looking), not_stored (it names new URLs, but none is stored), failing (no valid response), page_failing (one of its watched pages), silent (it answers, but nothing was ever stored), empty_texts, missing_dates, short_texts, signed_out, needs_browser.';

COMMENT ON COLUMN news.alarms.severity IS 'critical, warning or notice.';

COMMENT ON COLUMN news.alarms.since IS 'When it started.';

COMMENT ON COLUMN news.alarms.noticed_at IS 'When it was noticed.';

COMMENT ON COLUMN news.alarms.until IS 'When it ended; empty while it is active.';

COMMENT ON COLUMN news.alarms.evidence IS 'The numbers behind it.';

COMMENT ON COLUMN news.alarms.sentence IS 'The problem in one sentence.';

CREATE VIEW news.articles AS
 SELECT url,
    site,
    title,
    text,
    summary,
    authors,
    section,
    tags,
    language,
    published_at,
    modified_at,
    first_seen_at,
    last_seen_at,
    kind,
    credited_to,
    copy_of,
    story_id,
    word_count,
    published_origin,
    published_precision,
    published_offset_s,
    modified_origin,
    modified_precision,
    canonical_url,
    alternative_titles,
    image_url,
    site_name,
    is_accessible_for_free,
    directives,
    revision,
    removed_at,
    source,
    article_probability,
    quality,
    warnings,
    article_id,
    dated_at,
    search,
    copy_family,
    text_origin,
    no_page_text_because,
    is_backfilled,
    is_rendered
   FROM dateline.every_article e
  WHERE (kind <> 'headline'::text);

COMMENT ON VIEW news.articles IS 'One row per article, in its present revision. Items without a text are in news.headlines; text_origin = ''page'' leaves out the texts that are from feeds.';

COMMENT ON COLUMN news.articles.url IS 'Its address, after redirects, without tracking parameters.';

COMMENT ON COLUMN news.articles.site IS 'Registrable domain.';

COMMENT ON COLUMN news.articles.title IS 'The headline that a reader sees.';

COMMENT ON COLUMN news.articles.text IS 'The body; paragraphs are separated by line breaks.';

COMMENT ON COLUMN news.articles.summary IS 'The publisher''s own summary.';

COMMENT ON COLUMN news.articles.authors IS 'Names from the byline.';

COMMENT ON COLUMN news.articles.section IS 'The publisher''s section.';

COMMENT ON COLUMN news.articles.tags IS 'The publisher''s topics.';

COMMENT ON COLUMN news.articles.language IS 'ISO 639-1 code of the text.';

COMMENT ON COLUMN news.articles.published_at IS 'When it was published.';

COMMENT ON COLUMN news.articles.modified_at IS 'When the publisher says it was last changed.';

COMMENT ON COLUMN news.articles.first_seen_at IS 'When Dateline stored it.';

COMMENT ON COLUMN news.articles.last_seen_at IS 'When Dateline last saw it.';

COMMENT ON COLUMN news.articles.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';

COMMENT ON COLUMN news.articles.credited_to IS 'Outlet or agency that the page credits.';

COMMENT ON COLUMN news.articles.copy_of IS 'URL of the original, if this is shown to be a later copy of its text. Empty, too, where it is not known which was first: copy_family counts each text once.';

COMMENT ON COLUMN news.articles.story_id IS 'The event that it is about; empty until it was assigned to a story, seconds after it was stored.';

COMMENT ON COLUMN news.articles.word_count IS 'Words of the text.';

COMMENT ON COLUMN news.articles.published_origin IS 'Where published_at came from: json-ld, meta, microdata, feed, sitemap, url or text.';

COMMENT ON COLUMN news.articles.published_precision IS 'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';

COMMENT ON COLUMN news.articles.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';

COMMENT ON COLUMN news.articles.modified_origin IS 'Where modified_at came from.';

COMMENT ON COLUMN news.articles.modified_precision IS 'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';

COMMENT ON COLUMN news.articles.canonical_url IS 'The canonical address that the page declares.';

COMMENT ON COLUMN news.articles.alternative_titles IS 'Other headlines of the page.';

COMMENT ON COLUMN news.articles.image_url IS 'Lead picture.';

COMMENT ON COLUMN news.articles.site_name IS 'The outlet''s name on the page.';

COMMENT ON COLUMN news.articles.is_accessible_for_free IS 'False behind a paywall.';

COMMENT ON COLUMN news.articles.directives IS 'The publisher''s restrictions.';

COMMENT ON COLUMN news.articles.revision IS 'Number of the present revision, from 1.';

COMMENT ON COLUMN news.articles.removed_at IS 'When the publisher was found to have removed it.';

COMMENT ON COLUMN news.articles.source IS 'Name of the source that led to it.';

COMMENT ON COLUMN news.articles.article_probability IS 'How likely the page is an article, 0 to 1.';

COMMENT ON COLUMN news.articles.quality IS 'Score of the extraction, 0 to 1.';

COMMENT ON COLUMN news.articles.warnings IS 'Irregularities of the page.';

COMMENT ON COLUMN news.articles.article_id IS 'Key; never changes.';

COMMENT ON COLUMN news.articles.dated_at IS 'When it was published; of a bare day, when it was first stored on that day, else its noon; without a date, when it was first stored. Indexed: order and filter by it.';

COMMENT ON COLUMN news.articles.search IS 'Full text index: search @@ news.words(''ferry -pier'', ''en'').';

COMMENT ON COLUMN news.articles.copy_family IS 'The same number for all articles with one text; the article''s own article_id if no other has its text. count(DISTINCT copy_family) counts each text once; copy_family = article_id picks one article of each.';

COMMENT ON COLUMN news.articles.text_origin IS 'Where the text is from: page, or feed (its site''s own feed).';

COMMENT ON COLUMN news.articles.no_page_text_because IS 'Why the text is not the page''s: a reason of the ledger (http_403, robots, needs_javascript …), no_page for an item without a page of its own, pages_off where its source has fetch_pages = false, feed_says_more where the feed''s text is longer and holds the page''s. Empty if the text is the page''s.';

COMMENT ON COLUMN news.articles.is_backfilled IS 'A backfill brought it; no visit found it when it was new.';

COMMENT ON COLUMN news.articles.is_rendered IS 'True if the text was read after a browser ran the page''s scripts.';

CREATE VIEW news.citations AS
 SELECT a.url,
    a.site,
    a.title,
    link.url AS cited_url,
    COALESCE(link.site, lower("substring"(link.url, '^https?://(?:[^/?#@]*@)?(?:www\.)?([^/:?#]+)'::text))) AS cited_site,
    link.text AS anchor_text,
    a.credited_to,
    a.published_at,
    a.first_seen_at,
    (link.place)::integer AS place,
    a.id AS article_id,
    COALESCE(( SELECT t.id
           FROM dateline.article t
          WHERE (t.url = link.url)
         LIMIT 1), ( SELECT t.article_id
           FROM dateline.alias t
          WHERE (t.url = link.url)
         LIMIT 1)) AS cited_article_id
   FROM (dateline.article a
     CROSS JOIN LATERAL ROWS FROM(jsonb_to_recordset(a.links) AS (url text, text text, site text)) WITH ORDINALITY link(url, text, site, place));

COMMENT ON VIEW news.citations IS 'Outbound links of the present revision of each article: who cites whom, in which words.';

COMMENT ON COLUMN news.citations.url IS 'The article that cites.';

COMMENT ON COLUMN news.citations.site IS 'Its registrable domain.';

COMMENT ON COLUMN news.citations.title IS 'Its headline.';

COMMENT ON COLUMN news.citations.cited_url IS 'The address it links to, unchanged.';

COMMENT ON COLUMN news.citations.cited_site IS 'Registrable domain of that address.';

COMMENT ON COLUMN news.citations.anchor_text IS 'The words of the link.';

COMMENT ON COLUMN news.citations.credited_to IS 'Outlet or agency that the article credits.';

COMMENT ON COLUMN news.citations.published_at IS 'When the citing article was published.';

COMMENT ON COLUMN news.citations.first_seen_at IS 'When Dateline stored it.';

COMMENT ON COLUMN news.citations.place IS 'Position among the article''s links, from 1.';

COMMENT ON COLUMN news.citations.article_id IS 'Key of the article that cites.';

COMMENT ON COLUMN news.citations.cited_article_id IS 'Key of the archived article that it links to; empty if that is not archived.';

CREATE VIEW news.co_mentions AS
 SELECT m.name_id,
    o.name_id AS other_id,
    n.kind AS other_kind,
    n.name AS other_name,
    count(*) AS articles,
    ( SELECT own.name
           FROM dateline.name own
          WHERE (own.id = m.name_id)) AS name,
    'list'::text AS origin,
    'list'::text AS other_origin
   FROM ((dateline.mention m
     JOIN dateline.mention o ON (((o.article_id = m.article_id) AND (o.name_id <> m.name_id))))
     JOIN dateline.name n ON ((n.id = o.name_id)))
  GROUP BY m.name_id, o.name_id, n.kind, n.name
UNION ALL
 SELECT m.name_id,
    NULL::text AS other_id,
    e.kind AS other_kind,
    e.name AS other_name,
    count(DISTINCT e.article_id) AS articles,
    ( SELECT own.name
           FROM dateline.name own
          WHERE (own.id = m.name_id)) AS name,
    'list'::text AS origin,
    'model'::text AS other_origin
   FROM (dateline.mention m
     JOIN dateline.entity e ON ((e.article_id = m.article_id)))
  WHERE (NOT (EXISTS ( SELECT
           FROM dateline.name_form f
          WHERE ((f.name_id = m.name_id) AND (f.folded = dateline.fold(e.name))))))
  GROUP BY m.name_id, e.kind, e.name
UNION ALL
 SELECT NULL::text AS name_id,
    o.name_id AS other_id,
    n.kind AS other_kind,
    n.name AS other_name,
    count(DISTINCT e.article_id) AS articles,
    e.name,
    'model'::text AS origin,
    'list'::text AS other_origin
   FROM ((dateline.entity e
     JOIN dateline.mention o ON ((o.article_id = e.article_id)))
     JOIN dateline.name n ON ((n.id = o.name_id)))
  WHERE (NOT (EXISTS ( SELECT
           FROM dateline.name_form f
          WHERE ((f.name_id = o.name_id) AND (f.folded = dateline.fold(e.name))))))
  GROUP BY o.name_id, n.kind, n.name, e.name
UNION ALL
 SELECT NULL::text AS name_id,
    NULL::text AS other_id,
    o.kind AS other_kind,
    o.name AS other_name,
    count(DISTINCT e.article_id) AS articles,
    e.name,
    'model'::text AS origin,
    'model'::text AS other_origin
   FROM (dateline.entity e
     JOIN dateline.entity o ON (((o.article_id = e.article_id) AND (o.name <> e.name))))
  GROUP BY o.kind, o.name, e.name;

COMMENT ON VIEW news.co_mentions IS 'Which names are in the same articles. Filter by name_id, or by name and origin = ''model'': both are indexed.';

COMMENT ON COLUMN news.co_mentions.name_id IS 'The name''s id; empty if a model recognised it.';

COMMENT ON COLUMN news.co_mentions.other_id IS 'The id of the name that is mentioned with it; empty if a model recognised that.';

COMMENT ON COLUMN news.co_mentions.other_kind IS 'person, organisation, place or product.';

COMMENT ON COLUMN news.co_mentions.other_name IS 'The other name.';

COMMENT ON COLUMN news.co_mentions.articles IS 'Articles that mention both, copies included.';

COMMENT ON COLUMN news.co_mentions.name IS 'The name.';

COMMENT ON COLUMN news.co_mentions.origin IS 'list (`dateline names`) or model (a plug-in recognised it).';

COMMENT ON COLUMN news.co_mentions.other_origin IS 'The same of the other name.';

CREATE VIEW news.copies AS
 SELECT a.url AS copy_url,
    o.url AS original_url,
    c.kind,
    c.containment,
    c.containment_back,
    a.site AS copy_site,
    o.site AS original_site,
    a.first_seen_at AS copy_first_seen_at,
    o.first_seen_at AS original_first_seen_at,
    c.evidence,
    c.decided_at,
    c.first_by,
    c.confidence,
    c.why,
    c.family_id AS copy_family,
    f.url AS family_url
   FROM (((dateline.copy c
     JOIN dateline.article a ON ((a.id = c.article_id)))
     JOIN dateline.article f ON ((f.id = c.family_id)))
     LEFT JOIN dateline.article o ON ((o.id = c.original_id)));

COMMENT ON VIEW news.copies IS 'The same text on another site: each article of a copy family but one, with its original where that is known.';

COMMENT ON COLUMN news.copies.copy_url IS 'The copy; where original_url is empty, it may be the original itself.';

COMMENT ON COLUMN news.copies.original_url IS 'The original, as the evidence shows; empty where it is not known which was first.';

COMMENT ON COLUMN news.copies.kind IS 'whole, excerpt or rewrite.';

COMMENT ON COLUMN news.copies.containment IS 'Share of the copy that is in the original (or in the article of family_url).';

COMMENT ON COLUMN news.copies.containment_back IS 'Share of the original (or of the article of family_url) that is in the copy.';

COMMENT ON COLUMN news.copies.copy_site IS 'Site of the copy.';

COMMENT ON COLUMN news.copies.original_site IS 'Site of the original.';

COMMENT ON COLUMN news.copies.copy_first_seen_at IS 'When the copy was stored.';

COMMENT ON COLUMN news.copies.original_first_seen_at IS 'When the original was stored.';

COMMENT ON COLUMN news.copies.evidence IS 'The evidence for the decision.';

COMMENT ON COLUMN news.copies.decided_at IS 'When it was last decided.';

COMMENT ON COLUMN news.copies.first_by IS 'The evidence that it is later than another of its family: seen (our visits), credit (its own word), date (the publishers'' dates alone), or unknown: which was first is not known.';

COMMENT ON COLUMN news.copies.confidence IS 'high, medium, low or none: how hard that evidence is to forge.';

COMMENT ON COLUMN news.copies.why IS 'The evidence in a sentence.';

COMMENT ON COLUMN news.copies.copy_family IS 'The number of its family, as in news.articles.';

COMMENT ON COLUMN news.copies.family_url IS 'The article by which the family is known: the original or, where that is not known, the one that we saw first.';

CREATE VIEW news.coverage AS
 SELECT source,
    hour,
    state,
    (state = ANY (ARRAY['visited'::text, 'unchanged'::text, 'nothing_due'::text])) AS is_covered,
    visits,
    unchanged,
    changed,
    failed,
        CASE
            WHEN (state = ANY (ARRAY['down'::text, 'paused'::text, 'overdue'::text, 'no_archive'::text])) THEN state
            ELSE NULL::text
        END AS not_visited_because,
    new_articles,
    expected_articles,
    minutes_up,
    new_headlines,
    backfilled
   FROM ( SELECT o.name AS source,
            s.hour,
                CASE
                    WHEN (c.changed > 0) THEN 'visited'::text
                    WHEN (c.unchanged > 0) THEN 'unchanged'::text
                    WHEN ((c.failed > 0) OR c.was_unseen) THEN 'failed'::text
                    WHEN (EXISTS ( SELECT
                       FROM dateline.source_rest r
                      WHERE ((r.source_id = o.id) AND ((r.since)::timestamp with time zone < (s.hour + '01:00:00'::interval)) AND ((r.until IS NULL) OR ((r.until)::timestamp with time zone > s.hour))))) THEN 'paused'::text
                    WHEN (bit_count(s.blocked) > LEAST((10)::bigint, bit_count(s.ran))) THEN 'no_archive'::text
                    WHEN ((bit_count(s.ran))::numeric < ((EXTRACT(epoch FROM (LEAST((s.hour + '01:00:00'::interval), now()) - GREATEST(s.hour, (o.created_at)::timestamp with time zone, b.first_start))) / (60)::numeric) - (10)::numeric)) THEN 'down'::text
                    WHEN c.was_overdue THEN 'overdue'::text
                    ELSE 'nothing_due'::text
                END AS state,
            COALESCE(c.visits, 0) AS visits,
            COALESCE(c.unchanged, 0) AS unchanged,
            COALESCE(c.changed, 0) AS changed,
            COALESCE(c.failed, 0) AS failed,
            COALESCE(c.new_articles, 0) AS new_articles,
            COALESCE(c.new_headlines, 0) AS new_headlines,
            COALESCE(c.backfilled, 0) AS backfilled,
            round((e.hourly[(((24 * (EXTRACT(isodow FROM (s.hour AT TIME ZONE 'UTC'::text)))::integer) - 23) + (EXTRACT(hour FROM (s.hour AT TIME ZONE 'UTC'::text)))::integer)])::numeric, 2) AS expected_articles,
            (bit_count(s.ran))::integer AS minutes_up
           FROM ((((dateline.source o
             CROSS JOIN ( SELECT ((k.hour)::timestamp with time zone + make_interval(mins => (POSITION(('1'::"bit") IN ((k.ran | k.blocked))) - 1))) AS first_start
                   FROM dateline.service_hour k
                  ORDER BY k.hour
                 LIMIT 1) b)
             JOIN ( SELECT (k.hour)::timestamp with time zone AS hour,
                    k.ran,
                    k.blocked
                   FROM dateline.service_hour k
                UNION ALL
                 SELECT g.g,
                    (repeat('0'::text, 60))::bit(60) AS repeat,
                    (repeat('0'::text, 60))::bit(60) AS repeat
                   FROM generate_series(( SELECT (max((l.hour)::timestamp with time zone) + '01:00:00'::interval)
                           FROM dateline.service_hour l
                          WHERE ((l.hour)::timestamp with time zone <= now())), now(), '01:00:00'::interval) g(g)) s ON (((s.hour >= date_trunc('hour'::text, (o.created_at)::timestamp with time zone, 'UTC'::text)) AND (s.hour <= now()) AND ((o.removed_at IS NULL) OR (s.hour < (o.removed_at)::timestamp with time zone)))))
             LEFT JOIN dateline.coverage_hour c ON (((c.source_id = o.id) AND ((c.hour)::timestamp with time zone = s.hour))))
             LEFT JOIN dateline.source_expectation e ON ((e.source_id = o.id)))
        UNION ALL
         SELECT o.name,
            (c.hour)::timestamp with time zone AS hour,
            'backfilled'::text AS text,
            0,
            0,
            0,
            0,
            0,
            0,
            c.backfilled,
            NULL::numeric AS "numeric",
            0
           FROM (dateline.coverage_hour c
             JOIN dateline.source o ON ((o.id = c.source_id)))
          WHERE ((c.backfilled > 0) AND ((c.hour)::timestamp with time zone < COALESCE(GREATEST(date_trunc('hour'::text, (o.created_at)::timestamp with time zone, 'UTC'::text), ( SELECT min((k.hour)::timestamp with time zone) AS min
                   FROM dateline.service_hour k)), 'infinity'::timestamp with time zone)))) h;

COMMENT ON VIEW news.coverage IS 'Each source and each hour since it is watched: whether it was visited, with what result, and if not, why. Complete: an hour without a row is before the source was added, after it was removed, or before the first start. Of those before, the hours in which articles were published that a backfill brought have rows: backfilled.';

COMMENT ON COLUMN news.coverage.source IS 'Name of the source.';

COMMENT ON COLUMN news.coverage.hour IS 'Start of the hour (UTC).';

COMMENT ON COLUMN news.coverage.state IS 'visited (a page had changed), unchanged (all answers were as before), nothing_due (the service ran; no visit was due), failed (no visit got a valid response, or the server wrongly said that nothing had changed), overdue (due, but not visited: the service was behind or the host had asked for a pause), down (the service did not run), no_archive (the archive could not be written, so nothing was fetched), paused, or backfilled (before it was watched; a backfill brought articles of the hour). In the first three, "no article" means "no news".';

COMMENT ON COLUMN news.coverage.is_covered IS 'Whether we were looking: state is visited, unchanged or nothing_due.';

COMMENT ON COLUMN news.coverage.visits IS 'Visits of its watched pages that started in the hour.';

COMMENT ON COLUMN news.coverage.unchanged IS 'Visits that found the page unchanged.';

COMMENT ON COLUMN news.coverage.changed IS 'Visits that found it changed.';

COMMENT ON COLUMN news.coverage.failed IS 'Visits without a valid response.';

COMMENT ON COLUMN news.coverage.not_visited_because IS 'Why there was no visit in an hour that is not covered: down, paused or overdue; otherwise empty.';

COMMENT ON COLUMN news.coverage.new_articles IS 'Articles first seen in the hour; without headlines.';

COMMENT ON COLUMN news.coverage.expected_articles IS 'Articles that are usual in this hour of this weekday; empty if too little is known.';

COMMENT ON COLUMN news.coverage.minutes_up IS 'Minutes of the hour in which the service ran. An hour without a visit is down if more than ten are missing since the first start and the adding of the source.';

COMMENT ON COLUMN news.coverage.new_headlines IS 'Items first stored in the hour as headlines, without a text.';

COMMENT ON COLUMN news.coverage.backfilled IS 'Articles published in the hour that a backfill brought, whatever the state; not among new_articles.';

CREATE VIEW news.coverage_days AS
 SELECT source,
    ((hour AT TIME ZONE 'UTC'::text))::date AS day,
    count(*) FILTER (WHERE (state <> ALL (ARRAY['paused'::text, 'backfilled'::text]))) AS hours,
    count(*) FILTER (WHERE is_covered) AS covered,
    round(((count(*) FILTER (WHERE is_covered))::numeric / (NULLIF(count(*) FILTER (WHERE (state <> ALL (ARRAY['paused'::text, 'backfilled'::text]))), 0))::numeric), 3) AS share,
    count(*) FILTER (WHERE (state = 'failed'::text)) AS failed,
    count(*) FILTER (WHERE (state = 'overdue'::text)) AS overdue,
    count(*) FILTER (WHERE (state = 'down'::text)) AS down,
    count(*) FILTER (WHERE (state = 'no_archive'::text)) AS no_archive,
    count(*) FILTER (WHERE (state = 'paused'::text)) AS paused,
    sum(visits) AS visits,
    sum(new_articles) AS new_articles,
    round(sum(expected_articles) FILTER (WHERE (state <> 'paused'::text)), 1) AS expected_articles,
    sum(new_headlines) AS new_headlines,
    sum(backfilled) AS backfilled
   FROM news.coverage c
  GROUP BY source, (((hour AT TIME ZONE 'UTC'::text))::date);

COMMENT ON VIEW news.coverage_days IS 'Each source and day (UTC): the share of its hours in which we were looking.';

COMMENT ON COLUMN news.coverage_days.source IS 'Name of the source.';

COMMENT ON COLUMN news.coverage_days.day IS 'Day (UTC).';

COMMENT ON COLUMN news.coverage_days.hours IS 'Hours in which it should be watched: 24, less those before it was added, while paused, and in the future.';

COMMENT ON COLUMN news.coverage_days.covered IS 'Hours of these in which we were looking.';

COMMENT ON COLUMN news.coverage_days.share IS 'covered / hours; empty if it was paused all day, or not yet watched.';

COMMENT ON COLUMN news.coverage_days.failed IS 'Hours in which every visit failed.';

COMMENT ON COLUMN news.coverage_days.overdue IS 'Hours in which it was due and not visited.';

COMMENT ON COLUMN news.coverage_days.down IS 'Hours in which the service did not run.';

COMMENT ON COLUMN news.coverage_days.no_archive IS 'Hours in which the archive could not be written.';

COMMENT ON COLUMN news.coverage_days.paused IS 'Hours in which it was paused.';

COMMENT ON COLUMN news.coverage_days.visits IS 'Visits.';

COMMENT ON COLUMN news.coverage_days.new_articles IS 'Articles first seen on the day; without headlines.';

COMMENT ON COLUMN news.coverage_days.expected_articles IS 'Articles that are usual in these hours.';

COMMENT ON COLUMN news.coverage_days.new_headlines IS 'Items first stored on the day as headlines, without a text.';

COMMENT ON COLUMN news.coverage_days.backfilled IS 'Articles published on the day that a backfill brought.';

CREATE VIEW news.credits AS
 SELECT credited_to,
    site,
    url,
    title,
    published_at,
    first_seen_at,
    id AS article_id
   FROM dateline.article a
  WHERE (credited_to IS NOT NULL);

COMMENT ON VIEW news.credits IS 'Articles that credit another outlet or an agency.';

COMMENT ON COLUMN news.credits.credited_to IS 'Outlet or agency as named on the page.';

COMMENT ON COLUMN news.credits.site IS 'Site of the article that credits.';

COMMENT ON COLUMN news.credits.url IS 'The article that credits.';

COMMENT ON COLUMN news.credits.title IS 'Its headline.';

COMMENT ON COLUMN news.credits.published_at IS 'Its publication.';

COMMENT ON COLUMN news.credits.first_seen_at IS 'When Dateline stored it.';

COMMENT ON COLUMN news.credits.article_id IS 'Its key.';

CREATE VIEW news.daily_counts AS
 SELECT d.day,
    d.site,
    s.name AS source,
    d.language,
    d.kind,
    d.articles,
    d.copies,
    d.words
   FROM (dateline.daily_count d
     LEFT JOIN dateline.source s ON ((s.id = d.source_id)));

COMMENT ON VIEW news.daily_counts IS 'Articles by day, site, source, language and kind; updated by the service within a minute.';

COMMENT ON COLUMN news.daily_counts.day IS 'Day of publication (UTC), or of storing if no date is known.';

COMMENT ON COLUMN news.daily_counts.site IS 'Registrable domain.';

COMMENT ON COLUMN news.daily_counts.source IS 'Name of the source.';

COMMENT ON COLUMN news.daily_counts.language IS 'ISO 639-1 code.';

COMMENT ON COLUMN news.daily_counts.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';

COMMENT ON COLUMN news.daily_counts.articles IS 'Articles, including copies.';

COMMENT ON COLUMN news.daily_counts.copies IS 'Copies among them.';

COMMENT ON COLUMN news.daily_counts.words IS 'Words of the articles.';

CREATE VIEW news.headline_edits AS
 SELECT a.url,
    a.site,
    e.before,
    e.title AS after,
    e.seen_at AS changed_at,
    e.modified_at AS declared_at,
    e.number AS revision,
    e.article_id
   FROM (( SELECT v.article_id,
            v.number,
            v.title,
            v.modified_at,
            v.seen_at,
            v.cause,
            lag(v.title) OVER (PARTITION BY v.article_id ORDER BY v.number) AS before
           FROM ( SELECT revision.article_id,
                    revision.number,
                    revision.title,
                    revision.modified_at,
                    revision.seen_at,
                    revision.cause
                   FROM dateline.revision
                UNION ALL
                 SELECT article.id,
                    article.revision,
                    article.title,
                    article.modified_at,
                    article.revised_at,
                    article.revision_cause
                   FROM dateline.article
                  WHERE (article.revision > 1)) v) e
     JOIN dateline.article a ON ((a.id = e.article_id)))
  WHERE ((e.cause = 'publisher'::text) AND (a.kind <> 'headline'::text) AND (e.before IS DISTINCT FROM e.title));

COMMENT ON VIEW news.headline_edits IS 'Headlines that a publisher changed, each with the previous one.';

COMMENT ON COLUMN news.headline_edits.url IS 'The article.';

COMMENT ON COLUMN news.headline_edits.site IS 'Its registrable domain.';

COMMENT ON COLUMN news.headline_edits.before IS 'Previous headline.';

COMMENT ON COLUMN news.headline_edits.after IS 'New headline.';

COMMENT ON COLUMN news.headline_edits.changed_at IS 'When the new one was first seen.';

COMMENT ON COLUMN news.headline_edits.declared_at IS 'When the publisher says it changed; empty, or no newer than before, if the edit was not declared.';

COMMENT ON COLUMN news.headline_edits.revision IS 'Number of the revision with the new headline.';

COMMENT ON COLUMN news.headline_edits.article_id IS 'The article''s key.';

CREATE VIEW news.headlines AS
 SELECT e.url,
    e.site,
    e.title,
    e.summary,
    e.authors,
    e.tags,
    e.language,
    e.published_at,
    e.modified_at,
    e.first_seen_at,
    e.kind,
    e.text_origin,
    e.no_page_text_because,
    e.word_count,
    e.source,
    e.removed_at,
    e.copy_of,
    e.story_id,
    e.dated_at,
    e.article_id,
    ( SELECT (u.hints -> 'enclosures'::text)
           FROM dateline.url u
          WHERE ((u.article_id = e.article_id) AND (u.hints ? 'enclosures'::text))
          ORDER BY u.id
         LIMIT 1) AS enclosures
   FROM dateline.every_article e
UNION ALL
 SELECT u.url,
    own.site,
    (u.hints ->> 'title'::text) AS title,
    (u.hints ->> 'summary'::text) AS summary,
    ARRAY( SELECT jsonb_array_elements_text((u.hints -> 'authors'::text)) AS jsonb_array_elements_text) AS authors,
    ARRAY( SELECT jsonb_array_elements_text((u.hints -> 'tags'::text)) AS jsonb_array_elements_text) AS tags,
    (u.hints ->> 'language'::text) AS language,
    ((u.hints ->> 'published_at'::text))::timestamp with time zone AS published_at,
    ((u.hints ->> 'modified_at'::text))::timestamp with time zone AS modified_at,
    u.discovered_at AS first_seen_at,
    'headline'::text AS kind,
    'none'::text AS text_origin,
        CASE
            WHEN (u.state = 'pending'::text) THEN 'pending'::text
            ELSE u.reason
        END AS no_page_text_because,
    0 AS word_count,
    s.name AS source,
    NULL::timestamp with time zone AS removed_at,
    NULL::text AS copy_of,
    NULL::bigint AS story_id,
    COALESCE(((u.hints ->> 'published_at'::text))::timestamp with time zone, (u.discovered_at)::timestamp with time zone) AS dated_at,
    NULL::bigint AS article_id,
    (u.hints -> 'enclosures'::text) AS enclosures
   FROM ((dateline.url u
     LEFT JOIN dateline.source s ON ((s.id = u.source_id)))
     CROSS JOIN LATERAL ( SELECT n.site
           FROM unnest(u.named_by) n(site)
          WHERE (('.'::text || regexp_replace(u.host, ':[0-9]+$'::text, ''::text)) ~~ ('%.'::text || n.site))
          ORDER BY (length(n.site)) DESC
         LIMIT 1) own)
  WHERE ((u.article_id IS NULL) AND (u.state = ANY (ARRAY['pending'::text, 'ended'::text, 'failed'::text])) AND (NOT u.is_hearsay) AND (u.hints ? 'title'::text) AND ((u.via = ANY (ARRAY['rss'::text, 'atom'::text, 'rdf'::text, 'json_feed'::text, 'news_sitemap'::text])) OR (EXISTS ( SELECT
           FROM dateline.feed_item i
          WHERE (i.url_id = u.id)))));

COMMENT ON VIEW news.headlines IS 'Every item that a site''s own feeds and news sitemaps have named, and every other article: one row each, with or without a text, and why there is none of its page.';

COMMENT ON COLUMN news.headlines.url IS 'Its address.';

COMMENT ON COLUMN news.headlines.site IS 'Registrable domain.';

COMMENT ON COLUMN news.headlines.title IS 'Its headline: of the page, or as the feed has it.';

COMMENT ON COLUMN news.headlines.summary IS 'The publisher''s own summary.';

COMMENT ON COLUMN news.headlines.authors IS 'Names from the byline, or as the feed has them.';

COMMENT ON COLUMN news.headlines.tags IS 'The publisher''s topics.';

COMMENT ON COLUMN news.headlines.language IS 'ISO 639-1 code.';

COMMENT ON COLUMN news.headlines.published_at IS 'When it was published.';

COMMENT ON COLUMN news.headlines.modified_at IS 'When the publisher says it was last changed.';

COMMENT ON COLUMN news.headlines.first_seen_at IS 'When Dateline stored it; when it was found, as long as its page waits to be fetched.';

COMMENT ON COLUMN news.headlines.kind IS 'The kind of article, or headline for an item without a text.';

COMMENT ON COLUMN news.headlines.text_origin IS 'Where the text in news.articles is from: page, feed (its site''s own feed), or none.';

COMMENT ON COLUMN news.headlines.no_page_text_because IS 'Why there is no text of the page: pending (it waits to be fetched), or as in news.articles. Empty if there is.';

COMMENT ON COLUMN news.headlines.word_count IS 'Words of the text; 0 without one.';

COMMENT ON COLUMN news.headlines.source IS 'Name of the source that led to it.';

COMMENT ON COLUMN news.headlines.removed_at IS 'When the publisher was found to have removed it.';

COMMENT ON COLUMN news.headlines.copy_of IS 'URL of the original, if this is the same text on another site.';

COMMENT ON COLUMN news.headlines.story_id IS 'The event that it is about; empty for items without a text.';

COMMENT ON COLUMN news.headlines.dated_at IS 'When it was published or, if no date is known, first seen.';

COMMENT ON COLUMN news.headlines.article_id IS 'Key, kept when the page opens later; empty while its page waits to be fetched for the first time, and for pages that were refused before headlines were kept.';

COMMENT ON COLUMN news.headlines.enclosures IS 'Files that the feed attaches: [{"url", "media_type"}].';

CREATE VIEW news.ledger AS
 SELECT u.url,
    u.state,
    u.reason,
    u.detail,
    u.attempts,
    u.next_attempt_at,
    u.discovered_at,
    u.finished_at,
    u.via,
    s.name AS source,
    f.url AS found_on,
    a.url AS article_url,
    u.host
   FROM (((dateline.url u
     LEFT JOIN dateline.source s ON ((s.id = u.source_id)))
     LEFT JOIN dateline.feed f ON ((f.id = u.feed_id)))
     LEFT JOIN dateline.article a ON ((a.id = u.article_id)))
  WHERE (u.state <> 'forgotten'::text);

COMMENT ON VIEW news.ledger IS 'Every discovered URL and its result.';

COMMENT ON COLUMN news.ledger.url IS 'As it was found.';

COMMENT ON COLUMN news.ledger.state IS 'pending, stored, duplicate, ended or failed.';

COMMENT ON COLUMN news.ledger.reason IS 'Why, in one word.';

COMMENT ON COLUMN news.ledger.detail IS 'Why, in a sentence.';

COMMENT ON COLUMN news.ledger.attempts IS 'Tries so far.';

COMMENT ON COLUMN news.ledger.next_attempt_at IS 'When the next try is due.';

COMMENT ON COLUMN news.ledger.discovered_at IS 'When it was first found.';

COMMENT ON COLUMN news.ledger.finished_at IS 'When its state was decided.';

COMMENT ON COLUMN news.ledger.via IS 'How it was found: rss, atom, news_sitemap, section, target …';

COMMENT ON COLUMN news.ledger.source IS 'Name of the source.';

COMMENT ON COLUMN news.ledger.found_on IS 'The watched page that named it.';

COMMENT ON COLUMN news.ledger.article_url IS 'URL of the article that it leads to.';

COMMENT ON COLUMN news.ledger.host IS 'Host.';

CREATE VIEW news.live_entries AS
 SELECT a.url,
    a.site,
    a.title AS blog_title,
    e.title,
    e.text,
    e.published_at,
    e.first_seen_at,
    e.changed_at,
    e.removed_at,
    e.place,
    e.published_offset_s,
    a.id AS article_id
   FROM (dateline.live_entry e
     JOIN dateline.article a ON ((a.id = e.article_id)));

COMMENT ON VIEW news.live_entries IS 'The entries of live blogs.';

COMMENT ON COLUMN news.live_entries.url IS 'The live blog.';

COMMENT ON COLUMN news.live_entries.site IS 'Its registrable domain.';

COMMENT ON COLUMN news.live_entries.blog_title IS 'Its headline.';

COMMENT ON COLUMN news.live_entries.title IS 'Headline of the entry.';

COMMENT ON COLUMN news.live_entries.text IS 'Text of the entry when last seen.';

COMMENT ON COLUMN news.live_entries.published_at IS 'When the entry was published.';

COMMENT ON COLUMN news.live_entries.first_seen_at IS 'When Dateline first saw it.';

COMMENT ON COLUMN news.live_entries.changed_at IS 'When its text was last seen to have changed.';

COMMENT ON COLUMN news.live_entries.removed_at IS 'When the page was first seen without it.';

COMMENT ON COLUMN news.live_entries.place IS 'Position on the page when last seen, from 1.';

COMMENT ON COLUMN news.live_entries.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';

COMMENT ON COLUMN news.live_entries.article_id IS 'The live blog''s key.';

CREATE VIEW news.mentions AS
 SELECT m.article_id,
    m.name_id,
    n.kind,
    n.name,
    m.mentions,
    m.in_title,
    m.first_at,
    a.dated_at,
    a.site,
    a.language,
    'list'::text AS origin,
    NULL::text AS model
   FROM ((dateline.mention m
     JOIN dateline.name n ON ((n.id = m.name_id)))
     JOIN dateline.article a ON ((a.id = m.article_id)))
UNION ALL
 SELECT e.article_id,
    NULL::text AS name_id,
    e.kind,
    e.name,
    e.mentions,
    e.in_title,
    e.first_at,
    a.dated_at,
    a.site,
    a.language,
    'model'::text AS origin,
    ((d.name || ' '::text) || d.version) AS model
   FROM ((dateline.entity e
     JOIN dateline.entity_model d ON ((d.id = e.model_id)))
     JOIN dateline.article a ON ((a.id = e.article_id)));

COMMENT ON VIEW news.mentions IS 'One row per article or headline and name that it mentions.';

COMMENT ON COLUMN news.mentions.article_id IS 'Key of the article.';

COMMENT ON COLUMN news.mentions.name_id IS 'The name''s id; empty if a model recognised it.';

COMMENT ON COLUMN news.mentions.kind IS 'person, organisation, place or product.';

COMMENT ON COLUMN news.mentions.name IS 'The name.';

COMMENT ON COLUMN news.mentions.mentions IS 'How often, headline and text together.';

COMMENT ON COLUMN news.mentions.in_title IS 'Whether the headline mentions it.';

COMMENT ON COLUMN news.mentions.first_at IS 'Where the text mentions it first, in characters from 0; empty if only the headline does.';

COMMENT ON COLUMN news.mentions.dated_at IS 'When the article was published, or stored if that is not known.';

COMMENT ON COLUMN news.mentions.site IS 'The article''s registrable domain.';

COMMENT ON COLUMN news.mentions.language IS 'The article''s language.';

COMMENT ON COLUMN news.mentions.origin IS 'list (`dateline names`) or model (a plug-in recognised it).';

COMMENT ON COLUMN news.mentions.model IS 'The model that recognised it, with its version; empty for a name of the list.';

CREATE VIEW news.mention_days AS
 SELECT name_id,
    kind,
    name,
    (((dated_at)::timestamp with time zone AT TIME ZONE 'UTC'::text))::date AS day,
    count(*) AS articles,
    sum(mentions) AS mentions,
    origin,
    model
   FROM news.mentions m
  GROUP BY name_id, kind, name, ((((dated_at)::timestamp with time zone AT TIME ZONE 'UTC'::text))::date), origin, model;

COMMENT ON VIEW news.mention_days IS 'How often names are mentioned, by day. Filter by name_id, or by name and origin = ''model'': both are indexed.';

COMMENT ON COLUMN news.mention_days.name_id IS 'The name''s id; empty if a model recognised it.';

COMMENT ON COLUMN news.mention_days.kind IS 'person, organisation, place or product.';

COMMENT ON COLUMN news.mention_days.name IS 'The name.';

COMMENT ON COLUMN news.mention_days.day IS 'Day of publication (UTC), or of storing if that is not known.';

COMMENT ON COLUMN news.mention_days.articles IS 'Articles that mention it, copies included.';

COMMENT ON COLUMN news.mention_days.mentions IS 'Mentions in them.';

COMMENT ON COLUMN news.mention_days.origin IS 'list (`dateline names`) or model (a plug-in recognised it).';

COMMENT ON COLUMN news.mention_days.model IS 'The model that recognised it, with its version; empty for a name of the list.';

CREATE VIEW news.merged_stories AS
 SELECT id AS story_id,
    merged_into
   FROM dateline.story s
  WHERE (merged_into IS NOT NULL);

COMMENT ON VIEW news.merged_stories IS 'Ids of stories that turned out to be part of another story.';

COMMENT ON COLUMN news.merged_stories.story_id IS 'The former id.';

COMMENT ON COLUMN news.merged_stories.merged_into IS 'The story that it is part of.';

CREATE VIEW news.names AS
 SELECT id AS name_id,
    kind,
    name,
    ARRAY( SELECT DISTINCT f.form
           FROM dateline.name_form f
          WHERE ((f.name_id = n.id) AND (f.form <> n.name))
          ORDER BY f.form) AS aliases
   FROM dateline.name n;

COMMENT ON VIEW news.names IS 'Names that are looked for in all articles (`dateline names`).';

COMMENT ON COLUMN news.names.name_id IS 'A Wikidata id, or one of your own.';

COMMENT ON COLUMN news.names.kind IS 'person, organisation, place or product.';

COMMENT ON COLUMN news.names.name IS 'The name.';

COMMENT ON COLUMN news.names.aliases IS 'Its other forms, of all languages.';

CREATE VIEW news.not_articles AS
 SELECT u.url,
    u.page_title AS title,
    u.article_probability AS probability,
    u.detail AS reasons,
    u.finished_at AS seen_at,
    s.name AS source,
    u.via
   FROM (dateline.url u
     LEFT JOIN dateline.source s ON ((s.id = u.source_id)))
  WHERE (u.reason = 'not_article'::text);

COMMENT ON VIEW news.not_articles IS 'Pages that were fetched and not stored, because they do not look like articles.';

COMMENT ON COLUMN news.not_articles.url IS 'As it was found.';

COMMENT ON COLUMN news.not_articles.title IS 'The page''s title.';

COMMENT ON COLUMN news.not_articles.probability IS 'How likely the page is an article, 0 to 1.';

COMMENT ON COLUMN news.not_articles.reasons IS 'What speaks against it, the strongest reasons first.';

COMMENT ON COLUMN news.not_articles.seen_at IS 'When it was last fetched.';

COMMENT ON COLUMN news.not_articles.source IS 'Name of the source.';

COMMENT ON COLUMN news.not_articles.via IS 'How it was found: rss, atom, news_sitemap, section, target …';

CREATE VIEW news.quarantine AS
 SELECT last.url,
        CASE
            WHEN (last.feed_id IS NULL) THEN 'page'::text
            ELSE 'feed'::text
        END AS kind,
    s.name AS source,
    last.reason,
    last.error,
    held.failures,
    held.first_at,
    last.at AS last_at,
    last.reader,
        CASE
            WHEN (last.feed_id IS NOT NULL) THEN (t.next_due_at)::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS next_attempt_at
   FROM (((((( SELECT quarantine.url_key,
            (count(*))::integer AS failures,
            min((quarantine.at)::timestamp with time zone) AS first_at,
            max(quarantine.id) AS last_id
           FROM dateline.quarantine
          WHERE (quarantine.released_at IS NULL)
          GROUP BY quarantine.url_key
         HAVING ((count(*) >= 3) OR bool_or((quarantine.reason = 'store_error'::text)))) held
     JOIN dateline.quarantine last ON ((last.id = held.last_id)))
     LEFT JOIN dateline.feed f ON ((f.id = last.feed_id)))
     LEFT JOIN dateline.feed_state t ON ((t.feed_id = f.id)))
     LEFT JOIN dateline.url u ON (((u.url_key = last.url_key) AND (last.feed_id IS NULL))))
     LEFT JOIN dateline.source s ON ((s.id = COALESCE(f.source_id, u.source_id))));

COMMENT ON VIEW news.quarantine IS 'Pages and feeds that are held because they broke their reader; `dateline quarantine release` releases them.';

COMMENT ON COLUMN news.quarantine.url IS 'The URL.';

COMMENT ON COLUMN news.quarantine.kind IS 'page or feed.';

COMMENT ON COLUMN news.quarantine.source IS 'Name of the source.';

COMMENT ON COLUMN news.quarantine.reason IS 'parse_timeout, parse_memory, parse_crash, or store_error.';

COMMENT ON COLUMN news.quarantine.error IS 'The last error.';

COMMENT ON COLUMN news.quarantine.failures IS 'How often it broke its reader.';

COMMENT ON COLUMN news.quarantine.first_at IS 'The first failure.';

COMMENT ON COLUMN news.quarantine.last_at IS 'The last failure.';

COMMENT ON COLUMN news.quarantine.reader IS 'Name and version of the reader; a newer version tries again automatically.';

COMMENT ON COLUMN news.quarantine.next_attempt_at IS 'When a feed is tried again; pages are not.';

CREATE VIEW news.revisions AS
 SELECT a.url,
    r.number,
    r.title,
    r.text,
    r.summary,
    r.word_count,
    r.modified_at,
    r.seen_at,
    r.cause,
    r.extractor,
    false AS is_present,
    a.id AS article_id,
    ((r.cause = 'publisher'::text) AND ( SELECT
                CASE
                    WHEN (dateline.change_notes(r.text) > dateline.change_notes(p.text)) THEN false
                    WHEN (num_nonnulls(r.modified_at, p.modified_at) > 0) THEN (NOT ((r.modified_at)::timestamp with time zone IS DISTINCT FROM (p.modified_at)::timestamp with time zone))
                    ELSE NULL::boolean
                END AS "case"
           FROM dateline.revision p
          WHERE ((p.article_id = r.article_id) AND (p.number = (r.number - 1))))) AS is_silent,
    r.text_origin
   FROM (dateline.revision r
     JOIN dateline.article a ON ((a.id = r.article_id)))
  WHERE (a.kind <> 'headline'::text)
UNION ALL
 SELECT a.url,
    a.revision AS number,
    a.title,
    a.text,
    a.summary,
    a.word_count,
    a.modified_at,
    a.revised_at AS seen_at,
    a.revision_cause AS cause,
    a.extractor,
    true AS is_present,
    a.id AS article_id,
    ((a.revision_cause = 'publisher'::text) AND ( SELECT
                CASE
                    WHEN (dateline.change_notes(a.text) > dateline.change_notes(p.text)) THEN false
                    WHEN (num_nonnulls(a.modified_at, p.modified_at) > 0) THEN (NOT ((a.modified_at)::timestamp with time zone IS DISTINCT FROM (p.modified_at)::timestamp with time zone))
                    ELSE NULL::boolean
                END AS "case"
           FROM dateline.revision p
          WHERE ((p.article_id = a.id) AND (p.number = (a.revision - 1))))) AS is_silent,
    a.text_origin
   FROM dateline.article a
  WHERE (a.kind <> 'headline'::text);

COMMENT ON VIEW news.revisions IS 'Every revision of every article, including the present one.';

COMMENT ON COLUMN news.revisions.url IS 'The article''s URL.';

COMMENT ON COLUMN news.revisions.number IS 'From 1, in the order in which they were seen.';

COMMENT ON COLUMN news.revisions.title IS 'Headline of the revision.';

COMMENT ON COLUMN news.revisions.text IS 'Body of the revision.';

COMMENT ON COLUMN news.revisions.summary IS 'Summary of the revision.';

COMMENT ON COLUMN news.revisions.word_count IS 'Words of the revision.';

COMMENT ON COLUMN news.revisions.modified_at IS 'When the publisher says it was changed.';

COMMENT ON COLUMN news.revisions.seen_at IS 'When it was first seen.';

COMMENT ON COLUMN news.revisions.cause IS 'first, publisher, boilerplate, re-extraction, or opened (its page was read for the first time).';

COMMENT ON COLUMN news.revisions.extractor IS 'Name and version of the extractor.';

COMMENT ON COLUMN news.revisions.is_present IS 'True for the present revision.';

COMMENT ON COLUMN news.revisions.article_id IS 'The article.';

COMMENT ON COLUMN news.revisions.is_silent IS 'True if the publisher changed it without a new date of change and without printing a correction or note of the change; null (unknown) if neither this text nor the previous one has such a date.';

COMMENT ON COLUMN news.revisions.text_origin IS 'Where its text is from: page, feed, or none (it was a headline).';

CREATE VIEW news.rights AS
 SELECT r.article_id,
    a.url,
    a.site,
    r.kind,
    r.value,
    r.origin,
    r.seen_at,
    r.gone_at
   FROM (dateline.article_right r
     JOIN dateline.article a ON ((a.id = r.article_id)));

COMMENT ON VIEW news.rights IS 'What publishers state about the use of their articles, one row for each article and statement. The setting obey_reservations says which of it keeps pages out of the archive.';

COMMENT ON COLUMN news.rights.article_id IS 'The article.';

COMMENT ON COLUMN news.rights.url IS 'Its URL.';

COMMENT ON COLUMN news.rights.site IS 'Registrable domain.';

COMMENT ON COLUMN news.rights.kind IS 'robots (a word of X-Robots-Tag or meta robots), tdm-reservation and tdm-policy (TDMRep), content-signal, content-usage, rsl (address of a licence); license, copyrightHolder, isAccessibleForFree (of its structured data).';

COMMENT ON COLUMN news.rights.value IS 'What is stated, at most 500 characters.';

COMMENT ON COLUMN news.rights.origin IS 'Found in: robots.txt, tdmrep.json, X-Robots-Tag, header, Link, meta or meta NAME, link or json-ld.';

COMMENT ON COLUMN news.rights.seen_at IS 'When it was first seen.';

COMMENT ON COLUMN news.rights.gone_at IS 'Since when the page no longer states it; empty while it is stated.';

CREATE VIEW news.site_files AS
 SELECT origin,
    path,
    status,
    encode(sha256, 'hex'::text) AS sha256,
    first_seen_at,
    last_seen_at,
    body
   FROM dateline.site_file f;

COMMENT ON VIEW news.site_files IS 'robots.txt and tdmrep.json of every site by version: one row for each time that a file changed.';

COMMENT ON COLUMN news.site_files.origin IS 'Scheme, host and port.';

COMMENT ON COLUMN news.site_files.path IS '/robots.txt or /.well-known/tdmrep.json.';

COMMENT ON COLUMN news.site_files.status IS 'HTTP status; 404: there is none.';

COMMENT ON COLUMN news.site_files.sha256 IS 'Hash of its bytes.';

COMMENT ON COLUMN news.site_files.first_seen_at IS 'When this version was first seen.';

COMMENT ON COLUMN news.site_files.last_seen_at IS 'When this version was last seen.';

COMMENT ON COLUMN news.site_files.body IS 'The text, cleaned.';

CREATE VIEW news.sources AS
 SELECT name,
    title,
    home,
    site,
    country,
    languages,
    tags,
    schedule,
    timezone,
    is_paused,
    created_at,
    ( SELECT count(*) AS count
           FROM dateline.feed f
          WHERE ((f.source_id = s.id) AND (f.crawl_id IS NULL) AND f.is_active)) AS watched_pages,
    ( SELECT max((t.last_ok_at)::timestamp with time zone) AS max
           FROM (dateline.feed f
             JOIN dateline.feed_state t ON ((t.feed_id = f.id)))
          WHERE (f.source_id = s.id)) AS last_ok_at,
    ( SELECT max((a.first_seen_at)::timestamp with time zone) AS max
           FROM dateline.article a
          WHERE (a.source_id = s.id)) AS last_article_at,
    ( SELECT min((t.next_due_at)::timestamp with time zone) AS min
           FROM (dateline.feed f
             JOIN dateline.feed_state t ON ((t.feed_id = f.id)))
          WHERE ((f.source_id = s.id) AND f.is_active AND (NOT s.is_paused))) AS next_due_at
   FROM dateline.source s
  WHERE (removed_at IS NULL);

COMMENT ON VIEW news.sources IS 'The sources that are watched.';

COMMENT ON COLUMN news.sources.name IS 'Unique short name.';

COMMENT ON COLUMN news.sources.title IS 'The outlet''s name.';

COMMENT ON COLUMN news.sources.home IS 'Home page.';

COMMENT ON COLUMN news.sources.site IS 'Registrable domain.';

COMMENT ON COLUMN news.sources.country IS 'ISO 3166-1 alpha-2, lower case.';

COMMENT ON COLUMN news.sources.languages IS 'ISO 639-1 codes.';

COMMENT ON COLUMN news.sources.tags IS 'The operator''s own labels.';

COMMENT ON COLUMN news.sources.schedule IS '"adaptive", "every 15m", or a cron line.';

COMMENT ON COLUMN news.sources.timezone IS 'Time zone of a cron line.';

COMMENT ON COLUMN news.sources.is_paused IS 'Not visited while true.';

COMMENT ON COLUMN news.sources.created_at IS 'When it was added.';

COMMENT ON COLUMN news.sources.watched_pages IS 'Feeds, sitemaps and section pages watched.';

COMMENT ON COLUMN news.sources.last_ok_at IS 'Last visit that got a valid response.';

COMMENT ON COLUMN news.sources.last_article_at IS 'When its last article was stored.';

COMMENT ON COLUMN news.sources.next_due_at IS 'When the next visit is due.';

CREATE VIEW news.stories AS
 SELECT s.id AS story_id,
    COALESCE(lead.title, m.first_title) AS headline,
    COALESCE(lead.url, m.first_url) AS lead_url,
    s.first_at AS first_published_at,
    m.first_seen_at,
    s.last_at AS last_published_at,
    m.articles,
    m.articles_with_copies,
    m.outlets,
    m.sites,
    m.languages,
    m.growth
   FROM ((dateline.story s
     LEFT JOIN dateline.article lead ON ((lead.id = s.lead_id)))
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE ((NOT h.is_copy) AND (NOT h.is_repeat))) AS articles,
            count(*) AS articles_with_copies,
            count(DISTINCT h.site) AS outlets,
            array_agg(DISTINCT h.site) AS sites,
            array_remove(array_agg(DISTINCT h.language), NULL::text) AS languages,
            min(h.first_seen_at) AS first_seen_at,
            (array_agg(h.title ORDER BY h.at, h.id))[1] AS first_title,
            (array_agg(h.url ORDER BY h.at, h.id))[1] AS first_url,
            ( SELECT jsonb_agg(jsonb_build_object('hour', g.hour, 'articles', g.articles) ORDER BY g.hour) AS jsonb_agg
                   FROM ( SELECT date_trunc('hour'::text, (n.at)::timestamp with time zone, 'UTC'::text) AS hour,
                            count(*) AS articles
                           FROM dateline.story_member n
                          WHERE (n.story_id = s.id)
                          GROUP BY (date_trunc('hour'::text, (n.at)::timestamp with time zone, 'UTC'::text))) g) AS growth
           FROM ( SELECT a.id,
                    a.site,
                    a.language,
                    a.title,
                    a.url,
                    n.at,
                    n.is_repeat,
                    (a.first_seen_at)::timestamp with time zone AS first_seen_at,
                    (EXISTS ( SELECT
                           FROM dateline.copy c
                          WHERE (c.article_id = a.id))) AS is_copy
                   FROM (dateline.story_member n
                     JOIN dateline.article a ON ((a.id = n.article_id)))
                  WHERE (n.story_id = s.id)) h) m)
  WHERE ((s.merged_into IS NULL) AND (m.articles_with_copies > 0));

COMMENT ON VIEW news.stories IS 'Events with the articles about them; an article without others about the same event is a story of its own. Filter and order by last_published_at: it is indexed, while the counts are computed for each row.';

COMMENT ON COLUMN news.stories.story_id IS 'Key, stable while the story grows; the larger part keeps it when stories are merged or split.';

COMMENT ON COLUMN news.stories.headline IS 'The headline shown for it: of the outlet nearest to its centre, each outlet having one vote.';

COMMENT ON COLUMN news.stories.lead_url IS 'The article with that headline.';

COMMENT ON COLUMN news.stories.first_published_at IS 'When its earliest article was published (or stored, if no date is known).';

COMMENT ON COLUMN news.stories.first_seen_at IS 'When Dateline stored the first of its articles.';

COMMENT ON COLUMN news.stories.last_published_at IS 'When its latest article was published.';

COMMENT ON COLUMN news.stories.articles IS 'Articles, each text once, without pages that repeat their outlet.';

COMMENT ON COLUMN news.stories.articles_with_copies IS 'All its articles, including copies and repeated pages.';

COMMENT ON COLUMN news.stories.outlets IS 'Number of sites with an article about it.';

COMMENT ON COLUMN news.stories.sites IS 'Their registrable domains.';

COMMENT ON COLUMN news.stories.languages IS 'Languages of its articles.';

COMMENT ON COLUMN news.stories.growth IS 'Articles by hour, including copies: [{"hour", "articles"}].';

CREATE VIEW news.story_growth AS
 SELECT m.story_id,
    date_trunc('hour'::text, (m.at)::timestamp with time zone, 'UTC'::text) AS hour,
    count(*) FILTER (WHERE ((c.article_id IS NULL) AND (NOT m.is_repeat))) AS articles,
    count(*) AS articles_with_copies,
    count(DISTINCT a.site) AS outlets
   FROM ((dateline.story_member m
     JOIN dateline.article a ON ((a.id = m.article_id)))
     LEFT JOIN dateline.copy c ON ((c.article_id = a.id)))
  GROUP BY m.story_id, (date_trunc('hour'::text, (m.at)::timestamp with time zone, 'UTC'::text));

COMMENT ON VIEW news.story_growth IS 'The growth of stories: articles by hour.';

COMMENT ON COLUMN news.story_growth.story_id IS 'The story.';

COMMENT ON COLUMN news.story_growth.hour IS 'Start of the hour, UTC.';

COMMENT ON COLUMN news.story_growth.articles IS 'Articles published in it, each text once.';

COMMENT ON COLUMN news.story_growth.articles_with_copies IS 'Articles published in it, including copies.';

COMMENT ON COLUMN news.story_growth.outlets IS 'Sites that published them.';

CREATE VIEW news.visits AS
 SELECT s.name AS source,
    f.url AS page,
    f.kind,
    v.started_at,
    v.finished_at,
    v.outcome,
    v.status,
    v.found,
    v.new,
    v.bytes,
    v.warnings,
    v.detail
   FROM ((dateline.visit v
     JOIN dateline.feed f ON ((f.id = v.feed_id)))
     LEFT JOIN dateline.source s ON ((s.id = v.source_id)));

COMMENT ON VIEW news.visits IS 'Every poll of a watched page.';

COMMENT ON COLUMN news.visits.source IS 'Name of the source.';

COMMENT ON COLUMN news.visits.page IS 'The watched page.';

COMMENT ON COLUMN news.visits.kind IS 'feed, news_sitemap, sitemap, section, home or auto.';

COMMENT ON COLUMN news.visits.started_at IS 'When it began.';

COMMENT ON COLUMN news.visits.finished_at IS 'When it ended.';

COMMENT ON COLUMN news.visits.outcome IS 'changed, not_modified, same_body, or why it failed (false_304: a wrong not_modified).';

COMMENT ON COLUMN news.visits.status IS 'HTTP status.';

COMMENT ON COLUMN news.visits.found IS 'Candidates that the page named.';

COMMENT ON COLUMN news.visits.new IS 'Those that were new.';

COMMENT ON COLUMN news.visits.bytes IS 'Bytes of the body.';

COMMENT ON COLUMN news.visits.warnings IS 'What was malformed.';

COMMENT ON COLUMN news.visits.detail IS 'More about a failure.';

CREATE VIEW news.who_was_first AS
 SELECT story_id,
    place,
    site,
    url,
    title,
    published_at,
    first_seen_at,
        CASE
            WHEN ((published_precision = 'minute'::text) AND bool_and((published_precision = 'minute'::text)) FILTER (WHERE (place = 1)) OVER (PARTITION BY story_id)) THEN round((EXTRACT(epoch FROM (published_at - min(published_at) FILTER (WHERE (place = 1)) OVER (PARTITION BY story_id))) / (60)::numeric), 1)
            ELSE NULL::numeric
        END AS minutes_after_first,
    is_copy,
    copy_of,
    articles,
    article_id,
    published_precision,
    (count(*) OVER (PARTITION BY story_id, place) = 1) AS is_certain
   FROM ( SELECT t.story_id,
            t.site,
            t.url,
            t.title,
            t.first_seen_at,
            t.is_copy,
            t.copy_of,
            t.articles,
            t.article_id,
                CASE
                    WHEN (t.claim && t.span) THEN t.given_at
                    ELSE t.seen_at
                END AS published_at,
                CASE
                    WHEN (t.claim && t.span) THEN t.given_precision
                    ELSE 'seen'::text
                END AS published_precision,
            (1 + ( SELECT count(*) AS count
                   FROM UNNEST(t.spans, t.soughts, t.absents, t.seens) r(span, sought_at, absent_at, seen_at)
                  WHERE ((r.span << t.span) AND ((t.seen_at < r.sought_at) IS NOT TRUE) AND ((r.absent_at IS NOT NULL) OR ((r.seen_at > t.absent_at) IS NOT TRUE))))) AS place
           FROM ( SELECT d.story_id,
                    d.site,
                    d.url,
                    d.title,
                    d.first_seen_at,
                    d.is_copy,
                    d.copy_of,
                    d.articles,
                    d.article_id,
                    d.claim,
                    d.span,
                    d.given_at,
                    d.given_precision,
                    d.seen_at,
                    d.absent_at,
                    array_agg(d.absent_at) OVER (PARTITION BY d.story_id) AS absents,
                    array_agg(d.seen_at) OVER (PARTITION BY d.story_id) AS seens,
                    array_agg(d.span) OVER (PARTITION BY d.story_id) AS spans,
                    array_agg(d.sought_at) OVER (PARTITION BY d.story_id) AS soughts
                   FROM ( SELECT DISTINCT ON (m.story_id, a.site) m.story_id,
                            a.site,
                            a.url,
                            a.title,
                            (a.first_seen_at)::timestamp with time zone AS first_seen_at,
                            known.seen_at,
                            (a.sought_at)::timestamp with time zone AS sought_at,
                            (a.absent_at)::timestamp with time zone AS absent_at,
                            known.claim,
                            dateline.appearance(known.claim, (a.absent_at)::timestamp with time zone, known.seen_at) AS span,
                            (a.published_at)::timestamp with time zone AS given_at,
                            COALESCE(a.published_precision, 'minute'::text) AS given_precision,
                            (orig.id IS NOT NULL) AS is_copy,
                            orig.url AS copy_of,
                            count(*) OVER (PARTITION BY m.story_id, a.site) AS articles,
                            a.id AS article_id
                           FROM ((((dateline.story_member m
                             JOIN dateline.article a ON ((a.id = m.article_id)))
                             CROSS JOIN LATERAL ( SELECT (COALESCE(a.text_seen_at, a.first_seen_at))::timestamp with time zone AS seen_at,
                                    dateline.span((a.published_at)::timestamp with time zone, a.published_precision) AS claim) known)
                             LEFT JOIN dateline.copy c ON ((c.article_id = a.id)))
                             LEFT JOIN dateline.article orig ON ((orig.id = c.original_id)))
                          ORDER BY m.story_id, a.site, m.at, a.first_seen_at, a.id) d) t) o;

COMMENT ON VIEW news.who_was_first IS 'The outlets of each story in the order of their first articles.';

COMMENT ON COLUMN news.who_was_first.story_id IS 'The story.';

COMMENT ON COLUMN news.who_was_first.place IS '1 for the first outlet: one more than the number of outlets that were surely earlier. Outlets with the same place have no known order.';

COMMENT ON COLUMN news.who_was_first.site IS 'Registrable domain of the outlet.';

COMMENT ON COLUMN news.who_was_first.url IS 'Its first article about it.';

COMMENT ON COLUMN news.who_was_first.title IS 'Headline of that article.';

COMMENT ON COLUMN news.who_was_first.published_at IS 'When that article was published, as the outlet says; when it was first seen if the outlet gives no date, or one that our visits refute.';

COMMENT ON COLUMN news.who_was_first.first_seen_at IS 'When Dateline stored it.';

COMMENT ON COLUMN news.who_was_first.minutes_after_first IS 'Minutes after the first outlet; empty unless both are known to the minute.';

COMMENT ON COLUMN news.who_was_first.is_copy IS 'True if that article is shown to be a later copy of another''s text.';

COMMENT ON COLUMN news.who_was_first.copy_of IS 'URL of the original, where it is a copy.';

COMMENT ON COLUMN news.who_was_first.articles IS 'Articles of the outlet in this story, including copies.';

COMMENT ON COLUMN news.who_was_first.article_id IS 'Key of the article.';

COMMENT ON COLUMN news.who_was_first.published_precision IS 'How exactly published_at is known: minute, local (14 hours to both sides), day, or seen (by then, at the latest).';

COMMENT ON COLUMN news.who_was_first.is_certain IS 'False where other outlets have the same place: which of them was first is not known.';

ALTER TABLE ONLY dateline.alarm_hook_notice
    ADD CONSTRAINT alarm_hook_notice_pkey PRIMARY KEY (place, alarm_id);

ALTER TABLE ONLY dateline.alarm_hook
    ADD CONSTRAINT alarm_hook_pkey PRIMARY KEY (place);

ALTER TABLE ONLY dateline.alarm_mail
    ADD CONSTRAINT alarm_mail_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY dateline.alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.alarm_recipient
    ADD CONSTRAINT alarm_recipient_pkey PRIMARY KEY (address);

ALTER TABLE ONLY dateline.alarm_webhook
    ADD CONSTRAINT alarm_webhook_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY dateline.alias
    ADD CONSTRAINT alias_pkey PRIMARY KEY (url_key);

ALTER TABLE ONLY dateline.allowance
    ADD CONSTRAINT allowance_source_id_key UNIQUE NULLS NOT DISTINCT (source_id);

ALTER TABLE ONLY dateline.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY dateline.article
    ADD CONSTRAINT article_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.article_right
    ADD CONSTRAINT article_right_pkey PRIMARY KEY (article_id, kind, value, origin);

ALTER TABLE ONLY dateline.article_seen
    ADD CONSTRAINT article_seen_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY dateline.article_task
    ADD CONSTRAINT article_task_pkey PRIMARY KEY (article_id, task);

ALTER TABLE ONLY dateline.article
    ADD CONSTRAINT article_url_key_key UNIQUE (url_key);

ALTER TABLE ONLY dateline.backfill
    ADD CONSTRAINT backfill_crawl_id_key UNIQUE (crawl_id);

ALTER TABLE ONLY dateline.backfill_item
    ADD CONSTRAINT backfill_item_backfill_id_url_key_key UNIQUE (backfill_id, url_key);

ALTER TABLE ONLY dateline.backfill_item
    ADD CONSTRAINT backfill_item_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.backfill_page
    ADD CONSTRAINT backfill_page_backfill_id_way_url_hash_key UNIQUE (backfill_id, way, url_hash);

ALTER TABLE ONLY dateline.backfill_page
    ADD CONSTRAINT backfill_page_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.backfill
    ADD CONSTRAINT backfill_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.backfill_way
    ADD CONSTRAINT backfill_way_pkey PRIMARY KEY (backfill_id, way);

ALTER TABLE ONLY dateline.boilerplate_host
    ADD CONSTRAINT boilerplate_host_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.boilerplate_host
    ADD CONSTRAINT boilerplate_host_scope_key UNIQUE (scope);

ALTER TABLE ONLY dateline.console_user
    ADD CONSTRAINT console_user_name_key UNIQUE (name);

ALTER TABLE ONLY dateline.console_user
    ADD CONSTRAINT console_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.copy
    ADD CONSTRAINT copy_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY dateline.coverage_hour
    ADD CONSTRAINT coverage_hour_pkey PRIMARY KEY (source_id, hour);

ALTER TABLE ONLY dateline.crawl
    ADD CONSTRAINT crawl_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.daily_count
    ADD CONSTRAINT daily_count_day_site_source_id_language_kind_key UNIQUE NULLS NOT DISTINCT (day, site, source_id, language, kind);

ALTER TABLE ONLY dateline.daily_count_state
    ADD CONSTRAINT daily_count_state_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY dateline.entity_model
    ADD CONSTRAINT entity_model_name_version_key UNIQUE (name, version);

ALTER TABLE ONLY dateline.entity_model
    ADD CONSTRAINT entity_model_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.entity
    ADD CONSTRAINT entity_pkey PRIMARY KEY (article_id, model_id, kind, name);

ALTER TABLE ONLY dateline.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (archive_file, archive_offset);

ALTER TABLE ONLY dateline.feed_asked
    ADD CONSTRAINT feed_asked_pkey PRIMARY KEY (feed_id);

ALTER TABLE ONLY dateline.feed_former
    ADD CONSTRAINT feed_former_pkey PRIMARY KEY (source_id, url_hash);

ALTER TABLE ONLY dateline.feed_item
    ADD CONSTRAINT feed_item_pkey PRIMARY KEY (url_id);

ALTER TABLE ONLY dateline.feed_move
    ADD CONSTRAINT feed_move_pkey PRIMARY KEY (feed_id);

ALTER TABLE ONLY dateline.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.feed_rhythm
    ADD CONSTRAINT feed_rhythm_pkey PRIMARY KEY (feed_id);

ALTER TABLE ONLY dateline.feed_state
    ADD CONSTRAINT feed_state_pkey PRIMARY KEY (feed_id);

ALTER TABLE ONLY dateline."fetch"
    ADD CONSTRAINT fetch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.forget_count
    ADD CONSTRAINT forget_count_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY dateline.forgotten
    ADD CONSTRAINT forgotten_pkey PRIMARY KEY (url_key);

ALTER TABLE ONLY dateline.forgotten_site
    ADD CONSTRAINT forgotten_site_pkey PRIMARY KEY (host);

ALTER TABLE ONLY dateline.heartbeat
    ADD CONSTRAINT heartbeat_pkey PRIMARY KEY (process);

ALTER TABLE ONLY dateline.host_pace
    ADD CONSTRAINT host_pace_pkey PRIMARY KEY (host);

ALTER TABLE ONLY dateline.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);

ALTER TABLE ONLY dateline.lesson
    ADD CONSTRAINT lesson_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY dateline.live_entry
    ADD CONSTRAINT live_entry_pkey PRIMARY KEY (article_id, key);

ALTER TABLE ONLY dateline.mention
    ADD CONSTRAINT mention_pkey PRIMARY KEY (article_id, name_id);

ALTER TABLE ONLY dateline.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY dateline.name_form
    ADD CONSTRAINT name_form_name_id_form_language_key UNIQUE NULLS NOT DISTINCT (name_id, form, language);

ALTER TABLE ONLY dateline.name_list
    ADD CONSTRAINT name_list_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY dateline.name
    ADD CONSTRAINT name_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.paragraph
    ADD CONSTRAINT paragraph_pkey PRIMARY KEY (host_id, key);

ALTER TABLE ONLY dateline.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.recheck_day
    ADD CONSTRAINT recheck_day_pkey PRIMARY KEY (source_id, day);

ALTER TABLE ONLY dateline.recheck
    ADD CONSTRAINT recheck_pkey PRIMARY KEY (url_id);

ALTER TABLE ONLY dateline.revision
    ADD CONSTRAINT revision_pkey PRIMARY KEY (article_id, number);

ALTER TABLE ONLY dateline.robots
    ADD CONSTRAINT robots_pkey PRIMARY KEY (origin, path);

ALTER TABLE ONLY dateline.saved_query
    ADD CONSTRAINT saved_query_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.saved_query
    ADD CONSTRAINT saved_query_user_id_name_key UNIQUE NULLS NOT DISTINCT (user_id, name);

ALTER TABLE ONLY dateline.scouting
    ADD CONSTRAINT scouting_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY dateline.service_hour
    ADD CONSTRAINT service_hour_pkey PRIMARY KEY (hour);

ALTER TABLE ONLY dateline.site_file
    ADD CONSTRAINT site_file_pkey PRIMARY KEY (origin, path, first_seen_at);

ALTER TABLE ONLY dateline.source_expectation
    ADD CONSTRAINT source_expectation_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY dateline.source
    ADD CONSTRAINT source_name_key UNIQUE (name);

ALTER TABLE ONLY dateline.source
    ADD CONSTRAINT source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.source_rest
    ADD CONSTRAINT source_rest_pkey PRIMARY KEY (source_id, since);

ALTER TABLE ONLY dateline.story_member
    ADD CONSTRAINT story_member_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY dateline.story
    ADD CONSTRAINT story_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.story_vector
    ADD CONSTRAINT story_vector_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY dateline.story_vocabulary
    ADD CONSTRAINT story_vocabulary_pkey PRIMARY KEY (language);

ALTER TABLE ONLY dateline.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.subscription
    ADD CONSTRAINT subscription_token_key UNIQUE (token);

ALTER TABLE ONLY dateline.total
    ADD CONSTRAINT total_pkey PRIMARY KEY (name, labels, backend);

ALTER TABLE ONLY dateline.url
    ADD CONSTRAINT url_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.url
    ADD CONSTRAINT url_url_key_key UNIQUE (url_key);

ALTER TABLE ONLY dateline.visit
    ADD CONSTRAINT visit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.watch_delivery
    ADD CONSTRAINT watch_delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.watch_mail
    ADD CONSTRAINT watch_mail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.watch_mail
    ADD CONSTRAINT watch_mail_watch_id_address_key UNIQUE (watch_id, address);

ALTER TABLE ONLY dateline.watch_match
    ADD CONSTRAINT watch_match_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dateline.watch_match
    ADD CONSTRAINT watch_match_watch_id_article_id_key UNIQUE (watch_id, article_id);

ALTER TABLE ONLY dateline.watch
    ADD CONSTRAINT watch_name_key UNIQUE (name);

ALTER TABLE ONLY dateline.watch
    ADD CONSTRAINT watch_pkey PRIMARY KEY (id);

CREATE INDEX alarm_hook_notice_alarm ON dateline.alarm_hook_notice USING btree (alarm_id);

CREATE INDEX alarm_noticed ON dateline.alarm USING btree (noticed_at DESC);

CREATE UNIQUE INDEX alarm_standing ON dateline.alarm USING btree (source_id, kind) WHERE (until IS NULL);

CREATE INDEX alias_article ON dateline.alias USING btree (article_id);

CREATE INDEX alias_url ON dateline.alias USING hash (url);

CREATE UNIQUE INDEX api_token_name ON dateline.api_token USING btree (name) WHERE (revoked_at IS NULL);

CREATE INDEX api_token_user ON dateline.api_token USING btree (user_id);

CREATE INDEX article_authors ON dateline.article USING gin (authors);

CREATE INDEX article_canonical ON dateline.article USING btree (canonical_key) WHERE (canonical_key IS NOT NULL);

CREATE INDEX article_content ON dateline.article USING btree (content_hash);

CREATE INDEX article_dated ON dateline.article USING btree (dated_at DESC, id DESC);

CREATE INDEX article_first_seen ON dateline.article USING btree (first_seen_at DESC, id DESC);

CREATE INDEX article_headlines ON dateline.article USING btree (dated_at DESC, id DESC) WHERE (kind = 'headline'::text);

CREATE INDEX article_language ON dateline.article USING btree (language, dated_at DESC);

CREATE INDEX article_not_of_page ON dateline.article USING btree (dated_at DESC, id DESC) WHERE (text_origin <> 'page'::text);

CREATE INDEX article_published ON dateline.article USING btree (published_at DESC NULLS LAST, id DESC);

CREATE INDEX article_revised ON dateline.article USING btree (revised_at);

CREATE INDEX article_search ON dateline.article USING gin (search);

CREATE INDEX article_site ON dateline.article USING btree (site, first_seen_at DESC);

CREATE INDEX article_source ON dateline.article USING btree (source_id, first_seen_at DESC);

CREATE INDEX article_tags ON dateline.article USING gin (tags);

CREATE INDEX article_task_of ON dateline.article_task USING btree (task, article_id);

CREATE INDEX article_title_search ON dateline.article USING gin (ts_filter(search, '{a}'::"char"[]));

CREATE INDEX article_url ON dateline.article USING hash (url);

CREATE INDEX backfill_item_next ON dateline.backfill_item USING btree (backfill_id, rank, at DESC NULLS LAST, id) WHERE (state = 'waiting'::text);

CREATE UNIQUE INDEX backfill_open ON dateline.backfill USING btree (source_id) WHERE (state <> 'done'::text);

CREATE INDEX backfill_page_next ON dateline.backfill_page USING btree (backfill_id, rank, newest_at DESC NULLS LAST, id) WHERE (state = 'waiting'::text);

CREATE INDEX backfill_running ON dateline.backfill USING btree (host) WHERE (state = 'running'::text);

CREATE INDEX copy_decided ON dateline.copy USING btree (decided_at);

CREATE INDEX copy_family ON dateline.copy USING btree (family_id);

CREATE INDEX copy_original ON dateline.copy USING btree (original_id) WHERE (original_id IS NOT NULL);

CREATE INDEX coverage_by_hour ON dateline.coverage_hour USING btree (hour);

CREATE INDEX entity_folded ON dateline.entity USING btree (dateline.fold(name), article_id);

CREATE INDEX entity_of ON dateline.entity USING btree (name, article_id);

CREATE INDEX facet_folded ON dateline.facet USING hash (folded);

CREATE INDEX facet_value ON dateline.facet USING hash (value);

CREATE INDEX feed_due ON dateline.feed_state USING btree (next_due_at) WHERE (next_due_at IS NOT NULL);

CREATE INDEX feed_former_feed ON dateline.feed_former USING btree (feed_id);

CREATE INDEX feed_host ON dateline.feed USING btree (host) WHERE is_active;

CREATE INDEX feed_item_content ON dateline.feed_item USING btree (seen_at) WHERE (content IS NOT NULL);

CREATE UNIQUE INDEX feed_of_crawl ON dateline.feed USING btree (crawl_id, url_hash) WHERE (crawl_id IS NOT NULL);

CREATE UNIQUE INDEX feed_of_source ON dateline.feed USING btree (source_id, url_hash) WHERE (crawl_id IS NULL);

CREATE INDEX feed_parent ON dateline.feed USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX feed_url ON dateline.feed USING btree (url_hash);

CREATE INDEX fetch_archive ON dateline."fetch" USING btree (archive_file, archive_offset) WHERE (archive_file IS NOT NULL);

CREATE INDEX fetch_article ON dateline."fetch" USING btree (article_id) WHERE (article_id IS NOT NULL);

CREATE INDEX fetch_at ON dateline."fetch" USING brin (finished_at);

CREATE INDEX fetch_crawl ON dateline."fetch" USING btree (crawl_id, id) WHERE (crawl_id IS NOT NULL);

CREATE INDEX fetch_url ON dateline."fetch" USING btree (url_id, id);

CREATE INDEX lesson_fingerprint ON dateline.lesson USING btree (host_id, fingerprint);

CREATE INDEX lesson_story ON dateline.lesson USING btree (story_id) WHERE (keys <> '{}'::bigint[]);

CREATE INDEX mention_of ON dateline.mention USING btree (name_id, article_id);

CREATE INDEX name_form_folded ON dateline.name_form USING btree (folded);

CREATE INDEX paragraph_key ON dateline.paragraph USING btree (key);

CREATE INDEX quarantine_feed ON dateline.quarantine USING btree (feed_id) WHERE (feed_id IS NOT NULL);

CREATE INDEX quarantine_open ON dateline.quarantine USING btree (url_key) WHERE (released_at IS NULL);

CREATE INDEX quarantine_url ON dateline.quarantine USING btree (url_key);

CREATE INDEX recheck_day_of ON dateline.recheck_day USING btree (day);

CREATE INDEX recheck_due ON dateline.recheck USING btree (due_at);

CREATE INDEX recheck_host ON dateline.recheck USING btree (host, due_at);

CREATE INDEX recheck_source ON dateline.recheck USING btree (source_id);

CREATE INDEX sketch_article ON dateline.sketch USING brin (article_id) WITH (autosummarize='on');

CREATE INDEX sketch_hash ON dateline.sketch USING btree (hash);

CREATE INDEX story_last ON dateline.story USING btree (last_at DESC, id DESC) WHERE (merged_into IS NULL);

CREATE INDEX story_lead ON dateline.story USING btree (lead_id) WHERE (lead_id IS NOT NULL);

CREATE INDEX story_member_of ON dateline.story_member USING btree (story_id, at DESC);

CREATE INDEX story_merged ON dateline.story USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX story_term_article ON dateline.story_term USING btree (article_id);

CREATE INDEX story_term_at ON dateline.story_term USING btree (term, at);

CREATE INDEX story_vector_kept ON dateline.story_vector USING btree (kept_until);

CREATE UNIQUE INDEX subscription_feed ON dateline.subscription USING btree (feed_id) WHERE (state <> 'ending'::text);

CREATE INDEX subscription_next ON dateline.subscription USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX url_article ON dateline.url USING btree (article_id) WHERE (article_id IS NOT NULL);

CREATE INDEX url_crawl ON dateline.url USING btree (crawl_id, state) WHERE (crawl_id IS NOT NULL);

CREATE INDEX url_due ON dateline.url USING btree (next_attempt_at) WHERE (state = 'pending'::text);

CREATE INDEX url_feed ON dateline.url USING btree (feed_id) WHERE (feed_id IS NOT NULL);

CREATE INDEX url_lost ON dateline.url USING btree (finished_at DESC, id DESC) INCLUDE (state, reason) WHERE (state = ANY (ARRAY['failed'::text, 'ended'::text]));

CREATE INDEX url_not_article ON dateline.url USING btree (finished_at DESC) WHERE (reason = 'not_article'::text);

CREATE INDEX url_pending ON dateline.url USING btree (host, priority DESC, next_attempt_at) WHERE (state = 'pending'::text);

CREATE INDEX url_retried ON dateline.url USING btree (next_attempt_at, id) WHERE ((state = 'pending'::text) AND (attempts > 0));

CREATE INDEX url_source ON dateline.url USING btree (source_id, discovered_at DESC);

CREATE INDEX visit_at ON dateline.visit USING brin (finished_at);

CREATE INDEX visit_feed ON dateline.visit USING btree (feed_id, started_at DESC);

CREATE INDEX visit_source ON dateline.visit USING btree (source_id, started_at DESC);

CREATE INDEX visit_started ON dateline.visit USING btree (started_at) WHERE (crawl_id IS NULL);

CREATE INDEX watch_delivery_article ON dateline.watch_delivery USING btree (article_id);

CREATE INDEX watch_delivery_due ON dateline.watch_delivery USING btree (watch_id, next_attempt_at) WHERE (state = 'pending'::text);

CREATE INDEX watch_delivery_latest ON dateline.watch_delivery USING btree (watch_id, created_at DESC);

CREATE INDEX watch_match_article ON dateline.watch_match USING btree (article_id);

CREATE INDEX watch_match_latest ON dateline.watch_match USING btree (watch_id, id DESC);

CREATE TRIGGER count_added AFTER INSERT ON dateline.article REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_articles();

CREATE TRIGGER count_added AFTER INSERT ON dateline.copy REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();

CREATE TRIGGER count_added AFTER INSERT ON dateline."fetch" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_fetches();

CREATE TRIGGER count_added AFTER INSERT ON dateline.revision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();

CREATE TRIGGER count_added AFTER INSERT ON dateline.url REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();

CREATE TRIGGER count_added AFTER INSERT ON dateline.visit REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_visits();

CREATE TRIGGER count_gone AFTER DELETE ON dateline.article REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_articles();

CREATE TRIGGER count_gone AFTER DELETE ON dateline.copy REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();

CREATE TRIGGER count_gone AFTER DELETE ON dateline.revision REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();

CREATE TRIGGER count_gone AFTER DELETE ON dateline.url REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();

CREATE TRIGGER count_moved AFTER UPDATE ON dateline.article FOR EACH ROW WHEN ((((old.kind = 'headline'::text) <> (new.kind = 'headline'::text)) OR (old.source_id <> new.source_id) OR ((old.source_id IS NULL) AND (new.source_id IS NOT NULL)))) EXECUTE FUNCTION dateline.count_articles();

CREATE TRIGGER count_moved AFTER UPDATE ON dateline.url REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();

CREATE TRIGGER count_truncated AFTER TRUNCATE ON dateline.article FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_articles();

CREATE TRIGGER count_truncated AFTER TRUNCATE ON dateline.copy FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();

CREATE TRIGGER count_truncated AFTER TRUNCATE ON dateline.revision FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_rows();

CREATE TRIGGER count_truncated AFTER TRUNCATE ON dateline.url FOR EACH STATEMENT EXECUTE FUNCTION dateline.count_urls();

CREATE TRIGGER dated BEFORE INSERT OR UPDATE OF published_at, published_precision, first_seen_at ON dateline.article FOR EACH ROW EXECUTE FUNCTION dateline.set_dated_at();

ALTER TABLE dateline.article ENABLE ALWAYS TRIGGER dated;

CREATE TRIGGER keep_copy_family BEFORE DELETE ON dateline.article FOR EACH ROW EXECUTE FUNCTION dateline.keep_copy_family();

CREATE TRIGGER note_facets AFTER INSERT OR UPDATE OF authors, tags, section, credited_to ON dateline.article FOR EACH ROW EXECUTE FUNCTION dateline.note_facets();

CREATE TRIGGER note_rest AFTER INSERT OR UPDATE OF is_paused, removed_at ON dateline.source FOR EACH ROW EXECUTE FUNCTION dateline.note_rest();

ALTER TABLE ONLY dateline.alarm_hook_notice
    ADD CONSTRAINT alarm_hook_notice_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES dateline.alarm(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.alarm_hook_notice
    ADD CONSTRAINT alarm_hook_notice_place_fkey FOREIGN KEY (place) REFERENCES dateline.alarm_hook(place) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.alarm
    ADD CONSTRAINT alarm_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.alias
    ADD CONSTRAINT alias_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.allowance
    ADD CONSTRAINT allowance_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.api_token
    ADD CONSTRAINT api_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES dateline.console_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.article_right
    ADD CONSTRAINT article_right_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.article_seen
    ADD CONSTRAINT article_seen_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.article
    ADD CONSTRAINT article_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.article_task
    ADD CONSTRAINT article_task_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.backfill
    ADD CONSTRAINT backfill_crawl_id_fkey FOREIGN KEY (crawl_id) REFERENCES dateline.crawl(id);

ALTER TABLE ONLY dateline.backfill_item
    ADD CONSTRAINT backfill_item_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES dateline.backfill(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.backfill_page
    ADD CONSTRAINT backfill_page_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES dateline.backfill(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.backfill
    ADD CONSTRAINT backfill_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.backfill_way
    ADD CONSTRAINT backfill_way_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES dateline.backfill(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.copy
    ADD CONSTRAINT copy_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.copy
    ADD CONSTRAINT copy_original_id_fkey FOREIGN KEY (family_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.copy
    ADD CONSTRAINT copy_original_id_fkey1 FOREIGN KEY (original_id) REFERENCES dateline.article(id) ON DELETE SET NULL;

ALTER TABLE ONLY dateline.coverage_hour
    ADD CONSTRAINT coverage_hour_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.entity
    ADD CONSTRAINT entity_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.entity
    ADD CONSTRAINT entity_model_id_fkey FOREIGN KEY (model_id) REFERENCES dateline.entity_model(id);

ALTER TABLE ONLY dateline.feed_asked
    ADD CONSTRAINT feed_asked_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.feed
    ADD CONSTRAINT feed_crawl_id_fkey FOREIGN KEY (crawl_id) REFERENCES dateline.crawl(id);

ALTER TABLE ONLY dateline.feed_former
    ADD CONSTRAINT feed_former_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.feed_former
    ADD CONSTRAINT feed_former_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.feed_item
    ADD CONSTRAINT feed_item_url_id_fkey FOREIGN KEY (url_id) REFERENCES dateline.url(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.feed_move
    ADD CONSTRAINT feed_move_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.feed
    ADD CONSTRAINT feed_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES dateline.feed(id);

ALTER TABLE ONLY dateline.feed_rhythm
    ADD CONSTRAINT feed_rhythm_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.feed
    ADD CONSTRAINT feed_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.feed_state
    ADD CONSTRAINT feed_state_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline."fetch"
    ADD CONSTRAINT fetch_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE SET NULL;

ALTER TABLE ONLY dateline."fetch"
    ADD CONSTRAINT fetch_crawl_id_fkey FOREIGN KEY (crawl_id) REFERENCES dateline.crawl(id);

ALTER TABLE ONLY dateline."fetch"
    ADD CONSTRAINT fetch_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline."fetch"
    ADD CONSTRAINT fetch_url_id_fkey FOREIGN KEY (url_id) REFERENCES dateline.url(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.lesson
    ADD CONSTRAINT lesson_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.live_entry
    ADD CONSTRAINT live_entry_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.mention
    ADD CONSTRAINT mention_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.mention
    ADD CONSTRAINT mention_name_id_fkey FOREIGN KEY (name_id) REFERENCES dateline.name(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.name_form
    ADD CONSTRAINT name_form_name_id_fkey FOREIGN KEY (name_id) REFERENCES dateline.name(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.quarantine
    ADD CONSTRAINT quarantine_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.recheck_day
    ADD CONSTRAINT recheck_day_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.recheck
    ADD CONSTRAINT recheck_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.recheck
    ADD CONSTRAINT recheck_url_id_fkey FOREIGN KEY (url_id) REFERENCES dateline.url(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.revision
    ADD CONSTRAINT revision_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.saved_query
    ADD CONSTRAINT saved_query_user_id_fkey FOREIGN KEY (user_id) REFERENCES dateline.console_user(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.scouting
    ADD CONSTRAINT scouting_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.source_expectation
    ADD CONSTRAINT source_expectation_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.source_rest
    ADD CONSTRAINT source_rest_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.story
    ADD CONSTRAINT story_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES dateline.article(id) ON DELETE SET NULL;

ALTER TABLE ONLY dateline.story_member
    ADD CONSTRAINT story_member_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.story_member
    ADD CONSTRAINT story_member_story_id_fkey FOREIGN KEY (story_id) REFERENCES dateline.story(id);

ALTER TABLE ONLY dateline.story
    ADD CONSTRAINT story_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES dateline.story(id);

ALTER TABLE ONLY dateline.story_vector
    ADD CONSTRAINT story_vector_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.subscription
    ADD CONSTRAINT subscription_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.url
    ADD CONSTRAINT url_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE SET NULL;

ALTER TABLE ONLY dateline.url
    ADD CONSTRAINT url_crawl_id_fkey FOREIGN KEY (crawl_id) REFERENCES dateline.crawl(id);

ALTER TABLE ONLY dateline.url
    ADD CONSTRAINT url_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE SET NULL;

ALTER TABLE ONLY dateline.url
    ADD CONSTRAINT url_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.visit
    ADD CONSTRAINT visit_crawl_id_fkey FOREIGN KEY (crawl_id) REFERENCES dateline.crawl(id);

ALTER TABLE ONLY dateline.visit
    ADD CONSTRAINT visit_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES dateline.feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.visit
    ADD CONSTRAINT visit_source_id_fkey FOREIGN KEY (source_id) REFERENCES dateline.source(id);

ALTER TABLE ONLY dateline.watch_delivery
    ADD CONSTRAINT watch_delivery_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.watch_delivery
    ADD CONSTRAINT watch_delivery_watch_id_fkey FOREIGN KEY (watch_id) REFERENCES dateline.watch(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.watch_mail
    ADD CONSTRAINT watch_mail_watch_id_fkey FOREIGN KEY (watch_id) REFERENCES dateline.watch(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.watch_match
    ADD CONSTRAINT watch_match_article_id_fkey FOREIGN KEY (article_id) REFERENCES dateline.article(id) ON DELETE CASCADE;

ALTER TABLE ONLY dateline.watch_match
    ADD CONSTRAINT watch_match_watch_id_fkey FOREIGN KEY (watch_id) REFERENCES dateline.watch(id) ON DELETE CASCADE;
