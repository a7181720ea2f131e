-- Articles of each source per week (weeks begin on Monday, UTC). Reads the daily counts, so it is fast over years.
--   since, until    first day and the day after the last (UTC)
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
SET timezone = 'UTC';

SELECT coalesce(d.source, d.site) AS source, date_trunc('week', d.day)::date AS week, sum(d.articles) AS articles,
       sum(d.copies) AS copies, round(sum(d.words)::numeric / sum(d.articles)) AS words_an_article
FROM news.daily_counts d
WHERE d.day >= :'since' AND d.day < :'until'
GROUP BY 1, 2
ORDER BY 1, 2;
