-- Mail: who gets the articles of watches, and what was sent. Nothing is stored of a mail but which matches it has.

-- name: subscribe
-- From the next match on; what a recipient who is there already still waits for stays.
INSERT INTO dateline.watch_mail AS m (watch_id, address, every, sent_through)
SELECT w.id, %(address)s, %(every)s,
       coalesce((SELECT max(k.id) FROM dateline.watch_match k WHERE k.watch_id = w.id), 0)
FROM dateline.watch w WHERE w.name = %(name)s
ON CONFLICT (watch_id, address) DO UPDATE
   SET every = excluded.every, next_attempt_at = CASE WHEN m.mail_id IS NULL THEN NULL ELSE m.next_attempt_at END,
       failures = 0, problem = NULL, is_refused = false, reported_in = NULL
RETURNING m.id;

-- name: unsubscribe
DELETE FROM dateline.watch_mail m USING dateline.watch w
WHERE w.id = m.watch_id AND w.name = %(name)s AND m.address = %(address)s
RETURNING m.id;

-- name: waiting
-- Recipients for whom something waits, with the instant of the oldest match.
SELECT m.id, m.every, m.last_sent_at, m.mail_id IS NOT NULL AS is_started, oldest.matched_at AS oldest_at
FROM dateline.watch_mail m
CROSS JOIN LATERAL (SELECT k.matched_at FROM dateline.watch_match k
                     WHERE k.watch_id = m.watch_id AND k.id > m.sent_through ORDER BY k.id LIMIT 1) AS oldest
WHERE m.next_attempt_at IS NULL OR m.next_attempt_at <= %(now)s
ORDER BY oldest.matched_at, m.id;

-- name: claim
-- The next mail to a recipient, this process's until lost_at. One that may have been sent stays what it was. The ids of
-- matches ascend in the order of commits, since one process matches at a time: none appears below mail_through later.
UPDATE dateline.watch_mail m
   SET mail_id = coalesce(m.mail_id, gen_random_uuid()), mail_at = coalesce(m.mail_at, %(now)s),
       mail_through = coalesce(m.mail_through, (
           SELECT max(n.id) FROM (SELECT k.id FROM dateline.watch_match k
                                   WHERE k.watch_id = m.watch_id AND k.id > m.sent_through
                                   ORDER BY k.id LIMIT %(limit)s) AS n), m.sent_through),
       next_attempt_at = %(lost_at)s
  FROM dateline.watch w
 WHERE m.id = %(id)s AND w.id = m.watch_id AND (m.next_attempt_at IS NULL OR m.next_attempt_at <= %(now)s)
RETURNING m.id, w.name, w.query, m.address, m.every, m.mail_id, m.mail_at, m.failures,
          ARRAY(SELECT k.article_id FROM dateline.watch_match k
                 WHERE k.watch_id = m.watch_id AND k.id > m.sent_through AND k.id <= m.mail_through
                 ORDER BY k.id) AS articles;

-- name: sent
UPDATE dateline.watch_mail
   SET sent_through = mail_through, last_sent_at = %(now)s, mail_id = NULL, mail_through = NULL, mail_at = NULL,
       next_attempt_at = NULL, failures = 0, problem = NULL, is_refused = false, reported_in = NULL
 WHERE id = %(id)s AND mail_id = %(mail_id)s;

-- name: not_sent
-- A mail that the server certainly has not taken is undone: what it named goes into the next one with all that came
-- since. One that it may have taken (is_unknown) is sent again as it was.
UPDATE dateline.watch_mail
   SET mail_id = CASE WHEN %(is_unknown)s THEN mail_id END, mail_at = CASE WHEN %(is_unknown)s THEN mail_at END,
       mail_through = CASE WHEN %(is_unknown)s THEN mail_through END,
       next_attempt_at = %(next_attempt_at)s, failures = failures + 1, problem = %(problem)s,
       is_refused = %(is_refused)s
 WHERE id = %(id)s AND mail_id = %(mail_id)s;

-- name: alarm_recipients
-- Besides those of the setting alarm_mail.
SELECT address FROM dateline.alarm_recipient ORDER BY address;

