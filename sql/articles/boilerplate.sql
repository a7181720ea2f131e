-- Paragraphs that a scope (a section, an author) repeats from story to story. Counts are halved as they are read, for
-- the time since they were written.

-- name: ask
-- Stories of the scope; stories per paragraph, if more than one and no text of another site; what was removed from the
-- same text before; and what the article was stored with.
SELECT h.stories >> dateline.halvings(h.halved_on, %(today)s) AS stories, p.keys, p.counts,
       (SELECT l.stripped FROM dateline.lesson l
        WHERE l.host_id = h.id AND l.fingerprint = %(fingerprint)s ORDER BY l.article_id LIMIT 1) AS judged,
       ARRAY(SELECT k FROM dateline.article a JOIN dateline.lesson l ON l.article_id = a.id, unnest(l.keys) AS k
             WHERE a.url_key = %(url_key)s AND l.host_id = h.id AND k <> ALL (l.stripped)) AS kept
FROM dateline.boilerplate_host h
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(key), '{}') AS keys,
           coalesce(array_agg(stories >> dateline.halvings(halved_on, %(today)s)), '{}') AS counts
    FROM dateline.paragraph p
    WHERE host_id = h.id AND key = ANY (%(keys)s::bigint[]) AND stories > 1
      AND NOT dateline.is_text_elsewhere(p.key, h.site, p.first_on)) AS p
WHERE h.scope = %(scope)s;

-- name: tellings
-- All that was taught by the stories which this page may be of: those that share most paragraphs with it, and the one
-- that the article (if it is known) was of until now, be it in another scope.
WITH h AS (SELECT id FROM dateline.boilerplate_host WHERE scope = %(scope)s),
     near AS (
    SELECT p.story_id FROM dateline.paragraph p
    WHERE p.host_id = (SELECT id FROM h) AND p.key = ANY (%(keys)s::bigint[])
    GROUP BY p.story_id ORDER BY count(*) DESC, p.story_id LIMIT 20)
SELECT l.article_id, l.host_id, l.story_id, l.keys, l.length
FROM dateline.lesson l
WHERE l.keys <> '{}'
  AND l.story_id = ANY (ARRAY(SELECT story_id FROM near
                              UNION SELECT story_id FROM dateline.lesson WHERE article_id = %(article_id)s))
ORDER BY l.article_id;

-- name: add_hosts
INSERT INTO dateline.boilerplate_host (scope, site, halved_on, pruned_on)
SELECT h.scope, h.site, %(today)s, %(today)s
FROM unnest(%(scopes)s::text[], %(sites)s::text[]) AS h (scope, site) ORDER BY h.scope
ON CONFLICT (scope) DO NOTHING;

-- name: lock_hosts
-- A statement of its own before the stories are looked up: what it waited for is then seen. Held until the pages are
-- committed. Sorted, so that no two writers wait for each other.
SELECT id, scope, pruned_on < %(today)s AS is_stale FROM dateline.boilerplate_host
 WHERE scope = ANY (%(scopes)s::text[]) ORDER BY id FOR UPDATE;

-- name: keep_lesson
-- What an article teaches, in place of what it taught before, and the paragraphs and stories that now count one more.
-- Sorted, as all writers of these rows are, so that no two wait for each other.
WITH l AS (
    INSERT INTO dateline.lesson (article_id, host_id, story_id, keys, length, stripped, fingerprint)
    VALUES (%(article_id)s, %(host_id)s, %(story_id)s, %(keys)s, %(length)s, %(stripped)s, %(fingerprint)s)
    ON CONFLICT (article_id) DO UPDATE
       SET host_id = excluded.host_id, story_id = excluded.story_id, keys = excluded.keys, length = excluded.length,
           stripped = excluded.stripped, fingerprint = excluded.fingerprint),
h AS (
    UPDATE dateline.boilerplate_host
       SET stories = greatest(0, (stories >> dateline.halvings(halved_on, %(today)s)) + %(stories)s),
           halved_on = halved_on + 60 * dateline.halvings(halved_on, %(today)s)
     WHERE id = %(host_id)s AND %(stories)s <> 0)
