-- The views that analysts read. Applied again whenever this file changes.

-- Without CASCADE: fails if a user's own view depends on one of these, rather than dropping it.
DROP VIEW IF EXISTS news.articles, news.headlines, news.revisions, news.copies, news.ledger, news.not_articles,
    news.sources, news.visits, news.rights, news.site_files, dateline.every_article;

CREATE VIEW dateline.every_article AS
SELECT a.url, a.site, a.title, a.text, a.summary, a.authors, a.section, a.tags, a.language,
       a.published_at, a.modified_at, a.first_seen_at, s.last_seen_at, a.kind, a.credited_to,
       o.url AS copy_of, m.story_id, a.word_count,
       a.published_origin, a.published_precision, a.published_offset_s, a.modified_origin, a.modified_precision,
       a.canonical_url, a.alternative_titles, a.image_url, a.site_name, a.is_accessible_for_free, a.directives,
       a.revision, a.removed_at, src.name AS source, a.article_probability, a.quality, a.warnings, a.id AS article_id,
       a.dated_at, a.search, coalesce(c.family_id, a.id) AS copy_family, a.text_origin, a.no_page_text_because,
       a.is_backfilled, a.is_rendered
FROM dateline.article a
JOIN dateline.article_seen s ON s.article_id = a.id
LEFT JOIN dateline.copy c ON c.article_id = a.id
LEFT JOIN dateline.article o ON o.id = c.original_id
LEFT JOIN dateline.story_member m ON m.article_id = a.id
LEFT JOIN dateline.source src ON src.id = a.source_id;
COMMENT ON VIEW dateline.every_article IS 'One row per article or headline, in its present revision.';

CREATE VIEW news.articles AS
SELECT e.url, e.site, e.title, e.text, e.summary, e.authors, e.section, e.tags, e.language, e.published_at,
       e.modified_at, e.first_seen_at, e.last_seen_at, e.kind, e.credited_to, e.copy_of, e.story_id,
       e.word_count, e.published_origin, e.published_precision, e.published_offset_s, e.modified_origin,
       e.modified_precision, e.canonical_url, e.alternative_titles, e.image_url, e.site_name,
       e.is_accessible_for_free, e.directives, e.revision, e.removed_at, e.source, e.article_probability,
       e.quality, e.warnings, e.article_id, e.dated_at, e.search, e.copy_family, e.text_origin,
       e.no_page_text_because, e.is_backfilled, e.is_rendered
FROM dateline.every_article e
WHERE e.kind <> 'headline';
COMMENT ON VIEW news.articles IS
    'One row per article, in its present revision. Items without a text are in news.headlines; text_origin = ''page'' '
    'leaves out the texts that are from feeds.';
COMMENT ON COLUMN news.articles.url IS 'Its address, after redirects, without tracking parameters.';
COMMENT ON COLUMN news.articles.site IS 'Registrable domain.';
COMMENT ON COLUMN news.articles.title IS 'The headline that a reader sees.';
COMMENT ON COLUMN news.articles.text IS 'The body; paragraphs are separated by line breaks.';
COMMENT ON COLUMN news.articles.summary IS 'The publisher''s own summary.';
COMMENT ON COLUMN news.articles.authors IS 'Names from the byline.';
COMMENT ON COLUMN news.articles.section IS 'The publisher''s section.';
COMMENT ON COLUMN news.articles.tags IS 'The publisher''s topics.';
COMMENT ON COLUMN news.articles.language IS 'ISO 639-1 code of the text.';
COMMENT ON COLUMN news.articles.published_at IS 'When it was published.';
COMMENT ON COLUMN news.articles.modified_at IS 'When the publisher says it was last changed.';
COMMENT ON COLUMN news.articles.first_seen_at IS 'When Dateline stored it.';
COMMENT ON COLUMN news.articles.last_seen_at IS 'When Dateline last saw it.';
COMMENT ON COLUMN news.articles.is_backfilled IS 'A backfill brought it; no visit found it when it was new.';
COMMENT ON COLUMN news.articles.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';
COMMENT ON COLUMN news.articles.credited_to IS 'Outlet or agency that the page credits.';
COMMENT ON COLUMN news.articles.copy_of IS 
    'URL of the original, if this is shown to be a later copy of its text. Empty, too, where it is not known which was '
    'first: copy_family counts each text once.';
COMMENT ON COLUMN news.articles.story_id IS
    'The event that it is about; empty until it was assigned to a story, seconds after it was stored.';
