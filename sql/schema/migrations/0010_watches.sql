-- Saved searches whose new articles are told: to a webhook, in an Atom feed, or both.

CREATE TABLE dateline.watch (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    query       text NOT NULL,
    webhook_url text,
    secret      text,
    has_feed    boolean NOT NULL DEFAULT false,
    feed_key    uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at  dateline.instant NOT NULL,
    failures    integer NOT NULL DEFAULT 0,
    hold_until  dateline.instant,
    problem     text,
    CHECK (webhook_url IS NOT NULL OR has_feed),
    CHECK ((webhook_url IS NULL) = (secret IS NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.watch IS 'Saved searches whose new articles are told.';
COMMENT ON COLUMN dateline.watch.id IS 'Key.';
COMMENT ON COLUMN dateline.watch.name IS 'Unique short name, used on the command line and in the feed''s address.';
COMMENT ON COLUMN dateline.watch.query IS 'The search, as it was written.';
COMMENT ON COLUMN dateline.watch.webhook_url IS 'Where articles are sent; empty without a webhook.';
COMMENT ON COLUMN dateline.watch.secret IS 'Key that messages are signed with (whsec_ and base64). Shown once, when the watch is added.';
COMMENT ON COLUMN dateline.watch.has_feed IS 'Whether its articles stand in an Atom feed.';
COMMENT ON COLUMN dateline.watch.feed_key IS 'The feed''s own identity (atom:id), stable for its life.';
COMMENT ON COLUMN dateline.watch.created_at IS 'When it was added; what was stored before is not told.';
COMMENT ON COLUMN dateline.watch.failures IS 'Answers in a row that say that the endpoint is down.';
COMMENT ON COLUMN dateline.watch.hold_until IS 'Nothing is sent to the endpoint before.';
COMMENT ON COLUMN dateline.watch.problem IS 'Why its search can''t be run now; empty when it can.';

CREATE TABLE dateline.watch_match (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    watch_id   bigint NOT NULL REFERENCES dateline.watch ON DELETE CASCADE,
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    matched_at dateline.instant NOT NULL,
    UNIQUE (watch_id, article_id)
);
-- serves the feeds: a watch's latest
CREATE INDEX watch_match_latest ON dateline.watch_match (watch_id, id DESC);
CREATE INDEX watch_match_article ON dateline.watch_match (article_id);
COMMENT ON TABLE dateline.watch_match IS 'Articles that a watch has told of: each once, and of copies of one text only one.';
COMMENT ON COLUMN dateline.watch_match.id IS 'Key, in the order in which they were found.';
COMMENT ON COLUMN dateline.watch_match.watch_id IS 'The watch.';
COMMENT ON COLUMN dateline.watch_match.article_id IS 'The article.';
COMMENT ON COLUMN dateline.watch_match.matched_at IS 'When it was found to match.';

CREATE TABLE dateline.watch_delivery (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    watch_id        bigint NOT NULL REFERENCES dateline.watch ON DELETE CASCADE,
    article_id      bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    body            text,
    state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts        integer NOT NULL DEFAULT 0,
    created_at      dateline.instant NOT NULL,
    next_attempt_at dateline.instant,
    finished_at     dateline.instant,
    status          smallint,
    detail          text,
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK (state = 'delivered' OR body IS NOT NULL)
) WITH (fillfactor = 70);
-- serves the sender: what is due of a watch, earliest first
CREATE INDEX watch_delivery_due ON dateline.watch_delivery (watch_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX watch_delivery_latest ON dateline.watch_delivery (watch_id, created_at DESC);
CREATE INDEX watch_delivery_article ON dateline.watch_delivery (article_id);
COMMENT ON TABLE dateline.watch_delivery IS 'Messages to webhooks and what became of each.';
COMMENT ON COLUMN dateline.watch_delivery.id IS 'The message''s identity (webhook-id), the same at every attempt.';
COMMENT ON COLUMN dateline.watch_delivery.watch_id IS 'The watch.';
COMMENT ON COLUMN dateline.watch_delivery.article_id IS 'The article that it tells of.';
COMMENT ON COLUMN dateline.watch_delivery.body IS 'The message, the same at every attempt; dropped when it was delivered.';
COMMENT ON COLUMN dateline.watch_delivery.state IS 'pending, delivered or dead (given up).';
COMMENT ON COLUMN dateline.watch_delivery.attempts IS 'Attempts so far.';
COMMENT ON COLUMN dateline.watch_delivery.created_at IS 'When the article was found to match.';
COMMENT ON COLUMN dateline.watch_delivery.next_attempt_at IS 'When it is tried next; while it is being sent, when it counts as lost.';
COMMENT ON COLUMN dateline.watch_delivery.finished_at IS 'When it was delivered or given up.';
COMMENT ON COLUMN dateline.watch_delivery.status IS 'HTTP status of the last answer.';
COMMENT ON COLUMN dateline.watch_delivery.detail IS 'What went wrong last.';
