-- Pages that need scripts can be drawn in a browser.

ALTER TABLE dateline.article ADD COLUMN is_rendered boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN dateline.article.is_rendered IS 'True if the text was read after a browser ran the page''s scripts.';
COMMENT ON COLUMN dateline.source.extraction IS 'Overrides: language, site_names, store_all, render.';
