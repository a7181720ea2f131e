-- The history of sources: articles that a backfill brings, and how far each backfill is.

ALTER TABLE dateline.article ADD COLUMN is_backfilled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN dateline.article.is_backfilled IS 'A backfill brought it; no visit found it when it was new.';

ALTER TABLE dateline.coverage_hour ADD COLUMN backfilled integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN dateline.coverage_hour.backfilled IS
    'Articles published in the hour that a backfill brought; not among new_articles.';

ALTER TABLE dateline.feed
    DROP CONSTRAINT feed_kind_check,
    ADD CONSTRAINT feed_kind_check CHECK (
        kind IN ('feed', 'wordpress', 'news_sitemap', 'sitemap', 'section', 'home', 'auto'));
COMMENT ON COLUMN dateline.feed.kind IS
    'feed, wordpress (its REST interface), news_sitemap, sitemap, section, home; auto until its bytes were read.';

CREATE TABLE dateline.backfill (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id    bigint NOT NULL REFERENCES dateline.source,
    crawl_id     bigint NOT NULL UNIQUE REFERENCES dateline.crawl,
    host         text NOT NULL,
    since        dateline.instant NOT NULL,
    until        dateline.instant NOT NULL,
    budget       integer NOT NULL CHECK (budget > 0),
    with_wayback boolean NOT NULL DEFAULT false,
    state        text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped', 'done')),
    holder       text,
    wait_until   dateline.instant,
    waits_for    text,
    day          date,
    spent        integer NOT NULL DEFAULT 0,
    requests     bigint NOT NULL DEFAULT 0,
    started_at   dateline.instant NOT NULL,
    ended_at     dateline.instant,
    counts       jsonb NOT NULL DEFAULT '{}'
);
-- one at a time for each source
CREATE UNIQUE INDEX backfill_open ON dateline.backfill (source_id) WHERE state <> 'done';
CREATE INDEX backfill_running ON dateline.backfill (host) WHERE state = 'running';
COMMENT ON TABLE dateline.backfill IS 'Backfills: the past of a source between two dates, within a daily budget.';
COMMENT ON COLUMN dateline.backfill.id IS 'Key.';
COMMENT ON COLUMN dateline.backfill.source_id IS 'The source.';
COMMENT ON COLUMN dateline.backfill.crawl_id IS 'The crawl that its lines of the ledger belong to.';
COMMENT ON COLUMN dateline.backfill.host IS 'The source''s host: a backfill works when nothing else is due there.';
COMMENT ON COLUMN dateline.backfill.since IS 'Articles published earlier are left out.';
COMMENT ON COLUMN dateline.backfill.until IS 'Articles published later are left out.';
COMMENT ON COLUMN dateline.backfill.budget IS 'Requests per day (UTC) at most.';
COMMENT ON COLUMN dateline.backfill.with_wayback IS 'Whether the Internet Archive''s index is read, too.';
COMMENT ON COLUMN dateline.backfill.state IS 'running, stopped or done.';
COMMENT ON COLUMN dateline.backfill.holder IS 'The process that works on it now.';
COMMENT ON COLUMN dateline.backfill.wait_until IS 'Nothing is requested before this instant.';
COMMENT ON COLUMN dateline.backfill.waits_for IS 'Why, as a reason of the ledger.';
COMMENT ON COLUMN dateline.backfill.day IS 'The day (UTC) that `spent` counts.';
COMMENT ON COLUMN dateline.backfill.spent IS 'Requests on that day.';
COMMENT ON COLUMN dateline.backfill.requests IS 'Requests in all.';
COMMENT ON COLUMN dateline.backfill.started_at IS 'When it was started.';
COMMENT ON COLUMN dateline.backfill.ended_at IS 'When it was done or stopped.';
COMMENT ON COLUMN dateline.backfill.counts IS
    'Items by outcome when it was done; before, dateline.backfill_item says it.';

CREATE TABLE dateline.backfill_way (
    backfill_id bigint NOT NULL REFERENCES dateline.backfill ON DELETE CASCADE,
    way         text NOT NULL,
    pages       integer NOT NULL DEFAULT 0,
    items       integer NOT NULL DEFAULT 0,
    idle        integer NOT NULL DEFAULT 0,
    failed      integer NOT NULL DEFAULT 0,
    stale       integer NOT NULL DEFAULT 0,
    ended       text,
    note        text,
    PRIMARY KEY (backfill_id, way)
);
COMMENT ON TABLE dateline.backfill_way IS 'How far a backfill is in each of its ways.';
COMMENT ON COLUMN dateline.backfill_way.backfill_id IS 'The backfill.';
COMMENT ON COLUMN dateline.backfill_way.way IS 'start, files, wordpress, feed_archive, sitemap, section or wayback.';
COMMENT ON COLUMN dateline.backfill_way.pages IS 'Lists that were read.';
COMMENT ON COLUMN dateline.backfill_way.items IS 'Addresses that they named first.';
COMMENT ON COLUMN dateline.backfill_way.idle IS 'Lists in a row that named nothing new.';
COMMENT ON COLUMN dateline.backfill_way.failed IS 'Lists in a row that could not be read.';
COMMENT ON COLUMN dateline.backfill_way.stale IS 'Articles in a row that turned out to be older than wanted.';
COMMENT ON COLUMN dateline.backfill_way.ended IS 'Why it was ended before its last list; empty while it goes on.';
COMMENT ON COLUMN dateline.backfill_way.note IS 'The last thing that was wrong with one of its lists.';

