-- The whole line's state: sources and their watched pages, the ledger of URLs, articles with their revisions, aliases and
-- copies, visits and fetches, politeness between workers, schedules and leases.
--
-- Rules kept here: unique keys stand on hashes (a long URL breaks a btree); instants are CHECKed (year 10000 and infinity
-- insert but can't be read); state that changes often lives in narrow tables of its own.

CREATE SCHEMA news;
COMMENT ON SCHEMA news IS 'What analysts read: stable views over the archive.';
COMMENT ON SCHEMA dateline IS 'What Dateline itself keeps; may change with any version. Read the views of schema news.';

CREATE DOMAIN dateline.instant AS timestamptz
    CHECK (VALUE >= '1000-01-01 00:00+00' AND VALUE < '9999-01-01 00:00+00');
COMMENT ON DOMAIN dateline.instant IS 'An instant that every client can read: no infinity, no year beyond 9999.';

-- accents are folded by core functions alone, so that no contrib extension is required
CREATE FUNCTION dateline.fold(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(normalize($1, NFKD), U&'[\0300-\036F]', '', 'g');
COMMENT ON FUNCTION dateline.fold(text) IS 'The text with accents taken off (NFKD without combining marks).';

CREATE FUNCTION dateline.fts_config(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE language
        WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig WHEN 'hy' THEN 'pg_catalog.armenian'::regconfig
        WHEN 'eu' THEN 'pg_catalog.basque'::regconfig WHEN 'ca' THEN 'pg_catalog.catalan'::regconfig
        WHEN 'da' THEN 'pg_catalog.danish'::regconfig WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'en' THEN 'pg_catalog.english'::regconfig WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'el' THEN 'pg_catalog.greek'::regconfig WHEN 'hi' THEN 'pg_catalog.hindi'::regconfig
        WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig WHEN 'id' THEN 'pg_catalog.indonesian'::regconfig
        WHEN 'ga' THEN 'pg_catalog.irish'::regconfig WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'lt' THEN 'pg_catalog.lithuanian'::regconfig WHEN 'ne' THEN 'pg_catalog.nepali'::regconfig
        WHEN 'no' THEN 'pg_catalog.norwegian'::regconfig WHEN 'nb' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig
        WHEN 'ru' THEN 'pg_catalog.russian'::regconfig WHEN 'sr' THEN 'pg_catalog.serbian'::regconfig
        WHEN 'es' THEN 'pg_catalog.spanish'::regconfig WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig
        WHEN 'ta' THEN 'pg_catalog.tamil'::regconfig WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig
        WHEN 'yi' THEN 'pg_catalog.yiddish'::regconfig
        ELSE 'pg_catalog.simple'::regconfig END;
COMMENT ON FUNCTION dateline.fts_config(text) IS
    'The text search configuration of an ISO 639-1 language; "simple" for those that PostgreSQL does not stem.';

-- Sources and what is watched of them -----------------------------------------------------------------------------------

CREATE TABLE dateline.source (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    title       text NOT NULL,
    home        text NOT NULL,
    site        text NOT NULL,
    country     text CHECK (country ~ '^[a-z]{2}$'),
    languages   text[] NOT NULL DEFAULT '{}',
    tags        text[] NOT NULL DEFAULT '{}',
    schedule    text NOT NULL DEFAULT 'adaptive',
    timezone    text NOT NULL DEFAULT 'UTC',
    politeness  jsonb NOT NULL DEFAULT '{}',
    extraction  jsonb NOT NULL DEFAULT '{}',
    is_paused   boolean NOT NULL DEFAULT false,
    created_at  dateline.instant NOT NULL DEFAULT now(),
    updated_at  dateline.instant NOT NULL DEFAULT now(),
    removed_at  dateline.instant
);
COMMENT ON TABLE dateline.source IS 'A publisher. The database is the truth; sources.toml is a way in and out.';
COMMENT ON COLUMN dateline.source.id IS 'Key.';
COMMENT ON COLUMN dateline.source.name IS 'Unique short name, used on the command line.';
COMMENT ON COLUMN dateline.source.title IS 'The outlet''s name as people write it.';
COMMENT ON COLUMN dateline.source.home IS 'Home page.';
COMMENT ON COLUMN dateline.source.site IS 'Registrable domain of the home page.';
COMMENT ON COLUMN dateline.source.country IS 'ISO 3166-1 alpha-2, lower case.';
COMMENT ON COLUMN dateline.source.languages IS 'ISO 639-1 codes.';
COMMENT ON COLUMN dateline.source.tags IS 'The operator''s own labels.';
COMMENT ON COLUMN dateline.source.schedule IS '"adaptive", "every 15m", or a cron line of five fields.';
COMMENT ON COLUMN dateline.source.timezone IS 'IANA time zone in which a cron line is read.';
COMMENT ON COLUMN dateline.source.politeness IS 'Overrides: delay_s, concurrency, obey_robots, max_pages_a_day.';
COMMENT ON COLUMN dateline.source.extraction IS 'Overrides: language, site_names.';
COMMENT ON COLUMN dateline.source.is_paused IS 'Not visited while true.';
COMMENT ON COLUMN dateline.source.created_at IS 'When the source was added.';
COMMENT ON COLUMN dateline.source.updated_at IS 'When its definition last changed.';
COMMENT ON COLUMN dateline.source.removed_at IS 'When it was removed; its articles stay.';

CREATE TABLE dateline.crawl (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    targets     text[] NOT NULL,
    options     jsonb NOT NULL DEFAULT '{}',
    started_at  dateline.instant NOT NULL DEFAULT now(),
    seen_at     dateline.instant NOT NULL DEFAULT now(),
    finished_at dateline.instant,
    summary     jsonb
);
COMMENT ON TABLE dateline.crawl IS 'A one-off crawl asked for on the command line.';
COMMENT ON COLUMN dateline.crawl.id IS 'Key; its jobs run in the queue crawl-ID.';
COMMENT ON COLUMN dateline.crawl.targets IS 'What was named.';
COMMENT ON COLUMN dateline.crawl.options IS 'since, limit, depth, delay_s, concurrency.';
COMMENT ON COLUMN dateline.crawl.started_at IS 'When it began.';
COMMENT ON COLUMN dateline.crawl.seen_at IS 'When its process last said that it runs; when it falls silent, the service takes its URLs over.';
COMMENT ON COLUMN dateline.crawl.finished_at IS 'When it ended; empty while it runs or when it was killed.';
COMMENT ON COLUMN dateline.crawl.summary IS 'Counts at its end.';

CREATE TABLE dateline.feed (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id  bigint REFERENCES dateline.source,
    crawl_id   bigint REFERENCES dateline.crawl,
    parent_id  bigint REFERENCES dateline.feed,
    url        text NOT NULL,
    url_hash   uuid NOT NULL,
    host       text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('feed', 'news_sitemap', 'sitemap', 'section', 'home', 'auto')),
    depth      smallint NOT NULL DEFAULT 0,
    is_active  boolean NOT NULL DEFAULT true,
    added_at   dateline.instant NOT NULL DEFAULT now(),
    CHECK (source_id IS NOT NULL OR crawl_id IS NOT NULL)
);
CREATE UNIQUE INDEX feed_of_source ON dateline.feed (source_id, url_hash) WHERE crawl_id IS NULL;
CREATE UNIQUE INDEX feed_of_crawl ON dateline.feed (crawl_id, url_hash) WHERE crawl_id IS NOT NULL;
CREATE INDEX feed_parent ON dateline.feed (parent_id) WHERE parent_id IS NOT NULL;
COMMENT ON TABLE dateline.feed IS 'A page that names articles and is watched for new ones: feed, sitemap, section or home page.';
COMMENT ON COLUMN dateline.feed.id IS 'Key.';
COMMENT ON COLUMN dateline.feed.source_id IS 'The source it belongs to; empty for a target of a one-off crawl.';
COMMENT ON COLUMN dateline.feed.crawl_id IS 'The one-off crawl that it belongs to; empty for a watched page of a source.';
COMMENT ON COLUMN dateline.feed.parent_id IS 'The sitemap index that names it.';
COMMENT ON COLUMN dateline.feed.url IS 'Its address.';
COMMENT ON COLUMN dateline.feed.url_hash IS 'Hash of the address, for uniqueness.';
COMMENT ON COLUMN dateline.feed.host IS 'Host that is asked; jobs are made by host.';
COMMENT ON COLUMN dateline.feed.kind IS 'feed, news_sitemap, sitemap, section, home, or auto (told from its bytes).';
COMMENT ON COLUMN dateline.feed.depth IS 'Steps from a crawl''s target.';
COMMENT ON COLUMN dateline.feed.is_active IS 'False when no longer watched.';
COMMENT ON COLUMN dateline.feed.added_at IS 'When it was first known.';

CREATE TABLE dateline.feed_state (
    feed_id       bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    next_due_at   dateline.instant DEFAULT now(),
    etag          text,
    last_modified text,
    body_hash     uuid,
    last_visit_at dateline.instant,
    last_ok_at    dateline.instant,
    last_new_at   dateline.instant,
    last_outcome  text,
    failures      real NOT NULL DEFAULT 0,
    interval_s    integer
) WITH (fillfactor = 70);
-- serves the tick: due pages in the order in which they fell due
CREATE INDEX feed_due ON dateline.feed_state (next_due_at) WHERE next_due_at IS NOT NULL;
COMMENT ON TABLE dateline.feed_state IS 'What changes at every visit of a watched page.';
COMMENT ON COLUMN dateline.feed_state.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_state.next_due_at IS 'When it is to be visited next; empty: never by itself.';
COMMENT ON COLUMN dateline.feed_state.etag IS 'Validator of the last answer (RFC 9110, 8.8.3).';
COMMENT ON COLUMN dateline.feed_state.last_modified IS 'Validator of the last answer (RFC 9110, 8.8.2).';
COMMENT ON COLUMN dateline.feed_state.body_hash IS 'Hash of the last body, for hosts whose validators lie.';
COMMENT ON COLUMN dateline.feed_state.last_visit_at IS 'Last visit, whatever came of it.';
COMMENT ON COLUMN dateline.feed_state.last_ok_at IS 'Last visit that the host answered properly.';
COMMENT ON COLUMN dateline.feed_state.last_new_at IS 'Last visit that found a new URL.';
COMMENT ON COLUMN dateline.feed_state.last_outcome IS 'What came of the last visit.';
COMMENT ON COLUMN dateline.feed_state.failures IS 'Weighted failures in a row.';
COMMENT ON COLUMN dateline.feed_state.interval_s IS 'The interval that the cadence chose last, seconds.';

-- Politeness between workers --------------------------------------------------------------------------------------------

CREATE TABLE dateline.host_pace (
    host            text PRIMARY KEY CHECK (length(host) <= 300),
    next_allowed_at dateline.instant NOT NULL DEFAULT '2000-01-01 00:00+00',
    backoff_until   dateline.instant,
    busy_until      dateline.instant,
    busy            smallint NOT NULL DEFAULT 0,
    pages_today     integer NOT NULL DEFAULT 0,
    today           date
) WITH (fillfactor = 50);
COMMENT ON TABLE dateline.host_pace IS 'When a host may be asked again, over all workers.';
COMMENT ON COLUMN dateline.host_pace.host IS 'Host with port, lower case.';
COMMENT ON COLUMN dateline.host_pace.next_allowed_at IS 'No request before.';
COMMENT ON COLUMN dateline.host_pace.backoff_until IS 'No request before, because the host said so (Retry-After, 429, 503).';
COMMENT ON COLUMN dateline.host_pace.busy_until IS 'When the requests in flight count as lost.';
COMMENT ON COLUMN dateline.host_pace.busy IS 'Requests in flight.';
COMMENT ON COLUMN dateline.host_pace.pages_today IS 'Requests of this day.';
COMMENT ON COLUMN dateline.host_pace.today IS 'The day (UTC) that pages_today counts.';

CREATE TABLE dateline.robots (
    origin     text PRIMARY KEY CHECK (length(origin) <= 300),
    status     smallint NOT NULL,
    body       bytea NOT NULL,
    fetched_at dateline.instant NOT NULL,
    expires_at dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.robots IS 'robots.txt as last seen, shared by all workers (RFC 9309).';
COMMENT ON COLUMN dateline.robots.origin IS 'Scheme, host and port.';
COMMENT ON COLUMN dateline.robots.status IS 'HTTP status; 0 for unreachable.';
COMMENT ON COLUMN dateline.robots.body IS 'The bytes, at most 500 KiB.';
COMMENT ON COLUMN dateline.robots.fetched_at IS 'When it was fetched.';
COMMENT ON COLUMN dateline.robots.expires_at IS 'When it is fetched anew.';

-- Articles ----------------------------------------------------------------------------------------------------------------

CREATE TABLE dateline.article (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_key             uuid NOT NULL UNIQUE,
    url                 text NOT NULL,
    canonical_url       text,
    site                text NOT NULL,
    source_id           bigint REFERENCES dateline.source,
    kind                text NOT NULL CHECK (kind IN ('article', 'opinion', 'live_blog', 'video', 'gallery', 'paywalled_excerpt')),
    kind_evidence       text[] NOT NULL DEFAULT '{}',
    title               text,
    alternative_titles  text[] NOT NULL DEFAULT '{}',
    text                text NOT NULL,
    summary             text,
    authors             text[] NOT NULL DEFAULT '{}',
    section             text,
    tags                text[] NOT NULL DEFAULT '{}',
    language            text,
    declared_language   text,
    image_url           text,
    site_name           text,
    published_at        dateline.instant,
    published_offset_s  integer,
    published_precision text CHECK (published_precision IN ('minute', 'day')),
    published_origin    text,
    published_raw       text,
    modified_at         dateline.instant,
    modified_offset_s   integer,
    modified_precision  text CHECK (modified_precision IN ('minute', 'day')),
    modified_origin     text,
    is_accessible_for_free boolean,
    credited_to         text,
    directives          text[] NOT NULL DEFAULT '{}',
    links               jsonb NOT NULL DEFAULT '[]',
    content_hash        uuid NOT NULL,
    word_count          integer NOT NULL,
    revision            integer NOT NULL DEFAULT 1,
    revised_at          dateline.instant NOT NULL,
    first_seen_at       dateline.instant NOT NULL,
    removed_at          dateline.instant,
    extractor           text NOT NULL,
    rules               text[] NOT NULL DEFAULT '{}',
    quality             real,
    warnings            text[] NOT NULL DEFAULT '{}',
    removed             text[] NOT NULL DEFAULT '{}',
    archive_file        text,
    archive_offset      bigint,
    archive_length      bigint,
    -- the input is cut: a tsvector above 1 MB makes the INSERT fail
    search              tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(dateline.fts_config(language), dateline.fold(left(coalesce(title, ''), 2000))), 'A')
        || setweight(to_tsvector(dateline.fts_config(language), dateline.fold(left(coalesce(summary, ''), 4000))), 'B')
        || setweight(to_tsvector(dateline.fts_config(language), dateline.fold(left(text, 200000))), 'D')) STORED
);
-- the same text anywhere, over all time: copies, aliases, unchanged pages
CREATE INDEX article_content ON dateline.article (content_hash);
CREATE INDEX article_search ON dateline.article USING gin (search);
-- newest first, the analysts' default order
CREATE INDEX article_published ON dateline.article (published_at DESC NULLS LAST, id DESC);
CREATE INDEX article_first_seen ON dateline.article (first_seen_at DESC, id DESC);
CREATE INDEX article_source ON dateline.article (source_id, first_seen_at DESC);
CREATE INDEX article_site ON dateline.article (site, first_seen_at DESC);
COMMENT ON TABLE dateline.article IS 'One article as it stands now; what it was before stands in dateline.revision.';
COMMENT ON COLUMN dateline.article.id IS 'Key.';
COMMENT ON COLUMN dateline.article.url_key IS 'Identity of its URL: hash of the normalised URL.';
COMMENT ON COLUMN dateline.article.url IS 'As fetched, after redirects, verbatim.';
COMMENT ON COLUMN dateline.article.canonical_url IS 'What the page itself names as canonical.';
COMMENT ON COLUMN dateline.article.site IS 'Registrable domain.';
COMMENT ON COLUMN dateline.article.source_id IS 'The source whose watched page named it first.';
COMMENT ON COLUMN dateline.article.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';
COMMENT ON COLUMN dateline.article.kind_evidence IS 'What told the kind.';
COMMENT ON COLUMN dateline.article.title IS 'The headline that a reader sees.';
COMMENT ON COLUMN dateline.article.alternative_titles IS 'Other headlines of the page (search engines, social media).';
COMMENT ON COLUMN dateline.article.text IS 'The body, paragraphs parted by line breaks.';
COMMENT ON COLUMN dateline.article.summary IS 'The publisher''s own summary.';
COMMENT ON COLUMN dateline.article.authors IS 'Names as in the byline.';
COMMENT ON COLUMN dateline.article.section IS 'The publisher''s section.';
COMMENT ON COLUMN dateline.article.tags IS 'The publisher''s topics.';
COMMENT ON COLUMN dateline.article.language IS 'ISO 639-1 code of the text.';
COMMENT ON COLUMN dateline.article.declared_language IS 'The language that the page declares.';
COMMENT ON COLUMN dateline.article.image_url IS 'Lead picture.';
COMMENT ON COLUMN dateline.article.site_name IS 'The outlet''s name as the page gives it.';
COMMENT ON COLUMN dateline.article.published_at IS 'Publication.';
COMMENT ON COLUMN dateline.article.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN dateline.article.published_precision IS 'minute or day.';
COMMENT ON COLUMN dateline.article.published_origin IS 'Where it came from: json-ld, meta, microdata, feed, sitemap, url or text.';
COMMENT ON COLUMN dateline.article.published_raw IS 'The string as it stood, also where it was implausible.';
COMMENT ON COLUMN dateline.article.modified_at IS 'Last change, by the publisher''s word.';
COMMENT ON COLUMN dateline.article.modified_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN dateline.article.modified_precision IS 'minute or day.';
COMMENT ON COLUMN dateline.article.modified_origin IS 'Where it came from.';
COMMENT ON COLUMN dateline.article.is_accessible_for_free IS 'False behind a paywall, by the publisher''s word.';
COMMENT ON COLUMN dateline.article.credited_to IS 'Outlet or agency that the page credits.';
COMMENT ON COLUMN dateline.article.directives IS 'The publisher''s reservations: noarchive, noai, tdm-reservation …';
COMMENT ON COLUMN dateline.article.links IS 'Outbound links of the body: [{"url", "text"}].';
COMMENT ON COLUMN dateline.article.content_hash IS 'Hash of the folded text; equal means the same text.';
COMMENT ON COLUMN dateline.article.word_count IS 'Words of the text.';
COMMENT ON COLUMN dateline.article.revision IS 'Number of the present revision, from 1.';
COMMENT ON COLUMN dateline.article.revised_at IS 'When the present revision was first seen.';
COMMENT ON COLUMN dateline.article.first_seen_at IS 'When the article was first stored.';
COMMENT ON COLUMN dateline.article.removed_at IS 'When the publisher was found to have taken it down (404, 410).';
COMMENT ON COLUMN dateline.article.extractor IS 'Name and version of the extractor.';
COMMENT ON COLUMN dateline.article.rules IS 'Cleaning rules that fired.';
COMMENT ON COLUMN dateline.article.quality IS 'Score of the extraction, 0 to 1.';
COMMENT ON COLUMN dateline.article.warnings IS 'What was odd about the page.';
COMMENT ON COLUMN dateline.article.removed IS 'Paragraphs left out as boilerplate.';
COMMENT ON COLUMN dateline.article.archive_file IS 'WARC file with the page as fetched.';
COMMENT ON COLUMN dateline.article.archive_offset IS 'Byte offset in that file.';
COMMENT ON COLUMN dateline.article.archive_length IS 'Bytes of the record.';
COMMENT ON COLUMN dateline.article.search IS 'Full text: title A, summary B, body D.';

CREATE TABLE dateline.article_seen (
    article_id   bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    last_seen_at dateline.instant NOT NULL,
    times        integer NOT NULL DEFAULT 1
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.article_seen IS 'What changes whenever an article is met again.';
COMMENT ON COLUMN dateline.article_seen.article_id IS 'The article.';
COMMENT ON COLUMN dateline.article_seen.last_seen_at IS 'When its page was last fetched with this text or an alias of it was met.';
COMMENT ON COLUMN dateline.article_seen.times IS 'How often it was fetched.';

CREATE TABLE dateline.revision (
    article_id     bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    number         integer NOT NULL,
    title          text,
    text           text NOT NULL,
    summary        text,
    content_hash   uuid NOT NULL,
    word_count     integer NOT NULL,
    modified_at    dateline.instant,
    seen_at        dateline.instant NOT NULL,
    cause          text NOT NULL CHECK (cause IN ('first', 'publisher', 'boilerplate', 're-extraction')),
    extractor      text NOT NULL,
    archive_file   text,
    archive_offset bigint,
    archive_length bigint,
    PRIMARY KEY (article_id, number)
);
COMMENT ON TABLE dateline.revision IS 'An article as it stood before; the present revision stands in dateline.article.';
COMMENT ON COLUMN dateline.revision.article_id IS 'The article.';
COMMENT ON COLUMN dateline.revision.number IS 'From 1, in the order in which they were seen.';
COMMENT ON COLUMN dateline.revision.title IS 'Headline then.';
COMMENT ON COLUMN dateline.revision.text IS 'Body then.';
COMMENT ON COLUMN dateline.revision.summary IS 'Summary then.';
COMMENT ON COLUMN dateline.revision.content_hash IS 'Hash of the folded text.';
COMMENT ON COLUMN dateline.revision.word_count IS 'Words then.';
COMMENT ON COLUMN dateline.revision.modified_at IS 'The publisher''s own instant of change.';
COMMENT ON COLUMN dateline.revision.seen_at IS 'When it was first seen.';
COMMENT ON COLUMN dateline.revision.cause IS 'Why it came to be: first, publisher, boilerplate, re-extraction.';
COMMENT ON COLUMN dateline.revision.extractor IS 'Name and version of the extractor.';
COMMENT ON COLUMN dateline.revision.archive_file IS 'WARC file with the page as fetched.';
COMMENT ON COLUMN dateline.revision.archive_offset IS 'Byte offset in that file.';
COMMENT ON COLUMN dateline.revision.archive_length IS 'Bytes of the record.';

-- cause of the present revision, beside the article so that its row need not carry it
ALTER TABLE dateline.article ADD COLUMN revision_cause text NOT NULL DEFAULT 'first'
    CHECK (revision_cause IN ('first', 'publisher', 'boilerplate', 're-extraction'));
COMMENT ON COLUMN dateline.article.revision_cause IS 'Why the present revision came to be.';

CREATE TABLE dateline.alias (
    url_key    uuid PRIMARY KEY,
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    url        text NOT NULL,
    why        text NOT NULL CHECK (why IN ('fetched', 'redirect', 'canonical', 'same_text', 'amp')),
    seen_at    dateline.instant NOT NULL
);
CREATE INDEX alias_article ON dateline.alias (article_id);
COMMENT ON TABLE dateline.alias IS 'Every URL that leads to an article.';
COMMENT ON COLUMN dateline.alias.url_key IS 'Identity of the URL.';
COMMENT ON COLUMN dateline.alias.article_id IS 'The article.';
COMMENT ON COLUMN dateline.alias.url IS 'The URL, verbatim.';
COMMENT ON COLUMN dateline.alias.why IS 'What makes it an alias.';
COMMENT ON COLUMN dateline.alias.seen_at IS 'When it was first seen.';

CREATE TABLE dateline.copy (
    article_id    bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    original_id   bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('whole', 'excerpt', 'rewrite')),
    containment   real NOT NULL,
    evidence      jsonb NOT NULL DEFAULT '{}',
    decided_at    dateline.instant NOT NULL,
    CHECK (article_id <> original_id)
);
CREATE INDEX copy_original ON dateline.copy (original_id);
COMMENT ON TABLE dateline.copy IS 'The same text on another site; links lead to the original and are never chained.';
COMMENT ON COLUMN dateline.copy.article_id IS 'The copy.';
COMMENT ON COLUMN dateline.copy.original_id IS 'The original.';
COMMENT ON COLUMN dateline.copy.kind IS 'whole, excerpt or rewrite.';
COMMENT ON COLUMN dateline.copy.containment IS 'Share of the shorter text that stands in the longer.';
COMMENT ON COLUMN dateline.copy.evidence IS 'What the decision rests on.';
COMMENT ON COLUMN dateline.copy.decided_at IS 'When it was decided last.';

-- The ledger: what became of each URL -----------------------------------------------------------------------------------

CREATE TABLE dateline.url (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_key         uuid NOT NULL UNIQUE,
    url             text NOT NULL,
    host            text NOT NULL,
    source_id       bigint REFERENCES dateline.source,
    feed_id         bigint REFERENCES dateline.feed ON DELETE SET NULL,
    visit_id        bigint,
    crawl_id        bigint REFERENCES dateline.crawl,
    via             text NOT NULL,
    depth           smallint NOT NULL DEFAULT 0,
    hints           jsonb NOT NULL DEFAULT '{}',
    state           text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'stored', 'duplicate', 'ended', 'failed', 'forgotten')),
    reason          text,
    detail          text,
    attempts        smallint NOT NULL DEFAULT 0,
    next_attempt_at dateline.instant DEFAULT now(),
    priority        smallint NOT NULL DEFAULT 0,
    discovered_at   dateline.instant NOT NULL DEFAULT now(),
    modified_at     dateline.instant,
    finished_at     dateline.instant,
    article_id      bigint REFERENCES dateline.article ON DELETE SET NULL,
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
) WITH (fillfactor = 80);
-- serves the tick and the worker: what is to be fetched from a host, most urgent first
CREATE INDEX url_pending ON dateline.url (host, priority DESC, next_attempt_at) WHERE state = 'pending';
CREATE INDEX url_due ON dateline.url (next_attempt_at) WHERE state = 'pending';
CREATE INDEX url_crawl ON dateline.url (crawl_id, state) WHERE crawl_id IS NOT NULL;
CREATE INDEX url_source ON dateline.url (source_id, discovered_at DESC);
CREATE INDEX url_article ON dateline.url (article_id) WHERE article_id IS NOT NULL;
COMMENT ON TABLE dateline.url IS 'Frontier and ledger: every discovered URL and what became of it.';
COMMENT ON COLUMN dateline.url.id IS 'Key.';
COMMENT ON COLUMN dateline.url.url_key IS 'Identity of the URL.';
COMMENT ON COLUMN dateline.url.url IS 'As it was found, verbatim.';
COMMENT ON COLUMN dateline.url.host IS 'Host that is asked.';
COMMENT ON COLUMN dateline.url.source_id IS 'The source that named it.';
COMMENT ON COLUMN dateline.url.feed_id IS 'The watched page that named it.';
COMMENT ON COLUMN dateline.url.visit_id IS 'The visit that found it.';
COMMENT ON COLUMN dateline.url.crawl_id IS 'The one-off crawl that asked for it last.';
COMMENT ON COLUMN dateline.url.via IS 'How it was found: rss, atom, news_sitemap, section, target …';
COMMENT ON COLUMN dateline.url.depth IS 'Steps from a crawl''s target.';
COMMENT ON COLUMN dateline.url.hints IS 'What was said of it where it was found.';
COMMENT ON COLUMN dateline.url.state IS 'pending, stored, duplicate, ended, failed or forgotten.';
COMMENT ON COLUMN dateline.url.reason IS 'Why it is in that state, in one word.';
COMMENT ON COLUMN dateline.url.detail IS 'The same in a sentence, where there is more to say.';
COMMENT ON COLUMN dateline.url.attempts IS 'Tries so far.';
COMMENT ON COLUMN dateline.url.next_attempt_at IS 'When it is tried next; only while pending.';
COMMENT ON COLUMN dateline.url.priority IS 'Higher is sooner; one-off crawls have 10.';
COMMENT ON COLUMN dateline.url.discovered_at IS 'When it was first found.';
COMMENT ON COLUMN dateline.url.modified_at IS 'Last change that a feed or sitemap told of.';
COMMENT ON COLUMN dateline.url.finished_at IS 'When it last left the state pending.';
COMMENT ON COLUMN dateline.url.article_id IS 'The article that it leads to.';

