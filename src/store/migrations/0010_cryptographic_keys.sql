-- Keys whose signature a protected event must carry when a peer changes it. The same rules of text as in 0001.

CREATE TABLE cryptographic_key (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	event_id BIGINT NOT NULL,
	type TEXT NOT NULL,              -- pgp
	key_data TEXT NOT NULL,          -- armoured
	fingerprint TEXT NOT NULL,       -- hex digits of the primary key
	revoked SMALLINT NOT NULL,
	timestamp BIGINT NOT NULL
);
CREATE INDEX cryptographic_key_event ON cryptographic_key (event_id, id);
