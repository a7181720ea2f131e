-- Publishers' statements about the use of articles.

-- name: keep
-- What a page states now. With `is_all`, what it stated before and does not state any more is gone.
WITH said AS (
    SELECT s.kind, s.value, s.origin FROM unnest(%(kinds)s::text[], %(values)s::text[], %(origins)s::text[])
                                          AS s (kind, value, origin)
), gone AS (
    UPDATE dateline.article_right r SET gone_at = %(now)s
     WHERE r.article_id = %(article_id)s AND r.gone_at IS NULL AND %(is_all)s
       AND (r.kind, r.value, r.origin) NOT IN (SELECT s.kind, s.value, s.origin FROM said s)
)
INSERT INTO dateline.article_right AS r (article_id, kind, value, origin, seen_at)
SELECT %(article_id)s, s.kind, s.value, s.origin, %(now)s FROM said s
ON CONFLICT (article_id, kind, value, origin) DO UPDATE SET gone_at = NULL WHERE r.gone_at IS NOT NULL;

-- name: of_article
SELECT kind, value, origin, seen_at, gone_at FROM dateline.article_right
 WHERE article_id = %(article_id)s ORDER BY gone_at IS NOT NULL, kind, value, origin;