CREATE TABLE dateline.visit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id     bigint NOT NULL REFERENCES dateline.feed ON DELETE CASCADE,
    source_id   bigint REFERENCES dateline.source,
    crawl_id    bigint REFERENCES dateline.crawl,
    started_at  dateline.instant NOT NULL,
    finished_at dateline.instant NOT NULL,
    outcome     text NOT NULL,
    status      smallint,
    found       integer NOT NULL DEFAULT 0,
    new         integer NOT NULL DEFAULT 0,
    bytes       integer NOT NULL DEFAULT 0,
    warnings    text[] NOT NULL DEFAULT '{}',
    detail      text
);
CREATE INDEX visit_feed ON dateline.visit (feed_id, started_at DESC);
CREATE INDEX visit_source ON dateline.visit (source_id, started_at DESC);
COMMENT ON TABLE dateline.visit IS 'One poll of a watched page.';
COMMENT ON COLUMN dateline.visit.id IS 'Key.';
COMMENT ON COLUMN dateline.visit.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.visit.source_id IS 'Its source.';
COMMENT ON COLUMN dateline.visit.crawl_id IS 'The one-off crawl that it was part of.';
COMMENT ON COLUMN dateline.visit.started_at IS 'When it began.';
COMMENT ON COLUMN dateline.visit.finished_at IS 'When it ended.';
COMMENT ON COLUMN dateline.visit.outcome IS 'changed, not_modified, same_body, or why it failed.';
COMMENT ON COLUMN dateline.visit.status IS 'HTTP status.';
COMMENT ON COLUMN dateline.visit.found IS 'Candidates that the page named.';
COMMENT ON COLUMN dateline.visit.new IS 'Those that were new, or newly changed.';
COMMENT ON COLUMN dateline.visit.bytes IS 'Bytes of the body.';
COMMENT ON COLUMN dateline.visit.warnings IS 'What was ill-formed.';
COMMENT ON COLUMN dateline.visit.detail IS 'More about a failure.';

