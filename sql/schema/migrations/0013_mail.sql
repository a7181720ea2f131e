-- Watches and alarms by mail, and messages to webhooks in the form that a chat service reads.

ALTER TABLE dateline.watch DROP CONSTRAINT watch_check;
ALTER TABLE dateline.watch ADD COLUMN template text CHECK (template IN ('slack', 'teams', 'discord', 'ntfy'));
COMMENT ON COLUMN dateline.watch.template IS
    'The service whose form messages to the webhook have: slack, teams, discord or ntfy; empty for Dateline''s own.';

CREATE TABLE dateline.watch_mail (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    watch_id        bigint NOT NULL REFERENCES dateline.watch ON DELETE CASCADE,
    address         text NOT NULL,
    every           text NOT NULL CHECK (every IN ('match', 'hour', 'day')),
    sent_through    bigint NOT NULL,
    last_sent_at    dateline.instant,
    mail_id         uuid,
    mail_through    bigint,
    mail_at         dateline.instant,
    next_attempt_at dateline.instant,
    failures        integer NOT NULL DEFAULT 0,
    problem         text,
    is_refused      boolean NOT NULL DEFAULT false,
    reported_in     uuid,
    UNIQUE (watch_id, address),
    CHECK ((mail_id IS NULL) = (mail_through IS NULL) AND (mail_id IS NULL) = (mail_at IS NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE dateline.watch_mail IS
    'Who gets the articles of a watch by mail. What waits are the matches after sent_through: no mail is stored.';
COMMENT ON COLUMN dateline.watch_mail.id IS 'Key.';
COMMENT ON COLUMN dateline.watch_mail.watch_id IS 'The watch.';
COMMENT ON COLUMN dateline.watch_mail.address IS 'The recipient''s mail address.';
COMMENT ON COLUMN dateline.watch_mail.every IS 'match (at once, one mail in five minutes at most), hour or day.';
COMMENT ON COLUMN dateline.watch_mail.sent_through IS 'The last match (dateline.watch_match.id) that was sent.';
COMMENT ON COLUMN dateline.watch_mail.last_sent_at IS 'When the server took the last mail.';
COMMENT ON COLUMN dateline.watch_mail.mail_id IS
    'The mail that is being sent or may have been sent: its Message-ID is made of this, the same at every attempt.';
COMMENT ON COLUMN dateline.watch_mail.mail_through IS 'The last match in that mail.';
COMMENT ON COLUMN dateline.watch_mail.mail_at IS 'When that mail was started: its Date.';
COMMENT ON COLUMN dateline.watch_mail.next_attempt_at IS
    'Nothing is sent before; while a mail is being sent, when it counts as lost.';
COMMENT ON COLUMN dateline.watch_mail.failures IS 'Failures in a row.';
COMMENT ON COLUMN dateline.watch_mail.problem IS 'Why the last attempt failed; empty if it did not.';
COMMENT ON COLUMN dateline.watch_mail.is_refused IS
    'Whether the server refused this address, or mail to it, for good (5xx).';
COMMENT ON COLUMN dateline.watch_mail.reported_in IS
    'The mail that reported to the operator that the address is refused.';

ALTER TABLE dateline.alarm ADD COLUMN started_mail uuid, ADD COLUMN ended_mail uuid;
COMMENT ON COLUMN dateline.alarm.started_mail IS 'The mail to the operators that named its start.';
COMMENT ON COLUMN dateline.alarm.ended_mail IS 'The mail to the operators that named its end.';

CREATE TABLE dateline.alarm_mail (
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    since           dateline.instant NOT NULL,
    last_sent_at    dateline.instant,
    mail_id         uuid,
    mail_at         dateline.instant,
    next_attempt_at dateline.instant,
    failures        integer NOT NULL DEFAULT 0,
    problem         text,
    CHECK ((mail_id IS NULL) = (mail_at IS NULL))
);
COMMENT ON TABLE dateline.alarm_mail IS 'The state of the mail to the operators (setting alarm_mail): one row.';
COMMENT ON COLUMN dateline.alarm_mail.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN dateline.alarm_mail.since IS 'Since when alarms are mailed; older ones that have ended are not.';
COMMENT ON COLUMN dateline.alarm_mail.last_sent_at IS 'When the server took the last mail.';
COMMENT ON COLUMN dateline.alarm_mail.mail_id IS 'The mail that is being sent or may have been sent (its Message-ID).';
COMMENT ON COLUMN dateline.alarm_mail.mail_at IS 'When that mail was started: its Date.';
COMMENT ON COLUMN dateline.alarm_mail.next_attempt_at IS
    'Nothing is sent before; while a mail is being sent, when it counts as lost.';
COMMENT ON COLUMN dateline.alarm_mail.failures IS 'Failures in a row.';
COMMENT ON COLUMN dateline.alarm_mail.problem IS 'Why the last attempt failed; empty if it did not.';
