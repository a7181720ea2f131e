-- Names that models of plug-ins recognise, and the articles that wait for them.

-- name: use_models
-- These are used from now on; without any, no more articles wait. Those that do already stay,
-- for a scheduler that has plug-ins.
WITH given AS (
    SELECT m.name, m.version FROM unnest(%(names)s::text[], %(versions)s::text[]) AS m (name, version)
), dropped AS (
    UPDATE dateline.entity_model SET is_used = false
     WHERE is_used AND (name, version) NOT IN (SELECT g.name, g.version FROM given g)
)
INSERT INTO dateline.entity_model AS m (name, version, is_used) SELECT g.name, g.version, true FROM given g
ON CONFLICT (name, version) DO UPDATE SET is_used = true WHERE NOT m.is_used;

-- name: queue_all_entities
INSERT INTO dateline.article_task (article_id, task, since)
SELECT a.id, 'entity', %(now)s FROM dateline.article a
WHERE EXISTS (SELECT FROM dateline.entity_model WHERE is_used)
ON CONFLICT DO NOTHING;

-- name: waiting_for_models
-- The newest first.
SELECT a.id, a.language, coalesce(a.title, '') AS title, a.text, t.since
FROM dateline.article_task t JOIN dateline.article a ON a.id = t.article_id
WHERE t.task = 'entity' ORDER BY t.article_id DESC LIMIT %(limit)s;

-- name: left
-- Articles that wait for the list of names or for models.
SELECT count(DISTINCT article_id) FROM dateline.article_task WHERE task IN ('name', 'entity');

-- name: end_entity_task
-- None if the article was revised meanwhile: it is then read again.
DELETE FROM dateline.article_task
WHERE article_id = %(article_id)s AND task = 'entity' AND since = %(since)s RETURNING article_id;

-- name: drop_entities
-- Those of models that failed now, too: they may be of an earlier revision.
DELETE FROM dateline.entity WHERE article_id = %(article_id)s;

-- name: put_entities
INSERT INTO dateline.entity (article_id, model_id, kind, name, mentions, in_title, first_at)
SELECT %(article_id)s, m.id, r.kind, r.name, r.mentions, r.in_title, r.first_at
FROM unnest(%(kinds)s::text[], %(names)s::text[], %(counts)s::int[], %(in_title)s::boolean[], %(firsts)s::int[])
     AS r (kind, name, mentions, in_title, first_at)
JOIN dateline.entity_model m ON m.name = %(model)s AND m.version = %(version)s;