CREATE TABLE dateline.fetch (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_id         bigint NOT NULL REFERENCES dateline.url ON DELETE CASCADE,
    source_id      bigint REFERENCES dateline.source,
    crawl_id       bigint REFERENCES dateline.crawl,
    article_id     bigint REFERENCES dateline.article ON DELETE SET NULL,
    fetched_at     dateline.instant NOT NULL,
    finished_at    dateline.instant NOT NULL DEFAULT clock_timestamp(),
    status         smallint,
    final_url      text,
    bytes          integer NOT NULL DEFAULT 0,
    result         text NOT NULL,
    reason         text,
    archive_file   text,
    archive_offset bigint,
    archive_length bigint
);
CREATE INDEX fetch_url ON dateline.fetch (url_id, id);
CREATE INDEX fetch_crawl ON dateline.fetch (crawl_id, id) WHERE crawl_id IS NOT NULL;
CREATE INDEX fetch_at ON dateline.fetch USING brin (finished_at);
CREATE INDEX fetch_archive ON dateline.fetch (archive_file, archive_offset) WHERE archive_file IS NOT NULL;
COMMENT ON TABLE dateline.fetch IS 'One attempt at a URL of the ledger and its result, written with it in one transaction.';
COMMENT ON COLUMN dateline.fetch.id IS 'Key.';
COMMENT ON COLUMN dateline.fetch.url_id IS 'The ledger''s line.';
COMMENT ON COLUMN dateline.fetch.source_id IS 'The source.';
COMMENT ON COLUMN dateline.fetch.crawl_id IS 'The one-off crawl that asked for it.';
COMMENT ON COLUMN dateline.fetch.article_id IS 'The article that it led to.';
COMMENT ON COLUMN dateline.fetch.fetched_at IS 'When the answer came.';
COMMENT ON COLUMN dateline.fetch.finished_at IS 'When its result was stored.';
COMMENT ON COLUMN dateline.fetch.status IS 'HTTP status.';
COMMENT ON COLUMN dateline.fetch.final_url IS 'URL after redirects.';
COMMENT ON COLUMN dateline.fetch.bytes IS 'Bytes of the body after decompression.';
COMMENT ON COLUMN dateline.fetch.result IS 'new, revised, unchanged, alias, copy, rejected, removed, retry or failed.';
COMMENT ON COLUMN dateline.fetch.reason IS 'Why, in one word.';
COMMENT ON COLUMN dateline.fetch.archive_file IS 'WARC file with the page as fetched.';
COMMENT ON COLUMN dateline.fetch.archive_offset IS 'Byte offset in that file.';
COMMENT ON COLUMN dateline.fetch.archive_length IS 'Bytes of the record.';

