-- Watched pages of one-off crawls are pruned some time after their crawl. Each deletion lets the ledger's lines go that name the
-- page (ON DELETE SET NULL): without this index by a scan of the whole ledger.

CREATE INDEX url_feed ON dateline.url (feed_id) WHERE feed_id IS NOT NULL;
