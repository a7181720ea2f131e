-- A source may have a login and a proxy. The database keeps the names of their secrets, never the secrets.

COMMENT ON COLUMN dateline.source.politeness IS
    'Overrides: delay_s, concurrency, obey_robots, max_pages_a_day, max_visits_a_day, ca_file, fetch_pages; '
    'cookies_file, headers, proxy, proxy_resolves, user_agent with the names of secrets, as ${NAME}.';

ALTER TABLE dateline.alarm DROP CONSTRAINT alarm_kind_check;
ALTER TABLE dateline.alarm ADD CONSTRAINT alarm_kind_check CHECK (
    kind IN ('quiet', 'not_stored', 'failing', 'page_failing', 'silent', 'empty_texts', 'missing_dates', 'short_texts',
             'signed_out'));
COMMENT ON COLUMN dateline.alarm.kind IS
    'quiet, not_stored, failing, page_failing, silent, empty_texts, missing_dates, short_texts or signed_out.';
