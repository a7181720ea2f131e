-- What is still to be done with a stored article outside its own transaction, written in that transaction: so nothing that
-- was stored is passed over, however long its reader was away, and a slow reader never holds up the store.

CREATE TABLE dateline.article_task (
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    task       text NOT NULL CHECK (task IN ('story', 'watch')),
    since      dateline.instant NOT NULL,
    PRIMARY KEY (article_id, task)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- serves the readers: each takes its own task's oldest rows, FOR UPDATE SKIP LOCKED, and deletes what it did
CREATE INDEX article_task_of ON dateline.article_task (task, article_id);
COMMENT ON TABLE dateline.article_task IS 'Stored or revised articles that a task has still to look at.';
COMMENT ON COLUMN dateline.article_task.article_id IS 'The article.';
COMMENT ON COLUMN dateline.article_task.task IS 'story (which event it is about), watch (which saved searches it matches).';
COMMENT ON COLUMN dateline.article_task.since IS 'When it was stored or revised.';
