-- Reading archived pages again.

-- name: to_read
-- The next articles, by number, that need to be read again: another extractor read them, their text holds a line that
-- has become boilerplate since, or a line was removed from it that is no longer boilerplate.
SELECT a.id AS article_id, a.url, a.title, a.content_hash, a.extractor, a.archive_file, a.archive_offset,
       a.archive_length, a.source_id, o.name AS source, coalesce(o.extraction, '{}') AS extraction,
       coalesce(o.title, '') AS source_title, u.url AS found_url, coalesce(u.via, 'archive') AS via,
       coalesce(u.hints, '{}') AS hints, coalesce(u.named_by, '{}') AS named_by,
       ARRAY(SELECT jsonb_build_object('url', l.url, 'file', f.archive_file, 'offset', f.archive_offset,
                                       'length', f.archive_length)
             FROM dateline.alias l
             LEFT JOIN LATERAL (
                 SELECT g.archive_file, g.archive_offset, g.archive_length
                 FROM dateline.url v JOIN dateline.fetch g ON g.url_id = v.id
                 WHERE v.url_key = l.url_key AND g.article_id = a.id AND g.reason = 'part'
                 ORDER BY g.fetched_at <= a.revised_at DESC, g.id DESC LIMIT 1) AS f ON true
             WHERE l.article_id = a.id AND l.why = 'part'
             UNION ALL
             (SELECT jsonb_build_object('url', g.final_url, 'file', g.archive_file, 'offset', g.archive_offset,
                                        'length', g.archive_length)
              FROM dateline.url v JOIN dateline.fetch g ON g.url_id = v.id
              WHERE v.article_id = a.id AND v.via <> 'part' AND g.article_id = a.id AND g.reason = 'part'
              ORDER BY g.fetched_at <= a.revised_at DESC, g.id DESC LIMIT 1)) AS parts
FROM dateline.article a
LEFT JOIN dateline.source o ON o.id = a.source_id
LEFT JOIN LATERAL (
    SELECT l.url, l.via, l.hints, l.named_by FROM dateline.url l WHERE l.article_id = a.id
    ORDER BY l.url_key = a.url_key DESC, l.id LIMIT 1) AS u ON true
WHERE a.id > %(after)s AND a.extractor <> %(imported)s AND a.text_origin = 'page'
  AND (%(source)s::text IS NULL OR o.name = %(source)s)
  AND (%(since)s::timestamptz IS NULL OR a.first_seen_at >= %(since)s)
  AND (%(site)s::text IS NULL OR a.site = %(site)s)
  AND (%(host)s::text IS NULL
       OR right('.' || lower(substring(a.url FROM '^https?://(?:[^/?#@]*@)?([^/:?#]+)')),
                length(%(host)s) + 1) = '.' || %(host)s)
  AND (%(everything)s OR a.extractor <> %(extractor)s OR (%(learned)s AND EXISTS (
       SELECT FROM dateline.lesson l
       JOIN dateline.boilerplate_host h ON h.id = l.host_id
       JOIN dateline.paragraph p ON p.host_id = l.host_id AND p.key = ANY (l.keys)
       WHERE l.article_id = a.id AND p.key <> ALL (l.stripped)
         AND h.stories >> dateline.halvings(h.halved_on, %(today)s) >= %(fewest_articles)s
         AND p.stories >> dateline.halvings(p.halved_on, %(today)s)
             >= greatest(%(fewest_stories)s,
                         %(smallest_share)s * (h.stories >> dateline.halvings(h.halved_on, %(today)s)))
         AND NOT dateline.is_text_elsewhere(p.key, h.site, p.first_on)))
       -- a line that was removed and is no longer boilerplate, although no count has faded since
       OR (%(learned)s AND a.first_seen_at > %(today)s::date - 60 AND EXISTS (
       SELECT FROM dateline.lesson l
       JOIN dateline.boilerplate_host h ON h.id = l.host_id
       CROSS JOIN unnest(l.stripped) AS line
       LEFT JOIN dateline.paragraph p ON p.host_id = l.host_id AND p.key = line
       WHERE l.article_id = a.id
         AND (p.key IS NULL OR p.stories < %(fewest_stories)s
              OR dateline.is_text_elsewhere(p.key, h.site, p.first_on)))))
ORDER BY a.id
LIMIT %(limit)s;

-- name: lock_article
-- The present revision of the article, locked until the transaction ends.
SELECT title, text, content_hash, extractor, revision, revised_at, revision_cause, removed_at, first_seen_at,
       archive_file, archive_offset
FROM dateline.article WHERE id = %(article_id)s FOR NO KEY UPDATE;

-- name: put_back
-- What reading again does not change: whether the publisher took the article down; and, where the text is what it was,
-- which revision is the present one.
UPDATE dateline.article
   SET removed_at = %(removed_at)s, revision = %(revision)s, revised_at = %(revised_at)s,
       revision_cause = %(revision_cause)s
 WHERE id = %(article_id)s;