CREATE TABLE dateline.quarantine (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_key  uuid NOT NULL,
    url      text NOT NULL,
    step     text NOT NULL,
    error    text NOT NULL,
    at       dateline.instant NOT NULL DEFAULT now()
);
CREATE INDEX quarantine_url ON dateline.quarantine (url_key);
COMMENT ON TABLE dateline.quarantine IS 'Pages that a step of the line could not take, with the error; their neighbours were stored.';
COMMENT ON COLUMN dateline.quarantine.id IS 'Key.';
COMMENT ON COLUMN dateline.quarantine.url_key IS 'Identity of the URL.';
COMMENT ON COLUMN dateline.quarantine.url IS 'The URL.';
COMMENT ON COLUMN dateline.quarantine.step IS 'The step that failed: extract, store …';
COMMENT ON COLUMN dateline.quarantine.error IS 'What went wrong.';
COMMENT ON COLUMN dateline.quarantine.at IS 'When.';

CREATE TABLE dateline.forgotten (
    url_key      uuid PRIMARY KEY,
    forgotten_at dateline.instant NOT NULL DEFAULT now()
);
COMMENT ON TABLE dateline.forgotten IS 'URLs that were forgotten on request: all that is remembered is not to fetch them again.';
COMMENT ON COLUMN dateline.forgotten.url_key IS 'Hash of the normalised URL; the URL itself is not kept.';
COMMENT ON COLUMN dateline.forgotten.forgotten_at IS 'When.';

