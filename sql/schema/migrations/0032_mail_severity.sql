-- Operators who get mail about severe alarms only.

ALTER TABLE dateline.alarm_recipient
    ADD COLUMN severity text NOT NULL DEFAULT 'notice' CHECK (severity IN ('critical', 'warning', 'notice'));
COMMENT ON COLUMN dateline.alarm_recipient.severity IS 'The least severity of alarms that are mailed to it.';
COMMENT ON TABLE dateline.alarm_hook IS
    'The state of the messages about alarms to each further webhook of the operators (setting alarm_webhooks), '
    'and of the mail to operators who get severe alarms only.';
COMMENT ON COLUMN dateline.alarm_hook.place IS
    'A hash of the webhook''s URL, which is a secret; or mail: and the least severity that is mailed.';
COMMENT ON COLUMN dateline.alarm_hook_notice.place IS 'The webhook, or the mail.';
