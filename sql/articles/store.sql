-- One page's transaction: lock, look up, write. Lock and look-up are statements of their own on purpose: in READ
-- COMMITTED each sees what was committed before it began, so what the lock waited for is seen.

-- name: lock_identity
-- One writer at a time for equal texts, and for pages that name one canonical address; freed at the end of the
-- transaction. Sorted, so that no two writers wait for each other.
SELECT count(pg_advisory_xact_lock(1684828, bucket))
FROM (SELECT DISTINCT (('x' || substr(key::text, 1, 8))::bit(32)::int) & 65535 AS bucket
      FROM unnest(%(keys)s::uuid[]) AS key ORDER BY 1) AS buckets;

-- name: known
-- Articles that the page may be the same as: by its own URLs (identity), by its text over all time, or by a canonical
-- or AMP address that one of them names, or because its address now redirects here (claims, to be proved by the text).
WITH claimed AS (
    SELECT id AS article_id, 'canonical' AS claim FROM dateline.article WHERE url_key = %(canonical_key)s
    UNION ALL (SELECT id, 'canonical' FROM dateline.article
                WHERE canonical_key = ANY (%(url_keys)s::uuid[] || %(canonical_key)s::uuid) ORDER BY id LIMIT 20)
    UNION ALL SELECT id, 'moved' FROM dateline.article WHERE url_key = %(asked_key)s
    UNION ALL SELECT article_id, CASE WHEN why IN ('amp', 'part') THEN why ELSE 'canonical' END FROM dateline.alias
               WHERE url_key = %(canonical_key)s
                 OR (url_key = ANY (%(url_keys)s::uuid[]) AND why IN ('canonical', 'amp', 'part'))
), found AS (
    SELECT a.id, a.url_key, a.url, a.site, a.title, a.text, a.content_hash, a.word_count, a.extractor, a.canonical_key,
           a.authors, a.published_origin, a.text_origin, a.kind, a.source_id,
           EXISTS (SELECT FROM dateline.alias l WHERE l.article_id = a.id AND l.url_key = ANY (%(url_keys)s::uuid[]))
               AS is_alias,
           (a.url_key = ANY (%(url_keys)s::uuid[])
            OR EXISTS (SELECT FROM dateline.alias l WHERE l.article_id = a.id AND l.url_key = ANY (%(url_keys)s::uuid[])
                          AND l.why = 'fetched')) AS is_identity,
           (SELECT min(claim) FROM claimed c WHERE c.article_id = a.id) AS claim
    FROM dateline.article a
    WHERE a.id IN (
        SELECT id FROM dateline.article WHERE url_key = ANY (%(url_keys)s::uuid[])
        UNION SELECT article_id FROM dateline.alias WHERE url_key = ANY (%(url_keys)s::uuid[])
        UNION (SELECT id FROM dateline.article WHERE content_hash = %(content_hash)s ORDER BY id LIMIT 200)
        UNION SELECT article_id FROM claimed)
    ORDER BY a.url_key = (%(url_keys)s::uuid[])[1] DESC, a.id
    FOR NO KEY UPDATE OF a
)
SELECT id AS article_id, url, site, title, content_hash, word_count, extractor, is_identity, canonical_key, claim,
       is_alias, text_origin, kind,
       EXISTS (SELECT FROM dateline.url u WHERE u.url_key = found.url_key AND u.is_hearsay) AS is_hearsay,
       (SELECT s.last_seen_at::timestamptz FROM dateline.article_seen s
         WHERE s.article_id = found.id AND text_origin = 'page'
           -- an import gives no source: what was read for one, or by a crawl, has been read at its site
           AND (found.source_id IS NOT NULL
                OR EXISTS (SELECT FROM dateline.url u WHERE u.url_key = found.url_key AND u.via <> 'import'
                             AND u.source_id IS NULL))) AS seen_at,
       CASE WHEN claim IS NOT NULL AND NOT is_identity THEN left(text, %(longest_proved)s) END AS text,
       CASE WHEN NOT is_identity AND word_count < %(most_words)s AND authors = '{}'
             AND (published_origin IS NULL OR published_origin NOT IN ('json-ld', 'meta', 'microdata'))
            THEN ARRAY(SELECT l.url FROM dateline.alias l WHERE l.article_id = found.id AND l.why = 'same_text'
                       LIMIT 20)
            ELSE '{}' END AS repeated_at