CREATE TABLE dateline.forgotten_site (
    host         text PRIMARY KEY,
    forgotten_at dateline.instant NOT NULL DEFAULT now()
);
COMMENT ON TABLE dateline.forgotten_site IS 'Sites of sources that were forgotten on request: nothing is fetched from them again.';
COMMENT ON COLUMN dateline.forgotten_site.host IS 'Registrable domain.';
COMMENT ON COLUMN dateline.forgotten_site.forgotten_at IS 'When.';

CREATE TABLE dateline.erasure (
    archive_file   text NOT NULL,
    archive_offset bigint NOT NULL,
    archive_length bigint NOT NULL,
    PRIMARY KEY (archive_file, archive_offset)
);
COMMENT ON TABLE dateline.erasure IS 'Archive records that are still to be erased because their page was forgotten; survives a crash in between.';
COMMENT ON COLUMN dateline.erasure.archive_file IS 'WARC file.';
COMMENT ON COLUMN dateline.erasure.archive_offset IS 'Byte offset.';
COMMENT ON COLUMN dateline.erasure.archive_length IS 'Bytes of the record.';

-- Scheduling --------------------------------------------------------------------------------------------------------------

CREATE TABLE dateline.lease (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    term       bigint NOT NULL DEFAULT 1,
    expires_at dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.lease IS 'Who may do what only one may do (the scheduler).';
COMMENT ON COLUMN dateline.lease.name IS 'What is held.';
COMMENT ON COLUMN dateline.lease.holder IS 'Who holds it.';
COMMENT ON COLUMN dateline.lease.term IS 'Counts changes of holder.';
COMMENT ON COLUMN dateline.lease.expires_at IS 'Until when, unless renewed.';

CREATE TABLE dateline.heartbeat (
    process       text PRIMARY KEY,
    role          text NOT NULL CHECK (role IN ('scheduler', 'worker', 'crawl')),
    machine       text NOT NULL,
    queue_workers bigint[] NOT NULL DEFAULT '{}',
    started_at    dateline.instant NOT NULL,
    seen_at       dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.heartbeat IS 'Running processes.';
COMMENT ON COLUMN dateline.heartbeat.process IS 'Its name, which is also the application_name of its connections.';
COMMENT ON COLUMN dateline.heartbeat.role IS 'scheduler, worker or crawl.';
COMMENT ON COLUMN dateline.heartbeat.machine IS 'Host name of its machine.';
COMMENT ON COLUMN dateline.heartbeat.queue_workers IS 'The numbers under which the job queue knows it.';
COMMENT ON COLUMN dateline.heartbeat.started_at IS 'When it started.';
COMMENT ON COLUMN dateline.heartbeat.seen_at IS 'When it last said so.';
