-- How far the dates of each site can be trusted: missing, only a day, later than we saw the article, or long before it.
--   days            how many days before it was stored an article may be dated
\if :{?days} \else \set days 30 \endif
SET timezone = 'UTC';

SELECT site, articles, undated, day_only, in_the_future, long_before, guessed FROM (
    SELECT a.site, count(*) AS articles, count(*) FILTER (WHERE a.published_at IS NULL) AS undated,
       count(*) FILTER (WHERE a.published_precision = 'day') AS day_only,
       count(*) FILTER (WHERE a.published_at > a.first_seen_at + interval '5 minutes') AS in_the_future,
       count(*) FILTER (WHERE a.published_at < a.first_seen_at - make_interval(days => :days)) AS long_before,
       count(*) FILTER (WHERE a.published_origin IN ('url', 'text')) AS guessed
    FROM news.articles a GROUP BY a.site) AS dates
ORDER BY undated + day_only + in_the_future DESC, site;
