-- What is due at a host is asked for by every job; without it each job walked through all that was due anywhere: with 10,000 feeds
-- overdue (after an outage, say) that is 10,000 rows a visit.

CREATE INDEX feed_host ON dateline.feed (host) WHERE is_active;
