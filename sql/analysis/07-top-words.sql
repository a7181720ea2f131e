-- Words that are typical of articles about a subject: how many hits have them, compared with all articles in that
-- language.
--   words           what to look for (OR, -not, "phrase")
--   language        ISO 639-1 code of the language whose stemming rules apply
--   top             number of words
--   sample          the most articles to compare
\if :{?words} \else \set words 'ferry' \endif
\if :{?language} \else \set language 'en' \endif
\if :{?top} \else \set top 20 \endif
\if :{?sample} \else \set sample 2000 \endif
SET timezone = 'UTC';

WITH hit AS (
    SELECT a.search FROM news.articles a
    WHERE a.search @@ news.words(:'words', :'language') AND a.language = :'language'
    ORDER BY a.dated_at DESC LIMIT :sample
), other AS (
    SELECT a.search FROM news.articles a WHERE a.language = :'language' ORDER BY a.dated_at DESC LIMIT :sample
), of_hits AS (
    SELECT lexeme, count(*) AS hits FROM hit, unnest(hit.search) GROUP BY lexeme
), of_all AS (
    SELECT lexeme, count(*) AS articles FROM other, unnest(other.search) GROUP BY lexeme
)
SELECT h.lexeme AS stem, h.hits, coalesce(o.articles, 0) AS articles,
       round((h.hits::numeric / (SELECT count(*) FROM hit))
             / ((coalesce(o.articles, 0) + 1)::numeric / ((SELECT count(*) FROM other) + 1)), 2) AS times_as_frequent
FROM of_hits h LEFT JOIN of_all o USING (lexeme)
WHERE length(h.lexeme) > 2 AND h.hits > 1
ORDER BY times_as_frequent DESC, h.hits DESC, stem
LIMIT :top;
