-- Search: what its words mean to PostgreSQL, what its fields ask of an article, and the ways to the hits.

-- name: languages
-- The languages of the archive: one index jump through article_language each; xx for texts whose language is unknown.
WITH RECURSIVE jump AS (
    (SELECT language FROM dateline.article WHERE language IS NOT NULL ORDER BY language LIMIT 1)
    UNION ALL
    SELECT (SELECT a.language FROM dateline.article a WHERE a.language > j.language ORDER BY a.language LIMIT 1)
    FROM jump j WHERE j.language IS NOT NULL
)
SELECT language FROM jump WHERE language IS NOT NULL UNION ALL SELECT 'xx';

-- name: leaves
-- Each text as a tsquery in each configuration: PostgreSQL's own canonical form, empty for stop words.
SELECT l.place - 1 AS place, substring(c.config::text FROM '[^.]+$') AS config,
       dateline.word_query(c.config, l.text, l.is_prefix)::text AS lexemes
FROM unnest(%(texts)s::text[], %(is_prefix)s::boolean[]) WITH ORDINALITY AS l (text, is_prefix, place)
CROSS JOIN (SELECT DISTINCT dateline.fts_config(language) AS config
            FROM unnest(%(languages)s::text[]) AS given (language)) AS c;

-- name: filter_author
-- Of many articles: the values that fit are looked up once, in the list of all values. Served by article_authors.
a.authors && ARRAY(WITH v AS MATERIALIZED (SELECT dateline.name_patterns(f) AS patterns FROM unnest(?) AS f)
    SELECT f.value FROM v JOIN dateline.facet f ON ' ' || f.folded LIKE ALL (v.patterns) WHERE f.field = 'author')

-- name: filter_author_of_common
-- Where many values fit: && compares with each of them, this asks a hash table.
(SELECT bool_or(n.name IN (WITH v AS MATERIALIZED (SELECT dateline.name_patterns(f) AS patterns FROM unnest(?) AS f)
    SELECT f.value FROM v JOIN dateline.facet f ON ' ' || f.folded LIKE ALL (v.patterns) WHERE f.field = 'author'))
 FROM unnest(a.authors) AS n (name))

-- name: filter_author_of_few
-- Of few articles: each value is folded and compared. The same for the other fields.
EXISTS (WITH v AS MATERIALIZED (SELECT dateline.name_patterns(f) AS patterns FROM unnest(?) AS f)
        SELECT FROM unnest(a.authors) AS n (name), v WHERE ' ' || dateline.fold(n.name) LIKE ALL (v.patterns))

-- name: authors_fit
-- How many authors fit one of the texts, counted up to a number.
WITH v AS MATERIALIZED (SELECT dateline.name_patterns(f) AS patterns FROM unnest(%(values)s::text[]) AS f)
SELECT count(*) AS count FROM (
    SELECT FROM v JOIN dateline.facet f ON ' ' || f.folded LIKE ALL (v.patterns) WHERE f.field = 'author'
    LIMIT %(at_most)s) AS fitting;

-- name: filter_source
a.source_id = ANY (ARRAY(SELECT s.id FROM dateline.source s, unnest(?) AS v (value)
                          WHERE s.name = lower(v.value)
                             OR (dateline.fold(s.title) = dateline.fold(v.value) AND dateline.fold(v.value) <> '')))

-- name: filter_site
a.site = ANY (?)

-- name: of_hosts
EXISTS (SELECT FROM unnest(?) AS h (name)
         WHERE right('.' || split_part(split_part(a.url, '/', 3), ':', 1), length(h.name) + 1) = '.' || h.name)

-- name: filter_lang
a.language = ANY (?)

-- name: filter_section
a.section IN (SELECT f.value
    FROM unnest(ARRAY(SELECT dateline.fold(f) FROM unnest(?) AS f)) AS v (value)
    JOIN dateline.facet f ON strpos(f.folded, v.value) > 0 WHERE f.field = 'section' AND v.value <> '')

