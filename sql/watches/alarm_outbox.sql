-- Messages to the operators about alarms, by mail and by webhook: each way has a table of one row ({state}), and
-- columns for the message that named an alarm's start ({started}), its end ({ended}), a refused recipient ({reported}).
-- Further webhooks share the queries of the state, of which {here} names their row; alarm_hooks.sql has the others.

-- name: notify_since
INSERT INTO {state} (since) VALUES (%(now)s) ON CONFLICT DO NOTHING;

-- name: notify_nobody
DELETE FROM {state};

-- name: notify_only
-- Further webhooks, or mail of severe alarms, that are no longer set forget what they were sent.
DELETE FROM dateline.alarm_hook WHERE starts_with(place, 'mail:') = %(is_mail)s AND place <> ALL (%(places)s::text[]);

-- name: state
SELECT a.mail_id, a.mail_at, a.failures, a.last_sent_at FROM {state} a
WHERE {here} AND (a.next_attempt_at IS NULL OR a.next_attempt_at <= %(now)s) FOR UPDATE;

-- name: mark
-- Puts all that the operators do not know into one message; how much that is.
WITH marked AS (
    UPDATE dateline.alarm a
       SET {started} = coalesce(a.{started}, %(mail_id)s),
           {ended} = CASE WHEN a.until IS NOT NULL THEN coalesce(a.{ended}, %(mail_id)s) END
      FROM {state} s
     WHERE (a.{started} IS NULL OR a.until IS NOT NULL AND a.{ended} IS NULL)
       AND (a.until IS NULL OR a.until >= s.since)
    RETURNING a.id
), refused AS (
    UPDATE dateline.watch_mail m SET {reported} = %(mail_id)s
     WHERE m.problem IS NOT NULL AND m.{reported} IS NULL AND m.is_refused
    RETURNING m.id
)
SELECT (SELECT count(*) FROM marked) + (SELECT count(*) FROM refused);

-- name: claim_notice
UPDATE {state}
   SET mail_id = %(mail_id)s, mail_at = coalesce(mail_at, %(now)s), next_attempt_at = %(lost_at)s
 WHERE {here};

-- name: changes_of
-- An alarm that ended after this message was started is named as it was then.
SELECT o.name AS source, a.kind, a.severity, a.since::timestamptz AS since,
       CASE WHEN a.{ended} = %(mail_id)s THEN a.until::timestamptz END AS until, a.sentence
FROM dateline.alarm a JOIN dateline.source o ON o.id = a.source_id
WHERE a.{started} = %(mail_id)s OR a.{ended} = %(mail_id)s
ORDER BY a.{ended} IS NOT DISTINCT FROM %(mail_id)s,
         array_position(ARRAY['critical', 'warning', 'notice'], a.severity), o.name, a.kind;

-- name: refused_of
SELECT w.name AS watch, m.address, m.problem FROM dateline.watch_mail m JOIN dateline.watch w ON w.id = m.watch_id
WHERE m.{reported} = %(mail_id)s AND m.problem IS NOT NULL ORDER BY w.name, m.address;

-- name: notice_sent
UPDATE {state}
   SET mail_id = NULL, mail_at = NULL, last_sent_at = %(now)s, next_attempt_at = NULL, failures = 0, problem = NULL
 WHERE {here} AND mail_id = %(mail_id)s;

-- name: unmark
-- As with articles: what was certainly not taken goes into the next message.
WITH undone AS (
    UPDATE dateline.alarm
       SET {started} = nullif({started}, %(mail_id)s), {ended} = nullif({ended}, %(mail_id)s)
     WHERE {started} = %(mail_id)s OR {ended} = %(mail_id)s
)
UPDATE dateline.watch_mail SET {reported} = NULL WHERE {reported} = %(mail_id)s;

-- name: notice_not_sent
UPDATE {state}
   SET mail_id = CASE WHEN %(is_unknown)s THEN mail_id END, mail_at = CASE WHEN %(is_unknown)s THEN mail_at END,
       next_attempt_at = %(next_attempt_at)s, failures = failures + 1, problem = %(problem)s
 WHERE {here} AND mail_id = %(mail_id)s;
