-- How much was written about a subject per day, and its share of all articles.
--   words           what to look for (OR, -not, "phrase")
--   language        ISO 639-1 code of the language whose stemming rules apply
--   since, until    first day and the day after the last (UTC)
\if :{?words} \else \set words 'ferry' \endif
\if :{?language} \else \set language 'en' \endif
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
SET timezone = 'UTC';

SELECT begins::date AS day, count(a.article_id) AS articles, total.articles AS of_all,
       round(100.0 * count(a.article_id) / total.articles, 1) AS percent
FROM generate_series(:'since'::timestamptz, :'until'::timestamptz - interval '1 day', interval '1 day') AS begins
LEFT JOIN news.articles a ON a.search @@ news.words(:'words', :'language')
                         AND a.dated_at >= begins AND a.dated_at < begins + interval '1 day'
CROSS JOIN LATERAL (SELECT sum(d.articles) AS articles FROM news.daily_counts d WHERE d.day = begins::date) AS total
WHERE total.articles > 0
GROUP BY begins, total.articles
ORDER BY begins;
