-- One subject in several languages. Each word is stemmed by the rules of its own language.
--   en, de, es      the word in each language (OR and "phrases" work); add other languages in the same way
\if :{?en} \else \set en 'ferry' \endif
\if :{?de} \else \set de 'fähre' \endif
\if :{?es} \else \set es 'barca' \endif
SET timezone = 'UTC';

SELECT a.language, count(*) AS articles, count(DISTINCT a.site) AS sites, min(a.dated_at) AS first_at
FROM (VALUES ('en', :'en'), ('de', :'de'), ('es', :'es')) AS asked (language, words)
JOIN news.articles a ON a.language = asked.language AND a.search @@ news.words(asked.words, asked.language)
GROUP BY a.language
ORDER BY articles DESC, a.language;
