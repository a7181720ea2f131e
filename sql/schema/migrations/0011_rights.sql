-- What publishers state about the use of their pages: on each article, and the files of their sites by version.

CREATE TABLE dateline.article_right (
    article_id bigint NOT NULL REFERENCES dateline.article ON DELETE CASCADE,
    kind text NOT NULL CHECK (length(kind) <= 40),
    value text NOT NULL CHECK (length(value) <= 500),
    origin text NOT NULL CHECK (length(origin) <= 40),
    seen_at timestamptz NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (article_id, kind, value, origin)
);
COMMENT ON TABLE dateline.article_right IS 'Publishers'' statements about the use of an article, one row each.';
COMMENT ON COLUMN dateline.article_right.article_id IS 'The article.';
COMMENT ON COLUMN dateline.article_right.kind IS
    'robots, tdm-reservation, tdm-policy, content-signal, content-usage, rsl, license, copyrightHolder or '
    'isAccessibleForFree.';
COMMENT ON COLUMN dateline.article_right.value IS 'What is stated, at most 500 characters.';
COMMENT ON COLUMN dateline.article_right.origin IS
    'Found in: robots.txt, tdmrep.json, X-Robots-Tag, header, Link, meta or meta NAME, link, json-ld …';
COMMENT ON COLUMN dateline.article_right.seen_at IS 'When it was first seen.';
COMMENT ON COLUMN dateline.article_right.gone_at IS 'Since when it is no longer stated; empty while it is stated.';

CREATE TABLE dateline.site_file (
    origin text NOT NULL CHECK (length(origin) <= 300),
    path text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    status integer NOT NULL,
    sha256 bytea NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (origin, path, first_seen_at)
);
COMMENT ON TABLE dateline.site_file IS
    'robots.txt and tdmrep.json by version: one row for each time that a file changed, the last 100 of each file.';
COMMENT ON COLUMN dateline.site_file.origin IS 'Scheme, host and port.';
COMMENT ON COLUMN dateline.site_file.path IS '/robots.txt or /.well-known/tdmrep.json.';
COMMENT ON COLUMN dateline.site_file.first_seen_at IS 'When this version was first seen.';
COMMENT ON COLUMN dateline.site_file.last_seen_at IS 'When this version was last seen.';
COMMENT ON COLUMN dateline.site_file.status IS 'HTTP status; 5xx, 429 and missing answers are left out.';
COMMENT ON COLUMN dateline.site_file.sha256 IS 'Hash of the bytes, of which at most 500 KiB are read.';
COMMENT ON COLUMN dateline.site_file.body IS 'The text, cleaned; empty unless the status is 2xx.';

ALTER TABLE dateline.robots ADD COLUMN path text NOT NULL DEFAULT '/robots.txt';
ALTER TABLE dateline.robots DROP CONSTRAINT robots_pkey, ADD PRIMARY KEY (origin, path);
COMMENT ON TABLE dateline.robots IS
    'robots.txt (RFC 9309) and tdmrep.json as last seen, shared by all workers.';
COMMENT ON COLUMN dateline.robots.path IS '/robots.txt or /.well-known/tdmrep.json.';
