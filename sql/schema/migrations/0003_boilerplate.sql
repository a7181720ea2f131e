-- What each host repeats from story to story, and the entries of live blogs.

-- Counts halve every 60 days, each from its own first day on: lines that went out of use fade, and a paragraph that was
-- seen once and not again within 60 days counts for nothing and may go.
CREATE FUNCTION dateline.halvings(since date, today date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN least(30, greatest(0, (today - since) / 60));
COMMENT ON FUNCTION dateline.halvings(date, date) IS 'How often a count that was last halved on the first day is to be halved by the second.';

CREATE TABLE dateline.boilerplate_host (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host      text NOT NULL UNIQUE,
    stories   integer NOT NULL DEFAULT 0 CHECK (stories >= 0),
    halved_on date NOT NULL,
    pruned_on date NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.boilerplate_host IS 'Hosts whose recurring paragraphs are learned. Its row is locked while a page teaches: one page a host at a time.';
COMMENT ON COLUMN dateline.boilerplate_host.id IS 'Key.';
COMMENT ON COLUMN dateline.boilerplate_host.host IS 'Host, without www.';
COMMENT ON COLUMN dateline.boilerplate_host.stories IS 'Stories that have taught; halved every 60 days.';
COMMENT ON COLUMN dateline.boilerplate_host.halved_on IS 'Day from which the next halving is counted.';
COMMENT ON COLUMN dateline.boilerplate_host.pruned_on IS 'Day on which its faded paragraphs were last dropped.';

CREATE TABLE dateline.paragraph (
    host_id   integer NOT NULL,
    key       bigint NOT NULL,
    stories   integer NOT NULL CHECK (stories >= 0),
    story_id  bigint NOT NULL,
    halved_on date NOT NULL,
    PRIMARY KEY (host_id, key)
) WITH (fillfactor = 80);
COMMENT ON TABLE dateline.paragraph IS
    'In how many stories of a host each paragraph stood. No foreign key: it would cost more than the count.';
COMMENT ON COLUMN dateline.paragraph.host_id IS 'The host.';
COMMENT ON COLUMN dateline.paragraph.key IS 'xxh3 of the folded paragraph, as a signed number.';
COMMENT ON COLUMN dateline.paragraph.stories IS 'Stories that it stood in; halved every 60 days, dropped at 0.';
COMMENT ON COLUMN dateline.paragraph.story_id IS 'The last of these stories: where to look for the story of a page that has this paragraph.';
COMMENT ON COLUMN dateline.paragraph.halved_on IS 'Day from which the next halving is counted.';

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
    'What each article has taught of its host. Articles of one host with half of the shorter text in common are one story, and a paragraph counts once a story.';
COMMENT ON COLUMN dateline.lesson.article_id IS 'The article.';
COMMENT ON COLUMN dateline.lesson.host_id IS 'Its host.';
COMMENT ON COLUMN dateline.lesson.story_id IS 'Its story on this host: number of the article that began it.';
COMMENT ON COLUMN dateline.lesson.keys IS 'Its paragraphs as extracted, before any was left out; empty when its story has been told often enough.';
COMMENT ON COLUMN dateline.lesson.length IS 'Their characters in all.';
COMMENT ON COLUMN dateline.lesson.stripped IS 'Those that were left out of the text.';
COMMENT ON COLUMN dateline.lesson.fingerprint IS 'Hash of the paragraphs: the same text is judged as it was before, so that learning alone changes no article.';

-- Live blogs ---------------------------------------------------------------------------------------------------------------

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
COMMENT ON TABLE dateline.live_entry IS 'The entries of live blogs, each with its own instant.';
COMMENT ON COLUMN dateline.live_entry.article_id IS 'The live blog.';
COMMENT ON COLUMN dateline.live_entry.key IS 'Identity of the entry within it: hash of instant and headline, of the text where it has neither.';
COMMENT ON COLUMN dateline.live_entry.place IS 'Its place on the page when last seen, from 1.';
COMMENT ON COLUMN dateline.live_entry.title IS 'Its headline.';
COMMENT ON COLUMN dateline.live_entry.text IS 'Its text, as last seen.';
COMMENT ON COLUMN dateline.live_entry.published_at IS 'When it was published.';
COMMENT ON COLUMN dateline.live_entry.published_offset_s IS 'The publisher''s own offset from UTC, seconds.';
COMMENT ON COLUMN dateline.live_entry.first_seen_at IS 'When it was first seen.';
COMMENT ON COLUMN dateline.live_entry.changed_at IS 'When its text was last seen to have changed.';
COMMENT ON COLUMN dateline.live_entry.removed_at IS 'When the page was first seen without it: taken down, or pushed off a page that lists its latest only.';
COMMENT ON COLUMN dateline.article.links IS 'Outbound links of the body: [{"url", "text", "site"}].';
