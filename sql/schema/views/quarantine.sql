-- What is held in quarantine.

DROP VIEW IF EXISTS news.quarantine;

-- three failures hold a URL, as in pipelines/quarantine.py; what the database refused is held at once
CREATE VIEW news.quarantine AS
SELECT last.url, CASE WHEN last.feed_id IS NULL THEN 'page' ELSE 'feed' END AS kind, s.name AS source, last.reason,
       last.error, held.failures, held.first_at, last.at AS last_at, last.reader,
       CASE WHEN last.feed_id IS NOT NULL THEN t.next_due_at END AS next_attempt_at
FROM (SELECT url_key, count(*)::integer AS failures, min(at::timestamptz) AS first_at, max(id) AS last_id
        FROM dateline.quarantine WHERE released_at IS NULL
       GROUP BY url_key HAVING count(*) >= 3 OR bool_or(reason = 'store_error')) AS held
JOIN dateline.quarantine last ON last.id = held.last_id
LEFT JOIN dateline.feed f ON f.id = last.feed_id
LEFT JOIN dateline.feed_state t ON t.feed_id = f.id
LEFT JOIN dateline.url u ON u.url_key = last.url_key AND last.feed_id IS NULL
LEFT JOIN dateline.source s ON s.id = coalesce(f.source_id, u.source_id);
COMMENT ON VIEW news.quarantine IS
    'Pages and feeds that are held because they broke their reader; `dateline quarantine release` releases them.';
COMMENT ON COLUMN news.quarantine.url IS 'The URL.';
COMMENT ON COLUMN news.quarantine.kind IS 'page or feed.';
COMMENT ON COLUMN news.quarantine.source IS 'Name of the source.';
COMMENT ON COLUMN news.quarantine.reason IS 'parse_timeout, parse_memory, parse_crash, or store_error.';
COMMENT ON COLUMN news.quarantine.error IS 'The last error.';
COMMENT ON COLUMN news.quarantine.failures IS 'How often it broke its reader.';
COMMENT ON COLUMN news.quarantine.first_at IS 'The first failure.';
COMMENT ON COLUMN news.quarantine.last_at IS 'The last failure.';
COMMENT ON COLUMN news.quarantine.reader IS
    'Name and version of the reader; a newer version tries again automatically.';
COMMENT ON COLUMN news.quarantine.next_attempt_at IS 'When a feed is tried again; pages are not.';
