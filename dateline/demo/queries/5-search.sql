-- Everything about ferries and boats in three languages, without copies
SELECT source AS outlet, language, title,
       to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS published_utc
FROM news.articles
WHERE copy_family = article_id
  AND search @@ (news.words('ferry OR "fire boat"', 'en') || news.words('fähre', 'de') || news.words('barca', 'es'))
ORDER BY published_at DESC
LIMIT 8;
