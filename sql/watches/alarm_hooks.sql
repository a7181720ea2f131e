-- Messages to further webhooks of the operators, and mail of severe alarms only: as alarm_outbox.sql, with what each
-- was sent in a table.

-- name: notify_since
INSERT INTO dateline.alarm_hook (place, since) VALUES (%(place)s, %(now)s) ON CONFLICT DO NOTHING;

-- name: mark
-- Puts all that this place was not sent into one message; how much that is.
WITH marked AS (
    INSERT INTO dateline.alarm_hook_notice AS n (place, alarm_id, started_in, ended_in)
    SELECT s.place, a.id, %(mail_id)s, CASE WHEN a.until IS NOT NULL THEN %(mail_id)s::uuid END
    FROM dateline.alarm_hook s
    JOIN dateline.alarm a ON a.until IS NULL OR a.until >= s.since
    LEFT JOIN dateline.alarm_hook_notice o ON o.place = s.place AND o.alarm_id = a.id
    WHERE s.place = %(place)s AND a.severity = ANY (%(severities)s::text[])
      AND (o.started_in IS NULL OR a.until IS NOT NULL AND o.ended_in IS NULL)
    ON CONFLICT (place, alarm_id) DO UPDATE
       SET started_in = coalesce(n.started_in, excluded.started_in), ended_in = coalesce(n.ended_in, excluded.ended_in)
    RETURNING n.alarm_id
)
SELECT count(*) FROM marked;

-- name: changes_of
SELECT o.name AS source, a.kind, a.severity, a.since::timestamptz AS since,
       CASE WHEN n.ended_in = %(mail_id)s THEN a.until::timestamptz END AS until, a.sentence
FROM dateline.alarm_hook_notice n
JOIN dateline.alarm a ON a.id = n.alarm_id
JOIN dateline.source o ON o.id = a.source_id
WHERE n.place = %(place)s AND (n.started_in = %(mail_id)s OR n.ended_in = %(mail_id)s)
ORDER BY n.ended_in IS NOT DISTINCT FROM %(mail_id)s,
         array_position(ARRAY['critical', 'warning', 'notice'], a.severity), o.name, a.kind;

-- name: refused_of
-- Refused recipients of mail are named by mail of all alarms and by the first webhook.
SELECT '' AS watch, '' AS address, '' AS problem WHERE false;

-- name: unmark
UPDATE dateline.alarm_hook_notice
   SET started_in = nullif(started_in, %(mail_id)s), ended_in = nullif(ended_in, %(mail_id)s)
 WHERE place = %(place)s AND (started_in = %(mail_id)s OR ended_in = %(mail_id)s);
