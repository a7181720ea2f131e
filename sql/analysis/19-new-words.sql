-- Words of a week that no article of the weeks before contains: new names, new things.
--   week            its Monday
--   weeks           how many earlier weeks to compare
--   language        ISO 639-1 code of the language whose stemming rules apply
--   least           the fewest articles that must contain it
\if :{?week} \else \set week '2026-05-04' \endif
\if :{?weeks} \else \set weeks 4 \endif
\if :{?language} \else \set language 'en' \endif
\if :{?least} \else \set least 2 \endif
SET timezone = 'UTC';

WITH stems AS (
    SELECT lexeme, a.dated_at >= :'week'::date AS is_new, a.site FROM news.articles a, unnest(a.search)
    WHERE a.language = :'language' AND a.copy_family = a.article_id
      AND a.dated_at >= :'week'::date - 7 * :weeks AND a.dated_at < :'week'::date + 7
)
SELECT lexeme AS stem, count(*) AS articles, count(DISTINCT site) AS sites
FROM stems
WHERE length(lexeme) > 2 AND lexeme !~ '[0-9]'
GROUP BY lexeme HAVING bool_and(is_new) AND count(*) >= :least
ORDER BY articles DESC, stem;