-- name: add_alarm_recipient
INSERT INTO dateline.alarm_recipient (address, added_at) VALUES (%(address)s, %(now)s) ON CONFLICT DO NOTHING;

-- name: remove_alarm_recipient
DELETE FROM dateline.alarm_recipient WHERE address = %(address)s;

-- name: alarms_since
INSERT INTO dateline.alarm_mail (since) VALUES (%(now)s) ON CONFLICT DO NOTHING;

-- name: no_alarms
DELETE FROM dateline.alarm_mail;

-- name: alarm_state
SELECT a.mail_id, a.mail_at, a.failures, a.last_sent_at FROM dateline.alarm_mail a
WHERE a.next_attempt_at IS NULL OR a.next_attempt_at <= %(now)s FOR UPDATE;

-- name: mark_alarms
-- Puts all that the operators do not know into one mail; how much that is.
WITH marked AS (
    UPDATE dateline.alarm a
       SET started_mail = coalesce(a.started_mail, %(mail_id)s),
           ended_mail = CASE WHEN a.until IS NOT NULL THEN coalesce(a.ended_mail, %(mail_id)s) END
      FROM dateline.alarm_mail s
     WHERE (a.started_mail IS NULL OR a.until IS NOT NULL AND a.ended_mail IS NULL)
       AND (a.until IS NULL OR a.until >= s.since)
    RETURNING a.id
), refused AS (
    UPDATE dateline.watch_mail m SET reported_in = %(mail_id)s
     WHERE m.problem IS NOT NULL AND m.reported_in IS NULL AND m.is_refused
    RETURNING m.id
)
SELECT (SELECT count(*) FROM marked) + (SELECT count(*) FROM refused);

-- name: claim_alarms
UPDATE dateline.alarm_mail
   SET mail_id = %(mail_id)s, mail_at = coalesce(mail_at, %(now)s), next_attempt_at = %(lost_at)s;

-- name: alarms_of
-- An alarm that ended after this mail was started is named as it was then.
SELECT o.name AS source, a.kind, a.severity, a.since::timestamptz AS since,
       CASE WHEN a.ended_mail = %(mail_id)s THEN a.until::timestamptz END AS until, a.sentence
FROM dateline.alarm a JOIN dateline.source o ON o.id = a.source_id
WHERE a.started_mail = %(mail_id)s OR a.ended_mail = %(mail_id)s
ORDER BY a.ended_mail IS NOT DISTINCT FROM %(mail_id)s,
         array_position(ARRAY['critical', 'warning', 'notice'], a.severity), o.name, a.kind;

-- name: refused_of
SELECT w.name AS watch, m.address, m.problem FROM dateline.watch_mail m JOIN dateline.watch w ON w.id = m.watch_id
WHERE m.reported_in = %(mail_id)s AND m.problem IS NOT NULL ORDER BY w.name, m.address;

-- name: alarms_sent
UPDATE dateline.alarm_mail
   SET mail_id = NULL, mail_at = NULL, last_sent_at = %(now)s, next_attempt_at = NULL, failures = 0, problem = NULL
 WHERE mail_id = %(mail_id)s;

-- name: alarms_not_sent
-- As with articles: what was certainly not taken goes into the next mail.
WITH undone AS (
    UPDATE dateline.alarm
       SET started_mail = nullif(started_mail, %(mail_id)s), ended_mail = nullif(ended_mail, %(mail_id)s)
     WHERE NOT %(is_unknown)s AND (started_mail = %(mail_id)s OR ended_mail = %(mail_id)s)
), unreported AS (
    UPDATE dateline.watch_mail SET reported_in = NULL WHERE NOT %(is_unknown)s AND reported_in = %(mail_id)s
)
UPDATE dateline.alarm_mail
   SET mail_id = CASE WHEN %(is_unknown)s THEN mail_id END, mail_at = CASE WHEN %(is_unknown)s THEN mail_at END,
       next_attempt_at = %(next_attempt_at)s, failures = failures + 1, problem = %(problem)s
 WHERE mail_id = %(mail_id)s;
