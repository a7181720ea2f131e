-- Subscriptions at WebSub hubs. Order of locks: the subscription, then its page's state; visits keep to it, too.

-- name: end_living
-- The page names another hub, or none: its subscription is to end; one that no hub knows of yet is simply gone.
WITH unknown AS (
    DELETE FROM dateline.subscription WHERE feed_id = %(feed_id)s AND state = 'wanted'
)
UPDATE dateline.subscription SET state = 'ending', next_at = %(now)s, failures = 0
 WHERE feed_id = %(feed_id)s AND state IN ('asked', 'active', 'denied');

-- name: want
INSERT INTO dateline.subscription (feed_id, token, hub, topic, secret, next_at, created_at)
VALUES (%(feed_id)s, %(token)s, %(hub)s, %(topic)s, %(secret)s, %(now)s, %(now)s)
ON CONFLICT (feed_id) WHERE state <> 'ending' DO NOTHING;

-- name: end_unwatched
-- Subscriptions of pages that are no longer watched.
WITH unwatched AS (
    SELECT u.id FROM dateline.subscription u
    JOIN dateline.feed f ON f.id = u.feed_id
    LEFT JOIN dateline.source o ON o.id = f.source_id
    WHERE u.state <> 'ending' AND (NOT f.is_active OR o.id IS NULL OR o.removed_at IS NOT NULL)
), unknown AS (
    DELETE FROM dateline.subscription u USING unwatched WHERE u.id = unwatched.id AND u.state = 'wanted'
)
UPDATE dateline.subscription u SET state = 'ending', next_at = %(now)s, failures = 0
  FROM unwatched WHERE u.id = unwatched.id AND u.state <> 'wanted';

-- name: claim_due
-- Claims subscriptions whose hub gets a request now. Written before the request is sent, so that the hub may verify
-- while it is; and a process that dies in between leaves a subscription that is asked for again. Served by
-- subscription_next.
UPDATE dateline.subscription u
   SET state = CASE WHEN u.state IN ('wanted', 'denied') THEN 'asked' ELSE u.state END,
       asked_at = %(now)s, next_at = %(again_at)s, failures = least(u.failures + 1, 1000)
  FROM (SELECT id FROM dateline.subscription WHERE next_at <= %(now)s
         ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
 WHERE u.id = due.id
RETURNING u.id, u.token, u.hub, u.topic, u.secret, u.state, u.failures;

-- name: answered
-- What the hub said to the request; nothing where it has verified or denied meanwhile: it may be faster than its own
-- answer.
UPDATE dateline.subscription SET next_at = %(next_at)s, problem = %(problem)s
 WHERE id = %(id)s AND asked_at = %(asked_at)s;

-- name: give_up
DELETE FROM dateline.subscription WHERE id = %(id)s AND state = 'ending';

-- name: find
SELECT u.id, u.state, u.secret, u.trust, u.idle FROM dateline.subscription u WHERE u.token = %(token)s;

-- name: verify
-- A hub asks whether we want this: only where we do, for the topic that was asked for.
UPDATE dateline.subscription
   SET state = 'active', lease_until = %(lease_until)s, next_at = %(renew_at)s, asked_at = NULL, failures = 0,
       problem = NULL
 WHERE token = %(token)s AND topic = %(topic)s AND state IN ('asked', 'active')
RETURNING id;

-- name: verify_end
DELETE FROM dateline.subscription WHERE token = %(token)s AND topic = %(topic)s AND state = 'ending' RETURNING id;

-- name: deny
WITH ended AS (
    DELETE FROM dateline.subscription WHERE token = %(token)s AND topic = %(topic)s AND state = 'ending' RETURNING id
), denied AS (
    UPDATE dateline.subscription
       SET state = 'denied', next_at = %(next_at)s, asked_at = NULL, lease_until = NULL, failures = 0, trust = 0,
           problem = %(reason)s
     WHERE token = %(token)s AND topic = %(topic)s AND state IN ('asked', 'active') RETURNING id
)
SELECT id FROM ended UNION ALL SELECT id FROM denied;

-- name: push
-- The page is due at once, or a while after its last visit. A visit in progress sees the push when it commits.
WITH pushed AS (
    UPDATE dateline.subscription SET pushes = pushes + 1, pushed_at = %(now)s
     WHERE id = %(id)s AND state = 'active'
    RETURNING feed_id
)
UPDATE dateline.feed_state s
   SET next_due_at = least(s.next_due_at, greatest(%(now)s, s.last_visit_at::timestamptz + %(gap)s))
  FROM pushed WHERE s.feed_id = pushed.feed_id AND s.next_due_at IS NOT NULL;

-- name: refuse
UPDATE dateline.subscription SET refused = refused + 1 WHERE id = %(id)s;

-- name: keep_hub_record
UPDATE dateline.subscription SET trust = %(trust)s, idle = %(idle)s, heeded = %(pushes)s
 WHERE feed_id = %(feed_id)s AND state <> 'ending';

-- name: due_after_push
-- A push that came while the page was being visited: the visit may have been a moment too early.
UPDATE dateline.feed_state s SET next_due_at = least(s.next_due_at, %(at)s)
  FROM dateline.subscription u
 WHERE s.feed_id = %(feed_id)s AND u.feed_id = s.feed_id AND u.state = 'active' AND u.pushes > %(pushes)s;