-- name: filter_section_of_few
EXISTS (SELECT FROM unnest(ARRAY(SELECT dateline.fold(f) FROM unnest(?) AS f)) AS v (value)
        WHERE v.value <> '' AND strpos(dateline.fold(a.section), v.value) > 0)

-- name: filter_credited
a.credited_to IN (SELECT f.value
    FROM unnest(ARRAY(SELECT dateline.fold(f) FROM unnest(?) AS f)) AS v (value)
    JOIN dateline.facet f ON strpos(f.folded, v.value) > 0 WHERE f.field = 'credited' AND v.value <> '')

-- name: filter_credited_of_few
EXISTS (SELECT FROM unnest(ARRAY(SELECT dateline.fold(f) FROM unnest(?) AS f)) AS v (value)
        WHERE v.value <> '' AND strpos(dateline.fold(a.credited_to), v.value) > 0)

-- name: filter_tag
a.tags && ARRAY(SELECT f.value FROM unnest(?) AS v (value)
    JOIN dateline.facet f ON f.folded = dateline.fold(v.value) WHERE f.field = 'tag' AND f.folded <> '')

-- name: filter_tag_of_few
EXISTS (SELECT FROM unnest(a.tags) AS t (tag), unnest(ARRAY(SELECT dateline.fold(f) FROM unnest(?) AS f)) AS v (value)
         WHERE v.value <> '' AND dateline.fold(t.tag) = v.value)

-- name: filter_name
-- Names of the list by their ids, and those that models recognised by their words, each by an index.
EXISTS (
    SELECT FROM (SELECT m.article_id, m.name_id AS key FROM dateline.mention m
                 UNION ALL SELECT e.article_id, dateline.fold(e.name) FROM dateline.entity e) AS n
    WHERE n.article_id = a.id AND n.key = ANY (ARRAY(
        SELECT k.key FROM unnest(?) AS v (value), LATERAL (
            SELECT f.name_id FROM dateline.name_form f WHERE f.folded = dateline.fold(v.value) OR f.name_id = v.value
            UNION ALL SELECT dateline.fold(v.value) WHERE dateline.fold(v.value) <> '') AS k (key))))

-- name: unknown_values
-- Of these values of fields those that the archive does not know: nothing has them.
SELECT v.field, v.value FROM unnest(%(fields)s::text[], %(values)s::text[]) WITH ORDINALITY AS v (field, value, place)
WHERE NOT CASE v.field
    WHEN 'source' THEN EXISTS (SELECT FROM dateline.source s
                               WHERE s.name = lower(v.value) OR dateline.fold(s.title) = dateline.fold(v.value))
    WHEN 'lang' THEN EXISTS (SELECT FROM dateline.article a WHERE a.language = v.value)
    WHEN 'site' THEN EXISTS (SELECT FROM dateline.article a WHERE a.site = v.value)
    WHEN 'author' THEN EXISTS (SELECT FROM dateline.facet f WHERE f.field = 'author'
                               AND ' ' || f.folded LIKE ALL (dateline.name_patterns(v.value)))
    WHEN 'tag' THEN EXISTS (SELECT FROM dateline.facet f WHERE f.field = 'tag' AND f.folded = dateline.fold(v.value))
    WHEN 'name' THEN EXISTS (SELECT FROM dateline.name_form f
                             WHERE f.folded = dateline.fold(v.value) OR f.name_id = v.value)
                  OR EXISTS (SELECT FROM dateline.entity e WHERE dateline.fold(e.name) = dateline.fold(v.value))
    ELSE EXISTS (SELECT FROM dateline.facet f WHERE f.field = v.field AND strpos(f.folded, dateline.fold(v.value)) > 0)
END
ORDER BY v.place;

