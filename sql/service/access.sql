-- name: add_user
INSERT INTO dateline.console_user (name, role, password_hash, created_at)
VALUES (%(name)s, %(role)s, %(password_hash)s, %(now)s)
ON CONFLICT (name) DO NOTHING
RETURNING id;

-- name: users
SELECT id, name, role, password_hash, created_at FROM dateline.console_user ORDER BY name;

-- name: lock_users
LOCK TABLE dateline.console_user IN SHARE ROW EXCLUSIVE MODE;

-- name: user_named
SELECT id, name, role, password_hash, created_at FROM dateline.console_user WHERE name = %(name)s;

-- name: user_numbered
SELECT id, name, role, password_hash, created_at FROM dateline.console_user WHERE id = %(id)s;

-- name: any_user
SELECT EXISTS (SELECT FROM dateline.console_user);

-- name: any_user_or_token
SELECT EXISTS (SELECT FROM dateline.console_user) OR EXISTS (SELECT FROM dateline.api_token);

-- name: remove_user
-- Its tokens go with it.
DELETE FROM dateline.console_user WHERE name = %(name)s;

-- name: set_password
UPDATE dateline.console_user SET password_hash = %(password_hash)s WHERE name = %(name)s;

-- name: set_role
UPDATE dateline.console_user SET role = %(role)s WHERE name = %(name)s;

-- name: add_token
INSERT INTO dateline.api_token (name, user_id, scope, token_hash, created_at, expires_at)
VALUES (%(name)s, %(user_id)s, %(scope)s, %(token_hash)s, %(now)s, %(expires_at)s)
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
RETURNING id;

-- name: tokens
SELECT t.id, t.name, u.id AS owner_id, u.name AS owner, u.role AS owner_role, t.scope, t.created_at,
    t.expires_at, t.last_used_at, t.revoked_at
FROM dateline.api_token t LEFT JOIN dateline.console_user u ON u.id = t.user_id
ORDER BY t.name, t.created_at;

-- name: token_of_hash
SELECT t.id, t.name, u.id AS owner_id, u.name AS owner, u.role AS owner_role, t.scope, t.created_at,
    t.expires_at, t.last_used_at, t.revoked_at
FROM dateline.api_token t LEFT JOIN dateline.console_user u ON u.id = t.user_id
WHERE t.token_hash = %(token_hash)s;

-- name: note_use
UPDATE dateline.api_token SET last_used_at = %(now)s WHERE id = %(id)s;

-- name: revoke_all
UPDATE dateline.api_token SET revoked_at = %(now)s WHERE revoked_at IS NULL;

-- name: revoke_token
UPDATE dateline.api_token SET revoked_at = %(now)s WHERE name = %(name)s AND revoked_at IS NULL;
