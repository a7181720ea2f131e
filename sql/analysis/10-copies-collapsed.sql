-- Each text once, with the sites that carried it: what was written, without counting an agency's text ten times.
-- original is empty where it is not known which of them had the text first; url is then the one that was seen first.
--   words           what to look for (OR, -not, "phrase")
--   language        ISO 639-1 code of the language whose stemming rules apply
\if :{?words} \else \set words 'ferry' \endif
\if :{?language} \else \set language 'en' \endif
SET timezone = 'UTC';

SELECT o.url, CASE WHEN bool_and(c.first_by IS DISTINCT FROM 'unknown') THEN o.url END AS original, o.title, o.dated_at,
       count(c.copy_url) AS copies,
       array_agg(DISTINCT c.copy_site ORDER BY c.copy_site) FILTER (WHERE c.copy_site IS NOT NULL) AS copied_by
FROM news.articles o
LEFT JOIN news.copies c ON c.copy_family = o.article_id
WHERE o.copy_family = o.article_id AND o.search @@ news.words(:'words', :'language')
GROUP BY o.url, o.title, o.dated_at
ORDER BY copies DESC, o.dated_at DESC;
