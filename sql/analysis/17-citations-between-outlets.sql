-- Who cites whom: links from one outlet's articles to another site, and how many of them lead to an article in this
-- archive.
--   since           first day (UTC)
--   top             number of pairs
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?top} \else \set top 50 \endif
SET timezone = 'UTC';

SELECT c.site, c.cited_site, count(*) AS links, count(DISTINCT c.article_id) AS articles,
       count(c.cited_article_id) AS archived
FROM news.citations c
WHERE c.cited_site <> c.site AND c.first_seen_at >= :'since'
GROUP BY c.site, c.cited_site
ORDER BY links DESC, c.site, c.cited_site
LIMIT :top;
