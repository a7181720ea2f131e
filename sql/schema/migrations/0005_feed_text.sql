-- What a feed says of its items is kept, and is stored where the page can't be read.

CREATE TABLE dateline.feed_item (
    url_id  bigint PRIMARY KEY REFERENCES dateline.url ON DELETE CASCADE,
    said    uuid NOT NULL,
    content text,
    seen_at dateline.instant NOT NULL
);
-- serves retention, which lets the HTML go
CREATE INDEX feed_item_content ON dateline.feed_item (seen_at) WHERE content IS NOT NULL;
COMMENT ON TABLE dateline.feed_item IS
    'Items that feeds of their own site name. Their headline, dates, people, summary and enclosures are in '
    'dateline.url.hints.';
COMMENT ON COLUMN dateline.feed_item.url_id IS 'The ledger''s line of the item.';
COMMENT ON COLUMN dateline.feed_item.said IS 'Hash of headline, summary and full text: another hash, other words.';
COMMENT ON COLUMN dateline.feed_item.content IS
    'The full text as HTML, as the feed gives it, at most 200,000 characters. Empty where the feed gives none, where '
    'the article''s text holds all of it, and after records_retention_days.';
COMMENT ON COLUMN dateline.feed_item.seen_at IS 'When the feed first said it so.';

ALTER TABLE dateline.article
    ADD COLUMN text_origin text NOT NULL DEFAULT 'page'
        CONSTRAINT article_text_origin CHECK (text_origin IN ('page', 'feed', 'none')),
    ADD COLUMN no_page_text_because text,
    DROP CONSTRAINT article_kind_check,
    ADD CONSTRAINT article_kind_check CHECK (
        kind IN ('article', 'opinion', 'live_blog', 'video', 'gallery', 'paywalled_excerpt', 'headline')),
    ADD CONSTRAINT article_headline CHECK ((kind = 'headline') = (text_origin = 'none')),
    DROP CONSTRAINT article_revision_cause_check,
    ADD CONSTRAINT article_revision_cause_check CHECK (
        revision_cause IN ('first', 'publisher', 'boilerplate', 're-extraction', 'opened'));
COMMENT ON COLUMN dateline.article.kind IS
    'article, opinion, live_blog, video, gallery, paywalled_excerpt or headline.';
COMMENT ON COLUMN dateline.article.text_origin IS 'Where the text is from: page, feed, or none (a headline).';
COMMENT ON COLUMN dateline.article.no_page_text_because IS
    'Why the text is not the page''s, as a reason of the ledger.';

UPDATE dateline.article SET text_origin = 'feed', no_page_text_because = 'no_page' WHERE extractor = 'feed';

ALTER TABLE dateline.revision
    ADD COLUMN text_origin text NOT NULL DEFAULT 'page'
        CONSTRAINT revision_text_origin CHECK (text_origin IN ('page', 'feed', 'none')),
    DROP CONSTRAINT revision_cause_check,
    ADD CONSTRAINT revision_cause_check CHECK (
        cause IN ('first', 'publisher', 'boilerplate', 're-extraction', 'opened'));
COMMENT ON COLUMN dateline.revision.text_origin IS 'Where its text was from: page, feed or none.';
UPDATE dateline.revision SET text_origin = 'feed' WHERE extractor = 'feed';

-- serves the question whether there are headlines at all, and lists of them
CREATE INDEX article_headlines ON dateline.article (dated_at DESC, id DESC) WHERE kind = 'headline';

ALTER TABLE dateline.coverage_hour ADD COLUMN new_headlines integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN dateline.coverage_hour.new_headlines IS
    'Items first stored in the hour as headlines, without a text; not among new_articles.';
