-- People and programs that may use the console and its interface for programs.
CREATE TABLE dateline.console_user (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    role          text NOT NULL CHECK (role IN ('reader', 'operator')),
    password_hash text NOT NULL,
    created_at    dateline.instant NOT NULL
);
COMMENT ON TABLE dateline.console_user IS 'Users of the console.';
COMMENT ON COLUMN dateline.console_user.id IS 'Key.';
COMMENT ON COLUMN dateline.console_user.name IS 'Unique name, entered at the login.';
COMMENT ON COLUMN dateline.console_user.role IS
    'reader: sees everything; operator: may also change sources, the queue and watches.';
COMMENT ON COLUMN dateline.console_user.password_hash IS
    'Argon2id hash of the password (RFC 9106), with its parameters and salt.';
COMMENT ON COLUMN dateline.console_user.created_at IS 'When the user was added.';

CREATE TABLE dateline.api_token (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    user_id      bigint REFERENCES dateline.console_user ON DELETE CASCADE,
    scope        text NOT NULL CHECK (scope IN ('read', 'operate')),
    token_hash   bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at   dateline.instant NOT NULL,
    expires_at   dateline.instant,
    last_used_at dateline.instant,
    revoked_at   dateline.instant
);
CREATE UNIQUE INDEX api_token_name ON dateline.api_token (name) WHERE revoked_at IS NULL;
CREATE INDEX api_token_user ON dateline.api_token (user_id);
COMMENT ON TABLE dateline.api_token IS 'Tokens by which programs read or operate the archive over HTTP.';
COMMENT ON COLUMN dateline.api_token.id IS 'Key.';
COMMENT ON COLUMN dateline.api_token.name IS 'What the token is for; unique among the tokens that are not revoked.';
COMMENT ON COLUMN dateline.api_token.user_id IS
    'The user it belongs to; it is removed with that user. Empty: no user''s.';
COMMENT ON COLUMN dateline.api_token.scope IS
    'read: reads everything; operate: may also change sources and ask for fetches.';
COMMENT ON COLUMN dateline.api_token.token_hash IS
    'SHA-256 of the token, which holds 256 random bits and is shown only once.';
COMMENT ON COLUMN dateline.api_token.created_at IS 'When it was made.';
COMMENT ON COLUMN dateline.api_token.expires_at IS 'From when on it is refused; empty: never.';
COMMENT ON COLUMN dateline.api_token.last_used_at IS 'When it was last used, within ten minutes; empty: never.';
COMMENT ON COLUMN dateline.api_token.revoked_at IS 'When it was revoked.';
