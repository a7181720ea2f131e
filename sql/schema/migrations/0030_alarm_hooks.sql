-- Alarms by several webhooks. The first one (setting alarm_webhook) keeps its table and columns.

CREATE TABLE dateline.alarm_hook (
    place           text PRIMARY KEY,
    since           dateline.instant NOT NULL,
    last_sent_at    dateline.instant,
    mail_id         uuid,
    mail_at         dateline.instant,
    next_attempt_at dateline.instant,
    failures        integer NOT NULL DEFAULT 0,
    problem         text,
    CHECK ((mail_id IS NULL) = (mail_at IS NULL))
);
COMMENT ON TABLE dateline.alarm_hook IS
    'The state of the messages about alarms to each further webhook of the operators (setting alarm_webhooks).';
COMMENT ON COLUMN dateline.alarm_hook.place IS 'A hash of its URL, which is a secret.';
COMMENT ON COLUMN dateline.alarm_hook.since IS 'Since when alarms are sent; older ones that have ended are not.';
COMMENT ON COLUMN dateline.alarm_hook.last_sent_at IS 'When the receiver took the last message.';
COMMENT ON COLUMN dateline.alarm_hook.mail_id IS
    'The message that is being sent or may have been sent (its webhook-id). Named as in alarm_mail.';
COMMENT ON COLUMN dateline.alarm_hook.mail_at IS 'When that message was started: the timestamp in its body.';
COMMENT ON COLUMN dateline.alarm_hook.next_attempt_at IS
    'Nothing is sent before; while a message is being sent, when it counts as lost.';
COMMENT ON COLUMN dateline.alarm_hook.failures IS 'Failures in a row.';
COMMENT ON COLUMN dateline.alarm_hook.problem IS 'Why the last attempt failed; empty if it did not.';

CREATE TABLE dateline.alarm_hook_notice (
    place      text NOT NULL REFERENCES dateline.alarm_hook ON DELETE CASCADE,
    alarm_id   bigint NOT NULL REFERENCES dateline.alarm ON DELETE CASCADE,
    started_in uuid,
    ended_in   uuid,
    PRIMARY KEY (place, alarm_id)
);
-- serves the end of an alarm's source
CREATE INDEX alarm_hook_notice_alarm ON dateline.alarm_hook_notice (alarm_id);
COMMENT ON TABLE dateline.alarm_hook_notice IS 'Which message to which further webhook named an alarm.';
COMMENT ON COLUMN dateline.alarm_hook_notice.place IS 'The webhook.';
COMMENT ON COLUMN dateline.alarm_hook_notice.alarm_id IS 'The alarm.';
COMMENT ON COLUMN dateline.alarm_hook_notice.started_in IS 'The message that named its start.';
COMMENT ON COLUMN dateline.alarm_hook_notice.ended_in IS 'The message that named its end.';