FROM found ORDER BY url_key = (%(url_keys)s::uuid[])[1] DESC, id;

-- name: outlook
-- Of pages that are to be stored, each in its row: whether it is known by its own URL, and articles with its very text;
-- when we last looked for it in vain (at the page that named it, read by whichever crawl, or at its own address), and
-- since when we have asked for it. Locks nothing. Served by feed_url, visit_feed and fetch_url.
SELECT greatest(look.at, attempt.absent_at) AS absent_at,
       CASE WHEN line.began_at <= p.now THEN greatest(line.began_at, attempt.at) END AS sought_at,
       EXISTS (SELECT FROM dateline.article WHERE url_key = p.url_key AND text_origin <> 'none')
       OR EXISTS (SELECT FROM dateline.alias
                  WHERE url_key = p.url_key AND why = 'fetched') AS is_known,
       ARRAY(SELECT id FROM dateline.article WHERE content_hash = p.content_hash ORDER BY id LIMIT 10) AS equal
FROM unnest(%(url_ids)s::bigint[], %(url_keys)s::uuid[], %(content_hashes)s::uuid[], %(nows)s::timestamptz[])
     WITH ORDINALITY AS p (url_id, url_key, content_hash, now, place)
LEFT JOIN LATERAL (
    SELECT u.id, u.discovered_at, u.visit_id, f.url_hash,
           coalesce(c.started_at, f.added_at)::timestamptz AS began_at
    FROM dateline.url u
    LEFT JOIN dateline.feed f ON f.id = u.feed_id
    LEFT JOIN dateline.crawl c ON c.id = u.crawl_id
    WHERE u.id = p.url_id) AS line ON true
LEFT JOIN LATERAL (
    SELECT max(v.started_at::timestamptz) AS at FROM dateline.feed f
    CROSS JOIN LATERAL (
        SELECT started_at FROM dateline.visit
        WHERE feed_id = f.id AND started_at < least(line.discovered_at, p.now) AND id IS DISTINCT FROM line.visit_id
          AND outcome IN ('changed', 'not_modified', 'same_body')
        ORDER BY started_at DESC LIMIT 1) AS v
    WHERE f.url_hash = line.url_hash) AS look ON true
LEFT JOIN LATERAL (
    SELECT max(e.fetched_at::timestamptz) AS at,
           max(e.fetched_at::timestamptz) FILTER (WHERE e.result = 'removed' OR e.status IN (404, 410)
                                                     OR e.reason IN ('soft_404', 'no_text', 'not_article')) AS absent_at
    FROM dateline.fetch e WHERE e.url_id = line.id AND e.fetched_at < p.now) AS attempt ON true
ORDER BY p.place;

-- name: met_before
-- The places of those pages of which the archive has anything: their addresses or texts, an article that names one of
-- their addresses or that they name; or that were forgotten on request. All others are new, whatever the locks show.
SELECT p.place::int
FROM unnest(%(url_keys)s::uuid[], %(canonical_keys)s::uuid[], %(content_hashes)s::uuid[], %(sites)s::text[])
     WITH ORDINALITY AS p (url_key, canonical_key, content_hash, site, place)
WHERE EXISTS (SELECT FROM dateline.article WHERE content_hash = p.content_hash)
   OR EXISTS (SELECT FROM unnest(ARRAY[p.url_key, p.canonical_key]) AS named (key)
              WHERE EXISTS (SELECT FROM dateline.article WHERE url_key = named.key)
                 OR EXISTS (SELECT FROM dateline.article WHERE canonical_key = named.key)
                 OR EXISTS (SELECT FROM dateline.alias WHERE url_key = named.key))
   OR EXISTS (SELECT FROM dateline.forgotten WHERE url_key = p.url_key)
   OR EXISTS (SELECT FROM dateline.forgotten_site WHERE host = p.site);

