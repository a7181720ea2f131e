-- The outlets that wrote most about a subject, with copies counted apart from their own articles.
--   words           what to look for (OR, -not, "phrase")
--   language        ISO 639-1 code of the language whose stemming rules apply
--   top             number of outlets
\if :{?words} \else \set words 'ferry' \endif
\if :{?language} \else \set language 'en' \endif
\if :{?top} \else \set top 20 \endif
SET timezone = 'UTC';

SELECT a.site, count(*) AS articles, count(*) FILTER (WHERE a.copy_of IS NULL) AS own, count(a.copy_of) AS copies,
       min(a.dated_at) AS first_at, max(a.dated_at) AS last_at
FROM news.articles a
WHERE a.search @@ news.words(:'words', :'language')
GROUP BY a.site
ORDER BY articles DESC, a.site
LIMIT :top;
