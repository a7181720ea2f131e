-- URLs that were tried and wait for another try: the console lists and counts them.
CREATE INDEX url_retried ON dateline.url (next_attempt_at, id) WHERE state = 'pending' AND attempts > 0;
