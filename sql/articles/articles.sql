-- Articles for people and scripts.

-- name: by_id
SELECT {{article_record}}
FROM dateline.article a
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.article o ON o.id = c.original_id
WHERE a.id = ANY (%(ids)s::bigint[]);

-- name: dated
SELECT url, dated_at::timestamptz AS dated_at FROM dateline.article WHERE id = %(id)s;

-- name: ledger_line
-- What is known of a URL: its ledger line by key.
SELECT u.id, u.url, u.state, u.reason, u.detail, u.attempts, u.next_attempt_at, u.discovered_at, u.finished_at, u.via,
       u.hints, s.name AS source, f.url AS found_on, u.article_id, u.crawl_id
FROM dateline.url u
LEFT JOIN dateline.source s ON s.id = u.source_id
LEFT JOIN dateline.feed f ON f.id = u.feed_id
WHERE u.url_key = %(url_key)s;

-- name: article_of_key
-- The article that a URL leads to, as itself or as an alias.
SELECT a.id, a.url, a.title, a.kind, a.first_seen_at, s.last_seen_at, a.revision, a.removed_at, o.url AS copy_of, l.why,
       f.url AS copy_lead,
       (SELECT count(*) FROM dateline.copy k WHERE k.family_id = coalesce(c.family_id, a.id)) AS others,
       c.first_by AS copy_first_by, c.confidence AS copy_confidence, c.why AS copy_why,
       a.archive_file, a.archive_offset, a.archive_expired_at, a.text_origin, a.no_page_text_because, a.is_rendered
FROM (SELECT id AS article_id, 'itself' AS why FROM dateline.article WHERE url_key = %(url_key)s
      UNION ALL SELECT article_id, why FROM dateline.alias WHERE url_key = %(url_key)s) AS l
JOIN dateline.article a ON a.id = l.article_id
JOIN dateline.article_seen s ON s.article_id = a.id
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.article o ON o.id = c.original_id
LEFT JOIN dateline.article f ON f.id = c.family_id
LIMIT 1;

-- name: watched_as
-- A URL as a page that names articles: of each source, and of the latest crawl that read it.
SELECT DISTINCT ON (f.source_id, f.crawl_id IS NULL)
       f.kind, s.name AS source, coalesce(s.is_paused, false) AS is_paused, v.started_at AS visited_at, v.outcome,
       v.found, CASE WHEN f.crawl_id IS NULL AND f.is_active THEN t.next_due_at END AS next_due_at
FROM dateline.feed f
LEFT JOIN dateline.feed_state t ON t.feed_id = f.id
LEFT JOIN dateline.source s ON s.id = f.source_id AND f.crawl_id IS NULL
LEFT JOIN LATERAL (SELECT started_at, outcome, found FROM dateline.visit
                    WHERE feed_id = f.id ORDER BY started_at DESC LIMIT 1) AS v ON true
WHERE f.host = %(host)s AND f.url = ANY (%(urls)s) AND s.removed_at IS NULL AND (f.is_active OR f.crawl_id IS NOT NULL)
ORDER BY f.source_id, f.crawl_id IS NULL, f.id DESC;

-- name: fetches_of
SELECT fetched_at, status, final_url, bytes, result, reason, archive_file, archive_offset
FROM dateline.fetch WHERE url_id = %(url_id)s ORDER BY id;

-- name: is_forgotten
SELECT EXISTS (SELECT FROM dateline.forgotten WHERE url_key = %(url_key)s)
    OR EXISTS (SELECT FROM dateline.forgotten_site WHERE host = %(site)s);

-- name: revisions_of
SELECT number, title, seen_at, cause FROM dateline.revision WHERE article_id = %(article_id)s ORDER BY number;

-- name: revision_texts
SELECT number, title, text, word_count, seen_at::timestamptz AS seen_at, modified_at::timestamptz AS modified_at, cause,
       is_silent, is_present
FROM news.revisions WHERE article_id = %(article_id)s ORDER BY number;

-- name: quarantined
SELECT step, error, at FROM dateline.quarantine WHERE url_key = %(url_key)s ORDER BY at;