COMMENT ON COLUMN news.articles.word_count IS 'Words of the text.';
COMMENT ON COLUMN news.articles.published_origin IS
    'Where published_at came from: json-ld, meta, microdata, feed, sitemap, url or text.';
COMMENT ON COLUMN news.articles.published_precision IS
    'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';
COMMENT ON COLUMN news.articles.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN news.articles.modified_origin IS 'Where modified_at came from.';
COMMENT ON COLUMN news.articles.modified_precision IS
  'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';
COMMENT ON COLUMN news.articles.canonical_url IS 'The canonical address that the page declares.';
COMMENT ON COLUMN news.articles.alternative_titles IS 'Other headlines of the page.';
COMMENT ON COLUMN news.articles.image_url IS 'Lead picture.';
COMMENT ON COLUMN news.articles.site_name IS 'The outlet''s name on the page.';
COMMENT ON COLUMN news.articles.is_accessible_for_free IS 'False behind a paywall.';
COMMENT ON COLUMN news.articles.directives IS 'The publisher''s restrictions.';
COMMENT ON COLUMN news.articles.revision IS 'Number of the present revision, from 1.';
COMMENT ON COLUMN news.articles.removed_at IS 'When the publisher was found to have removed it.';
COMMENT ON COLUMN news.articles.source IS 'Name of the source that led to it.';
COMMENT ON COLUMN news.articles.article_probability IS 'How likely the page is an article, 0 to 1.';
COMMENT ON COLUMN news.articles.quality IS 'Score of the extraction, 0 to 1.';
COMMENT ON COLUMN news.articles.warnings IS 'Irregularities of the page.';
COMMENT ON COLUMN news.articles.article_id IS 'Key; never changes.';
COMMENT ON COLUMN news.articles.dated_at IS
    'When it was published; of a bare day, when it was first stored on that day, else its noon; without a date, when '
    'it was first stored. Indexed: order and filter by it.';
COMMENT ON COLUMN news.articles.search IS 'Full text index: search @@ news.words(''ferry -pier'', ''en'').';
COMMENT ON COLUMN news.articles.copy_family IS
    'The same number for all articles with one text; the article''s own article_id if no other has its text. '
    'count(DISTINCT copy_family) counts each text once; copy_family = article_id picks one article of each.';
COMMENT ON COLUMN news.articles.text_origin IS 'Where the text is from: page, or feed (its site''s own feed).';
COMMENT ON COLUMN news.articles.no_page_text_because IS
    'Why the text is not the page''s: a reason of the ledger (http_403, robots, needs_javascript …), no_page for an '
    'item without a page of its own, pages_off where its source has fetch_pages = false, feed_says_more where the '
    'feed''s text is longer and holds the page''s. Empty if the text is the page''s.';

COMMENT ON COLUMN news.articles.is_rendered IS 'True if the text was read after a browser ran the page''s scripts.';

-- what a column means does not depend on the view
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT a.attname, col_description(a.attrelid, a.attnum) AS said FROM pg_attribute a
                WHERE a.attrelid = 'news.articles'::regclass AND a.attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN dateline.every_article.%I IS %L', one.attname, one.said);
    END LOOP;
END $$;

CREATE VIEW news.headlines AS
SELECT e.url, e.site, e.title, e.summary, e.authors, e.tags, e.language, e.published_at, e.modified_at,
       e.first_seen_at, e.kind, e.text_origin, e.no_page_text_because, e.word_count, e.source, e.removed_at, e.copy_of,
       e.story_id, e.dated_at, e.article_id,
       (SELECT u.hints -> 'enclosures' FROM dateline.url u
        WHERE u.article_id = e.article_id AND u.hints ? 'enclosures' ORDER BY u.id LIMIT 1) AS enclosures
FROM dateline.every_article e
UNION ALL
SELECT u.url, own.site, u.hints ->> 'title', u.hints ->> 'summary',
       ARRAY(SELECT jsonb_array_elements_text(u.hints -> 'authors')),
       ARRAY(SELECT jsonb_array_elements_text(u.hints -> 'tags')), u.hints ->> 'language',
       (u.hints ->> 'published_at')::timestamptz, (u.hints ->> 'modified_at')::timestamptz, u.discovered_at, 'headline',
       'none', CASE WHEN u.state = 'pending' THEN 'pending' ELSE u.reason END, 0, s.name, NULL, NULL, NULL,
       coalesce((u.hints ->> 'published_at')::timestamptz, u.discovered_at), NULL, u.hints -> 'enclosures'
