-- Who took a text from whom, how much of it, and how long afterwards
SELECT c.copy_site AS taken_by,
       c.original_site AS taken_from,
       c.kind,
       round(c.containment::numeric, 2) AS share,
       date_trunc('minute', copy.published_at::timestamptz - original.published_at::timestamptz) AS after,
       original.title
FROM news.copies c
JOIN news.articles copy ON copy.url = c.copy_url
JOIN news.articles original ON original.url = c.original_url
ORDER BY taken_from, original.title, after;