INSERT INTO dateline.paragraph AS p (host_id, key, stories, story_id, halved_on, first_on)
SELECT %(host_id)s, k, 1, %(story_id)s, %(today)s, %(today)s FROM unnest(%(more)s::bigint[]) AS k ORDER BY k
ON CONFLICT (host_id, key) DO UPDATE
   SET stories = (p.stories >> dateline.halvings(p.halved_on, %(today)s)) + 1, story_id = excluded.story_id,
       halved_on = p.halved_on + 60 * dateline.halvings(p.halved_on, %(today)s);

-- name: count_down
UPDATE dateline.paragraph p SET stories = greatest(0, p.stories - d.less)
FROM unnest(%(keys)s::bigint[], %(less)s::int[]) AS d (key, less)
WHERE p.host_id = %(host_id)s AND p.key = d.key;

-- name: join_stories
WITH l AS (UPDATE dateline.lesson SET story_id = %(story_id)s
            WHERE host_id = %(host_id)s AND story_id = ANY (%(joined)s::bigint[]))
UPDATE dateline.paragraph SET story_id = %(story_id)s
 WHERE host_id = %(host_id)s AND key = ANY (%(keys)s::bigint[]) AND story_id = ANY (%(joined)s::bigint[]);

-- name: prune
-- Once a day and scope: what has faded to nothing.
WITH p AS (DELETE FROM dateline.paragraph
            WHERE host_id = %(host_id)s AND stories >> dateline.halvings(halved_on, %(today)s) = 0)
UPDATE dateline.boilerplate_host SET pruned_on = %(today)s WHERE id = %(host_id)s;

-- name: lock_hosts_of
-- The scopes of these articles, before what they taught is taken back.
SELECT id FROM dateline.boilerplate_host
 WHERE id IN (SELECT host_id FROM dateline.lesson WHERE article_id = ANY (%(article_ids)s::bigint[]))
ORDER BY id FOR UPDATE;

-- name: unlearn
-- Take back what these articles taught and no other article of their stories did.
WITH doomed AS MATERIALIZED (
    SELECT article_id, host_id, story_id, keys FROM dateline.lesson
    WHERE article_id = ANY (%(article_ids)s::bigint[]) AND keys <> '{}'),
kept AS MATERIALIZED (
    SELECT l.host_id, l.story_id, l.keys FROM dateline.lesson l
    WHERE (l.host_id, l.story_id) IN (SELECT host_id, story_id FROM doomed) AND l.keys <> '{}'
      AND NOT EXISTS (SELECT FROM doomed d WHERE d.article_id = l.article_id)),
less AS (
    SELECT host_id, key, count(*)::int AS number
    FROM (SELECT host_id, story_id, unnest(keys) AS key FROM doomed
          EXCEPT SELECT host_id, story_id, unnest(keys) FROM kept) AS lost
    GROUP BY host_id, key),
ended AS (
    SELECT host_id, count(*)::int AS number
    FROM (SELECT host_id, story_id FROM doomed EXCEPT SELECT host_id, story_id FROM kept) AS over GROUP BY host_id),
h AS (
    UPDATE dateline.boilerplate_host h SET stories = greatest(0, h.stories - e.number) FROM ended e
    WHERE h.id = e.host_id)
UPDATE dateline.paragraph p SET stories = greatest(0, p.stories - less.number)
FROM less WHERE p.host_id = less.host_id AND p.key = less.key;

-- name: drop_lessons
DELETE FROM dateline.lesson WHERE article_id = ANY (%(article_ids)s::bigint[]);

-- name: drop_uncounted
-- Not even a hash stays of what only they had; a scope that nothing was learned of is gone.
WITH p AS (DELETE FROM dateline.paragraph p
            WHERE p.host_id = ANY (%(host_ids)s::int[])
              AND (p.stories = 0 OR NOT EXISTS (SELECT FROM dateline.lesson l WHERE l.host_id = p.host_id)))
DELETE FROM dateline.boilerplate_host h
 WHERE h.id = ANY (%(host_ids)s::int[]) AND NOT EXISTS (SELECT FROM dateline.lesson l WHERE l.host_id = h.id);

-- name: articles_of
-- Articles that are deleted next. FOR UPDATE, so that no lesson of theirs is added meanwhile.
SELECT id FROM dateline.article WHERE url_key = ANY (%(url_keys)s::uuid[]) ORDER BY id FOR UPDATE;
