-- Articles that contain a phrase, and articles in which its two words are near each other in either order.
--   first, second   the two words
--   distance        the most words from one to the other
--   language        ISO 639-1 code of the language whose stemming rules apply
\if :{?first} \else \set first 'ferry' \endif
\if :{?second} \else \set second 'pier' \endif
\if :{?distance} \else \set distance 5 \endif
\if :{?language} \else \set language 'en' \endif
SET timezone = 'UTC';

WITH near AS (
    SELECT string_agg(format('(%s <%s> %s) | (%s <%s> %s)', one.q, d, two.q, two.q, d, one.q), ' | ')::tsquery AS asked
    FROM generate_series(1, :distance) AS d,
         (SELECT news.words(:'first', :'language')::text AS q) AS one,
         (SELECT news.words(:'second', :'language')::text AS q) AS two
)
SELECT a.url, a.title, a.search @@ news.words(format('"%s %s"', :'first', :'second'), :'language') AS is_phrase
FROM news.articles a, near
WHERE a.search @@ near.asked
ORDER BY is_phrase DESC, a.dated_at DESC;