-- name: near_values
-- What may have been meant by values that are not known: all sources, and of the other fields what begins alike.
SELECT 'source' AS field, unnest(ARRAY[s.name, s.title]) AS value FROM dateline.source s
WHERE 'source' = ANY (%(fields)s::text[])
UNION
SELECT alike.field, alike.value FROM (
    SELECT DISTINCT f.field, f.value FROM dateline.facet f
    JOIN unnest(%(fields)s::text[], %(values)s::text[]) AS v (field, value)
        ON v.field = f.field AND ' ' || f.folded LIKE '%% ' || left(dateline.fold(v.value), 2) || '%%'
    LIMIT 2000) AS alike;

-- name: filter_kind
a.kind = ANY (?)

-- name: filter_origin
a.text_origin = ANY (?)

-- name: has_text
a.word_count > 0

-- name: no_headlines
a.kind <> 'headline'

-- name: filter_story
-- An array, whose few articles are looked up by their key: of a subquery the planner does not see that it is short, and
-- reads all articles where the search has another field, or OR.
a.id = ANY (ARRAY(SELECT m.article_id FROM dateline.story_member m WHERE m.story_id = ANY (?)))

-- name: no_copies
-- Each text once: of a family its lead.
NOT EXISTS (SELECT FROM dateline.copy c WHERE c.article_id = a.id)

-- name: only_copies
EXISTS (SELECT FROM dateline.copy c WHERE c.article_id = a.id AND c.original_id IS NOT NULL)

-- name: newest_walk
-- The newest articles in order, so many at most, and which of them are hits. Served by article_dated.
SELECT n.id, n.dated_at, n.is_hit, n.place, n.first_at
FROM (SELECT a.id, a.dated_at, max(a.dated_at::timestamptz) OVER () AS first_at, ({condition}) IS TRUE AS is_hit,
             row_number() OVER (ORDER BY a.dated_at DESC, a.id DESC) AS place
      FROM (SELECT w.id, w.dated_at, w.search, w.url, w.site, w.source_id, w.language, w.section, w.kind, w.authors,
                   w.tags, w.credited_to, w.first_seen_at, w.text_origin, w.word_count
            FROM dateline.article w WHERE (w.dated_at, w.id) < ({at}, {id})
            ORDER BY w.dated_at DESC, w.id DESC LIMIT {width}) AS a) AS n
WHERE n.is_hit OR n.place = {width}
ORDER BY n.dated_at DESC, n.id DESC;

-- name: oldest
-- When the oldest article is dated. Served by article_dated.
SELECT greatest(a.dated_at::timestamptz, '1000-01-01') AS at FROM dateline.article a ORDER BY a.dated_at, a.id LIMIT 1;

-- name: newest_of_all
-- All hits from an instant on that lie further back than a place, sorted; the words' hits come from article_search,
-- those of a short time are cut out with article_dated before any article is read.
WITH hit AS MATERIALIZED (
    SELECT a.id, a.dated_at FROM dateline.article a
    WHERE {condition} AND (a.dated_at, a.id) < ({at}, {id}) AND a.dated_at >= {since}
)
SELECT id, dated_at FROM hit ORDER BY dated_at DESC, id DESC LIMIT {limit};

-- name: ranked
-- The best of these hits. Ranking reads the whole vector of each.
WITH scored AS MATERIALIZED (
    SELECT a.id, a.dated_at, ts_rank_cd(a.search, {words}, 1) AS rank
    FROM dateline.article a WHERE a.id = ANY ({ids}::bigint[])
)
SELECT id, dated_at, rank FROM scored
WHERE (rank, id) < ({rank}::real, {id})
ORDER BY rank DESC, id DESC LIMIT {limit};

-- name: headlines
-- Marked titles and snippets of a page of hits, on folded text, as the index has it: its signs come back afterwards.
SELECT a.id, ts_headline(dateline.fts_config(a.language), dateline.fold(left(a.title, 2000)), %(words)s::tsquery,
                         %(title_options)s) AS title,
       ts_headline(dateline.fts_config(a.language), dateline.fold(left(a.text, 20000)), %(words)s::tsquery,
                   %(options)s) AS snippet
