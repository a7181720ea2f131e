-- Names of interest: the list, the articles that wait to be looked through, and what they mention.

-- name: lock
-- One change of the list at a time.
UPDATE dateline.name_list SET version = version + 1;

-- name: put_names
INSERT INTO dateline.name AS n (id, kind, name)
SELECT r.id, r.kind, r.name
FROM unnest(%(ids)s::text[], %(kinds)s::text[], %(names)s::text[]) AS r (id, kind, name)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name
WHERE (n.kind, n.name) IS DISTINCT FROM (excluded.kind, excluded.name);

-- name: drop_forms
-- A file replaces the forms of its names in its languages.
DELETE FROM dateline.name_form f
USING (SELECT DISTINCT r.id, r.language FROM unnest(%(ids)s::text[], %(languages)s::text[]) AS r (id, language)) AS r
WHERE f.name_id = r.id AND f.language IS NOT DISTINCT FROM r.language;

-- name: put_forms
INSERT INTO dateline.name_form (name_id, form, folded, language)
SELECT r.id, r.form, dateline.fold(r.form), r.language
FROM unnest(%(ids)s::text[], %(forms)s::text[], %(languages)s::text[]) AS r (id, form, language)
ON CONFLICT DO NOTHING;

-- name: remove
DELETE FROM dateline.name WHERE id = ANY (%(ids)s) RETURNING id;

-- name: names
SELECT n.id, n.kind, n.name,
       (SELECT count(*) FROM dateline.mention m WHERE m.name_id = n.id) AS articles,
       ARRAY(SELECT DISTINCT f.form FROM dateline.name_form f
             WHERE f.name_id = n.id AND f.form <> n.name ORDER BY f.form) AS aliases
FROM dateline.name n
WHERE (%(kind)s::text IS NULL OR n.kind = %(kind)s) AND (%(text)s::text IS NULL OR EXISTS (
    SELECT FROM dateline.name_form f
    WHERE f.name_id = n.id AND strpos(f.folded, dateline.fold(%(text)s)) > 0))
ORDER BY n.name, n.id OFFSET %(skip)s LIMIT %(limit)s;

-- name: forms
SELECT f.name_id, n.kind, n.name, f.form, f.language
FROM dateline.name_form f JOIN dateline.name n ON n.id = f.name_id
ORDER BY f.name_id, f.language NULLS FIRST, f.form <> n.name, f.form;

-- name: version
SELECT version FROM dateline.name_list;

-- name: queue_all
-- Every article has to be looked through again. While the list is empty, none has.
INSERT INTO dateline.article_task (article_id, task, since)
SELECT a.id, 'name', %(now)s FROM dateline.article a
ON CONFLICT DO NOTHING;

-- name: waiting
SELECT count(*) FROM dateline.article_task WHERE task = 'name';

-- name: take_tasks
-- The newest first: watches wait for the names of what was just stored.
WITH batch AS (
    SELECT t.article_id FROM dateline.article_task t WHERE t.task = 'name'
    ORDER BY t.article_id DESC LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM dateline.article_task t USING batch
     WHERE t.task = 'name' AND t.article_id = batch.article_id
    RETURNING t.article_id
)
SELECT a.id, a.language, coalesce(a.title, '') AS title, a.text
FROM dateline.article a JOIN taken t ON t.article_id = a.id;

-- name: word_forms
-- Words as the search compares them: folded, and by their stem where PostgreSQL stems the language.
SELECT w.word, dateline.fold(w.word) AS folded,
       dateline.fold((ts_lexize(%(dictionary)s::regdictionary, w.word))[1]) AS stem
FROM unnest(%(words)s::text[]) AS w (word);

-- name: replace_mentions
WITH gone AS (
    DELETE FROM dateline.mention m
     WHERE m.article_id = ANY (%(articles)s::bigint[]) AND NOT EXISTS (
         SELECT FROM unnest(%(ids)s::bigint[], %(names)s::text[]) AS r (article_id, name_id)
         WHERE r.article_id = m.article_id AND r.name_id = m.name_id)
)
INSERT INTO dateline.mention AS m (article_id, name_id, mentions, in_title, first_at)
SELECT r.article_id, r.name_id, r.mentions, r.in_title, r.first_at
FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(counts)s::int[], %(in_title)s::boolean[], %(firsts)s::int[])
     AS r (article_id, name_id, mentions, in_title, first_at)
JOIN dateline.name n ON n.id = r.name_id
JOIN dateline.article a ON a.id = r.article_id
ON CONFLICT (article_id, name_id) DO UPDATE
   SET mentions = excluded.mentions, in_title = excluded.in_title, first_at = excluded.first_at
 WHERE (m.mentions, m.in_title, m.first_at)
       IS DISTINCT FROM (excluded.mentions, excluded.in_title, excluded.first_at);