FROM dateline.url u
LEFT JOIN dateline.source s ON s.id = u.source_id
CROSS JOIN LATERAL (
    SELECT n.site FROM unnest(u.named_by) AS n (site)
    WHERE '.' || regexp_replace(u.host, ':[0-9]+$', '') LIKE '%.' || n.site ORDER BY length(n.site) DESC LIMIT 1) AS own
WHERE u.article_id IS NULL AND u.state IN ('pending', 'ended', 'failed') AND NOT u.is_hearsay AND u.hints ? 'title'
  AND (u.via IN ('rss', 'atom', 'rdf', 'json_feed', 'news_sitemap')
       OR EXISTS (SELECT FROM dateline.feed_item i WHERE i.url_id = u.id));
COMMENT ON VIEW news.headlines IS
    'Every item that a site''s own feeds and news sitemaps have named, and every other article: one row each, with or '
    'without a text, and why there is none of its page.';
COMMENT ON COLUMN news.headlines.url IS 'Its address.';
COMMENT ON COLUMN news.headlines.site IS 'Registrable domain.';
COMMENT ON COLUMN news.headlines.title IS 'Its headline: of the page, or as the feed has it.';
COMMENT ON COLUMN news.headlines.summary IS 'The publisher''s own summary.';
COMMENT ON COLUMN news.headlines.authors IS 'Names from the byline, or as the feed has them.';
COMMENT ON COLUMN news.headlines.tags IS 'The publisher''s topics.';
COMMENT ON COLUMN news.headlines.language IS 'ISO 639-1 code.';
COMMENT ON COLUMN news.headlines.published_at IS 'When it was published.';
COMMENT ON COLUMN news.headlines.modified_at IS 'When the publisher says it was last changed.';
COMMENT ON COLUMN news.headlines.first_seen_at IS
    'When Dateline stored it; when it was found, as long as its page waits to be fetched.';
COMMENT ON COLUMN news.headlines.kind IS 'The kind of article, or headline for an item without a text.';
COMMENT ON COLUMN news.headlines.text_origin IS
    'Where the text in news.articles is from: page, feed (its site''s own feed), or none.';
COMMENT ON COLUMN news.headlines.no_page_text_because IS
    'Why there is no text of the page: pending (it waits to be fetched), or as in news.articles. Empty if there is.';
COMMENT ON COLUMN news.headlines.word_count IS 'Words of the text; 0 without one.';
COMMENT ON COLUMN news.headlines.source IS 'Name of the source that led to it.';
COMMENT ON COLUMN news.headlines.removed_at IS 'When the publisher was found to have removed it.';
COMMENT ON COLUMN news.headlines.copy_of IS 'URL of the original, if this is the same text on another site.';
COMMENT ON COLUMN news.headlines.story_id IS 'The event that it is about; empty for items without a text.';
COMMENT ON COLUMN news.headlines.dated_at IS 'When it was published or, if no date is known, first seen.';
COMMENT ON COLUMN news.headlines.article_id IS
    'Key, kept when the page opens later; empty while its page waits to be fetched for the first time, and for pages '
    'that were refused before headlines were kept.';
COMMENT ON COLUMN news.headlines.enclosures IS 'Files that the feed attaches: [{"url", "media_type"}].';

CREATE VIEW news.revisions AS
SELECT a.url, r.number, r.title, r.text, r.summary, r.word_count, r.modified_at, r.seen_at, r.cause, r.extractor,
       false AS is_present, a.id AS article_id,
       r.cause = 'publisher' AND (SELECT CASE WHEN dateline.change_notes(r.text) > dateline.change_notes(p.text)
                                              THEN false
                                              WHEN num_nonnulls(r.modified_at, p.modified_at) > 0
                                              THEN r.modified_at IS NOT DISTINCT FROM p.modified_at END
           FROM dateline.revision p WHERE p.article_id = r.article_id AND p.number = r.number - 1) AS is_silent,
       r.text_origin
FROM dateline.revision r JOIN dateline.article a ON a.id = r.article_id
WHERE a.kind <> 'headline'
UNION ALL
SELECT a.url, a.revision, a.title, a.text, a.summary, a.word_count, a.modified_at, a.revised_at, a.revision_cause,
       a.extractor, true, a.id,
       a.revision_cause = 'publisher' AND (SELECT CASE WHEN dateline.change_notes(a.text)
                                                            > dateline.change_notes(p.text) THEN false
                                                       WHEN num_nonnulls(a.modified_at, p.modified_at) > 0
                                                       THEN a.modified_at IS NOT DISTINCT FROM p.modified_at END
           FROM dateline.revision p WHERE p.article_id = a.id AND p.number = a.revision - 1), a.text_origin