FROM dateline.article a WHERE a.id = ANY (%(ids)s::bigint[]);

-- name: count
SELECT count(*) AS count FROM (SELECT FROM dateline.article a WHERE {condition} LIMIT {at_most}) AS hit;

-- name: any_headline
-- Served by article_headlines.
SELECT 1 AS found FROM dateline.article WHERE kind = 'headline' LIMIT 1;

-- name: timeline
-- date_trunc with a zone looks the zone up for each row, which takes twice as long.
SELECT cut.at AT TIME ZONE 'UTC' AS at, cut.count
FROM (SELECT date_trunc({unit}, a.dated_at::timestamptz AT TIME ZONE 'UTC') AS at, count(*) AS count
      FROM dateline.article a WHERE {condition} GROUP BY 1) AS cut
ORDER BY 1;

-- name: totals
SELECT cut.at AT TIME ZONE 'UTC' AS at, cut.count
FROM (SELECT date_trunc({unit}, a.dated_at::timestamptz AT TIME ZONE 'UTC') AS at, count(*) AS count
      FROM dateline.article a
      WHERE a.dated_at >= {since} AND a.dated_at < {until} AND a.kind <> 'headline' GROUP BY 1) AS cut;

-- name: facets
-- One pass over the hits; lists of authors are taken apart after they were counted. OFFSET 0: an index that has one of
-- the groups in order would be read from end to end, in the heap's worst order.
WITH hit AS (
    SELECT a.site, a.source_id, a.language, a.section, a.kind, a.authors,
           (a.dated_at::timestamptz AT TIME ZONE 'UTC')::date AS day
    FROM dateline.article a WHERE {condition} OFFSET 0
), counted AS MATERIALIZED (
    SELECT site, source_id, language, section, kind, authors, day, count(*) AS count,
           grouping(site, source_id, language, section, kind, authors, day) AS mask
    FROM hit GROUP BY GROUPING SETS ((site), (source_id), (language), (section), (kind), (authors), (day), ())
), named AS (
    SELECT 'site' AS facet, site AS value, count FROM counted WHERE mask = 63
    UNION ALL SELECT 'source', (SELECT s.name FROM dateline.source s WHERE s.id = source_id), count
                FROM counted WHERE mask = 95
    UNION ALL SELECT 'language', language, count FROM counted WHERE mask = 111
    UNION ALL SELECT 'section', section, count FROM counted WHERE mask = 119
    UNION ALL SELECT 'kind', kind, count FROM counted WHERE mask = 123
    UNION ALL SELECT 'author', author, sum(count) FROM counted, unnest(authors) AS author
               WHERE mask = 125 GROUP BY author
    UNION ALL SELECT 'day', to_char(day, 'YYYY-MM-DD'), count FROM counted WHERE mask = 126
    UNION ALL SELECT 'all', '', count FROM counted WHERE mask = 127
), placed AS (
    SELECT facet, value, count::bigint, row_number() OVER (PARTITION BY facet ORDER BY count DESC, value) AS place
    FROM named WHERE value IS NOT NULL
)
SELECT facet, value, count FROM placed WHERE place <= {top} OR facet = 'day' ORDER BY facet, place;

-- name: stored_after
-- Hits by key, up to a key below which every article is visible. All of the span are found before they are sorted: a
-- walk along the keys would read every article where the hits are rare.
WITH hit AS MATERIALIZED (
    SELECT a.id, a.dated_at FROM dateline.article a WHERE {condition} AND a.id > {id} AND a.id <= {last}
)
SELECT id, dated_at FROM hit ORDER BY id LIMIT {limit};

-- name: last_key
-- The highest key that was given out, be its article committed or not.
SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS id FROM dateline.article_id_seq;

-- name: writers
-- Transactions that may hold a key whose article is not visible yet: they lock the table before they take a key.
SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
WHERE locktype = 'relation' AND relation = 'dateline.article'::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- name: pause
SELECT pg_sleep({seconds}) IS NULL AS is_over;
