-- Articles of each source in each week (weeks begin on Monday, UTC); from the daily counts, so also fast over years.
--   since, until   days, until not counted
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
SET timezone = 'UTC';

SELECT coalesce(d.source, d.site) AS source, date_trunc('week', d.day)::date AS week, sum(d.articles) AS articles,
       sum(d.copies) AS copies, round(sum(d.words)::numeric / sum(d.articles)) AS words_an_article
FROM news.daily_counts d
WHERE d.day >= :'since' AND d.day < :'until'
GROUP BY 1, 2
ORDER BY 1, 2;
