-- Sessions, one-time passwords, throttling of logins, requests for an account. The same rules of text as in 0001.

-- one-time passwords: the secret is encrypted with a key of the instance
ALTER TABLE users ADD COLUMN totp BLOB;                                  -- null: none
ALTER TABLE users ADD COLUMN totp_pending BLOB;                          -- shown, not yet confirmed by a code
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;        -- the last 30 seconds a code was taken for: none is good twice
ALTER TABLE users ADD COLUMN hotp_counter BIGINT NOT NULL DEFAULT 0;     -- the next code of the paper list
-- a link that lets the user choose a password anew
ALTER TABLE users ADD COLUMN reset_hash BLOB;
ALTER TABLE users ADD COLUMN reset_until BIGINT NOT NULL DEFAULT 0;
-- summaries by mail
ALTER TABLE users ADD COLUMN notification_daily SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN notification_weekly SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN notification_monthly SMALLINT NOT NULL DEFAULT 0;
-- a number for others' use, which the web interface keeps
ALTER TABLE users ADD COLUMN newsread BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN external_auth_required SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN external_auth_key TEXT NOT NULL DEFAULT '';
-- addresses a key was used from, a JSON array
ALTER TABLE auth_key ADD COLUMN unique_ips TEXT;

-- who is logged in with a browser; only a keyed hash of the cookie is kept
CREATE TABLE session (
	hash BLOB PRIMARY KEY,
	user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	stage SMALLINT NOT NULL,         -- 0 logged in, 1 the password was right and a code is waited for
	created BIGINT NOT NULL,
	seen BIGINT NOT NULL,            -- to the minute
	last_pw_change BIGINT NOT NULL,  -- of the user at the login: another one ends the session
	origin TEXT NOT NULL,
	agent TEXT NOT NULL
);
CREATE INDEX session_owner ON session (user_id);
CREATE INDEX session_seen ON session (seen);

-- failed logins of an account or an address
CREATE TABLE login_fail (
	kind SMALLINT NOT NULL,          -- 0 address (a network of 64 bits for IPv6), 1 account, 2 account from an address, 3 requests that need no login
	name TEXT NOT NULL,
	count BIGINT NOT NULL,
	last BIGINT NOT NULL,
	blocked_until BIGINT NOT NULL,
	PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- what people without an account ask for
CREATE TABLE inbox (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	type TEXT NOT NULL,              -- registration
	title TEXT NOT NULL,
	ip TEXT NOT NULL,
	user_agent TEXT NOT NULL,
	comment TEXT NOT NULL,
	data TEXT NOT NULL,              -- JSON object
	created BIGINT NOT NULL
);
