-- Views over what extraction finds within a page: entries of live blogs, outbound links.

DROP VIEW IF EXISTS news.live_entries, news.citations CASCADE;

CREATE VIEW news.live_entries AS
SELECT a.url, a.site, a.title AS blog_title, e.title, e.text, e.published_at, e.first_seen_at, e.changed_at,
       e.removed_at, e.place, e.published_offset_s, a.id AS article_id
FROM dateline.live_entry e
JOIN dateline.article a ON a.id = e.article_id;
COMMENT ON VIEW news.live_entries IS 'The entries of live blogs.';
COMMENT ON COLUMN news.live_entries.url IS 'The live blog.';
COMMENT ON COLUMN news.live_entries.site IS 'Its registrable domain.';
COMMENT ON COLUMN news.live_entries.blog_title IS 'Its headline.';
COMMENT ON COLUMN news.live_entries.title IS 'Headline of the entry.';
COMMENT ON COLUMN news.live_entries.text IS 'Text of the entry when last seen.';
COMMENT ON COLUMN news.live_entries.published_at IS 'When the entry was published.';
COMMENT ON COLUMN news.live_entries.first_seen_at IS 'When Dateline first saw it.';
COMMENT ON COLUMN news.live_entries.changed_at IS 'When its text was last seen to have changed.';
COMMENT ON COLUMN news.live_entries.removed_at IS 'When the page was first seen without it.';
COMMENT ON COLUMN news.live_entries.place IS 'Position on the page when last seen, from 1.';
COMMENT ON COLUMN news.live_entries.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN news.live_entries.article_id IS 'The live blog''s key.';

-- links that were stored without a site have their host instead
CREATE VIEW news.citations AS
SELECT a.url, a.site, a.title, link.url AS cited_url,
       coalesce(link.site, lower(substring(link.url
                                           FROM '^https?://(?:[^/?#@]*@)?(?:www\.)?([^/:?#]+)'))) AS cited_site,
       link.text AS anchor_text, a.credited_to, a.published_at, a.first_seen_at, link.place::integer AS place,
       a.id AS article_id,
       coalesce((SELECT t.id FROM dateline.article t WHERE t.url = link.url LIMIT 1),
                (SELECT t.article_id FROM dateline.alias t WHERE t.url = link.url LIMIT 1)) AS cited_article_id
FROM dateline.article a
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(a.links) AS (url text, text text, site text))
    WITH ORDINALITY AS link (url, text, site, place);
COMMENT ON VIEW news.citations IS
    'Outbound links of the present revision of each article: who cites whom, in which words.';
COMMENT ON COLUMN news.citations.url IS 'The article that cites.';
COMMENT ON COLUMN news.citations.site IS 'Its registrable domain.';
COMMENT ON COLUMN news.citations.title IS 'Its headline.';
COMMENT ON COLUMN news.citations.cited_url IS 'The address it links to, unchanged.';
COMMENT ON COLUMN news.citations.cited_site IS 'Registrable domain of that address.';
COMMENT ON COLUMN news.citations.anchor_text IS 'The words of the link.';
COMMENT ON COLUMN news.citations.credited_to IS 'Outlet or agency that the article credits.';
COMMENT ON COLUMN news.citations.published_at IS 'When the citing article was published.';
COMMENT ON COLUMN news.citations.first_seen_at IS 'When Dateline stored it.';
COMMENT ON COLUMN news.citations.place IS 'Position among the article''s links, from 1.';
COMMENT ON COLUMN news.citations.cited_article_id IS
    'Key of the archived article that it links to; empty if that is not archived.';
COMMENT ON COLUMN news.citations.article_id IS 'Key of the article that cites.';
