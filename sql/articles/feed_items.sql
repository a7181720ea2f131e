-- What feeds said of their items.

-- name: content
SELECT content FROM dateline.feed_item WHERE url_id = %(url_id)s;
