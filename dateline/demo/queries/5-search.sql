-- Everything about ferries and boats in three languages, without copies
SELECT source AS outlet, language, title,
       to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS published_utc
FROM news.articles
WHERE copy_of IS NULL
  AND to_tsvector('simple', coalesce(title, '') || ' ' || text)
      @@ websearch_to_tsquery('simple', 'ferry OR "fire boat" OR fähre OR fähren OR barca')
ORDER BY published_at DESC
LIMIT 8;