FROM dateline.article a WHERE a.kind <> 'headline';
COMMENT ON VIEW news.revisions IS 'Every revision of every article, including the present one.';
COMMENT ON COLUMN news.revisions.url IS 'The article''s URL.';
COMMENT ON COLUMN news.revisions.number IS 'From 1, in the order in which they were seen.';
COMMENT ON COLUMN news.revisions.title IS 'Headline of the revision.';
COMMENT ON COLUMN news.revisions.text IS 'Body of the revision.';
COMMENT ON COLUMN news.revisions.summary IS 'Summary of the revision.';
COMMENT ON COLUMN news.revisions.word_count IS 'Words of the revision.';
COMMENT ON COLUMN news.revisions.modified_at IS 'When the publisher says it was changed.';
COMMENT ON COLUMN news.revisions.seen_at IS 'When it was first seen.';
COMMENT ON COLUMN news.revisions.cause IS
    'first, publisher, boilerplate, re-extraction, or opened (its page was read for the first time).';
COMMENT ON COLUMN news.revisions.text_origin IS 'Where its text is from: page, feed, or none (it was a headline).';
COMMENT ON COLUMN news.revisions.extractor IS 'Name and version of the extractor.';
COMMENT ON COLUMN news.revisions.is_present IS 'True for the present revision.';
COMMENT ON COLUMN news.revisions.article_id IS 'The article.';
COMMENT ON COLUMN news.revisions.is_silent IS
    'True if the publisher changed it without a new date of change and without printing a correction or note of the '
    'change; null (unknown) if neither this text nor the previous one has such a date.';

CREATE VIEW news.copies AS
SELECT a.url AS copy_url, o.url AS original_url, c.kind, c.containment, c.containment_back, a.site AS copy_site,
       o.site AS original_site, a.first_seen_at AS copy_first_seen_at, o.first_seen_at AS original_first_seen_at,
       c.evidence, c.decided_at, c.first_by, c.confidence, c.why, c.family_id AS copy_family, f.url AS family_url
FROM dateline.copy c
JOIN dateline.article a ON a.id = c.article_id
JOIN dateline.article f ON f.id = c.family_id
LEFT JOIN dateline.article o ON o.id = c.original_id;
COMMENT ON VIEW news.copies IS 
    'The same text on another site: each article of a copy family but one, with its original where that is known.';
COMMENT ON COLUMN news.copies.copy_url IS 'The copy; where original_url is empty, it may be the original itself.';
COMMENT ON COLUMN news.copies.original_url IS
    'The original, as the evidence shows; empty where it is not known which was first.';
COMMENT ON COLUMN news.copies.kind IS 'whole, excerpt or rewrite.';
COMMENT ON COLUMN news.copies.containment IS
    'Share of the copy that is in the original (or in the article of family_url).';
COMMENT ON COLUMN news.copies.containment_back IS
    'Share of the original (or of the article of family_url) that is in the copy.';
COMMENT ON COLUMN news.copies.copy_site IS 'Site of the copy.';
COMMENT ON COLUMN news.copies.original_site IS 'Site of the original.';
COMMENT ON COLUMN news.copies.copy_first_seen_at IS 'When the copy was stored.';
COMMENT ON COLUMN news.copies.original_first_seen_at IS 'When the original was stored.';
COMMENT ON COLUMN news.copies.evidence IS 'The evidence for the decision.';
COMMENT ON COLUMN news.copies.decided_at IS 'When it was last decided.';
COMMENT ON COLUMN news.copies.first_by IS
    'The evidence that it is later than another of its family: seen (our visits), credit (its own word), date (the '
    'publishers'' dates alone), or unknown: which was first is not known.';
COMMENT ON COLUMN news.copies.confidence IS 'high, medium, low or none: how hard that evidence is to forge.';
COMMENT ON COLUMN news.copies.why IS 'The evidence in a sentence.';
COMMENT ON COLUMN news.copies.copy_family IS 'The number of its family, as in news.articles.';
COMMENT ON COLUMN news.copies.family_url IS
    'The article by which the family is known: the original or, where that is not known, the one that we saw first.';

CREATE VIEW news.not_articles AS
SELECT u.url, u.page_title AS title, u.article_probability AS probability, u.detail AS reasons,
       u.finished_at AS seen_at,
       s.name AS source, u.via
