-- Mail: who gets the articles of watches, and what was sent. Nothing is stored of a mail but which matches it has.

-- name: subscribe
-- From the next match on; what a recipient who is there already still waits for stays.
INSERT INTO dateline.watch_mail AS m (watch_id, address, every, sent_through)
SELECT w.id, %(address)s, %(every)s,
       coalesce((SELECT max(k.id) FROM dateline.watch_match k WHERE k.watch_id = w.id), 0)
FROM dateline.watch w WHERE w.name = %(name)s
ON CONFLICT (watch_id, address) DO UPDATE
   SET every = excluded.every, next_attempt_at = CASE WHEN m.mail_id IS NULL THEN NULL ELSE m.next_attempt_at END,
       failures = 0, problem = NULL, is_refused = false, reported_in = NULL, reported_hook = NULL
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
       next_attempt_at = NULL, failures = 0, problem = NULL, is_refused = false, reported_in = NULL,
       reported_hook = NULL
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
-- Besides those of the setting alarm_mail, and written as there.
SELECT address || CASE severity WHEN 'notice' THEN '' ELSE ' ' || severity END
FROM dateline.alarm_recipient ORDER BY address;

-- name: add_alarm_recipient
INSERT INTO dateline.alarm_recipient (address, severity, added_at) VALUES (%(address)s, %(severity)s, %(now)s)
ON CONFLICT (address) DO UPDATE SET severity = excluded.severity;

-- name: remove_alarm_recipient
DELETE FROM dateline.alarm_recipient WHERE address = %(address)s;
