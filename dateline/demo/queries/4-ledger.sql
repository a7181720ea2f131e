-- The state of every URL that was found
SELECT state, coalesce(reason, '') AS reason, count(*) AS urls, min(url) AS for_example
FROM news.ledger
GROUP BY 1, 2
ORDER BY urls DESC, state, reason;