-- name: insert_article
-- Nothing comes back when another worker stored the same identity first: look again.
WITH row AS (
    INSERT INTO dateline.article ({{article_columns}}, revised_at, first_seen_at, absent_at, sought_at)
    VALUES ({{article_values}}, %(now)s, %(now)s, %(absent_at)s, %(sought_at)s)
    ON CONFLICT (url_key) DO NOTHING
    RETURNING id
), seen AS (
    INSERT INTO dateline.article_seen (article_id, last_seen_at) SELECT id, %(now)s FROM row
), backfilled AS (
    -- coverage counts it in the hour of its publication
    INSERT INTO dateline.coverage_hour AS c (source_id, hour, visits, unchanged, changed, failed, new_articles,
                                             backfilled)
    SELECT %(source_id)s, date_trunc('hour', %(published_at)s::timestamptz, 'UTC'), 0, 0, 0, 0, 0, 1 FROM row
     WHERE %(is_backfilled)s AND %(kind)s <> 'headline' AND %(published_at)s::timestamptz IS NOT NULL
    ON CONFLICT (source_id, hour) DO UPDATE SET backfilled = c.backfilled + 1
), tasks AS (
    INSERT INTO dateline.article_task (article_id, task, since)
    SELECT id, task, %(now)s
    FROM row, unnest(ARRAY['story', 'watch', 'name', 'entity']) AS task
    WHERE (task <> 'story' OR %(kind)s <> 'headline') AND (task <> 'name' OR EXISTS (SELECT FROM dateline.name))
      AND (task <> 'entity' OR EXISTS (SELECT FROM dateline.entity_model WHERE is_used))
)
SELECT id FROM row;

-- name: mark_repeated
-- What was taken for an article is its host's answer to many addresses: it stays, and says so.
UPDATE dateline.article SET warnings = warnings || 'repeated_body'::text
 WHERE id = %(article_id)s AND NOT 'repeated_body' = ANY (warnings);

-- name: keep_revision
-- What the article was until now.
INSERT INTO dateline.revision (article_id, number, title, text, summary, content_hash, word_count, modified_at, seen_at,
                               cause, extractor, archive_file, archive_offset, archive_length, text_origin)
SELECT id, revision, title, text, summary, content_hash, word_count, modified_at, revised_at, revision_cause, extractor,
       archive_file, archive_offset, archive_length, text_origin
FROM dateline.article WHERE id = %(article_id)s;

-- name: revise_article
-- Replaces the present revision. Where and when the article was first seen does not change.
WITH tasks AS (
    INSERT INTO dateline.article_task (article_id, task, since)
    SELECT %(article_id)s, task, %(now)s
    FROM unnest(ARRAY['story', 'watch', 'name', 'entity']) AS task
    WHERE (task <> 'story' OR %(kind)s <> 'headline') AND (task <> 'name' OR EXISTS (SELECT FROM dateline.name))
      AND (task <> 'entity' OR EXISTS (SELECT FROM dateline.entity_model WHERE is_used))
    ON CONFLICT (article_id, task) DO UPDATE SET since = excluded.since
)
UPDATE dateline.article
   SET {{article_changes}},
       published_at = coalesce(%(published_at)s, published_at),
       published_offset_s = CASE WHEN %(published_at)s::timestamptz IS NULL THEN published_offset_s
                                 ELSE %(published_offset_s)s END,
       published_precision = CASE WHEN %(published_at)s::timestamptz IS NULL THEN published_precision
                                  ELSE %(published_precision)s END,
       published_origin = CASE WHEN %(published_at)s::timestamptz IS NULL THEN published_origin
                               ELSE %(published_origin)s END,
       published_raw = coalesce(%(published_raw)s, published_raw),
       revision = revision + 1, revised_at = %(now)s, revision_cause = %(cause)s, removed_at = NULL,
       archive_expired_at = NULL
 WHERE id = %(article_id)s;

-- name: hold_tasks
-- Workers of the articles' tasks refer to them afterwards, and are waited for before they are locked as a whole.
SELECT FROM dateline.article_task WHERE article_id = ANY (%(article_ids)s::bigint[])
ORDER BY article_id, task FOR UPDATE;

-- name: readdress
-- An article that was known from a feed alone belongs to the address at which its page answered, and one that other
-- sites named first to the address by which its own site names it. The former address leads there, and is not asked
-- again. No row where another article has that address.
WITH former AS (
    SELECT id, url_key, url FROM dateline.article WHERE id = %(article_id)s AND url_key <> %(url_key)s
), freed AS (
    DELETE FROM dateline.alias l USING former WHERE l.url_key = %(url_key)s
), not_asked AS (
    DELETE FROM dateline.recheck r USING dateline.url u, former
    WHERE u.url_key = former.url_key AND r.url_id = u.id
), moved AS (
    UPDATE dateline.article a SET url_key = %(url_key)s, url = %(url)s FROM former WHERE a.id = former.id
    RETURNING a.id
)
INSERT INTO dateline.alias (url_key, article_id, url, why, seen_at)
SELECT f.url_key, f.id, f.url, %(why)s, %(now)s FROM former f JOIN moved ON moved.id = f.id
ON CONFLICT (url_key) DO UPDATE SET article_id = excluded.article_id, url = excluded.url, why = excluded.why;

