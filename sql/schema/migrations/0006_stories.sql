-- Stories: which articles tell of one event.

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
COMMENT ON TABLE dateline.story IS 'Events, each with the articles that tell of it; numbers stay, and those of merged stories lead on.';
COMMENT ON COLUMN dateline.story.id IS 'Key; the larger part keeps it when stories are merged or split.';
COMMENT ON COLUMN dateline.story.language IS 'Language in which it is told: ISO 639-1, near relatives as one, xx where unknown.';
COMMENT ON COLUMN dateline.story.first_at IS 'Publication of its earliest article (when that was stored, where no date is known).';
COMMENT ON COLUMN dateline.story.last_at IS 'The same of its latest article.';
COMMENT ON COLUMN dateline.story.lead_id IS 'The article whose headline stands for it: the one nearest to its centre.';
COMMENT ON COLUMN dateline.story.merged_into IS 'The story that it is part of now; never chained.';
COMMENT ON COLUMN dateline.story.made_at IS 'When it was first told apart.';

CREATE TABLE dateline.story_member (
    article_id bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    story_id   bigint NOT NULL REFERENCES dateline.story,
    at         dateline.instant NOT NULL,
    placed_at  dateline.instant NOT NULL
) WITH (fillfactor = 80);
-- a story's articles, latest first
CREATE INDEX story_member_of ON dateline.story_member (story_id, at DESC);
COMMENT ON TABLE dateline.story_member IS 'The story of each article.';
COMMENT ON COLUMN dateline.story_member.article_id IS 'The article.';
COMMENT ON COLUMN dateline.story_member.story_id IS 'Its story.';
COMMENT ON COLUMN dateline.story_member.at IS 'Its publication, or when it was stored: by which stories are told apart in time.';
COMMENT ON COLUMN dateline.story_member.placed_at IS 'When it was decided last.';

CREATE TABLE dateline.story_vector (
    article_id bigint PRIMARY KEY REFERENCES dateline.article ON DELETE CASCADE,
    terms      bigint[] NOT NULL,
    weights    real[] NOT NULL,
    names      smallint NOT NULL,
    kept_until date NOT NULL
);
CREATE INDEX story_vector_kept ON dateline.story_vector (kept_until);
COMMENT ON TABLE dateline.story_vector IS 'What recent articles say, for comparison; dropped when no newcomer can join their stories any more.';
COMMENT ON COLUMN dateline.story_vector.article_id IS 'The article.';
COMMENT ON COLUMN dateline.story_vector.terms IS 'Hashes of its strongest terms, names and numbers first.';
COMMENT ON COLUMN dateline.story_vector.weights IS 'Their damped frequencies.';
COMMENT ON COLUMN dateline.story_vector.names IS 'How many of them are names or numbers.';
COMMENT ON COLUMN dateline.story_vector.kept_until IS 'Day after which it may go.';

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
    'The strongest terms of recent articles, by which a newcomer finds its story. No foreign key: it would cost more than the look-up.';
COMMENT ON COLUMN dateline.story_term.term IS 'xxh3 of language and word, as a signed number.';
COMMENT ON COLUMN dateline.story_term.at IS 'Publication of the article.';
COMMENT ON COLUMN dateline.story_term.article_id IS 'The article.';

CREATE TABLE dateline.story_vocabulary (
    language  text PRIMARY KEY,
    documents real NOT NULL,
    counts    bytea NOT NULL
);
COMMENT ON TABLE dateline.story_vocabulary IS 'How common the terms of each language are: a table of fixed size (a count-min sketch) a language.';
COMMENT ON COLUMN dateline.story_vocabulary.language IS 'The language.';
COMMENT ON COLUMN dateline.story_vocabulary.documents IS 'Documents counted; halved with the counts when the table is full.';
COMMENT ON COLUMN dateline.story_vocabulary.counts IS 'Little-endian 32-bit floats.';

-- whatever was stored before there were stories
INSERT INTO dateline.article_task (article_id, task, since)
SELECT id, 'story', first_seen_at FROM dateline.article
ON CONFLICT DO NOTHING;
