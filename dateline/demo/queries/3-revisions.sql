-- Which headlines were changed after publication
SELECT was.url, was.title AS headline_before, now.title AS headline_after,
       now.word_count - was.word_count AS words_added
FROM news.revisions was
JOIN news.revisions now ON now.url = was.url AND now.number = was.number + 1
WHERE now.title IS DISTINCT FROM was.title
ORDER BY now.seen_at, was.url;