FROM dateline.url u
LEFT JOIN dateline.source s ON s.id = u.source_id
WHERE u.reason = 'not_article';
COMMENT ON VIEW news.not_articles IS
    'Pages that were fetched and not stored, because they do not look like articles.';
COMMENT ON COLUMN news.not_articles.url IS 'As it was found.';
COMMENT ON COLUMN news.not_articles.title IS 'The page''s title.';
COMMENT ON COLUMN news.not_articles.probability IS 'How likely the page is an article, 0 to 1.';
COMMENT ON COLUMN news.not_articles.reasons IS 'What speaks against it, the strongest reasons first.';
COMMENT ON COLUMN news.not_articles.seen_at IS 'When it was last fetched.';
COMMENT ON COLUMN news.not_articles.source IS 'Name of the source.';
COMMENT ON COLUMN news.not_articles.via IS 'How it was found: rss, atom, news_sitemap, section, target …';

CREATE VIEW news.ledger AS
SELECT u.url, u.state, u.reason, u.detail, u.attempts, u.next_attempt_at, u.discovered_at, u.finished_at, u.via,
       s.name AS source, f.url AS found_on, a.url AS article_url, u.host
FROM dateline.url u
LEFT JOIN dateline.source s ON s.id = u.source_id
LEFT JOIN dateline.feed f ON f.id = u.feed_id
LEFT JOIN dateline.article a ON a.id = u.article_id
WHERE u.state <> 'forgotten';
COMMENT ON VIEW news.ledger IS 'Every discovered URL and its result.';
COMMENT ON COLUMN news.ledger.url IS 'As it was found.';
COMMENT ON COLUMN news.ledger.state IS 'pending, stored, duplicate, ended or failed.';
COMMENT ON COLUMN news.ledger.reason IS 'Why, in one word.';
COMMENT ON COLUMN news.ledger.detail IS 'Why, in a sentence.';
COMMENT ON COLUMN news.ledger.attempts IS 'Tries so far.';
COMMENT ON COLUMN news.ledger.next_attempt_at IS 'When the next try is due.';
COMMENT ON COLUMN news.ledger.discovered_at IS 'When it was first found.';
COMMENT ON COLUMN news.ledger.finished_at IS 'When its state was decided.';
COMMENT ON COLUMN news.ledger.via IS 'How it was found: rss, atom, news_sitemap, section, target …';
COMMENT ON COLUMN news.ledger.source IS 'Name of the source.';
COMMENT ON COLUMN news.ledger.found_on IS 'The watched page that named it.';
COMMENT ON COLUMN news.ledger.article_url IS 'URL of the article that it leads to.';
COMMENT ON COLUMN news.ledger.host IS 'Host.';

CREATE VIEW news.sources AS
SELECT s.name, s.title, s.home, s.site, s.country, s.languages, s.tags, s.schedule, s.timezone, s.is_paused,
       s.created_at,
       (SELECT count(*) FROM dateline.feed f
        WHERE f.source_id = s.id AND f.crawl_id IS NULL AND f.is_active) AS watched_pages,
       (SELECT max(t.last_ok_at::timestamptz) FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
         WHERE f.source_id = s.id) AS last_ok_at,
       (SELECT max(a.first_seen_at::timestamptz) FROM dateline.article a WHERE a.source_id = s.id) AS last_article_at,
       (SELECT min(t.next_due_at::timestamptz) FROM dateline.feed f JOIN dateline.feed_state t ON t.feed_id = f.id
         WHERE f.source_id = s.id AND f.is_active AND NOT s.is_paused) AS next_due_at
FROM dateline.source s
WHERE s.removed_at IS NULL;
COMMENT ON VIEW news.sources IS 'The sources that are watched.';
COMMENT ON COLUMN news.sources.name IS 'Unique short name.';
COMMENT ON COLUMN news.sources.title IS 'The outlet''s name.';
COMMENT ON COLUMN news.sources.home IS 'Home page.';
COMMENT ON COLUMN news.sources.site IS 'Registrable domain.';
COMMENT ON COLUMN news.sources.country IS 'ISO 3166-1 alpha-2, lower case.';
COMMENT ON COLUMN news.sources.languages IS 'ISO 639-1 codes.';
COMMENT ON COLUMN news.sources.tags IS 'The operator''s own labels.';
COMMENT ON COLUMN news.sources.schedule IS '"adaptive", "every 15m", or a cron line.';
COMMENT ON COLUMN news.sources.timezone IS 'Time zone of a cron line.';
COMMENT ON COLUMN news.sources.is_paused IS 'Not visited while true.';
COMMENT ON COLUMN news.sources.created_at IS 'When it was added.';
COMMENT ON COLUMN news.sources.watched_pages IS 'Feeds, sitemaps and section pages watched.';
COMMENT ON COLUMN news.sources.last_ok_at IS 'Last visit that got a valid response.';
COMMENT ON COLUMN news.sources.last_article_at IS 'When its last article was stored.';
COMMENT ON COLUMN news.sources.next_due_at IS 'When the next visit is due.';

