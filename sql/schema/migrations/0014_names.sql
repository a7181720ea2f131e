-- Names of interest, and the articles that mention them.

CREATE TABLE dateline.name (
    id   text PRIMARY KEY CHECK (id <> ''),
    kind text NOT NULL CHECK (kind IN ('person', 'organisation', 'place', 'product')),
    name text NOT NULL
);
COMMENT ON TABLE dateline.name IS 'People, organisations, places and products that are looked for in all articles.';
COMMENT ON COLUMN dateline.name.id IS 'A Wikidata id (Q64) or one of your own.';
COMMENT ON COLUMN dateline.name.kind IS 'person, organisation, place or product.';
COMMENT ON COLUMN dateline.name.name IS 'The name that is shown.';

CREATE TABLE dateline.name_form (
    name_id  text NOT NULL REFERENCES dateline.name ON DELETE CASCADE,
    form     text NOT NULL CHECK (form <> ''),
    folded   text NOT NULL,
    language text,
    UNIQUE NULLS NOT DISTINCT (name_id, form, language)
);
-- serves name: in searches
CREATE INDEX name_form_folded ON dateline.name_form (folded);
COMMENT ON TABLE dateline.name_form IS 'The forms in which a name is written: the name itself and its aliases.';
COMMENT ON COLUMN dateline.name_form.name_id IS 'The name.';
COMMENT ON COLUMN dateline.name_form.form IS 'As it is written.';
COMMENT ON COLUMN dateline.name_form.folded IS 'dateline.fold() of it.';
COMMENT ON COLUMN dateline.name_form.language IS
    'Only in articles in this language (ISO 639-1), or in those whose language is not known; empty for all.';

CREATE TABLE dateline.name_list (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL
);
INSERT INTO dateline.name_list (version) VALUES (0);
COMMENT ON TABLE dateline.name_list IS 'One row: which state of the list of names this is.';
COMMENT ON COLUMN dateline.name_list.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN dateline.name_list.version IS 'Increases with each change of the list.';

CREATE TABLE dateline.mention (
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    name_id    text NOT NULL REFERENCES dateline.name ON DELETE CASCADE,
    mentions   integer NOT NULL CHECK (mentions > 0),
    in_title   boolean NOT NULL,
    first_at   integer,
    PRIMARY KEY (article_id, name_id),
    CHECK (in_title OR first_at IS NOT NULL)
);
-- serves name: in searches, and counts by name
CREATE INDEX mention_of ON dateline.mention (name_id, article_id);
COMMENT ON TABLE dateline.mention IS 'Names of the list that an article mentions, in its present revision.';
COMMENT ON COLUMN dateline.mention.article_id IS 'The article.';
COMMENT ON COLUMN dateline.mention.name_id IS 'The name.';
COMMENT ON COLUMN dateline.mention.mentions IS 'How often, headline and text together.';
COMMENT ON COLUMN dateline.mention.in_title IS 'Whether the headline mentions it.';
COMMENT ON COLUMN dateline.mention.first_at IS
    'Where the text mentions it first, in characters from 0; empty if only the headline does.';

ALTER TABLE dateline.article_task DROP CONSTRAINT article_task_task_check;
ALTER TABLE dateline.article_task ADD CONSTRAINT article_task_task_check CHECK (task IN ('story', 'watch', 'name'));
COMMENT ON COLUMN dateline.article_task.task IS
    'story (find which event it is about), watch (find which saved searches it matches), name (find the names in it).';
