-- Who writes about a subject, and which names those articles mention. A name is a run of two or more capitalised
-- words: a rough rule that needs no model. It shows who is mentioned most, but does not count exactly.
--   words           what to look for (OR, -not, "phrase")
--   language        ISO 639-1 code of the language whose stemming rules apply
--   top             number of authors and of names
\if :{?words} \else \set words 'ferry' \endif
\if :{?language} \else \set language 'en' \endif
\if :{?top} \else \set top 10 \endif
SET timezone = 'UTC';

WITH hit AS (
    SELECT a.article_id, a.authors, a.text FROM news.articles a
    WHERE a.search @@ news.words(:'words', :'language') AND a.copy_family = a.article_id
    ORDER BY a.dated_at DESC LIMIT 2000
), named AS (
    SELECT 'author' AS what, author AS name, article_id FROM hit, unnest(hit.authors) AS author
    UNION SELECT 'mentioned', array_to_string(found, ''), article_id
    FROM hit, regexp_matches(hit.text, '[[:upper:]][[:lower:]]+(?: [[:upper:]][[:lower:]]+)+', 'g') AS found
)
SELECT what, name, articles FROM (
    SELECT what, name, count(*) AS articles, row_number() OVER (PARTITION BY what ORDER BY count(*) DESC, name) AS place
    FROM named GROUP BY what, name) AS counted
WHERE place <= :top
ORDER BY what, place;
