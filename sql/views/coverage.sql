-- What was looked at and when, so that "no news" can be told from "nobody was looking".

DROP VIEW IF EXISTS news.coverage CASCADE;

CREATE VIEW news.coverage AS
SELECT o.name AS source, c.hour, c.visits, c.unchanged, c.changed, c.failed,
       CASE WHEN c.visits > 0 THEN NULL
            WHEN c.was_paused THEN 'paused'
            WHEN s.hour IS NULL THEN 'down' END AS not_visited_because,
       c.new_articles
FROM dateline.coverage_hour c
JOIN dateline.source o ON o.id = c.source_id
LEFT JOIN dateline.service_hour s ON s.hour = c.hour;
COMMENT ON VIEW news.coverage IS 'Each source and hour: how often it was looked at, with what outcome, and if not, why.';
COMMENT ON COLUMN news.coverage.source IS 'Name of the source.';
COMMENT ON COLUMN news.coverage.hour IS 'Beginning of the hour (UTC).';
COMMENT ON COLUMN news.coverage.visits IS 'Visits that began in the hour.';
COMMENT ON COLUMN news.coverage.unchanged IS 'Visits that found the page as it was.';
COMMENT ON COLUMN news.coverage.changed IS 'Visits that found it changed.';
COMMENT ON COLUMN news.coverage.failed IS 'Visits without a proper answer.';
COMMENT ON COLUMN news.coverage.not_visited_because IS 'Where there was no visit: down (nothing ran in the hour), paused, or empty (none was due).';
COMMENT ON COLUMN news.coverage.new_articles IS 'Articles first seen in the hour.';
