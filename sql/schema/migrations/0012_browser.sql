-- Pages that need scripts can be drawn in a browser.

ALTER TABLE dateline.article ADD COLUMN is_rendered boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN dateline.article.is_rendered IS 'True if the text was read after a browser ran the page''s scripts.';
COMMENT ON COLUMN dateline.source.extraction IS 'Overrides: language, site_names, store_all, render.';

ALTER TABLE dateline.alarm DROP CONSTRAINT alarm_kind_check;
ALTER TABLE dateline.alarm ADD CONSTRAINT alarm_kind_check CHECK (
    kind IN ('quiet', 'not_stored', 'failing', 'page_failing', 'silent', 'empty_texts', 'missing_dates', 'short_texts',
             'signed_out', 'needs_browser'));
COMMENT ON COLUMN dateline.alarm.kind IS
    'quiet, not_stored, failing, page_failing, silent, empty_texts, missing_dates, short_texts, signed_out or '
    'needs_browser.';