CREATE TABLE dateline.backfill_page (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backfill_id bigint NOT NULL REFERENCES dateline.backfill ON DELETE CASCADE,
    way         text NOT NULL,
    rank        smallint NOT NULL,
    url         text NOT NULL,
    url_hash    uuid NOT NULL,
    newest_at   dateline.instant,
    depth       smallint NOT NULL DEFAULT 0,
    is_guess    boolean NOT NULL DEFAULT false,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'read', 'failed', 'skipped')),
    tries       smallint NOT NULL DEFAULT 0,
    body_hash   uuid,
    UNIQUE (backfill_id, way, url_hash)
);
CREATE INDEX backfill_page_next ON dateline.backfill_page (backfill_id, rank, newest_at DESC NULLS LAST, id)
    WHERE state = 'waiting';
COMMENT ON TABLE dateline.backfill_page IS 'Lists of a backfill (sitemaps, archive pages): each is read once.';
COMMENT ON COLUMN dateline.backfill_page.id IS 'Key; in the order in which they were found.';
COMMENT ON COLUMN dateline.backfill_page.backfill_id IS 'The backfill.';
COMMENT ON COLUMN dateline.backfill_page.way IS 'The way that it belongs to.';
COMMENT ON COLUMN dateline.backfill_page.rank IS 'The way''s place in the order of ways.';
COMMENT ON COLUMN dateline.backfill_page.url IS 'Its address.';
COMMENT ON COLUMN dateline.backfill_page.url_hash IS 'Hash of the address.';
COMMENT ON COLUMN dateline.backfill_page.newest_at IS 'The date of its newest articles, as far as what names it says.';
COMMENT ON COLUMN dateline.backfill_page.depth IS 'Indexes above it.';
COMMENT ON COLUMN dateline.backfill_page.is_guess IS 'A usual address that nothing names: it may be missing.';
COMMENT ON COLUMN dateline.backfill_page.state IS 'waiting, read, failed or skipped.';
COMMENT ON COLUMN dateline.backfill_page.tries IS 'Failed tries.';
COMMENT ON COLUMN dateline.backfill_page.body_hash IS 'Hash of its bytes.';

CREATE TABLE dateline.backfill_item (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backfill_id bigint NOT NULL REFERENCES dateline.backfill ON DELETE CASCADE,
    url_key     uuid NOT NULL,
    url         text NOT NULL,
    way         text NOT NULL,
    rank        smallint NOT NULL,
    via         text NOT NULL,
    hints       jsonb NOT NULL,
    content     text,
    said        uuid,
    at          dateline.instant,
    state       text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'stored', 'known', 'outside', 'not_stored', 'failed')),
    tries       smallint NOT NULL DEFAULT 0,
    due_at      dateline.instant,
    UNIQUE (backfill_id, url_key)
);
CREATE INDEX backfill_item_next ON dateline.backfill_item (backfill_id, rank, at DESC NULLS LAST, id)
    WHERE state = 'waiting';
COMMENT ON TABLE dateline.backfill_item IS
    'What the lists of a backfill name: each address once. Deleted when it is done.';
COMMENT ON COLUMN dateline.backfill_item.id IS 'Key.';
COMMENT ON COLUMN dateline.backfill_item.backfill_id IS 'The backfill.';
COMMENT ON COLUMN dateline.backfill_item.url_key IS 'Identity of the address.';
COMMENT ON COLUMN dateline.backfill_item.url IS 'The address.';
COMMENT ON COLUMN dateline.backfill_item.way IS 'The way that named it first.';
COMMENT ON COLUMN dateline.backfill_item.rank IS 'The way''s place in the order of ways.';
COMMENT ON COLUMN dateline.backfill_item.via IS 'As in dateline.url.';
COMMENT ON COLUMN dateline.backfill_item.hints IS 'As in dateline.url.';
COMMENT ON COLUMN dateline.backfill_item.content IS
    'The full text as HTML, where the list gives it, until it is stored.';
COMMENT ON COLUMN dateline.backfill_item.said IS 'As in dateline.feed_item.';
COMMENT ON COLUMN dateline.backfill_item.at IS 'When it was published or last changed, as far as the list says.';
COMMENT ON COLUMN dateline.backfill_item.state IS
    'waiting, stored, known (the ledger had it), outside (the dates), not_stored (no article, or refused) or failed.';
COMMENT ON COLUMN dateline.backfill_item.tries IS 'Failed tries.';
COMMENT ON COLUMN dateline.backfill_item.due_at IS 'Not before this instant.';
