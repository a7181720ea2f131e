-- What a feed says of itself: when it wants to be polled, where it went for good, and which hub pushes it (WebSub).

CREATE TABLE dateline.feed_asked (
    feed_id    bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    interval_s integer CHECK (interval_s > 0),
    base       dateline.instant,
    skip_hours smallint[] NOT NULL DEFAULT '{}',
    skip_days  smallint[] NOT NULL DEFAULT '{}',
    said_at    dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.feed_asked IS 'What a feed itself asks of those who poll it; written when its words change, no row where it asks for nothing.';
COMMENT ON COLUMN dateline.feed_asked.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_asked.interval_s IS 'ttl, or sy:updatePeriod over sy:updateFrequency, seconds.';
COMMENT ON COLUMN dateline.feed_asked.base IS 'sy:updateBase: an instant of the grid on which the interval lies.';
COMMENT ON COLUMN dateline.feed_asked.skip_hours IS 'skipHours: hours of the day (GMT) on which not to come.';
COMMENT ON COLUMN dateline.feed_asked.skip_days IS 'skipDays: days of the week (GMT, 0 is Monday) on which not to come.';
COMMENT ON COLUMN dateline.feed_asked.said_at IS 'The visit that read it.';

CREATE TABLE dateline.feed_move (
    feed_id bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    url     text NOT NULL,
    times   smallint NOT NULL,
    since   dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.feed_move IS 'Where a watched page redirects for good (301, 308); followed once that has held for a while.';
COMMENT ON COLUMN dateline.feed_move.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_move.url IS 'Where it says that it is now.';
COMMENT ON COLUMN dateline.feed_move.times IS 'Visits in a row that were led there.';
COMMENT ON COLUMN dateline.feed_move.since IS 'The first of them.';

CREATE TABLE dateline.feed_former (
    source_id bigint NOT NULL REFERENCES dateline.source,
    url_hash  uuid NOT NULL,
    url       text NOT NULL,
    feed_id   bigint NOT NULL REFERENCES dateline.feed ON DELETE CASCADE,
    moved_at  dateline.instant NOT NULL,
    PRIMARY KEY (source_id, url_hash)
);
CREATE INDEX feed_former_feed ON dateline.feed_former (feed_id);
COMMENT ON TABLE dateline.feed_former IS 'Addresses that watched pages had before they moved: a sources.toml that still names one means the page that moved.';
COMMENT ON COLUMN dateline.feed_former.source_id IS 'The source.';
COMMENT ON COLUMN dateline.feed_former.url_hash IS 'Hash of the former address.';
COMMENT ON COLUMN dateline.feed_former.url IS 'The former address.';
COMMENT ON COLUMN dateline.feed_former.feed_id IS 'The watched page that is meant.';
COMMENT ON COLUMN dateline.feed_former.moved_at IS 'When its address was changed.';

CREATE TABLE dateline.scouting (
    source_id  bigint PRIMARY KEY REFERENCES dateline.source,
    scouted_at dateline.instant NOT NULL,
    outcome    text NOT NULL,
    added      integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE dateline.scouting IS 'Sources whose watched pages were all dead, and what looking for new ones on their home page came to.';
COMMENT ON COLUMN dateline.scouting.source_id IS 'The source.';
COMMENT ON COLUMN dateline.scouting.scouted_at IS 'When it was last looked through.';
COMMENT ON COLUMN dateline.scouting.outcome IS 'found, nothing_new, or why the home page could not be had.';
COMMENT ON COLUMN dateline.scouting.added IS 'Watched pages that were added then.';

CREATE TABLE dateline.subscription (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id     bigint NOT NULL REFERENCES dateline.feed ON DELETE CASCADE,
    token       text NOT NULL UNIQUE CHECK (token ~ '^[A-Za-z0-9_-]{43}$'),
    hub         text NOT NULL,
    topic       text NOT NULL,
    secret      text NOT NULL,
    state       text NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'asked', 'active', 'denied', 'ending')),
    next_at     dateline.instant,
    asked_at    dateline.instant,
    lease_until dateline.instant,
    failures    smallint NOT NULL DEFAULT 0,
    problem     text,
    pushes      integer NOT NULL DEFAULT 0,
    heeded      integer NOT NULL DEFAULT 0,
    refused     integer NOT NULL DEFAULT 0,
    pushed_at   dateline.instant,
    trust       smallint NOT NULL DEFAULT 0,
    idle        smallint NOT NULL DEFAULT 0,
    created_at  dateline.instant NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX subscription_feed ON dateline.subscription (feed_id) WHERE state <> 'ending';
-- serves the clock that asks hubs: few rows are due at a time
CREATE INDEX subscription_next ON dateline.subscription (next_at) WHERE next_at IS NOT NULL;
COMMENT ON TABLE dateline.subscription IS 'Subscriptions at WebSub hubs (W3C Recommendation, 2018): one living one a watched page.';
COMMENT ON COLUMN dateline.subscription.id IS 'Key.';
COMMENT ON COLUMN dateline.subscription.feed_id IS 'The watched page that is pushed.';
COMMENT ON COLUMN dateline.subscription.token IS 'Last part of its callback''s path: random, its own, known to the hub alone.';
COMMENT ON COLUMN dateline.subscription.hub IS 'The hub.';
COMMENT ON COLUMN dateline.subscription.topic IS 'The page''s own name for itself (rel=self), by which the hub knows it.';
COMMENT ON COLUMN dateline.subscription.secret IS 'Key of the signatures under what the hub pushes.';
COMMENT ON COLUMN dateline.subscription.state IS 'wanted, asked (the hub has not verified yet), active, denied, or ending (to be unsubscribed).';
COMMENT ON COLUMN dateline.subscription.next_at IS 'When the hub is asked next; empty: never by itself.';
COMMENT ON COLUMN dateline.subscription.asked_at IS 'When the hub was asked that has neither verified nor denied yet.';
COMMENT ON COLUMN dateline.subscription.lease_until IS 'Until when the hub pushes, unless renewed.';
COMMENT ON COLUMN dateline.subscription.failures IS 'Attempts in a row that the hub did not take, or did not verify.';
COMMENT ON COLUMN dateline.subscription.problem IS 'What went wrong last, or why the hub denied.';
COMMENT ON COLUMN dateline.subscription.pushes IS 'Pushes with a good signature.';
COMMENT ON COLUMN dateline.subscription.heeded IS 'How many of them visits have followed.';
COMMENT ON COLUMN dateline.subscription.refused IS 'Pushes without one.';
COMMENT ON COLUMN dateline.subscription.pushed_at IS 'The last good push.';
COMMENT ON COLUMN dateline.subscription.trust IS 'Grows with visits that a push prompted, falls where a visit finds news that no push told of: from 3 on scheduled visits are rarer.';
COMMENT ON COLUMN dateline.subscription.idle IS 'Pushes in a row whose visit found nothing new: each lets the next wait longer.';
COMMENT ON COLUMN dateline.subscription.created_at IS 'When the page first named the hub.';
