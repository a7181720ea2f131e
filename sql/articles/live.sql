-- name: keep_entries
-- The entries of a live blog as its page lists them now. Those that it no longer lists stay, marked; those that come
-- back are unmarked.
WITH listed AS (
    SELECT DISTINCT ON (key) key, place, title, text, published_at, offset_s
    FROM unnest(%(keys)s::uuid[], %(places)s::int[], %(titles)s::text[], %(texts)s::text[],
                %(published_at)s::timestamptz[], %(offsets_s)s::int[]) AS e (key, place, title, text, published_at,
                offset_s)
    ORDER BY key, place),
gone AS (
    UPDATE dateline.live_entry SET removed_at = %(now)s
     WHERE article_id = %(article_id)s AND removed_at IS NULL AND key NOT IN (SELECT key FROM listed))
INSERT INTO dateline.live_entry AS e (article_id, key, place, title, text, published_at, published_offset_s,
                                      first_seen_at)
SELECT %(article_id)s, key, place, title, text, published_at, offset_s, %(now)s FROM listed
ON CONFLICT (article_id, key) DO UPDATE
   SET place = excluded.place, title = excluded.title, text = excluded.text, published_at = excluded.published_at,
       published_offset_s = excluded.published_offset_s, removed_at = NULL,
       changed_at = CASE WHEN e.text <> excluded.text THEN %(now)s ELSE e.changed_at END;
