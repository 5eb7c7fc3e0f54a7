-- Decaying models, notice lists, import expressions, allowed lists, what does not correlate, tag collections. The same rules of text as in 0001.

-- how the worth of a value goes down with time
CREATE TABLE decaying_model (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	formula TEXT NOT NULL,           -- Polynomial, PolynomialExtended, Sightings
	parameters TEXT NOT NULL,        -- JSON object
	attribute_types TEXT NOT NULL,   -- JSON array: what it is for
	ref TEXT NOT NULL,               -- JSON array
	version TEXT NOT NULL,
	org_id BIGINT NOT NULL,
	enabled SMALLINT NOT NULL,
	all_orgs SMALLINT NOT NULL,      -- others may use it, too
	is_default SMALLINT NOT NULL,    -- came from a library
	generation BIGINT NOT NULL,      -- raised when attr_expiry has to be made anew
	filled SMALLINT NOT NULL         -- attr_expiry is complete for it
);
-- until when an attribute has not decayed by an enabled model: the last second
CREATE TABLE attr_expiry (
	event_id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	model_id BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (event_id, attr_id, model_id)
) WITHOUT ROWID;
CREATE INDEX attr_expiry_model ON attr_expiry (model_id, expires_at, event_id);

-- advice shown to whoever shares data of some kinds
CREATE TABLE noticelist (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	expanded_name TEXT NOT NULL,
	ref TEXT NOT NULL,               -- JSON array
	geographical_area TEXT NOT NULL, -- JSON array
	version BIGINT NOT NULL,
	enabled SMALLINT NOT NULL
);
-- what it says, and of what
CREATE TABLE noticelist_entry (
	noticelist_id BIGINT NOT NULL REFERENCES noticelist (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	data TEXT NOT NULL,              -- JSON: scope, field, value, tags, message
	PRIMARY KEY (noticelist_id, id)
) WITHOUT ROWID;

-- expressions of import: a value that matches is rewritten, or refused when the replacement is empty
CREATE TABLE import_regexp (
	id BIGINT PRIMARY KEY,
	regexp TEXT NOT NULL,
	replacement TEXT NOT NULL,
	type TEXT NOT NULL               -- of attributes; ALL for every type
);
-- expressions: values that match are left out of exports for detection
CREATE TABLE allowedlist (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
);

-- values that do not correlate; % at the ends for any text
CREATE TABLE correlation_exclusion (
	id BIGINT PRIMARY KEY,
	value TEXT NOT NULL,
	value_fold TEXT NOT NULL UNIQUE,
	comment TEXT,
	from_json SMALLINT NOT NULL
);
-- events that are not related with one another
CREATE TABLE correlation_rule (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL,
	comment TEXT NOT NULL,
	selector_type TEXT NOT NULL,     -- orgc_id, org_id, event_id, event_info
	selector_list TEXT NOT NULL,     -- JSON array
	timestamp BIGINT NOT NULL
);

-- tags that are attached together
CREATE TABLE tag_collection (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL,
	org_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	all_orgs SMALLINT NOT NULL
);
-- which tags
CREATE TABLE tag_collection_tag (
	tag_collection_id BIGINT NOT NULL REFERENCES tag_collection (id) ON DELETE CASCADE,
	tag_id BIGINT NOT NULL,
	PRIMARY KEY (tag_collection_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX tag_collection_tag_tag ON tag_collection_tag (tag_id);
-- tags that a user marked
CREATE TABLE favourite_tag (
	user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	tag_id BIGINT NOT NULL,
	PRIMARY KEY (user_id, tag_id)
) WITHOUT ROWID;
