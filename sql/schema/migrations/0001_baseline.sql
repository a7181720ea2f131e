-- The tables of Dateline 0.1.0, grouped by subject.
--
-- Unique keys are on hashes, because a btree refuses long URLs. Instants are CHECKed, because PostgreSQL stores
-- infinity and the year 10000 but clients cannot read them. State that changes often is in narrow tables of its own.
--
-- Functions and triggers are in functions/, views in views/, roles in roles.sql. This file has only the functions
-- that stored columns and indexes are computed with: a migration that changes one must also rewrite those columns.

CREATE SCHEMA news;
COMMENT ON SCHEMA news IS 'What analysts read: stable views over the archive.';
COMMENT ON SCHEMA dateline IS 'What Dateline itself keeps; may change with any version. Read the views of schema news.';

CREATE DOMAIN dateline.instant AS timestamptz
    CHECK (VALUE >= '1000-01-01 00:00+00' AND VALUE < '9999-01-01 00:00+00');
COMMENT ON DOMAIN dateline.instant IS 'An instant that every client can read: no infinity, no year beyond 9999.';

-- Text as words, for all that is searched: the index, queries, watches and filters ------------------------------------
--
--     Łódź’s Trump/Harris U.S. MH-17 C++  →  lodz s trump harris us mh 17 cᐩᐩ
--
-- Lower-case letters and digits of all scripts, parted by spaces. PostgreSQL's parser then finds the same words
-- whatever the database's locale is: with LC_CTYPE C it takes every character beyond ASCII for a letter, typographic
-- quotes and dashes too. It would also take Trump/Harris for a file and end.Next for a host. Only functions and
-- collations of the core are used.