CREATE VIEW news.visits AS
SELECT s.name AS source, f.url AS page, f.kind, v.started_at, v.finished_at, v.outcome, v.status, v.found, v.new,
       v.bytes, v.warnings, v.detail
FROM dateline.visit v
JOIN dateline.feed f ON f.id = v.feed_id
LEFT JOIN dateline.source s ON s.id = v.source_id;
COMMENT ON VIEW news.visits IS 'Every poll of a watched page.';
COMMENT ON COLUMN news.visits.source IS 'Name of the source.';
COMMENT ON COLUMN news.visits.page IS 'The watched page.';
COMMENT ON COLUMN news.visits.kind IS 'feed, news_sitemap, sitemap, section, home or auto.';
COMMENT ON COLUMN news.visits.started_at IS 'When it began.';
COMMENT ON COLUMN news.visits.finished_at IS 'When it ended.';
COMMENT ON COLUMN news.visits.outcome IS
    'changed, not_modified, same_body, or why it failed (false_304: a wrong not_modified).';
COMMENT ON COLUMN news.visits.status IS 'HTTP status.';
COMMENT ON COLUMN news.visits.found IS 'Candidates that the page named.';
COMMENT ON COLUMN news.visits.new IS 'Those that were new.';
COMMENT ON COLUMN news.visits.bytes IS 'Bytes of the body.';
COMMENT ON COLUMN news.visits.warnings IS 'What was malformed.';
COMMENT ON COLUMN news.visits.detail IS 'More about a failure.';

CREATE VIEW news.rights AS
SELECT r.article_id, a.url, a.site, r.kind, r.value, r.origin, r.seen_at, r.gone_at
FROM dateline.article_right r JOIN dateline.article a ON a.id = r.article_id;
COMMENT ON VIEW news.rights IS
    'What publishers state about the use of their articles, one row for each article and statement. The setting '
    'obey_reservations says which of it keeps pages out of the archive.';
COMMENT ON COLUMN news.rights.article_id IS 'The article.';
COMMENT ON COLUMN news.rights.url IS 'Its URL.';
COMMENT ON COLUMN news.rights.site IS 'Registrable domain.';
COMMENT ON COLUMN news.rights.kind IS
    'robots (a word of X-Robots-Tag or meta robots), tdm-reservation and tdm-policy (TDMRep), content-signal, '
    'content-usage, rsl (address of a licence); license, copyrightHolder, isAccessibleForFree (of its structured '
    'data).';
COMMENT ON COLUMN news.rights.value IS 'What is stated, at most 500 characters.';
COMMENT ON COLUMN news.rights.origin IS
    'Found in: robots.txt, tdmrep.json, X-Robots-Tag, header, Link, meta or meta NAME, link or json-ld.';
COMMENT ON COLUMN news.rights.seen_at IS 'When it was first seen.';
COMMENT ON COLUMN news.rights.gone_at IS 'Since when the page no longer states it; empty while it is stated.';

CREATE VIEW news.site_files AS
SELECT f.origin, f.path, f.status, encode(f.sha256, 'hex') AS sha256, f.first_seen_at, f.last_seen_at, f.body
FROM dateline.site_file f;
COMMENT ON VIEW news.site_files IS
    'robots.txt and tdmrep.json of every site by version: one row for each time that a file changed.';
COMMENT ON COLUMN news.site_files.origin IS 'Scheme, host and port.';
COMMENT ON COLUMN news.site_files.path IS '/robots.txt or /.well-known/tdmrep.json.';
COMMENT ON COLUMN news.site_files.status IS 'HTTP status; 404: there is none.';
COMMENT ON COLUMN news.site_files.sha256 IS 'Hash of its bytes.';
COMMENT ON COLUMN news.site_files.first_seen_at IS 'When this version was first seen.';
COMMENT ON COLUMN news.site_files.last_seen_at IS 'When this version was last seen.';
COMMENT ON COLUMN news.site_files.body IS 'The text, cleaned.';
