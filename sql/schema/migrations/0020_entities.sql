-- Names that a model of a plug-in recognises in articles.

CREATE TABLE dateline.entity_model (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text NOT NULL CHECK (name <> ''),
    version text NOT NULL CHECK (version <> ''),
    is_used boolean NOT NULL,
    UNIQUE (name, version)
);
COMMENT ON TABLE dateline.entity_model IS
    'Models of plug-ins (entry point group dateline.entities) that recognise names.';
COMMENT ON COLUMN dateline.entity_model.id IS 'Key.';
COMMENT ON COLUMN dateline.entity_model.name IS 'The model, as its plug-in names it.';
COMMENT ON COLUMN dateline.entity_model.version IS 'Its version.';
COMMENT ON COLUMN dateline.entity_model.is_used IS 'Whether the service had it when it last started.';

CREATE TABLE dateline.entity (
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    model_id   integer NOT NULL REFERENCES dateline.entity_model,
    kind       text NOT NULL CHECK (kind IN ('person', 'organisation', 'place', 'product')),
    name       text NOT NULL CHECK (name <> ''),
    mentions   integer NOT NULL CHECK (mentions > 0),
    in_title   boolean NOT NULL,
    first_at   integer,
    PRIMARY KEY (article_id, model_id, kind, name),
    CHECK (in_title OR first_at IS NOT NULL)
);
-- serves counts by name
CREATE INDEX entity_of ON dateline.entity (name, article_id);
COMMENT ON TABLE dateline.entity IS 'Names that a model recognised in an article, in its present revision.';
COMMENT ON COLUMN dateline.entity.article_id IS 'The article.';
COMMENT ON COLUMN dateline.entity.model_id IS 'The model.';
COMMENT ON COLUMN dateline.entity.kind IS 'person, organisation, place or product.';
COMMENT ON COLUMN dateline.entity.name IS 'As the article writes it first.';
COMMENT ON COLUMN dateline.entity.mentions IS 'How often, headline and text together.';
COMMENT ON COLUMN dateline.entity.in_title IS 'Whether the headline mentions it.';
COMMENT ON COLUMN dateline.entity.first_at IS
    'Where the text mentions it first, in characters from 0; empty if only the headline does.';

ALTER TABLE dateline.article_task DROP CONSTRAINT article_task_task_check;
ALTER TABLE dateline.article_task ADD CONSTRAINT article_task_task_check
    CHECK (task IN ('story', 'watch', 'name', 'entity'));
COMMENT ON COLUMN dateline.article_task.task IS
    'story (find its event), watch (find which saved searches it matches), name (find the names of the list in it), '
    'entity (have models recognise names in it).';