-- name: absorb
-- An item that was known from a feed alone, and whose address leads to an article that is known by its page: it is the
-- same item. Its words stay with its line of the ledger.
WITH line AS (
    UPDATE dateline.url SET article_id = %(article_id)s WHERE article_id = %(absorbed_id)s
), fetches AS (
    UPDATE dateline.fetch SET article_id = %(article_id)s WHERE article_id = %(absorbed_id)s
), aliases AS (
    UPDATE dateline.alias SET article_id = %(article_id)s WHERE article_id = %(absorbed_id)s
), terms AS (
    DELETE FROM dateline.story_term WHERE article_id = %(absorbed_id)s
)
DELETE FROM dateline.article WHERE id = %(absorbed_id)s;

-- name: text_held
-- The article's text has all that the feed gave: it is not stored twice.
UPDATE dateline.feed_item SET content = NULL WHERE url_id = ANY (%(url_ids)s::bigint[]) AND content IS NOT NULL;

-- name: opened_text
-- The article's text was seen for the first time now: before, there was a headline, or a feed's other text.
UPDATE dateline.article SET text_seen_at = %(now)s, absent_at = %(absent_at)s, sought_at = %(sought_at)s
 WHERE id = %(article_id)s;

-- name: new_text
-- The article says something else than when it was first seen: it had this text only after we last saw another there.
-- One that has copies or is one keeps its time: they were decided by the text that it had.
UPDATE dateline.article a
   SET text_seen_at = %(now)s, absent_at = CASE WHEN s.last_seen_at < %(now)s THEN s.last_seen_at END,
       sought_at = greatest(a.sought_at, s.last_seen_at)
  FROM dateline.article_seen s
 WHERE s.article_id = a.id AND a.id = %(article_id)s
   AND NOT EXISTS (SELECT FROM dateline.copy c WHERE c.article_id = a.id OR c.family_id = a.id);

-- name: first_text
-- The text by which the article's time is known: what it said when that began.
SELECT text FROM (
    SELECT r.number, r.text FROM dateline.revision r JOIN dateline.article a ON a.id = r.article_id
    WHERE r.article_id = %(article_id)s AND r.seen_at >= coalesce(a.text_seen_at, a.first_seen_at)
    UNION ALL SELECT revision, text FROM dateline.article WHERE id = %(article_id)s) AS said
ORDER BY number LIMIT 1;

-- name: touch
-- The page is still there, or is back.
WITH back AS (UPDATE dateline.article SET removed_at = NULL WHERE id = %(article_id)s AND removed_at IS NOT NULL)
UPDATE dateline.article_seen SET last_seen_at = greatest(last_seen_at, %(now)s), times = times + 1
 WHERE article_id = %(article_id)s;

-- name: add_alias
INSERT INTO dateline.alias (url_key, article_id, url, why, seen_at)
SELECT a.url_key, %(article_id)s, a.url, a.why, %(now)s
FROM unnest(%(url_keys)s::uuid[], %(urls)s::text[], %(whys)s::text[]) AS a (url_key, url, why)
WHERE NOT EXISTS (SELECT FROM dateline.article x WHERE x.url_key = a.url_key)
ORDER BY a.url_key
ON CONFLICT (url_key) DO NOTHING;

