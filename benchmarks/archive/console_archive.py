"""What a year of work leaves beside the articles of the synthetic archive: visits, the ledger, fetches, revisions, stories."""

from __future__ import annotations

import datetime as dt

import psycopg

STATEMENTS = {
    "watched pages": """
        INSERT INTO dateline.feed (source_id, url, url_hash, host, kind)
        SELECT s.id, s.home || 'feed/' || n, md5(s.home || n)::uuid, substring(s.home FROM '//([^/]+)'), 'feed'
        FROM dateline.source s, generate_series(1, 3) AS n""",
    "their states": """
        INSERT INTO dateline.feed_state (feed_id, next_due_at, last_visit_at, last_ok_at, last_outcome, failures, interval_s)
        SELECT id, %(now)s + random() * interval '30 minutes', %(now)s - random() * interval '30 minutes',
               %(now)s - random() * interval '30 minutes', 'not_modified', (random() < 0.05)::int, 1800
        FROM dateline.feed""",
    "visits": """
        INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome, status, found, new, bytes)
        SELECT f.id, f.source_id, t, t + interval '1 second',
               (ARRAY['not_modified', 'not_modified', 'same_body', 'changed', 'connect'])[1 + floor(random() * 5)], 200, 20, 1,
               9000
        FROM generate_series(%(now)s - interval '28 days', %(now)s, interval '1 hour') AS t, dateline.feed f ORDER BY t, f.id""",
    "the ledger's stored URLs": """
        INSERT INTO dateline.url (url_key, url, host, source_id, via, state, reason, attempts, next_attempt_at, discovered_at,
                                  finished_at, article_id)
        SELECT url_key, url, 'www.' || site, source_id, 'rss', 'stored', 'new', 1, NULL, first_seen_at - interval '1 minute',
               first_seen_at, id FROM dateline.article ORDER BY id""",
    "its lost URLs": """
        INSERT INTO dateline.url (url_key, url, host, source_id, via, state, reason, attempts, next_attempt_at, discovered_at,
                                  finished_at)
        SELECT md5('lost' || n)::uuid, 'https://www.site' || n %% 400 || '.test/lost/' || n, 'www.site' || n %% 400 || '.test',
               (SELECT min(id) FROM dateline.source) + n %% 400, 'rss', CASE WHEN n %% 5 = 0 THEN 'failed' ELSE 'ended' END,
               (ARRAY['robots', 'section', 'http_404', 'timeout', 'consent_wall', 'no_text'])[1 + n %% 6], 1 + n %% 5, NULL,
               %(now)s - n * interval '2 minutes', %(now)s - n * interval '2 minutes'
        FROM generate_series(1, 100000) AS n""",
    "its waiting URLs": """
        INSERT INTO dateline.url (url_key, url, host, source_id, via, next_attempt_at)
        SELECT md5('waits' || n)::uuid, 'https://www.site' || n %% 400 || '.test/waits/' || n, 'www.site' || n %% 400 || '.test',
               (SELECT min(id) FROM dateline.source) + n %% 400, 'rss', %(now)s FROM generate_series(1, 2000) AS n""",
    "fetches": """
        INSERT INTO dateline.fetch (url_id, source_id, article_id, fetched_at, finished_at, status, bytes, result, reason)
        SELECT id, source_id, article_id, finished_at, finished_at, 200, 60000,
               CASE state WHEN 'stored' THEN 'new' WHEN 'failed' THEN 'failed' ELSE 'rejected' END, reason
        FROM dateline.url WHERE finished_at IS NOT NULL ORDER BY finished_at""",
    "revisions": """
        INSERT INTO dateline.revision (article_id, number, title, text, content_hash, word_count, seen_at, cause, extractor)
        SELECT id, 1, 'Before: ' || title, replace(text, 'a', 'e'), content_hash, word_count, first_seen_at, 'first', extractor
        FROM dateline.article WHERE id %% 50 = 0""",
    "present revisions": "UPDATE dateline.article SET revision = 2, revision_cause = 'publisher' WHERE id %% 50 = 0",
    "stories": """
        INSERT INTO dateline.story (language, first_at, last_at, lead_id, made_at)
        SELECT 'en', min(dated_at), max(dated_at), min(id), min(first_seen_at)
        FROM dateline.article WHERE dated_at > %(now)s - interval '60 days' GROUP BY id / 6""",
    "their members": """
        INSERT INTO dateline.story_member (article_id, story_id, at, placed_at)
        SELECT a.id, s.id, a.dated_at, a.first_seen_at
        FROM dateline.article a JOIN dateline.story s ON s.lead_id / 6 = a.id / 6
        WHERE a.dated_at > %(now)s - interval '60 days' ON CONFLICT DO NOTHING""",
}


def fill_beside(url: str, now: dt.datetime) -> None:
    """Fill an archive that has articles and nothing else; one that was filled before stays as it is."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT EXISTS (SELECT FROM dateline.visit)").fetchone() == (True,):
            return
        connection.execute("SET synchronous_commit = off")
        for name, statement in STATEMENTS.items():
            print(f"filling {name} …", flush=True)
            connection.execute(statement, {"now": now})  # type: ignore[arg-type]
        connection.execute("VACUUM ANALYZE")
