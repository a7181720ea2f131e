-- Alarms by webhook: the columns of alarm_mail, so that one set of queries serves both.

CREATE TABLE dateline.alarm_webhook (
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
COMMENT ON TABLE dateline.alarm_webhook IS
    'The state of the messages about alarms to the webhook of the operators (setting alarm_webhook): one row.';
COMMENT ON COLUMN dateline.alarm_webhook.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN dateline.alarm_webhook.since IS 'Since when alarms are sent; older ones that have ended are not.';
COMMENT ON COLUMN dateline.alarm_webhook.last_sent_at IS 'When the receiver took the last message.';
COMMENT ON COLUMN dateline.alarm_webhook.mail_id IS
    'The message that is being sent or may have been sent (its webhook-id). Named as in alarm_mail.';
COMMENT ON COLUMN dateline.alarm_webhook.mail_at IS 'When that message was started: the timestamp in its body.';
COMMENT ON COLUMN dateline.alarm_webhook.next_attempt_at IS
    'Nothing is sent before; while a message is being sent, when it counts as lost.';
COMMENT ON COLUMN dateline.alarm_webhook.failures IS 'Failures in a row.';
COMMENT ON COLUMN dateline.alarm_webhook.problem IS 'Why the last attempt failed; empty if it did not.';

ALTER TABLE dateline.alarm ADD COLUMN started_hook uuid, ADD COLUMN ended_hook uuid;
COMMENT ON COLUMN dateline.alarm.started_hook IS 'The message to the operators'' webhook that named its start.';
COMMENT ON COLUMN dateline.alarm.ended_hook IS 'The message to the operators'' webhook that named its end.';

ALTER TABLE dateline.watch_mail ADD COLUMN reported_hook uuid;
COMMENT ON COLUMN dateline.watch_mail.reported_hook IS
    'The message to the operators'' webhook that reported that the address is refused.';