-- name: keep_parts
-- The further pages of an article, each with its line in the ledger and its record in the archive, so that they are not
-- fetched by themselves and go when the article is forgotten.
WITH part AS (
    SELECT p.url_key, p.url, p.host, p.archive_file, p.archive_offset, p.archive_length, p.place
      FROM unnest(%(url_keys)s::uuid[], %(urls)s::text[], %(hosts)s::text[], %(files)s::text[], %(offsets)s::bigint[],
                  %(lengths)s::bigint[])
           WITH ORDINALITY AS p (url_key, url, host, archive_file, archive_offset, archive_length, place)
), line AS (
    INSERT INTO dateline.url AS known (url_key, url, host, source_id, via, state, reason, next_attempt_at,
                                       discovered_at, finished_at, article_id, named_by)
    SELECT p.url_key, p.url, p.host, %(source_id)s, 'part', 'duplicate', 'part', NULL, %(now)s, %(now)s,
           %(article_id)s, %(named_by)s
    FROM part p
    WHERE NOT EXISTS (SELECT FROM dateline.article a WHERE a.url_key = p.url_key)
    ORDER BY p.url_key
    ON CONFLICT (url_key) DO UPDATE
       SET state = 'duplicate', reason = 'part', detail = NULL, next_attempt_at = NULL, finished_at = %(now)s,
           article_id = excluded.article_id
     WHERE known.state <> 'forgotten'
    RETURNING id, url_key, source_id
), own AS (  -- an AMP view has the identity of its article: its record is kept with the article's own line
    SELECT u.id, p.url_key, u.source_id
      FROM part p JOIN dateline.article a ON a.url_key = p.url_key AND a.id = %(article_id)s
      JOIN dateline.url u ON u.id = %(url_id)s
)
INSERT INTO dateline.fetch (url_id, source_id, article_id, fetched_at, status, final_url, result, reason, archive_file,
                            archive_offset, archive_length)
SELECT l.id, l.source_id, %(article_id)s, %(now)s, 200, p.url, 'alias', 'part', p.archive_file, p.archive_offset,
       p.archive_length
FROM (SELECT id, url_key, source_id FROM line UNION ALL SELECT id, url_key, source_id FROM own) AS l
JOIN part p USING (url_key) ORDER BY p.place;

-- name: free_shifting
-- An address that has led to another article before leads to no particular one.
DELETE FROM dateline.alias WHERE url_key = %(asked_key)s AND why = 'redirect' AND article_id <> %(article_id)s;

-- name: fill_gaps
-- What the first reading of a page did not have, and its site's own feed now gives; and the source that may speak for
-- it, and the address in the site's own form (another site may have named it first, with parameters of its own).
UPDATE dateline.article
   SET url = CASE WHEN url_key = %(url_key)s AND %(is_direct)s THEN %(url)s ELSE url END,
       published_at = coalesce(published_at, %(published_at)s),
       published_offset_s = CASE WHEN published_at IS NULL THEN %(published_offset_s)s ELSE published_offset_s END,
       published_precision = CASE WHEN published_at IS NULL THEN %(published_precision)s ELSE published_precision END,
       published_origin = CASE WHEN published_at IS NULL THEN %(published_origin)s ELSE published_origin END,
       published_raw = CASE WHEN published_at IS NULL THEN %(published_raw)s ELSE published_raw END,
       authors = CASE WHEN authors = '{}' THEN %(authors)s ELSE authors END,
       tags = CASE WHEN tags = '{}' THEN %(tags)s ELSE tags END,
       source_id = coalesce(%(source_id)s, source_id)
 WHERE id = %(article_id)s
   AND ((published_at IS NULL AND %(published_at)s::timestamptz IS NOT NULL)
        OR (authors = '{}' AND %(authors)s::text[] <> '{}') OR (tags = '{}' AND %(tags)s::text[] <> '{}')
        OR source_id IS DISTINCT FROM coalesce(%(source_id)s, source_id)
        OR (url <> %(url)s AND url_key = %(url_key)s AND %(is_direct)s));

-- name: free_claims
-- The page has become an article of its own: what tied its URLs to another is no longer so.
DELETE FROM dateline.alias
 WHERE url_key = ANY (%(url_keys)s::uuid[]) AND why IN ('canonical', 'amp', 'same_text', 'redirect', 'part');

-- name: text_of
SELECT text FROM dateline.article WHERE id = %(article_id)s;

-- name: before
-- The present revision of an article that is about to be revised; locked since it was looked up.
SELECT title, text, removed, extractor, modified_at::timestamptz AS modified_at FROM dateline.article
WHERE id = %(article_id)s;

-- name: is_forgotten
SELECT EXISTS (SELECT FROM dateline.forgotten WHERE url_key = ANY (%(url_keys)s::uuid[]))
    OR EXISTS (SELECT FROM dateline.forgotten_site WHERE host = %(site)s) AS is_forgotten;
