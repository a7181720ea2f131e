-- Placing articles in stories. One placer at a time: two at once would each begin a story of one event.

-- name: try_lock
SELECT pg_try_advisory_xact_lock(1684830) AS taken;

-- name: lock
SELECT pg_advisory_xact_lock(1684830);

-- name: take_tasks
-- The articles that are still to be placed, oldest task first, with what decides. The rows go in the same transaction.
WITH taken AS (
    SELECT article_id FROM dateline.article_task WHERE task = 'story'
    ORDER BY article_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), done AS (
    DELETE FROM dateline.article_task t USING taken WHERE t.article_id = taken.article_id AND t.task = 'story'
)
SELECT a.id, a.title, left(a.text, %(characters)s) AS text, a.language, a.site,
       dateline.dated(a.published_at, a.published_precision, a.absent_at,
                      coalesce(a.text_seen_at, a.first_seen_at)) AS at,
       coalesce(c.family_id, a.id) AS family, m.story_id
FROM taken
JOIN dateline.article a ON a.id = taken.article_id
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.story_member m ON m.article_id = a.id
ORDER BY at, a.id;

-- name: neighbours
-- Stories of which some article has these terms, within the window round each newcomer; at most 40 articles per term.
-- Served by story_term_at.
SELECT DISTINCT m.story_id
FROM unnest(%(terms)s::bigint[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS k (term, from_at, to_at)
CROSS JOIN LATERAL (
    SELECT article_id FROM dateline.story_term
    WHERE term = k.term AND at BETWEEN k.from_at AND k.to_at ORDER BY at DESC LIMIT 40
) AS t
JOIN dateline.story_member m ON m.article_id = t.article_id;

-- name: stories_of
SELECT DISTINCT story_id FROM dateline.story_member WHERE article_id = ANY (%(ids)s::bigint[]);

-- name: members
-- The latest articles of these stories that are heard, with what they say. Served by story_member_of.
SELECT s.id AS story_id, s.language, m.article_id, a.site, coalesce(c.family_id, m.article_id) AS family, m.at,
       m.terms, m.weights, m.names
FROM unnest(%(ids)s::bigint[]) AS wanted (id)
JOIN dateline.story s ON s.id = wanted.id
CROSS JOIN LATERAL (
    SELECT o.article_id, o.at::timestamptz AS at, v.terms, v.weights, v.names
    FROM dateline.story_member o JOIN dateline.story_vector v ON v.article_id = o.article_id
    WHERE o.story_id = wanted.id ORDER BY o.at DESC LIMIT %(limit)s
) AS m
JOIN dateline.article a ON a.id = m.article_id
LEFT JOIN dateline.copy c ON c.article_id = m.article_id;

-- name: vocabularies
SELECT language, documents, counts FROM dateline.story_vocabulary WHERE language = ANY (%(languages)s::text[]);

-- name: keep_vocabulary
INSERT INTO dateline.story_vocabulary (language, documents, counts) VALUES (%(language)s, %(documents)s, %(counts)s)
ON CONFLICT (language) DO UPDATE SET documents = excluded.documents, counts = excluded.counts;

-- name: new_numbers
SELECT nextval(pg_get_serial_sequence('dateline.story', 'id')) FROM generate_series(1, %(count)s);

-- name: new_stories
INSERT INTO dateline.story (id, language, first_at, last_at, made_at)
OVERRIDING SYSTEM VALUE
SELECT id, language, at, at, %(now)s
FROM unnest(%(ids)s::bigint[], %(languages)s::text[], %(at)s::timestamptz[]) AS n (id, language, at);

-- name: forget_terms
DELETE FROM dateline.story_term WHERE article_id = ANY (%(ids)s::bigint[]);

-- name: keep_member
INSERT INTO dateline.story_member (article_id, story_id, at, placed_at, is_repeat)
VALUES (%(article_id)s, %(story_id)s, %(at)s, %(now)s, %(is_repeat)s)
ON CONFLICT (article_id) DO UPDATE
   SET story_id = excluded.story_id, at = excluded.at, placed_at = excluded.placed_at, is_repeat = excluded.is_repeat;

-- name: keep_vector
INSERT INTO dateline.story_vector (article_id, terms, weights, names, kept_until)
VALUES (%(article_id)s, %(terms)s, %(weights)s, %(names)s, %(kept_until)s)
ON CONFLICT (article_id) DO UPDATE
   SET terms = excluded.terms, weights = excluded.weights, names = excluded.names, kept_until = excluded.kept_until;

-- name: keep_terms
INSERT INTO dateline.story_term (term, at, article_id)
SELECT term, %(at)s, %(article_id)s FROM unnest(%(keys)s::bigint[]) AS term;

-- name: move_members
-- All articles of a story that became part of another, those that were not on the board included.
UPDATE dateline.story_member SET story_id = %(into)s, placed_at = %(now)s WHERE story_id = %(story_id)s;

-- name: merge_story
UPDATE dateline.story SET merged_into = %(into)s WHERE id = %(story_id)s OR merged_into = %(story_id)s;

-- name: move_article
UPDATE dateline.story_member SET story_id = %(story_id)s, placed_at = %(now)s WHERE article_id = %(article_id)s;

-- name: sum_up
-- The first and last publication of a story, and the article whose headline is shown for it. The date of an article
-- that was not asked for before another one of the story was stored makes the story no older than its storage.
UPDATE dateline.story s
   SET first_at = m.first_at, last_at = m.last_at, lead_id = coalesce(l.lead_id, s.lead_id)
  FROM unnest(%(ids)s::bigint[], %(leads)s::bigint[]) AS l (id, lead_id)
  CROSS JOIN LATERAL (
      SELECT min(a.first_seen_at::timestamptz) AS at
      FROM dateline.story_member o JOIN dateline.article a ON a.id = o.article_id WHERE o.story_id = l.id) AS stored
  CROSS JOIN LATERAL (
      SELECT min(CASE WHEN stored.at < a.sought_at
                      THEN greatest(o.at::timestamptz, a.first_seen_at) ELSE o.at::timestamptz END) AS first_at,
             max(o.at::timestamptz) AS last_at
      FROM dateline.story_member o JOIN dateline.article a ON a.id = o.article_id WHERE o.story_id = l.id) AS m
 WHERE s.id = l.id AND m.first_at IS NOT NULL;

-- name: drop_empty
-- Stories that no article is part of any more, and that nothing leads to.
DELETE FROM dateline.story s
 WHERE s.id = ANY (%(ids)s::bigint[]) AND s.merged_into IS NULL
   AND NOT EXISTS (SELECT FROM dateline.story_member m WHERE m.story_id = s.id)
   AND NOT EXISTS (SELECT FROM dateline.story o WHERE o.merged_into = s.id);

-- name: waiting
SELECT count(*) FROM dateline.article_task WHERE task = 'story';

-- name: prune
-- What no newcomer can be compared with any more.
WITH old AS (
    DELETE FROM dateline.story_vector WHERE kept_until < %(today)s RETURNING article_id
)
DELETE FROM dateline.story_term t USING old WHERE t.article_id = old.article_id;

-- name: recent
-- Served by story_last: only stories of that time are counted.
SELECT story_id, headline, first_published_at::timestamptz AS first_published_at,
       last_published_at::timestamptz AS last_published_at, articles, articles_with_copies, outlets, sites, languages,
       growth
FROM news.stories
WHERE last_published_at >= %(since)s AND outlets >= %(outlets)s
  AND (%(after)s::bigint[] IS NULL
       OR (outlets, articles_with_copies, story_id) < ((%(after)s)[1], (%(after)s)[2], (%(after)s)[3]))
ORDER BY outlets DESC, articles_with_copies DESC, story_id DESC
LIMIT %(limit)s;

-- name: tellers
SELECT place, site, url, title, published_at, published_precision, minutes_after_first::float8 AS minutes_after_first,
       is_certain, is_copy, copy_of, articles
FROM news.who_was_first
WHERE story_id = coalesce((SELECT merged_into FROM dateline.story WHERE id = %(story_id)s), %(story_id)s)
ORDER BY place, first_seen_at, article_id;
