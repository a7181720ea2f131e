-- Searches and SQL statements that users of the console keep under a name, and who gets alarms by mail.

CREATE TABLE dateline.saved_query (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint REFERENCES dateline.console_user ON DELETE CASCADE,
    name        text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    kind        text NOT NULL CHECK (kind IN ('search', 'sql')),
    query       text NOT NULL CHECK (length(query) <= 100000),
    ordering    text NOT NULL CHECK (ordering IN ('newest', 'best')),
    with_copies boolean NOT NULL,
    saved_at    dateline.instant NOT NULL,
    UNIQUE NULLS NOT DISTINCT (user_id, name)
);
COMMENT ON TABLE dateline.saved_query IS 'Searches and SQL statements that a user of the console saved.';
COMMENT ON COLUMN dateline.saved_query.id IS 'Key.';
COMMENT ON COLUMN dateline.saved_query.user_id IS
    'Whose it is; removed with that user. Empty: saved without a user, for all who have none.';
COMMENT ON COLUMN dateline.saved_query.name IS 'Its name in the console''s addresses; unique for the user.';
COMMENT ON COLUMN dateline.saved_query.kind IS 'search or sql.';
COMMENT ON COLUMN dateline.saved_query.query IS 'The search or statement.';
COMMENT ON COLUMN dateline.saved_query.ordering IS 'The order of a search''s hits: newest or best first.';
COMMENT ON COLUMN dateline.saved_query.with_copies IS 'Whether a search shows copies, too.';
COMMENT ON COLUMN dateline.saved_query.saved_at IS 'When it was last saved.';

CREATE TABLE dateline.alarm_recipient (
    address  text PRIMARY KEY CHECK (address <> ''),
    added_at dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.alarm_recipient IS
    'Who gets alarms by mail, besides the addresses in the setting alarm_mail.';
COMMENT ON COLUMN dateline.alarm_recipient.address IS 'Mail address.';
COMMENT ON COLUMN dateline.alarm_recipient.added_at IS 'When it was added.';
