-- The share of each outlet's articles that were about a subject.
--   words           what to look for (OR, -not, "phrase")
--   language        ISO 639-1 code of the language whose stemming rules apply
--   since, until    first day and the day after the last (UTC)
\if :{?words} \else \set words 'ferry' \endif
\if :{?language} \else \set language 'en' \endif
\if :{?since} \else \set since '2026-05-01' \endif
\if :{?until} \else \set until '2026-06-01' \endif
SET timezone = 'UTC';

SELECT a.site, count(*) FILTER (WHERE a.search @@ news.words(:'words', :'language')) AS about_it, count(*) AS articles,
       round(100.0 * count(*) FILTER (WHERE a.search @@ news.words(:'words', :'language')) / count(*), 1) AS percent
FROM news.articles a
WHERE a.dated_at >= :'since' AND a.dated_at < :'until'
GROUP BY a.site
ORDER BY percent DESC, a.site;
