-- What each outlet wrote, and how much of it was its own
SELECT source AS outlet,
       count(*) AS articles,
       count(*) FILTER (WHERE copy_of IS NULL) AS of_its_own,
       round(avg(word_count)) AS mean_words,
       string_agg(DISTINCT language, ' ' ORDER BY language) AS languages
FROM news.articles
GROUP BY source
ORDER BY articles DESC, outlet;
