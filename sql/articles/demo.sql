-- What the demonstration's report tells, and when a round of it is over.

-- name: progress
-- A round is over when every watched page was visited since it began, no URL is pending and no worker is busy.
SELECT (SELECT count(*) FROM dateline.feed f JOIN dateline.feed_state s ON s.feed_id = f.id
         WHERE f.is_active AND f.crawl_id IS NULL
           AND (s.last_visit_at IS NULL OR s.last_visit_at < %(since)s)) AS unvisited,
       (SELECT count(*) FROM dateline.url WHERE state = 'pending') AS pending,
       (SELECT count(*) FROM dateline.article_task WHERE task = 'story') AS unplaced,
       (SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE status IN ('todo', 'doing')) AS jobs,
       (SELECT count(*) FROM dateline.article WHERE kind <> 'headline') AS articles,
       (SELECT count(*) FROM dateline.url) AS urls;

-- name: outlets
SELECT s.title AS name, s.site,
       (SELECT count(*) FROM dateline.url u WHERE u.source_id = s.id) AS found,
       (SELECT count(*) FROM dateline.article a WHERE a.source_id = s.id AND a.kind <> 'headline') AS stored,
       (SELECT count(*) FROM dateline.copy c JOIN dateline.article a ON a.id = c.article_id
        WHERE a.source_id = s.id) AS copies,
       (SELECT count(*) FROM dateline.url u JOIN dateline.article a ON a.id = u.article_id
         WHERE u.source_id = s.id AND u.url_key <> a.url_key AND u.via <> 'part') AS aliases,
       (SELECT count(*) FROM dateline.url u LEFT JOIN dateline.article a ON a.id = u.article_id
         WHERE u.source_id = s.id AND u.state IN ('ended', 'failed')
           AND (a.id IS NULL OR a.kind = 'headline')) AS rejected,
       (SELECT count(*) FROM dateline.article a WHERE a.source_id = s.id AND a.is_backfilled) AS backfilled
FROM dateline.source s ORDER BY s.title;

-- name: kinds
SELECT kind, count(*) FROM news.articles GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: languages
SELECT coalesce(language, 'unknown'), count(*) FROM news.articles GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: copies
SELECT copy_url, original_url, kind, containment::float8 FROM news.copies WHERE original_url IS NOT NULL
ORDER BY original_url, copy_url;

-- name: stories
-- Events that several outlets tell, and how many articles have a story of their own alone.
SELECT headline, articles, articles_with_copies, outlets FROM news.stories WHERE outlets > 1
ORDER BY outlets DESC, articles DESC, story_id;

-- name: aliases
SELECT u.url, a.url FROM dateline.url u JOIN dateline.article a ON a.id = u.article_id
WHERE u.url_key <> a.url_key AND u.via <> 'part' ORDER BY 2, 1;

-- name: revisions
SELECT a.url, r.title, a.title, a.revised_at::timestamptz
FROM dateline.article a JOIN dateline.revision r ON r.article_id = a.id AND r.number = a.revision - 1 ORDER BY a.url;

-- name: removed
SELECT url FROM news.articles WHERE removed_at IS NOT NULL ORDER BY url;

-- name: rejections
SELECT u.reason, count(*), min(u.url) FROM dateline.url u LEFT JOIN dateline.article a ON a.id = u.article_id
WHERE u.state IN ('ended', 'failed') AND (a.id IS NULL OR a.kind = 'headline') GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: feed_words
-- Items of visits whose text is not their page's, by where it is from and why.
SELECT text_origin, no_page_text_because, count(*), min(title) FROM news.headlines
WHERE text_origin <> 'page' AND no_page_text_because IS DISTINCT FROM 'rest_has_text'
GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2;

-- name: texts
-- Where texts are from that are not simply in one page as HTML.
SELECT count(*) FILTER (WHERE text_origin = 'feed' AND NOT is_backfilled) AS of_feeds,
       count(*) FILTER (WHERE is_rendered) AS drawn,
       (SELECT count(DISTINCT article_id) FROM dateline.url WHERE via = 'part') AS joined,
       (SELECT count(*) FROM dateline.url WHERE via = 'part') AS further_pages,
       count(*) FILTER (WHERE is_backfilled) AS backfilled
FROM news.articles;

-- name: warnings
SELECT DISTINCT f.url || ': ' || w FROM dateline.visit v
JOIN dateline.feed f ON f.id = v.feed_id, unnest(v.warnings) AS w
ORDER BY 1;