CREATE FUNCTION dateline.plain_letters(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    -- apostrophes and signs first: NFKD would make spaces or letters of some
    plain text COLLATE "C" := normalize(translate(given, '’‘ʼʻ‛′ʹ´`＇™℠№', repeat('''', 10) || '   '),
                                         NFKD);
BEGIN
    IF plain ~ E'[\u0300-\u036F]' THEN
        plain := regexp_replace(plain, E'([A-Za-z\u00C0-\u03FF])[\u0300-\u036F]+', E'\\1', 'g');
    END IF;
    plain := normalize(plain, NFC);
    -- the same lower case in every database: that of its own locale may know ASCII only, or make ı of I
    IF to_regcollation('pg_catalog.pg_c_utf8') IS NOT NULL THEN
        plain := lower(plain COLLATE pg_catalog.pg_c_utf8);
    ELSIF to_regcollation('pg_catalog."und-x-icu"') IS NOT NULL THEN
        plain := lower(plain COLLATE pg_catalog."und-x-icu");
    ELSE
        plain := lower(plain COLLATE pg_catalog."default");
    END IF;
    -- characters without a width, Arabic and Hebrew vowel points, stress marks
    plain := regexp_replace(plain,
        E'[\u00AD\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u061C\u0640'
        '\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u115F\u1160\u17B4\u17B5'
        '\u180B-\u180F\u1AB0-\u1AFF\u1DC0-\u1DFF\u200B-\u200F\u202A-\u202E\u2060-\u206F\u20D0-\u20FF'
        '\uFE00-\uFE0F\uFE20-\uFE2F\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E0FFF]+', '', 'g');
    IF plain ~ '[øłđðħŧŋƒıəɛɔɓɗƙςёیکأإآٱßæœþ]' THEN
        plain := translate(plain, 'øłđðħŧŋƒıəɛɔɓɗƙςёیکأإآٱ', 'olddhtnfieeobdkσеيكاااا');
        plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    END IF;
    IF plain ~ '[٠-٩۰-۹०-९০-৯๐-๙]' THEN
        plain := translate(plain, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙',
                                  '01234567890123456789012345678901234567890123456789');
    END IF;
    -- signs that are part of a word: пам'ять, צה"ל (an abbreviation, marked before its last letter), col·legi
    IF plain ~ '[''"׳״”“„·‧]' THEN
        plain := regexp_replace(plain, E'([\u0400-\u052F\u05D0-\u05EA])[''׳](?=[\u0400-\u052F\u05D0-\u05EA])',
                                E'\\1', 'g');
        plain := regexp_replace(plain, E'([\u05D0-\u05EA])["״”“„](?=[\u05D0-\u05EA]([^\u05D0-\u05EA]|$))',
                                E'\\1', 'g');
        plain := replace(replace(plain, 'l·l', 'll'), 'l‧l', 'll');
    END IF;
    RETURN plain;
END $$;
COMMENT ON FUNCTION dateline.plain_letters(text) IS
    'The text in lower case, without accents, vowel points and characters of no width; ø is o, ß is ss.';

CREATE FUNCTION dateline.plain_signs(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain text COLLATE "C" := given;
    letter CONSTANT text := E'[a-z\u00DF-\u0587]';
    word_begins CONSTANT text := E'(^|[^a-z0-9.\u00C0-\u0587])';
    word_ends CONSTANT text := E'(?![a-z0-9\u00C0-\u0587])';
    before CONSTANT text := E'(^|[^a-z0-9\u0080-\uFFFF])';
BEGIN
    IF strpos(plain, '.') > 0 THEN  -- U.S. is us
        IF plain ~ (letter || E'\\.' || letter || E'\\.' || letter) THEN
            plain := regexp_replace(plain,
                word_begins || '(' || letter || E')\\.(' || letter || E')\\.(' || letter || E')(?:\\.(' || letter
                || E'))?(?:\\.(' || letter || E'))?' || word_ends, E'\\1\\2\\3\\4\\5\\6', 'g');
        END IF;
        plain := regexp_replace(plain, word_begins || '(' || letter || E')\\.(' || letter || ')' || word_ends,
                                E'\\1\\2\\3', 'g');
    END IF;
    IF strpos(plain, '&') > 0 THEN  -- AT&T is att, R&D is rd
        plain := regexp_replace(plain, before || E'([a-z]{1,2})&([a-z]{1,2})(?![a-z0-9\u0080-\uFFFF])',
                                E'\\1\\2\\3', 'g');
    END IF;
    IF plain ~ '[+#]' THEN  -- C++ and C#, with letters that look like their signs
        plain := regexp_replace(plain, before || E'([a-z])\\+\\+(?![a-z+#])', E'\\1\\2ᐩᐩ ', 'g');
        plain := regexp_replace(plain, before || E'([a-z])\\+(?![a-z+#])', E'\\1\\2ᐩ ', 'g');
        plain := regexp_replace(plain, before || '([a-z])#(?![a-z+#])', E'\\1\\2ⵌ ', 'g');
    END IF;
    RETURN plain;
END $$;
COMMENT ON FUNCTION dateline.plain_signs(text) IS
    'Lower-case text in which U.S., AT&T, C++ and the like are single words.';

CREATE FUNCTION dateline.fold(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    folded text COLLATE "C" := given;
    -- punctuation, symbols and spaces beyond ASCII (Unicode's P, S, Z, Cc; what NFKD replaces is left out)
    signs CONSTANT text :=
           E'\u0080-\u00BF\u00D7\u00F7\u02C2-\u02C5\u02D2-\u02EB\u02ED\u02EF-\u02FF\u0375\u03F6\u0482'
           '\u055A-\u055F\u0589-\u058F\u05BE\u05C0\u05C3\u05C6\u05F3-\u060F\u061B-\u061F\u066A-\u066D\u06D4'
           '\u06DD-\u06DE\u06E9\u06FD-\u06FE\u0700-\u070F\u07F6-\u07F9\u07FE-\u07FF\u0830-\u083E\u085E\u0888'
           '\u0890-\u0891\u08E2\u0964-\u0965\u0970\u09F2-\u09F3\u09FA-\u09FB\u09FD\u0A76\u0AF0-\u0AF1\u0B70'
           '\u0BF3-\u0BFA\u0C77\u0C7F\u0C84\u0D4F\u0D79\u0DF4\u0E3F\u0E4F\u0E5A-\u0E5B\u0F01-\u0F17'
           '\u0F1A-\u0F1F\u0F34\u0F36\u0F38\u0F3A-\u0F3D\u0F85\u0FBE-\u0FC5\u0FC7-\u0FDA\u104A-\u104F'
           '\u109E-\u109F\u10FB\u1360-\u1368\u1390-\u1399\u1400\u166D-\u166E\u1680\u169B-\u169C\u16EB-\u16ED'
           '\u1735-\u1736\u17D4-\u17D6\u17D8-\u17DB\u1800-\u180A\u180E\u1940-\u1945\u19DE-\u19FF'
           '\u1A1E-\u1A1F\u1AA0-\u1AA6\u1AA8-\u1AAD\u1B5A-\u1B6A\u1B74-\u1B7E\u1BFC-\u1BFF\u1C3B-\u1C3F'
           '\u1C7E-\u1C7F\u1CC0-\u1CC7\u1CD3\u200B-\u20C0\u2104-\u212E\u213A-\u214D\u214F\u218A-\u244A'
           '\u2500-\u2775\u2794-\u2BFF\u2CE5-\u2CEA\u2CF9-\u2CFC\u2CFE-\u2CFF\u2D70\u2E00-\u2E2E'
           '\u2E30-\u3004\u3008-\u3020\u3030\u3037\u303D-\u303F\u30A0\u30FB\u3190-\u3191\u31C0-\u31E3\u327F'
           '\u4DC0-\u4DFF\uA490-\uA4C6\uA4FE-\uA4FF\uA60D-\uA60F\uA673\uA67E\uA6F2-\uA716\uA720-\uA721'
           '\uA789-\uA78A\uA828-\uA82B\uA836-\uA839\uA874-\uA877\uA8CE-\uA8CF\uA8F8-\uA8FA\uA8FC'
           '\uA92E-\uA92F\uA95F\uA9C1-\uA9CD\uA9DE-\uA9DF\uAA5C-\uAA5F\uAA77-\uAA79\uAADE-\uAADF'
           '\uAAF0-\uAAF1\uAB5B\uAB6A-\uAB6B\uABEB\uE000-\uF8FF\uFBB2-\uFDFF\uFE45-\uFE46\uFEFF-\uFFFD'
           '\U0001CF50-\U0001D245\U0001D300-\U0001D356\U0001EEF0-\U0001FBEF\U000F0000-\U0010FFFD';
BEGIN
    IF octet_length(given) = char_length(given) THEN
        folded := lower(folded);
    ELSE
        folded := dateline.plain_letters(folded);
    END IF;
    IF folded ~ '[.&+#]' THEN
        folded := dateline.plain_signs(folded);
    END IF;
    -- a number is a word of its own after two letters or more: MH17, MH-17 and MH 17 are the same; after one: F-16, F16
    IF folded ~ '[0-9]' THEN
        folded := regexp_replace(folded, E'(^|[^a-z0-9\u0080-\uFFFF])([a-z])[-\u2010-\u2015]([0-9])',
                                 E'\\1\\2\\3', 'g');
        folded := regexp_replace(folded, E'([a-z\u0080-\uFFFF]{2,})([0-9])', E'\\1 \\2', 'g');
    END IF;
    IF octet_length(folded) = char_length(folded) THEN
        RETURN btrim(regexp_replace(folded, '[^a-z0-9]*[^a-z0-9 ][^a-z0-9]*', ' ', 'g'));
    END IF;
    RETURN btrim(regexp_replace(folded, E'[\u0001-/:-`{-\u007F' || signs || E']*[\u0001-\u001F!-/:-`{-\u007F' || signs
                                || E'][\u0001-/:-`{-\u007F' || signs || ']*', ' ', 'g'));
END $$;
COMMENT ON FUNCTION dateline.fold(text) IS
    'The text as words: lower-case letters without accents and digits, parted by spaces; what search compares.';

-- Scripts without spaces between words are searched by pairs of characters (Korean has spaces, but its particles are
-- attached to the words). Every character is written twice and each two are drawn apart: 東京都 → 東 東京 京都 都.
CREATE FUNCTION dateline.search_words(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    words text COLLATE "C" := dateline.fold(given);
    letter CONSTANT text := E'\u3005-\u3007\u3040-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF'
        '\U00020000-\U0003FFFF\u1100-\u11FF\u3130-\u318F\uAC00-\uD7AF\u0E01-\u0E30\u0E32\u0E33\u0E40-\u0E46'
        '\u0E81-\u0EB0\u0EB2\u0EB3\u0EBD-\u0EC6\u1000-\u102A\u103F\u1050-\u1055\u1780-\u17B3';
    mark CONSTANT text := E'\u3099\u309A\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECD'
        '\u102B-\u103E\u1056-\u1059\u17B4-\u17D3';
BEGIN
    IF words !~ ('[' || letter || ']') THEN
        RETURN words;
    END IF;
    words := regexp_replace(words, '([' || letter || '][' || letter || mark || ']*)', E' \\1 ', 'g');
    RETURN btrim(regexp_replace(words, '([' || letter || '][' || mark || ']*)', E'\\1 \\1', 'g'));
END $$;
COMMENT ON FUNCTION dateline.search_words(text) IS
    'The words that are indexed: dateline.fold(); Chinese, Japanese, Korean, Thai, Lao, Burmese and Khmer as pairs '
    'of characters.';

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

-- Sources and the pages that Dateline watches -------------------------------------------------------------------------

CREATE TABLE dateline.source (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    title      text NOT NULL,
    home       text NOT NULL,
    site       text NOT NULL,
    country    text CHECK (country ~ '^[a-z]{2}$'),
    languages  text[] NOT NULL DEFAULT '{}',
    tags       text[] NOT NULL DEFAULT '{}',
    schedule   text NOT NULL DEFAULT 'adaptive',
    timezone   text NOT NULL DEFAULT 'UTC',
    politeness jsonb NOT NULL DEFAULT '{}',
    extraction jsonb NOT NULL DEFAULT '{}',
    is_paused  boolean NOT NULL DEFAULT false,
    created_at dateline.instant NOT NULL DEFAULT now(),
    updated_at dateline.instant NOT NULL DEFAULT now(),
    removed_at dateline.instant
);
COMMENT ON TABLE dateline.source IS
    'A publisher. This table decides which sources are watched; sources.toml can be imported into it and exported '
    'from it.';
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
COMMENT ON COLUMN dateline.source.politeness IS
    'Overrides: delay_s, concurrency, obey_robots, max_pages_a_day, ca_file.';
COMMENT ON COLUMN dateline.source.extraction IS 'Overrides: language, site_names, store_all.';
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
COMMENT ON TABLE dateline.crawl IS 'A one-off crawl that was started on the command line.';
COMMENT ON COLUMN dateline.crawl.id IS 'Key; its jobs run in the queue crawl-ID.';
COMMENT ON COLUMN dateline.crawl.targets IS 'The addresses or sources that were given.';
COMMENT ON COLUMN dateline.crawl.options IS 'since, limit, depth, delay_s, concurrency.';
COMMENT ON COLUMN dateline.crawl.started_at IS 'When it began.';
COMMENT ON COLUMN dateline.crawl.seen_at IS
    'When its process last reported that it is running. If it stops reporting, the service takes over its URLs.';
COMMENT ON COLUMN dateline.crawl.finished_at IS 'When it ended; empty while it runs or when it was killed.';
COMMENT ON COLUMN dateline.crawl.summary IS 'Counts at its end.';

CREATE TABLE dateline.feed (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id bigint REFERENCES dateline.source,
    crawl_id  bigint REFERENCES dateline.crawl,
    parent_id bigint REFERENCES dateline.feed,
    url       text NOT NULL,
    url_hash  uuid NOT NULL,
    host      text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('feed', 'news_sitemap', 'sitemap', 'section', 'home', 'auto')),
    depth     smallint NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    added_at  dateline.instant NOT NULL DEFAULT now(),
    CHECK (source_id IS NOT NULL OR crawl_id IS NOT NULL)
);
CREATE UNIQUE INDEX feed_of_source ON dateline.feed (source_id, url_hash) WHERE crawl_id IS NULL;
CREATE UNIQUE INDEX feed_of_crawl ON dateline.feed (crawl_id, url_hash) WHERE crawl_id IS NOT NULL;
CREATE INDEX feed_parent ON dateline.feed (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX feed_host ON dateline.feed (host) WHERE is_active;
-- serves the question when a page was last read, by whichever crawl or source
CREATE INDEX feed_url ON dateline.feed (url_hash);
COMMENT ON TABLE dateline.feed IS
    'A page that names articles and is watched for new ones: feed, sitemap, section or home page.';
COMMENT ON COLUMN dateline.feed.id IS 'Key.';
COMMENT ON COLUMN dateline.feed.source_id IS 'The source it belongs to; empty for a target of a one-off crawl.';
COMMENT ON COLUMN dateline.feed.crawl_id IS
    'The one-off crawl that it belongs to; empty for a watched page of a source.';
COMMENT ON COLUMN dateline.feed.parent_id IS 'The sitemap index that names it.';
COMMENT ON COLUMN dateline.feed.url IS 'Its address.';
COMMENT ON COLUMN dateline.feed.url_hash IS 'Hash of the address, for uniqueness.';
COMMENT ON COLUMN dateline.feed.host IS 'Host to request; each job is for one host.';
COMMENT ON COLUMN dateline.feed.kind IS
    'feed, news_sitemap, sitemap, section, home, or auto (not yet recognised from its bytes).';
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
    interval_s    integer,
    body_at       dateline.instant,
    not_modified  smallint NOT NULL DEFAULT 0,
    validators_wrong_since dateline.instant
) WITH (fillfactor = 70);
-- serves the tick: due pages in the order in which they fell due
CREATE INDEX feed_due ON dateline.feed_state (next_due_at) WHERE next_due_at IS NOT NULL;
COMMENT ON TABLE dateline.feed_state IS 'The state of a watched page that changes at every visit.';
COMMENT ON COLUMN dateline.feed_state.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_state.next_due_at IS 'When the next visit is due; empty if no visit is scheduled.';
COMMENT ON COLUMN dateline.feed_state.etag IS 'Validator of the last answer (RFC 9110, 8.8.3).';
COMMENT ON COLUMN dateline.feed_state.last_modified IS 'Validator of the last answer (RFC 9110, 8.8.2).';
COMMENT ON COLUMN dateline.feed_state.body_hash IS 'Hash of the last body, for hosts whose validators are wrong.';
COMMENT ON COLUMN dateline.feed_state.last_visit_at IS 'Last visit, successful or not.';
COMMENT ON COLUMN dateline.feed_state.last_ok_at IS 'Last visit that got a proper answer.';
COMMENT ON COLUMN dateline.feed_state.last_new_at IS 'Last visit that found a new URL.';
COMMENT ON COLUMN dateline.feed_state.last_outcome IS 'Result of the last visit.';
COMMENT ON COLUMN dateline.feed_state.failures IS 'Weighted failures in a row.';
COMMENT ON COLUMN dateline.feed_state.interval_s IS 'The interval that the cadence chose last, seconds.';
COMMENT ON COLUMN dateline.feed_state.body_at IS 'Last visit that was answered with a body.';
COMMENT ON COLUMN dateline.feed_state.not_modified IS 'Answers without a body (304) in a row since then.';
COMMENT ON COLUMN dateline.feed_state.validators_wrong_since IS
    'Since when its validators are not sent: its server had answered 304 although the page had changed.';

CREATE TABLE dateline.feed_rhythm (
    feed_id    bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    state      double precision[] NOT NULL,
    learned_at dateline.instant NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.feed_rhythm IS 'How often a watched page publishes, as learned from its visits.';
COMMENT ON COLUMN dateline.feed_rhythm.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_rhythm.state IS
    'Decayed counts by hour of day and weekday (UTC), and their corrections: the numbers of '
    'scheduler.cadence.publishing_rate.PublishingRate.';
COMMENT ON COLUMN dateline.feed_rhythm.learned_at IS 'The last visit that was learned from.';

CREATE TABLE dateline.allowance (
    source_id  bigint REFERENCES dateline.source ON DELETE CASCADE,
    within_s   double precision NOT NULL CHECK (within_s > 0 AND within_s <= 86400),
    busy       double precision NOT NULL CHECK (busy > 0 AND busy <= 1e6),
    forecast   real NOT NULL,
    adapted_at dateline.instant NOT NULL,
    UNIQUE NULLS NOT DISTINCT (source_id)
);
COMMENT ON TABLE dateline.allowance IS
    'How visits are distributed over pages whose publishing rate was learned; updated every 15 minutes.';
COMMENT ON COLUMN dateline.allowance.source_id IS 'The source that has its own budget; empty: all sources.';
COMMENT ON COLUMN dateline.allowance.within_s IS
    'Seconds within which a page in a busy hour is visited (but at least 5 minutes).';
COMMENT ON COLUMN dateline.allowance.busy IS
    'Items per day from which an hour counts as busy: half of all items come at this rate or faster.';
COMMENT ON COLUMN dateline.allowance.forecast IS 'Visits per day to expect with it.';
COMMENT ON COLUMN dateline.allowance.adapted_at IS 'When it was last updated.';

CREATE TABLE dateline.feed_asked (
    feed_id    bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    interval_s integer CHECK (interval_s > 0),
    base       dateline.instant,
    skip_hours smallint[] NOT NULL DEFAULT '{}',
    skip_days  smallint[] NOT NULL DEFAULT '{}',
    said_at    dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.feed_asked IS
    'Polling hints of a feed: how often and when it asks to be polled. Written when they change; no row if it has '
    'none.';
COMMENT ON COLUMN dateline.feed_asked.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_asked.interval_s IS
    'ttl, or sy:updatePeriod divided by sy:updateFrequency, in seconds.';
COMMENT ON COLUMN dateline.feed_asked.base IS 'sy:updateBase: an instant to which the intervals are aligned.';
COMMENT ON COLUMN dateline.feed_asked.skip_hours IS 'skipHours: hours of the day (GMT) in which not to poll.';
COMMENT ON COLUMN dateline.feed_asked.skip_days IS
    'skipDays: days of the week (GMT, 0 is Monday) on which not to poll.';
COMMENT ON COLUMN dateline.feed_asked.said_at IS 'The visit that read them.';

CREATE TABLE dateline.feed_move (
    feed_id bigint PRIMARY KEY REFERENCES dateline.feed ON DELETE CASCADE,
    url     text NOT NULL,
    times   smallint NOT NULL,
    since   dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.feed_move IS
    'Where a watched page redirects permanently (301, 308); followed after it has redirected there for a while.';
COMMENT ON COLUMN dateline.feed_move.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.feed_move.url IS 'The new address.';
COMMENT ON COLUMN dateline.feed_move.times IS 'Consecutive visits that were redirected there.';
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
COMMENT ON TABLE dateline.feed_former IS
    'Addresses that watched pages had before they moved. If sources.toml still has one, it means the page that moved.';
COMMENT ON COLUMN dateline.feed_former.source_id IS 'The source.';
COMMENT ON COLUMN dateline.feed_former.url_hash IS 'Hash of the former address.';
COMMENT ON COLUMN dateline.feed_former.url IS 'The former address.';
COMMENT ON COLUMN dateline.feed_former.feed_id IS 'The watched page that had this address.';
COMMENT ON COLUMN dateline.feed_former.moved_at IS 'When its address changed.';

CREATE TABLE dateline.scouting (
    source_id  bigint PRIMARY KEY REFERENCES dateline.source,
    scouted_at dateline.instant NOT NULL,
    outcome    text NOT NULL,
    added      integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE dateline.scouting IS
    'Sources whose watched pages all failed, and the result of searching their home page for new ones.';
COMMENT ON COLUMN dateline.scouting.source_id IS 'The source.';
COMMENT ON COLUMN dateline.scouting.scouted_at IS 'When it was last searched.';
COMMENT ON COLUMN dateline.scouting.outcome IS 'found, nothing_new, or why the home page could not be read.';
COMMENT ON COLUMN dateline.scouting.added IS 'Watched pages that were added.';

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
COMMENT ON TABLE dateline.subscription IS
    'Subscriptions at WebSub hubs (W3C Recommendation, 2018): at most one active subscription per watched page.';
COMMENT ON COLUMN dateline.subscription.id IS 'Key.';
COMMENT ON COLUMN dateline.subscription.feed_id IS 'The watched page that is pushed.';
COMMENT ON COLUMN dateline.subscription.token IS
    'Last part of its callback''s path: random, different for each subscription, known only to the hub.';
COMMENT ON COLUMN dateline.subscription.hub IS 'The hub.';
COMMENT ON COLUMN dateline.subscription.topic IS 'The page''s own address (rel=self), by which the hub knows it.';
COMMENT ON COLUMN dateline.subscription.secret IS 'Key for the signatures of pushes.';
COMMENT ON COLUMN dateline.subscription.state IS
    'wanted, asked (the hub has not verified yet), active, denied, or ending (to be unsubscribed).';
COMMENT ON COLUMN dateline.subscription.next_at IS
    'When to send the next request to the hub; empty if none is scheduled.';
COMMENT ON COLUMN dateline.subscription.asked_at IS
    'When the hub got a request that it has neither verified nor denied.';
COMMENT ON COLUMN dateline.subscription.lease_until IS 'When the subscription expires, unless renewed.';
COMMENT ON COLUMN dateline.subscription.failures IS
    'Consecutive requests that the hub did not accept, or did not verify.';
COMMENT ON COLUMN dateline.subscription.problem IS 'The last failure, or the hub''s reason for denying.';
COMMENT ON COLUMN dateline.subscription.pushes IS 'Pushes with a valid signature.';
COMMENT ON COLUMN dateline.subscription.heeded IS 'Pushes that a visit has followed.';
COMMENT ON COLUMN dateline.subscription.refused IS 'Pushes without a valid signature.';
COMMENT ON COLUMN dateline.subscription.pushed_at IS 'The last valid push.';
COMMENT ON COLUMN dateline.subscription.trust IS
    'Grows with each visit that a push prompted; falls when a visit finds news that was not pushed. From 3 on, '
    'scheduled visits are rarer.';
COMMENT ON COLUMN dateline.subscription.idle IS
    'Consecutive pushes after which a visit found nothing new: each makes the next visit wait longer.';
COMMENT ON COLUMN dateline.subscription.created_at IS 'When the page first named the hub.';


-- Politeness: shared by all workers -----------------------------------------------------------------------------------

CREATE TABLE dateline.host_pace (
    host            text PRIMARY KEY CHECK (length(host) <= 300),
    next_allowed_at dateline.instant NOT NULL DEFAULT '2000-01-01 00:00+00',
    backoff_until   dateline.instant,
    busy_until      dateline.instant,
    busy            smallint NOT NULL DEFAULT 0,
    pages_today     integer NOT NULL DEFAULT 0,
    today           date,
    claim           uuid
) WITH (fillfactor = 50);
COMMENT ON TABLE dateline.host_pace IS 'When a host may be requested again, by any worker.';
COMMENT ON COLUMN dateline.host_pace.host IS 'Host with port, lower case.';
COMMENT ON COLUMN dateline.host_pace.next_allowed_at IS 'No request before this instant.';
COMMENT ON COLUMN dateline.host_pace.backoff_until IS
    'No request before this instant, because the host asked for it (Retry-After, 429, 503).';
COMMENT ON COLUMN dateline.host_pace.busy_until IS 'When requests in flight count as lost.';
COMMENT ON COLUMN dateline.host_pace.busy IS 'Requests in flight.';
COMMENT ON COLUMN dateline.host_pace.pages_today IS 'Requests on this day.';
COMMENT ON COLUMN dateline.host_pace.today IS 'The day (UTC) that pages_today counts.';
COMMENT ON COLUMN dateline.host_pace.claim IS
    'The newest claim. If its answer was lost, the claimant withdraws it by this.';

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
COMMENT ON COLUMN dateline.robots.expires_at IS 'When it is fetched again.';


-- Articles ------------------------------------------------------------------------------------------------------------

-- long texts leave the row, so that lists, counts and facets read few pages
CREATE TABLE dateline.article (
    id                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_key                uuid NOT NULL UNIQUE,
    url                    text NOT NULL,
    canonical_url          text,
    site                   text NOT NULL,
    source_id              bigint REFERENCES dateline.source,
    kind                   text NOT NULL
        CHECK (kind IN ('article', 'opinion', 'live_blog', 'video', 'gallery', 'paywalled_excerpt')),
    kind_evidence          text[] NOT NULL DEFAULT '{}',
    title                  text,
    alternative_titles     text[] NOT NULL DEFAULT '{}',
    text                   text NOT NULL,
    summary                text,
    authors                text[] NOT NULL DEFAULT '{}',
    section                text,
    tags                   text[] NOT NULL DEFAULT '{}',
    language               text,
    declared_language      text,
    image_url              text,
    site_name              text,
    published_at           dateline.instant,
    published_offset_s     integer,
    published_precision    text CHECK (published_precision IN ('minute', 'local', 'day')),
    published_origin       text,
    published_raw          text,
    modified_at            dateline.instant,
    modified_offset_s      integer,
    modified_precision     text CHECK (modified_precision IN ('minute', 'local', 'day')),
    modified_origin        text,
    is_accessible_for_free boolean,
    credited_to            text,
    directives             text[] NOT NULL DEFAULT '{}',
    links                  jsonb NOT NULL DEFAULT '[]',
    content_hash           uuid NOT NULL,
    word_count             integer NOT NULL,
    revision               integer NOT NULL DEFAULT 1,
    revised_at             dateline.instant NOT NULL,
    first_seen_at          dateline.instant NOT NULL,
    removed_at             dateline.instant,
    extractor              text NOT NULL,
    rules                  text[] NOT NULL DEFAULT '{}',
    article_probability    real,
    quality                real,
    warnings               text[] NOT NULL DEFAULT '{}',
    removed                text[] NOT NULL DEFAULT '{}',
    archive_file           text,
    archive_offset         bigint,
    archive_length         bigint,
    revision_cause         text NOT NULL DEFAULT 'first'
        CHECK (revision_cause IN ('first', 'publisher', 'boilerplate', 're-extraction')),
    dated_at               dateline.instant NOT NULL GENERATED ALWAYS AS (coalesce(published_at, first_seen_at)) STORED,
    -- the input is cut: a tsvector above 1 MB makes the INSERT fail
    search                 tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(dateline.fts_config(language),
                              dateline.search_words(left(coalesce(title, ''), 2000))), 'A')
        || setweight(to_tsvector(dateline.fts_config(language),
                                 dateline.search_words(left(coalesce(summary, ''), 4000))), 'B')
        || setweight(to_tsvector(dateline.fts_config(language),
                                 dateline.search_words(left(text, 200000))), 'D')) STORED,
    canonical_key          uuid,
    archive_expired_at     dateline.instant,
    text_seen_at           dateline.instant,
    absent_at              dateline.instant,
    sought_at              dateline.instant
) WITH (toast_tuple_target = 768);
-- the same text anywhere, over all time: copies, aliases, unchanged pages
CREATE INDEX article_content ON dateline.article (content_hash);
CREATE INDEX article_search ON dateline.article USING gin (search);
-- newest first, the analysts' default order
CREATE INDEX article_published ON dateline.article (published_at DESC NULLS LAST, id DESC);
CREATE INDEX article_first_seen ON dateline.article (first_seen_at DESC, id DESC);
CREATE INDEX article_source ON dateline.article (source_id, first_seen_at DESC);
CREATE INDEX article_site ON dateline.article (site, first_seen_at DESC);
-- newest first, and the days of date:
CREATE INDEX article_dated ON dateline.article (dated_at DESC, id DESC);
-- which languages there are (a jump a language), and lang:
CREATE INDEX article_language ON dateline.article (language, dated_at DESC);
-- what changed since: the days to count again
CREATE INDEX article_revised ON dateline.article (revised_at);
-- whether the target of a link is in the archive; hash, since URLs may be longer than a btree takes
CREATE INDEX article_url ON dateline.article USING hash (url);
-- title: a weight asked of article_search would have every hit's whole vector read again
CREATE INDEX article_title_search ON dateline.article USING gin (ts_filter(search, '{a}'));
CREATE INDEX article_canonical ON dateline.article (canonical_key) WHERE canonical_key IS NOT NULL;
COMMENT ON TABLE dateline.article IS 'One article in its present revision; earlier revisions are in dateline.revision.';
COMMENT ON COLUMN dateline.article.id IS 'Key.';
COMMENT ON COLUMN dateline.article.url_key IS 'Identity of its URL: hash of the normalised URL.';
COMMENT ON COLUMN dateline.article.url IS 'Its address, after redirects, without tracking parameters.';
COMMENT ON COLUMN dateline.article.canonical_url IS 'The canonical address that the page declares.';
COMMENT ON COLUMN dateline.article.site IS 'Registrable domain.';
COMMENT ON COLUMN dateline.article.source_id IS 'The source whose watched page named it first.';
COMMENT ON COLUMN dateline.article.kind IS 'article, opinion, live_blog, video, gallery or paywalled_excerpt.';
COMMENT ON COLUMN dateline.article.kind_evidence IS 'The evidence for its kind.';
COMMENT ON COLUMN dateline.article.title IS 'The headline that a reader sees.';
COMMENT ON COLUMN dateline.article.alternative_titles IS 'Other headlines of the page (search engines, social media).';
COMMENT ON COLUMN dateline.article.text IS 'The body; paragraphs are separated by line breaks.';
COMMENT ON COLUMN dateline.article.summary IS 'The publisher''s own summary.';
COMMENT ON COLUMN dateline.article.authors IS 'Names from the byline.';
COMMENT ON COLUMN dateline.article.section IS 'The publisher''s section.';
COMMENT ON COLUMN dateline.article.tags IS 'The publisher''s topics.';
COMMENT ON COLUMN dateline.article.language IS 'ISO 639-1 code of the text.';
COMMENT ON COLUMN dateline.article.declared_language IS 'The language that the page declares.';
COMMENT ON COLUMN dateline.article.image_url IS 'Lead picture.';
COMMENT ON COLUMN dateline.article.site_name IS 'The outlet''s name on the page.';
COMMENT ON COLUMN dateline.article.published_at IS 'When it was published.';
COMMENT ON COLUMN dateline.article.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN dateline.article.published_precision IS
  'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';
COMMENT ON COLUMN dateline.article.published_origin IS
    'Where it came from: json-ld, meta, microdata, feed, sitemap, url or text.';
COMMENT ON COLUMN dateline.article.published_raw IS 'The date as written on the page, even if implausible.';
COMMENT ON COLUMN dateline.article.modified_at IS 'When the publisher says it was last changed.';
COMMENT ON COLUMN dateline.article.modified_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN dateline.article.modified_precision IS
  'minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day.';
COMMENT ON COLUMN dateline.article.modified_origin IS 'Where it came from.';
COMMENT ON COLUMN dateline.article.is_accessible_for_free IS 'False if the publisher says it is behind a paywall.';
COMMENT ON COLUMN dateline.article.credited_to IS 'Outlet or agency that the page credits.';
COMMENT ON COLUMN dateline.article.directives IS 'The publisher''s restrictions: noarchive, noai, tdm-reservation …';
COMMENT ON COLUMN dateline.article.links IS 'Outbound links of the body: [{"url", "text", "site"}].';
COMMENT ON COLUMN dateline.article.content_hash IS 'Hash of the folded text; equal hashes mean the same text.';
COMMENT ON COLUMN dateline.article.word_count IS 'Words of the text.';
COMMENT ON COLUMN dateline.article.revision IS 'Number of the present revision, from 1.';
COMMENT ON COLUMN dateline.article.revised_at IS 'When the present revision was first seen.';
COMMENT ON COLUMN dateline.article.first_seen_at IS 'When the article was first stored.';
COMMENT ON COLUMN dateline.article.removed_at IS 'When the publisher was found to have removed it (404, 410).';
COMMENT ON COLUMN dateline.article.extractor IS 'Name and version of the extractor.';
COMMENT ON COLUMN dateline.article.rules IS 'Cleaning rules that changed the text.';
COMMENT ON COLUMN dateline.article.article_probability IS 'How likely the page is an article, 0 to 1.';
COMMENT ON COLUMN dateline.article.quality IS 'Score of the extraction, 0 to 1.';
COMMENT ON COLUMN dateline.article.warnings IS 'Irregularities of the page.';
COMMENT ON COLUMN dateline.article.removed IS 'Paragraphs removed as boilerplate.';
COMMENT ON COLUMN dateline.article.archive_file IS 'WARC file with the page as fetched.';
COMMENT ON COLUMN dateline.article.archive_offset IS 'Byte offset in that file.';
COMMENT ON COLUMN dateline.article.archive_length IS 'Bytes of the record.';
COMMENT ON COLUMN dateline.article.revision_cause IS 'Why the present revision was made.';
COMMENT ON COLUMN dateline.article.dated_at IS
    'When it was published or, if no date is known, first stored. All lists are in this order.';
COMMENT ON COLUMN dateline.article.search IS 'Full text: title A, summary B, body D.';
COMMENT ON COLUMN dateline.article.canonical_key IS
    'Identity of canonical_url if that is another page of the same site, and neither the home page nor a list.';
COMMENT ON COLUMN dateline.article.archive_expired_at IS
    'When retention deleted the page as fetched; empty while it is archived, or if it never was.';
COMMENT ON COLUMN dateline.article.text_seen_at IS
    'When this text was first seen at its address, where that is later than first_seen_at: a revision wrote another '
    'text.';
COMMENT ON COLUMN dateline.article.absent_at IS
    'When we last looked for it in vain before the text was first seen: at the watched page that named it later, or at '
    'its own address. Empty if we never did.';
COMMENT ON COLUMN dateline.article.sought_at IS
    'Since when we had asked for it before it was first seen: the start of watching or of the crawl, or the last '
    'attempt that failed.';

CREATE TABLE dateline.article_seen (
    article_id   bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    last_seen_at dateline.instant NOT NULL,
    times        integer NOT NULL DEFAULT 1
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.article_seen IS 'What changes each time an article is seen again.';
COMMENT ON COLUMN dateline.article_seen.article_id IS 'The article.';
COMMENT ON COLUMN dateline.article_seen.last_seen_at IS
    'When its page was last fetched with this text, or an alias of it was last seen.';
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
COMMENT ON TABLE dateline.revision IS 'An earlier revision of an article; the present one is in dateline.article.';
COMMENT ON COLUMN dateline.revision.article_id IS 'The article.';
COMMENT ON COLUMN dateline.revision.number IS 'From 1, in the order in which they were seen.';
COMMENT ON COLUMN dateline.revision.title IS 'Headline of the revision.';
COMMENT ON COLUMN dateline.revision.text IS 'Body of the revision.';
COMMENT ON COLUMN dateline.revision.summary IS 'Summary of the revision.';
COMMENT ON COLUMN dateline.revision.content_hash IS 'Hash of the folded text.';
COMMENT ON COLUMN dateline.revision.word_count IS 'Words of the revision.';
COMMENT ON COLUMN dateline.revision.modified_at IS 'When the publisher says it was changed.';
COMMENT ON COLUMN dateline.revision.seen_at IS 'When it was first seen.';
COMMENT ON COLUMN dateline.revision.cause IS 'Why it was made: first, publisher, boilerplate, re-extraction.';
COMMENT ON COLUMN dateline.revision.extractor IS 'Name and version of the extractor.';
COMMENT ON COLUMN dateline.revision.archive_file IS 'WARC file with the page as fetched.';
COMMENT ON COLUMN dateline.revision.archive_offset IS 'Byte offset in that file.';
COMMENT ON COLUMN dateline.revision.archive_length IS 'Bytes of the record.';

CREATE TABLE dateline.alias (
    url_key    uuid PRIMARY KEY,
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    url        text NOT NULL,
    why        text NOT NULL CHECK (why IN ('fetched', 'redirect', 'canonical', 'same_text', 'amp', 'part')),
    seen_at    dateline.instant NOT NULL
);
CREATE INDEX alias_article ON dateline.alias (article_id);
CREATE INDEX alias_url ON dateline.alias USING hash (url);
COMMENT ON TABLE dateline.alias IS 'Every URL that leads to an article.';
COMMENT ON COLUMN dateline.alias.url_key IS 'Identity of the URL.';
COMMENT ON COLUMN dateline.alias.article_id IS 'The article.';
COMMENT ON COLUMN dateline.alias.url IS 'The URL, unchanged.';
COMMENT ON COLUMN dateline.alias.why IS 'Why it is an alias.';
COMMENT ON COLUMN dateline.alias.seen_at IS 'When it was first seen.';

CREATE TABLE dateline.live_entry (
    article_id         bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    key                uuid NOT NULL,
    place              integer NOT NULL,
    title              text,
    text               text NOT NULL,
    published_at       dateline.instant,
    published_offset_s integer,
    first_seen_at      dateline.instant NOT NULL,
    changed_at         dateline.instant,
    removed_at         dateline.instant,
    PRIMARY KEY (article_id, key)
);
COMMENT ON TABLE dateline.live_entry IS 'The entries of live blogs, each with its own time.';
COMMENT ON COLUMN dateline.live_entry.article_id IS 'The live blog.';
COMMENT ON COLUMN dateline.live_entry.key IS
    'Identity of the entry within the blog: hash of time and headline, or of the text if it has neither.';
COMMENT ON COLUMN dateline.live_entry.place IS 'Its place on the page when last seen, from 1.';
COMMENT ON COLUMN dateline.live_entry.title IS 'Its headline.';
COMMENT ON COLUMN dateline.live_entry.text IS 'Its text, as last seen.';
COMMENT ON COLUMN dateline.live_entry.published_at IS 'When it was published.';
COMMENT ON COLUMN dateline.live_entry.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN dateline.live_entry.first_seen_at IS 'When it was first seen.';
COMMENT ON COLUMN dateline.live_entry.changed_at IS 'When its text was last seen to have changed.';
COMMENT ON COLUMN dateline.live_entry.removed_at IS
    'When the page was first seen without it: removed, or no longer among the latest that the page lists.';

CREATE TABLE dateline.article_task (
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    task       text NOT NULL CHECK (task IN ('story', 'watch')),
    since      dateline.instant NOT NULL,
    PRIMARY KEY (article_id, task)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- serves the readers: each takes its own task's oldest rows, FOR UPDATE SKIP LOCKED, and deletes what it did
CREATE INDEX article_task_of ON dateline.article_task (task, article_id);
COMMENT ON TABLE dateline.article_task IS 'Stored or revised articles that a task still has to process.';
COMMENT ON COLUMN dateline.article_task.article_id IS 'The article.';
COMMENT ON COLUMN dateline.article_task.task IS
    'story (find which event it is about), watch (find which saved searches it matches).';
COMMENT ON COLUMN dateline.article_task.since IS 'When it was stored or revised.';

CREATE TABLE dateline.daily_count (
    day       date NOT NULL,
    site      text NOT NULL,
    source_id bigint,
    language  text,
    kind      text NOT NULL,
    articles  integer NOT NULL,
    copies    integer NOT NULL,
    words     bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (day, site, source_id, language, kind)
);
COMMENT ON TABLE dateline.daily_count IS 'Articles per day. Days that changed are counted again within a minute.';
COMMENT ON COLUMN dateline.daily_count.day IS 'Day of publication (UTC), or of storing if no date is known.';
COMMENT ON COLUMN dateline.daily_count.site IS 'Registrable domain.';
COMMENT ON COLUMN dateline.daily_count.source_id IS 'The source.';
COMMENT ON COLUMN dateline.daily_count.language IS 'ISO 639-1 code.';
COMMENT ON COLUMN dateline.daily_count.kind IS 'Kind of article.';
COMMENT ON COLUMN dateline.daily_count.articles IS 'Articles, including copies.';
COMMENT ON COLUMN dateline.daily_count.copies IS 'Copies among them.';
COMMENT ON COLUMN dateline.daily_count.words IS 'Words of the articles.';

CREATE TABLE dateline.daily_count_state (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    counted_to dateline.instant NOT NULL,
    whole_at   dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.daily_count_state IS 'How far the daily counts reach; one row.';
COMMENT ON COLUMN dateline.daily_count_state.is_only IS 'Always true: there is one row.';
COMMENT ON COLUMN dateline.daily_count_state.counted_to IS
    'Everything stored, revised or linked before this instant is counted.';
COMMENT ON COLUMN dateline.daily_count_state.whole_at IS
    'When all days were last counted again, which also removes what was forgotten.';


-- Copies: the same text on another site -------------------------------------------------------------------------------

CREATE TABLE dateline.copy (
    article_id       bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    original_id      bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    kind             text NOT NULL CHECK (kind IN ('whole', 'excerpt', 'rewrite')),
    containment      real NOT NULL,
    evidence         jsonb NOT NULL DEFAULT '{}',
    decided_at       dateline.instant NOT NULL,
    containment_back real NOT NULL DEFAULT 1
        CONSTRAINT copy_containment_back_share CHECK (containment_back BETWEEN 0 AND 1),
    first_by         text NOT NULL DEFAULT 'unknown' CHECK (first_by IN ('seen', 'credit', 'date', 'unknown')),
    confidence       text NOT NULL DEFAULT 'none' CHECK (confidence IN ('high', 'medium', 'low', 'none')),
    why              text NOT NULL DEFAULT '',
    CHECK (article_id <> original_id)
);
CREATE INDEX copy_original ON dateline.copy (original_id);
CREATE INDEX copy_decided ON dateline.copy (decided_at);
COMMENT ON TABLE dateline.copy IS 'The same text on another site; links lead to the original and are never chained.';
COMMENT ON COLUMN dateline.copy.article_id IS 'The copy.';
COMMENT ON COLUMN dateline.copy.original_id IS 'The original.';
COMMENT ON COLUMN dateline.copy.kind IS 'whole, excerpt or rewrite.';
COMMENT ON COLUMN dateline.copy.containment IS 'Share of the copy''s 3-word shingles that are in the original.';
COMMENT ON COLUMN dateline.copy.evidence IS 'The evidence for the decision.';
COMMENT ON COLUMN dateline.copy.decided_at IS 'When it was last decided.';
COMMENT ON COLUMN dateline.copy.containment_back IS 'Share of the original''s 3-word shingles that are in the copy.';
COMMENT ON COLUMN dateline.copy.first_by IS
    'The evidence that it is later than another of its family: seen (our visits), credit (its own word), date (the '
    'publishers'' dates alone), or unknown: which was first is not known, and the original is the one that we saw '
    'first.';
COMMENT ON COLUMN dateline.copy.confidence IS 'high, medium, low or none: how hard that evidence is to forge.';
COMMENT ON COLUMN dateline.copy.why IS 'The evidence in a sentence.';

CREATE TABLE dateline.sketch (
    hash       bigint NOT NULL,
    article_id bigint NOT NULL
);
-- A sample has many hashes of boilerplate and few of stories. Without this the planner expects many rows for every
-- hash, and reads the whole table to find the first 64.
ALTER TABLE dateline.sketch ALTER COLUMN hash SET (n_distinct = -0.5), ALTER COLUMN hash SET STATISTICS 1;
-- served by the look-up: at most 64 articles a hash, found by LATERAL … LIMIT
CREATE INDEX sketch_hash ON dateline.sketch (hash);
-- serves the hourly removal of what left the window: rows lie in the order in which they came
CREATE INDEX sketch_article ON dateline.sketch USING brin (article_id) WITH (autosummarize = on);
COMMENT ON TABLE dateline.sketch IS
    'Hashes of 5-word shingles of the articles of the last 60 days (one in 8 or 16). Articles that share some are '
    'compared. Without a foreign key, because that would cost more than the look-up.';
COMMENT ON COLUMN dateline.sketch.hash IS 'xxh3 of a shingle, as a signed number.';
COMMENT ON COLUMN dateline.sketch.article_id IS 'The article.';


-- Boilerplate: paragraphs that a scope repeats ------------------------------------------------------------------------

CREATE TABLE dateline.boilerplate_host (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope     text NOT NULL UNIQUE,
    site      text NOT NULL,
    stories   integer NOT NULL DEFAULT 0 CHECK (stories >= 0),
    halved_on date NOT NULL,
    pruned_on date NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.boilerplate_host IS
    'Scopes whose recurring paragraphs are learned: a section or one author''s pages of a host, or a host without '
    'sections. The row is locked while a page is counted, so pages of one scope take turns.';
COMMENT ON COLUMN dateline.boilerplate_host.id IS 'Key.';
COMMENT ON COLUMN dateline.boilerplate_host.scope IS
    'Host, without www, with its section or author: post.test/sport, post.test/@bob.';
COMMENT ON COLUMN dateline.boilerplate_host.site IS 'Registrable domain of the host.';
COMMENT ON COLUMN dateline.boilerplate_host.stories IS 'Stories that were counted; halved every 60 days.';
COMMENT ON COLUMN dateline.boilerplate_host.halved_on IS 'Day from which the next halving is counted.';
COMMENT ON COLUMN dateline.boilerplate_host.pruned_on IS 'Day on which its faded paragraphs were last removed.';

CREATE TABLE dateline.paragraph (
    key       bigint NOT NULL,
    story_id  bigint NOT NULL,
    host_id   integer NOT NULL,
    stories   integer NOT NULL CHECK (stories >= 0),
    halved_on date NOT NULL,
    first_on  date NOT NULL,
    PRIMARY KEY (host_id, key)
) WITH (fillfactor = 80);
-- serves the question whether other sites have a paragraph
CREATE INDEX paragraph_key ON dateline.paragraph (key);
COMMENT ON TABLE dateline.paragraph IS
    'In how many stories of a scope each paragraph occurs. Without a foreign key, because that would cost more than '
    'the count.';
COMMENT ON COLUMN dateline.paragraph.host_id IS 'The scope: id of dateline.boilerplate_host.';
COMMENT ON COLUMN dateline.paragraph.key IS 'xxh3 of the folded paragraph, as a signed number.';
COMMENT ON COLUMN dateline.paragraph.stories IS 'Stories that contain it; halved every 60 days, removed at 0.';
COMMENT ON COLUMN dateline.paragraph.story_id IS
    'The last of these stories, where to look for the story of a page that has this paragraph.';
COMMENT ON COLUMN dateline.paragraph.halved_on IS 'Day from which the next halving is counted.';
COMMENT ON COLUMN dateline.paragraph.first_on IS 'Day on which it was first counted.';

CREATE TABLE dateline.lesson (
    article_id  bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    host_id     integer NOT NULL,
    story_id    bigint NOT NULL,
    keys        bigint[] NOT NULL,
    length      integer NOT NULL,
    stripped    bigint[] NOT NULL,
    fingerprint uuid NOT NULL
);
-- serves the question which story a page belongs to: what its articles have taught, together
CREATE INDEX lesson_story ON dateline.lesson (story_id) WHERE keys <> '{}';
-- serves the question how the same text was judged before
CREATE INDEX lesson_fingerprint ON dateline.lesson (host_id, fingerprint);
COMMENT ON TABLE dateline.lesson IS
    'What was counted for each article. Articles of one scope that share half of the shorter text are one story; a '
    'paragraph counts once per story.';
COMMENT ON COLUMN dateline.lesson.article_id IS 'The article.';
COMMENT ON COLUMN dateline.lesson.host_id IS 'Its scope: id of dateline.boilerplate_host.';
COMMENT ON COLUMN dateline.lesson.story_id IS 'Its story in this scope: id of the story''s first article.';
COMMENT ON COLUMN dateline.lesson.keys IS
    'Its paragraphs as extracted, before any was removed; empty if its story was counted often enough.';
COMMENT ON COLUMN dateline.lesson.length IS 'Characters of these paragraphs.';
COMMENT ON COLUMN dateline.lesson.stripped IS 'Those that were removed from the text.';
COMMENT ON COLUMN dateline.lesson.fingerprint IS
    'Hash of the paragraphs. The same text always gets the same result, so learning alone does not change an article.';


-- Stories: articles about one event -----------------------------------------------------------------------------------

CREATE TABLE dateline.story (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    language    text NOT NULL,
    first_at    dateline.instant NOT NULL,
    last_at     dateline.instant NOT NULL,
    lead_id     bigint REFERENCES dateline.article ON DELETE SET NULL,
    merged_into bigint REFERENCES dateline.story,
    made_at     dateline.instant NOT NULL,
    CHECK (merged_into <> id)
) WITH (fillfactor = 80);
-- newest first, the analysts' default order
CREATE INDEX story_last ON dateline.story (last_at DESC, id DESC) WHERE merged_into IS NULL;
-- serves merging (what was merged into a story follows it) and forgetting (the lead is let go)
CREATE INDEX story_merged ON dateline.story (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX story_lead ON dateline.story (lead_id) WHERE lead_id IS NOT NULL;
COMMENT ON TABLE dateline.story IS
    'Events, each with the articles about it. Ids are stable; the id of a merged story leads to the story that it '
    'became part of.';
COMMENT ON COLUMN dateline.story.id IS 'Key; the larger part keeps it when stories are merged or split.';
COMMENT ON COLUMN dateline.story.language IS
    'Language of its articles: ISO 639-1, closely related languages as one, xx if unknown.';
COMMENT ON COLUMN dateline.story.first_at IS
    'When its earliest article was published (or stored, if no date is known).';
COMMENT ON COLUMN dateline.story.last_at IS 'When its latest article was published (or stored, if no date is known).';
COMMENT ON COLUMN dateline.story.lead_id IS
    'The article whose headline is shown for it: the one nearest to its centre.';
COMMENT ON COLUMN dateline.story.merged_into IS 'The story that it is part of now; never itself a merged story.';
COMMENT ON COLUMN dateline.story.made_at IS 'When it was created.';

CREATE TABLE dateline.story_member (
    article_id bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    story_id   bigint NOT NULL REFERENCES dateline.story,
    at         dateline.instant NOT NULL,
    placed_at  dateline.instant NOT NULL,
    is_repeat  boolean NOT NULL DEFAULT false
) WITH (fillfactor = 80);
-- a story's articles, latest first
CREATE INDEX story_member_of ON dateline.story_member (story_id, at DESC);
COMMENT ON TABLE dateline.story_member IS 'The story of each article.';
COMMENT ON COLUMN dateline.story_member.article_id IS 'The article.';
COMMENT ON COLUMN dateline.story_member.story_id IS 'Its story.';
COMMENT ON COLUMN dateline.story_member.at IS 'When it was published or stored: separates stories in time.';
COMMENT ON COLUMN dateline.story_member.placed_at IS 'When it was last assigned.';
COMMENT ON COLUMN dateline.story_member.is_repeat IS
    'An earlier page of its outlet in the story says about the same: it does not count for the story''s size.';

CREATE TABLE dateline.story_vector (
    article_id bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    terms      bigint[] NOT NULL,
    weights    real[] NOT NULL,
    names      smallint NOT NULL,
    kept_until date NOT NULL
);
CREATE INDEX story_vector_kept ON dateline.story_vector (kept_until);
COMMENT ON TABLE dateline.story_vector IS
    'The terms of recent articles, for comparison. Removed when new articles can no longer join their stories.';
COMMENT ON COLUMN dateline.story_vector.article_id IS 'The article.';
COMMENT ON COLUMN dateline.story_vector.terms IS 'Hashes of its strongest terms, names and numbers first.';
COMMENT ON COLUMN dateline.story_vector.weights IS 'Their damped frequencies.';
COMMENT ON COLUMN dateline.story_vector.names IS 'How many of them are names or numbers.';
COMMENT ON COLUMN dateline.story_vector.kept_until IS 'Day after which it may be removed.';

CREATE TABLE dateline.story_term (
    term       bigint NOT NULL,
    at         dateline.instant NOT NULL,
    article_id bigint NOT NULL
);
-- served by the look-up: the latest articles about a term, found by LATERAL … LIMIT
CREATE INDEX story_term_at ON dateline.story_term (term, at);
-- serves revisions, which take an article's terms away
CREATE INDEX story_term_article ON dateline.story_term (article_id);
COMMENT ON TABLE dateline.story_term IS
    'The strongest terms of recent articles, by which a new article finds its story. Without a foreign key, because '
    'that would cost more than the look-up.';
COMMENT ON COLUMN dateline.story_term.term IS 'xxh3 of language and word, as a signed number.';
COMMENT ON COLUMN dateline.story_term.at IS 'Publication of the article.';
COMMENT ON COLUMN dateline.story_term.article_id IS 'The article.';

CREATE TABLE dateline.story_vocabulary (
    language  text PRIMARY KEY,
    documents real NOT NULL,
    counts    bytea NOT NULL
);
COMMENT ON TABLE dateline.story_vocabulary IS
    'How common the terms of each language are: one table of fixed size (a count-min sketch) per language.';
COMMENT ON COLUMN dateline.story_vocabulary.language IS 'The language.';
COMMENT ON COLUMN dateline.story_vocabulary.documents IS
    'Documents counted; halved together with the counts when the table is full.';
COMMENT ON COLUMN dateline.story_vocabulary.counts IS 'Little-endian 32-bit floats.';


-- The ledger: what became of each URL ---------------------------------------------------------------------------------

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
    page_title      text,
    article_probability real,
    attempts        smallint NOT NULL DEFAULT 0,
    next_attempt_at dateline.instant DEFAULT now(),
    priority        smallint NOT NULL DEFAULT 0,
    discovered_at   dateline.instant NOT NULL DEFAULT now(),
    modified_at     dateline.instant,
    finished_at     dateline.instant,
    article_id      bigint REFERENCES dateline.article ON DELETE SET NULL,
    is_hearsay      boolean NOT NULL DEFAULT false,
    named_by        text[] NOT NULL DEFAULT '{}',
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
) WITH (fillfactor = 80);
-- serves the tick and the worker: what is to be fetched from a host, most urgent first
CREATE INDEX url_pending ON dateline.url (host, priority DESC, next_attempt_at) WHERE state = 'pending';
CREATE INDEX url_due ON dateline.url (next_attempt_at) WHERE state = 'pending';
CREATE INDEX url_crawl ON dateline.url (crawl_id, state) WHERE crawl_id IS NOT NULL;
CREATE INDEX url_source ON dateline.url (source_id, discovered_at DESC);
CREATE INDEX url_article ON dateline.url (article_id) WHERE article_id IS NOT NULL;
CREATE INDEX url_feed ON dateline.url (feed_id) WHERE feed_id IS NOT NULL;
-- serves news.not_articles
CREATE INDEX url_not_article ON dateline.url (finished_at DESC) WHERE reason = 'not_article';
-- serves the console: URLs that were not stored, by class and newest first
CREATE INDEX url_lost ON dateline.url (finished_at DESC, id DESC) INCLUDE (state, reason)
    WHERE state IN ('failed', 'ended');
COMMENT ON TABLE dateline.url IS 'Frontier and ledger: every discovered URL and its result.';
COMMENT ON COLUMN dateline.url.id IS 'Key.';
COMMENT ON COLUMN dateline.url.url_key IS 'Identity of the URL.';
COMMENT ON COLUMN dateline.url.url IS 'As it was found, unchanged.';
COMMENT ON COLUMN dateline.url.host IS 'Host to request.';
COMMENT ON COLUMN dateline.url.source_id IS 'The source that named it.';
COMMENT ON COLUMN dateline.url.feed_id IS 'The watched page that named it.';
COMMENT ON COLUMN dateline.url.visit_id IS 'The visit that found it.';
COMMENT ON COLUMN dateline.url.crawl_id IS 'The one-off crawl that last asked for it.';
COMMENT ON COLUMN dateline.url.via IS 'How it was found: rss, atom, news_sitemap, section, target …';
COMMENT ON COLUMN dateline.url.depth IS 'Steps from a crawl''s target.';
COMMENT ON COLUMN dateline.url.hints IS 'What the page or feed that named it says about it.';
COMMENT ON COLUMN dateline.url.state IS 'pending, stored, duplicate, ended, failed or forgotten.';
COMMENT ON COLUMN dateline.url.reason IS 'Why it is in that state, in one word.';
COMMENT ON COLUMN dateline.url.detail IS 'Why, in a sentence, if there is more to say.';
COMMENT ON COLUMN dateline.url.page_title IS 'Title of a page that is not an article.';
COMMENT ON COLUMN dateline.url.article_probability IS 'How likely such a page is an article, 0 to 1.';
COMMENT ON COLUMN dateline.url.attempts IS 'Tries so far.';
COMMENT ON COLUMN dateline.url.next_attempt_at IS 'When the next try is due; only while pending.';
COMMENT ON COLUMN dateline.url.priority IS 'Higher is fetched sooner; one-off crawls have 10.';
COMMENT ON COLUMN dateline.url.discovered_at IS 'When it was first found.';
COMMENT ON COLUMN dateline.url.modified_at IS 'Last change that a feed or sitemap reported.';
COMMENT ON COLUMN dateline.url.finished_at IS 'When it last left the state pending.';
COMMENT ON COLUMN dateline.url.article_id IS 'The article that it leads to.';
COMMENT ON COLUMN dateline.url.is_hearsay IS
    'Only pages of other sites have named it: their hints describe nothing, and its own site''s word replaces theirs.';
COMMENT ON COLUMN dateline.url.named_by IS
    'Sites that the page which named it may speak for: its own site and those of its source.';

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
-- serves the roll-up: the visits and articles of the last hours
CREATE INDEX visit_started ON dateline.visit (started_at) WHERE crawl_id IS NULL;
-- serves figures over the last hours; visits come in the order of their end, which a BRIN index summarises in a few kB
CREATE INDEX visit_at ON dateline.visit USING brin (finished_at);
COMMENT ON TABLE dateline.visit IS 'One poll of a watched page.';
COMMENT ON COLUMN dateline.visit.id IS 'Key.';
COMMENT ON COLUMN dateline.visit.feed_id IS 'The watched page.';
COMMENT ON COLUMN dateline.visit.source_id IS 'Its source.';
COMMENT ON COLUMN dateline.visit.crawl_id IS 'The one-off crawl that it was part of.';
COMMENT ON COLUMN dateline.visit.started_at IS 'When it began.';
COMMENT ON COLUMN dateline.visit.finished_at IS 'When it ended.';
COMMENT ON COLUMN dateline.visit.outcome IS
    'changed, not_modified, same_body, or why it failed (false_304: a wrong not_modified).';
COMMENT ON COLUMN dateline.visit.status IS 'HTTP status.';
COMMENT ON COLUMN dateline.visit.found IS 'Candidates that the page named.';
COMMENT ON COLUMN dateline.visit.new IS 'New or newly changed candidates.';
COMMENT ON COLUMN dateline.visit.bytes IS 'Bytes of the body.';
COMMENT ON COLUMN dateline.visit.warnings IS 'What was malformed.';
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
CREATE INDEX fetch_article ON dateline.fetch (article_id) WHERE article_id IS NOT NULL;
COMMENT ON TABLE dateline.fetch IS
    'One attempt to fetch a URL of the ledger and its result, written in the ledger''s transaction.';
COMMENT ON COLUMN dateline.fetch.id IS 'Key.';
COMMENT ON COLUMN dateline.fetch.url_id IS 'The URL''s row in the ledger.';
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

CREATE TABLE dateline.recheck (
    url_id        bigint PRIMARY KEY REFERENCES dateline.url ON DELETE CASCADE,
    host          text NOT NULL,
    source_id     bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    due_at        dateline.instant NOT NULL,
    began_at      dateline.instant NOT NULL,
    step          smallint NOT NULL DEFAULT 0,
    failures      smallint NOT NULL DEFAULT 0,
    etag          text,
    last_modified text
) WITH (fillfactor = 70);
-- serves the tick: which hosts have something due
CREATE INDEX recheck_due ON dateline.recheck (due_at);
-- serves the visit: what is due at a host
CREATE INDEX recheck_host ON dateline.recheck (host, due_at);
CREATE INDEX recheck_source ON dateline.recheck (source_id);
COMMENT ON TABLE dateline.recheck IS
    'When stored articles of watched sources are fetched again; the row is deleted after the last time.';
COMMENT ON COLUMN dateline.recheck.url_id IS 'The URL''s row in the ledger.';
COMMENT ON COLUMN dateline.recheck.host IS 'Host to request.';
COMMENT ON COLUMN dateline.recheck.source_id IS 'The source, whose budget it uses.';
COMMENT ON COLUMN dateline.recheck.due_at IS 'When the next fetch is due.';
COMMENT ON COLUMN dateline.recheck.began_at IS 'From when its age is counted: publication, or when it was stored.';
COMMENT ON COLUMN dateline.recheck.step IS 'Which of the configured ages is next, from 0.';
COMMENT ON COLUMN dateline.recheck.failures IS 'Consecutive fetches without a useful answer.';
COMMENT ON COLUMN dateline.recheck.etag IS 'Validator of the last fetched page.';
COMMENT ON COLUMN dateline.recheck.last_modified IS 'Last-Modified of the last fetched page.';

CREATE TABLE dateline.recheck_day (
    source_id bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    day       date NOT NULL,
    done      integer NOT NULL DEFAULT 0,
    changed   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, day)
) WITH (fillfactor = 70);
-- serves the budget of all sources together
CREATE INDEX recheck_day_of ON dateline.recheck_day (day);
COMMENT ON TABLE dateline.recheck_day IS
    'Re-checks of a source by day: its budget, and whether its articles ever change.';
COMMENT ON COLUMN dateline.recheck_day.source_id IS 'The source.';
COMMENT ON COLUMN dateline.recheck_day.day IS 'The day, UTC.';
COMMENT ON COLUMN dateline.recheck_day.done IS 'Articles that were fetched again.';
COMMENT ON COLUMN dateline.recheck_day.changed IS 'Articles that had been edited or removed, or were back.';

CREATE TABLE dateline.quarantine (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_key     uuid NOT NULL,
    url         text NOT NULL,
    step        text NOT NULL,
    error       text NOT NULL,
    at          dateline.instant NOT NULL DEFAULT now(),
    reason      text NOT NULL,
    reader      text NOT NULL,
    feed_id     bigint REFERENCES dateline.feed ON DELETE CASCADE,
    released_at dateline.instant
);
CREATE INDEX quarantine_url ON dateline.quarantine (url_key);
-- serves the count of a URL's failures, and the list of what is held
CREATE INDEX quarantine_open ON dateline.quarantine (url_key) WHERE released_at IS NULL;
CREATE INDEX quarantine_feed ON dateline.quarantine (feed_id) WHERE feed_id IS NOT NULL;
COMMENT ON TABLE dateline.quarantine IS
    'One row for each time a page or feed broke a step of the pipeline. Other pages were still stored.';
COMMENT ON COLUMN dateline.quarantine.id IS 'Key.';
COMMENT ON COLUMN dateline.quarantine.url_key IS 'Identity of the URL.';
COMMENT ON COLUMN dateline.quarantine.url IS 'The URL.';
COMMENT ON COLUMN dateline.quarantine.step IS 'The step that failed: extract, store …';
COMMENT ON COLUMN dateline.quarantine.error IS 'What went wrong.';
COMMENT ON COLUMN dateline.quarantine.at IS 'When.';
COMMENT ON COLUMN dateline.quarantine.reason IS 'parse_timeout, parse_memory, parse_crash, or store_error.';
COMMENT ON COLUMN dateline.quarantine.reader IS 'Name and version of the reader: a newer version tries again.';
COMMENT ON COLUMN dateline.quarantine.feed_id IS 'The watched page, if it is one.';
COMMENT ON COLUMN dateline.quarantine.released_at IS
    'When it was released: by hand, by a newer reader, or because it was read after all. Released rows no longer '
    'count.';

CREATE TABLE dateline.forgotten (
    url_key      uuid PRIMARY KEY,
    forgotten_at dateline.instant NOT NULL DEFAULT now()
);
COMMENT ON TABLE dateline.forgotten IS
    'URLs that were forgotten on request. Kept only so that they are not fetched again.';
COMMENT ON COLUMN dateline.forgotten.url_key IS 'Hash of the normalised URL; the URL itself is not kept.';
COMMENT ON COLUMN dateline.forgotten.forgotten_at IS 'When.';

CREATE TABLE dateline.forgotten_site (
    host         text PRIMARY KEY,
    forgotten_at dateline.instant NOT NULL DEFAULT now()
);
COMMENT ON TABLE dateline.forgotten_site IS
    'Sites of sources that were forgotten on request: nothing is fetched from them again.';
COMMENT ON COLUMN dateline.forgotten_site.host IS 'Registrable domain.';
COMMENT ON COLUMN dateline.forgotten_site.forgotten_at IS 'When.';

CREATE TABLE dateline.erasure (
    archive_file   text NOT NULL,
    archive_offset bigint NOT NULL,
    archive_length bigint NOT NULL,
    PRIMARY KEY (archive_file, archive_offset)
);
COMMENT ON TABLE dateline.erasure IS
    'Archive records that still have to be erased because their page was forgotten; survives a crash in between.';
COMMENT ON COLUMN dateline.erasure.archive_file IS 'WARC file.';
COMMENT ON COLUMN dateline.erasure.archive_offset IS 'Byte offset.';
COMMENT ON COLUMN dateline.erasure.archive_length IS 'Bytes of the record.';


-- Watches: saved searches and their notifications ---------------------------------------------------------------------

CREATE TABLE dateline.watch (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    query       text NOT NULL,
    webhook_url text,
    secret      text,
    has_feed    boolean NOT NULL DEFAULT false,
    with_backlog boolean NOT NULL DEFAULT false,
    feed_key    uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at  dateline.instant NOT NULL,
    failures    integer NOT NULL DEFAULT 0,
    hold_until  dateline.instant,
    problem     text,
    CHECK (webhook_url IS NOT NULL OR has_feed),
    CHECK ((webhook_url IS NULL) = (secret IS NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.watch IS 'Saved searches that notify of new articles.';
COMMENT ON COLUMN dateline.watch.id IS 'Key.';
COMMENT ON COLUMN dateline.watch.name IS 'Unique short name, used on the command line and in the feed''s address.';
COMMENT ON COLUMN dateline.watch.query IS 'The search as entered.';
COMMENT ON COLUMN dateline.watch.webhook_url IS 'Where notifications are sent; empty without a webhook.';
COMMENT ON COLUMN dateline.watch.secret IS
    'Key that signs messages (whsec_ and base64). Shown once, when the watch is added.';
COMMENT ON COLUMN dateline.watch.has_feed IS 'Whether its articles are published in an Atom feed.';
COMMENT ON COLUMN dateline.watch.with_backlog IS
    'Whether it also notifies of articles of watched sources that were published before it or their source was added.';
COMMENT ON COLUMN dateline.watch.feed_key IS 'The feed''s own identity (atom:id); never changes.';
COMMENT ON COLUMN dateline.watch.created_at IS 'When it was added; it does not notify of articles stored before.';
COMMENT ON COLUMN dateline.watch.failures IS 'Consecutive answers that mean that the endpoint is down.';
COMMENT ON COLUMN dateline.watch.hold_until IS 'Nothing is sent to the endpoint before this instant.';
COMMENT ON COLUMN dateline.watch.problem IS 'Why its search can''t be run; empty if it can.';

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
COMMENT ON TABLE dateline.watch_match IS
    'Articles that a watch has notified of: each once, and only one of several copies of a text.';
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
COMMENT ON TABLE dateline.watch_delivery IS 'Messages to webhooks and their results.';
COMMENT ON COLUMN dateline.watch_delivery.id IS 'The message''s identity (webhook-id), the same at every attempt.';
COMMENT ON COLUMN dateline.watch_delivery.watch_id IS 'The watch.';
COMMENT ON COLUMN dateline.watch_delivery.article_id IS 'The article that it is about.';
COMMENT ON COLUMN dateline.watch_delivery.body IS 'The message, the same at every attempt; removed after delivery.';
COMMENT ON COLUMN dateline.watch_delivery.state IS 'pending, delivered or dead (given up).';
COMMENT ON COLUMN dateline.watch_delivery.attempts IS 'Attempts so far.';
COMMENT ON COLUMN dateline.watch_delivery.created_at IS 'When the article was found to match.';
COMMENT ON COLUMN dateline.watch_delivery.next_attempt_at IS
    'When the next attempt is due; while it is being sent, when it counts as lost.';
COMMENT ON COLUMN dateline.watch_delivery.finished_at IS 'When it was delivered or given up.';
COMMENT ON COLUMN dateline.watch_delivery.status IS 'HTTP status of the last answer.';
COMMENT ON COLUMN dateline.watch_delivery.detail IS 'The last failure.';


-- Coverage and alarms -------------------------------------------------------------------------------------------------

CREATE TABLE dateline.service_hour (
    hour    dateline.instant PRIMARY KEY,
    ran     bit(60) NOT NULL DEFAULT repeat('0', 60)::bit(60),
    blocked bit(60) NOT NULL DEFAULT repeat('0', 60)::bit(60)
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.service_hour IS
    'Every hour since the first source was added, and when the service ran in it; written by mark_up.';
COMMENT ON COLUMN dateline.service_hour.hour IS 'Beginning of the hour (UTC).';
COMMENT ON COLUMN dateline.service_hour.ran IS
    'One bit per minute of the hour: 1 if a scheduler was leader and the archive could be written.';
COMMENT ON COLUMN dateline.service_hour.blocked IS
    'One bit per minute of the hour: 1 if a scheduler was leader and the archive could not be written.';

CREATE TABLE dateline.source_rest (
    source_id bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    since     dateline.instant NOT NULL,
    until     dateline.instant,
    PRIMARY KEY (source_id, since)
);
COMMENT ON TABLE dateline.source_rest IS 'When a source was paused or removed; written by the trigger note_rest.';
COMMENT ON COLUMN dateline.source_rest.source_id IS 'The source.';
COMMENT ON COLUMN dateline.source_rest.since IS 'When visits stopped.';
COMMENT ON COLUMN dateline.source_rest.until IS 'When visits resumed; empty while it is paused or removed.';

CREATE TABLE dateline.coverage_hour (
    source_id    bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    hour         dateline.instant NOT NULL,
    visits       integer NOT NULL,
    unchanged    integer NOT NULL,
    changed      integer NOT NULL,
    failed       integer NOT NULL,
    new_articles integer NOT NULL,
    was_overdue  boolean NOT NULL DEFAULT false,
    was_unseen   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (source_id, hour)
) WITH (fillfactor = 80);
-- serves the roll-up (which hour was last) and reading by time
CREATE INDEX coverage_by_hour ON dateline.coverage_hour (hour);
COMMENT ON TABLE dateline.coverage_hour IS
    'The results of visiting each source in each hour; no row for an hour without results.';
COMMENT ON COLUMN dateline.coverage_hour.source_id IS 'The source.';
COMMENT ON COLUMN dateline.coverage_hour.hour IS 'Beginning of the hour (UTC).';
COMMENT ON COLUMN dateline.coverage_hour.visits IS 'Visits of its watched pages that began in the hour.';
COMMENT ON COLUMN dateline.coverage_hour.unchanged IS 'Visits answered with 304 or an unchanged body.';
COMMENT ON COLUMN dateline.coverage_hour.changed IS 'Visits answered with a changed body.';
COMMENT ON COLUMN dateline.coverage_hour.failed IS 'Visits without a proper answer.';
COMMENT ON COLUMN dateline.coverage_hour.new_articles IS 'Articles of the source that were first seen in the hour.';
COMMENT ON COLUMN dateline.coverage_hour.was_overdue IS
    'A watched page was due for ten minutes or more and was not visited, although the service ran.';
COMMENT ON COLUMN dateline.coverage_hour.was_unseen IS
    'Its server wrongly answered that a watched page had not changed (304).';

CREATE TABLE dateline.source_expectation (
    source_id  bigint PRIMARY KEY REFERENCES dateline.source ON DELETE CASCADE,
    learned_at dateline.instant NOT NULL,
    hourly     real[] NOT NULL CHECK (cardinality(hourly) IN (0, 168)),
    learned    jsonb NOT NULL
);
COMMENT ON TABLE dateline.source_expectation IS 'What is usual for a source, learned once per day from its past.';
COMMENT ON COLUMN dateline.source_expectation.source_id IS 'The source.';
COMMENT ON COLUMN dateline.source_expectation.learned_at IS 'When it was learned.';
COMMENT ON COLUMN dateline.source_expectation.hourly IS
    'Articles expected in each hour of the week (UTC), from Monday 00:00 on; empty if too little is known.';
COMMENT ON COLUMN dateline.source_expectation.learned IS
    'Everything else: how long its silences are, how many texts lack something; read by '
    'scheduler.monitoring.expectations.';

CREATE TABLE dateline.alarm (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id  bigint NOT NULL REFERENCES dateline.source ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('quiet', 'not_stored', 'failing', 'page_failing', 'silent',
                                             'empty_texts', 'missing_dates', 'short_texts')),
    severity   text NOT NULL CHECK (severity IN ('critical', 'warning', 'notice')),
    since      dateline.instant NOT NULL,
    noticed_at dateline.instant NOT NULL,
    until      dateline.instant,
    evidence   jsonb NOT NULL,
    sentence   text NOT NULL
);
-- serves the comparison with active alarms: one alarm of each kind at a time
CREATE UNIQUE INDEX alarm_standing ON dateline.alarm (source_id, kind) WHERE until IS NULL;
-- serves reading by time
CREATE INDEX alarm_noticed ON dateline.alarm (noticed_at DESC);
COMMENT ON TABLE dateline.alarm IS
    'Sources that went quiet, fail, or whose texts got worse: when it started, was noticed and ended.';
COMMENT ON COLUMN dateline.alarm.id IS 'Key.';
COMMENT ON COLUMN dateline.alarm.source_id IS 'The source.';
COMMENT ON COLUMN dateline.alarm.kind IS
    'quiet, not_stored, failing, page_failing, silent, empty_texts, missing_dates or short_texts.';
COMMENT ON COLUMN dateline.alarm.severity IS 'critical, warning or notice.';
COMMENT ON COLUMN dateline.alarm.since IS
    'When it started: the last article, the last proper answer, or the first text that was worse.';
COMMENT ON COLUMN dateline.alarm.noticed_at IS 'When there was enough evidence to rule out chance.';
COMMENT ON COLUMN dateline.alarm.until IS 'When it ended; empty while it is active.';
COMMENT ON COLUMN dateline.alarm.evidence IS 'The numbers behind it.';
COMMENT ON COLUMN dateline.alarm.sentence IS 'The problem in one sentence.';


-- Processes and totals ------------------------------------------------------------------------------------------------

CREATE TABLE dateline.lease (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    term       bigint NOT NULL DEFAULT 1,
    expires_at dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.lease IS 'Which process may do what only one process may do (lead the scheduler).';
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
    seen_at       dateline.instant NOT NULL,
    figures       jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE dateline.heartbeat IS 'Running processes.';
COMMENT ON COLUMN dateline.heartbeat.process IS 'Its name, which is also the application_name of its connections.';
COMMENT ON COLUMN dateline.heartbeat.role IS 'scheduler, worker or crawl.';
COMMENT ON COLUMN dateline.heartbeat.machine IS 'Host name of its machine.';
COMMENT ON COLUMN dateline.heartbeat.queue_workers IS 'Its worker ids in the job queue.';
COMMENT ON COLUMN dateline.heartbeat.started_at IS 'When it started.';
COMMENT ON COLUMN dateline.heartbeat.seen_at IS 'When it last reported.';
COMMENT ON COLUMN dateline.heartbeat.figures IS
    'What the process reports about itself: memory, descriptors, pool, archive, free disk.';

CREATE TABLE dateline.total (
    name    text NOT NULL,
    labels  text[] NOT NULL DEFAULT '{}',
    backend integer NOT NULL,
    value   double precision NOT NULL,
    PRIMARY KEY (name, labels, backend)
) WITH (fillfactor = 50);
COMMENT ON TABLE dateline.total IS 'Running totals behind the metrics; a total is the sum over its backends.';
COMMENT ON COLUMN dateline.total.name IS 'What is counted: fetches, visits, urls, article …';
COMMENT ON COLUMN dateline.total.labels IS
    'The kind that is counted: a fetch''s result and reason, a URL''s state and reason …';
COMMENT ON COLUMN dateline.total.backend IS
    'Process id of the server process that counted; 0 holds the sum of ended ones.';
COMMENT ON COLUMN dateline.total.value IS 'How many; below zero if this backend removed what another had added.';
