-- How long after publication each site's articles were stored. Counts only articles dated to the minute and published
-- while their source was watched.
--   since           first day (UTC)
\if :{?since} \else \set since '2026-05-01' \endif
SET timezone = 'UTC';

SELECT a.site, count(*) AS articles,
       round(percentile_cont(0.5) WITHIN GROUP
           (ORDER BY extract(epoch FROM a.first_seen_at - a.published_at) / 60)::numeric, 1) AS median_minutes,
       round(percentile_cont(0.9) WITHIN GROUP
           (ORDER BY extract(epoch FROM a.first_seen_at - a.published_at) / 60)::numeric, 1) AS p90_minutes
FROM news.articles a
WHERE a.published_precision = 'minute' AND a.published_at >= :'since'
  AND a.first_seen_at - a.published_at < interval '2 days'
GROUP BY a.site
ORDER BY median_minutes, a.site;
