-- Tokens that may run statements over HTTP.

ALTER TABLE dateline.api_token DROP CONSTRAINT api_token_scope_check;
ALTER TABLE dateline.api_token ADD CONSTRAINT api_token_scope_check CHECK (scope IN ('read', 'sql', 'operate'));
COMMENT ON COLUMN dateline.api_token.scope IS
    'read: reads everything; sql: also runs read-only SQL; operate: may also change sources and ask for fetches.';
