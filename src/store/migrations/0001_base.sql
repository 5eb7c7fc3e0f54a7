-- One text for both engines: for PostgreSQL the word BLOB becomes bytea and WITHOUT ROWID goes away.
-- Times are whole seconds since 1970 UTC unless the name ends in _us (microseconds). Flags are 0/1.
-- Rows of one event carry event_id first in their key, so that they lie together and could be distributed by it.

-- small facts about this instance: its uuid, the check value of the secret key, settings changed at run time
CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
-- counters raised by every write that caches depend on (users, lists, tags, feeds): another process sees that it must read again
CREATE TABLE data_version (
	name TEXT PRIMARY KEY,
	version BIGINT NOT NULL
);
-- next free id of each kind; a transaction takes a contiguous block, ids are never used again
CREATE TABLE id_seq (
	name TEXT PRIMARY KEY,
	next BIGINT NOT NULL
);

-- organisations, those of this instance and those that documents named
CREATE TABLE org (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL,              -- as typed
	name_fold TEXT NOT NULL UNIQUE,  -- folded: names are unique whatever their case
	description TEXT,
	type TEXT NOT NULL,
	nationality TEXT NOT NULL,
	sector TEXT NOT NULL,
	contacts TEXT,
	landingpage TEXT,
	restricted_to_domain TEXT,       -- JSON array of mail domains, or null
	local SMALLINT NOT NULL,         -- users of it work here
	created_by BIGINT NOT NULL,      -- user, 0: the system
	date_created BIGINT NOT NULL,
	date_modified BIGINT NOT NULL
);

-- named sets of permissions
CREATE TABLE role (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	perms BIGINT NOT NULL,           -- one bit a permission, numbered in model/user.h
	default_role SMALLINT NOT NULL,
	restricted_to_site_admin SMALLINT NOT NULL,
	memory_limit TEXT,               -- kept for clients, not used
	max_execution_time TEXT,         -- kept for clients, not used
	enforce_rate_limit SMALLINT NOT NULL,
	rate_limit_count BIGINT NOT NULL,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL
);

-- who may log in
CREATE TABLE users (
	id BIGINT PRIMARY KEY,
	email TEXT NOT NULL,
	email_fold TEXT NOT NULL UNIQUE, -- lower case
	org_id BIGINT NOT NULL REFERENCES org (id),
	role_id BIGINT NOT NULL REFERENCES role (id),
	password TEXT NOT NULL,          -- argon2id, libsodium's text form; "" when none was set
	invited_by BIGINT NOT NULL,
	autoalert SMALLINT NOT NULL,
	contactalert SMALLINT NOT NULL,
	disabled SMALLINT NOT NULL,
	change_pw SMALLINT NOT NULL,     -- must change the password at the next login
	termsaccepted SMALLINT NOT NULL,
	gpgkey TEXT,
	certif_public TEXT,
	nids_sid BIGINT NOT NULL,
	expiration BIGINT,
	last_login BIGINT NOT NULL,
	current_login BIGINT NOT NULL,
	last_api_access BIGINT NOT NULL,
	last_pw_change BIGINT NOT NULL,
	date_created BIGINT NOT NULL,
	date_modified BIGINT NOT NULL
);
CREATE INDEX users_org ON users (org_id);
-- what a user set for himself
CREATE TABLE user_setting (
	user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	value TEXT NOT NULL,             -- JSON
	changed BIGINT NOT NULL,
	PRIMARY KEY (user_id, name)
) WITHOUT ROWID;

-- API keys: only a keyed hash of the key is kept
CREATE TABLE auth_key (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	hash BLOB NOT NULL UNIQUE,       -- 32 bytes
	key_start TEXT NOT NULL,         -- first and last four characters, for people
	key_end TEXT NOT NULL,
	created BIGINT NOT NULL,
	expiration BIGINT NOT NULL,      -- 0: never
	read_only SMALLINT NOT NULL,
	comment TEXT,
	allowed_ips TEXT,                -- JSON array of addresses and networks, or null
	last_used BIGINT NOT NULL        -- 0: never
);
CREATE INDEX auth_key_user ON auth_key (user_id);

-- organisations that share with one another
CREATE TABLE sharing_group (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL UNIQUE,
	releasability TEXT NOT NULL,
	description TEXT NOT NULL,
	org_id BIGINT NOT NULL,
	active SMALLINT NOT NULL,
	local SMALLINT NOT NULL,
	roaming SMALLINT NOT NULL,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL
);
-- members of a sharing group; extend: may add others
CREATE TABLE sharing_group_org (
	sharing_group_id BIGINT NOT NULL REFERENCES sharing_group (id) ON DELETE CASCADE,
	org_id BIGINT NOT NULL,
	extend SMALLINT NOT NULL,
	PRIMARY KEY (sharing_group_id, org_id)
) WITHOUT ROWID;
CREATE INDEX sharing_group_org_org ON sharing_group_org (org_id);

-- events; what is in them lies in the tables below
CREATE TABLE event (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	org_id BIGINT NOT NULL,          -- owner here
	orgc_id BIGINT NOT NULL,         -- creator anywhere
	user_id BIGINT NOT NULL,
	info TEXT NOT NULL,
	date INTEGER NOT NULL,           -- days since 1970-01-01
	threat_level_id SMALLINT NOT NULL,
	analysis SMALLINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	published SMALLINT NOT NULL,
	locked SMALLINT NOT NULL,        -- came from a peer
	disable_correlation SMALLINT NOT NULL,
	protected SMALLINT NOT NULL,
	proposal_email_lock SMALLINT NOT NULL,
	timestamp BIGINT NOT NULL,
	publish_timestamp BIGINT NOT NULL,
	sighting_timestamp BIGINT NOT NULL,
	attribute_count BIGINT NOT NULL, -- live attributes
	extends_uuid BLOB                -- null: extends nothing
);
CREATE INDEX event_orgc ON event (orgc_id);
CREATE INDEX event_org ON event (org_id);
CREATE INDEX event_timestamp ON event (timestamp);
CREATE INDEX event_publish_timestamp ON event (publish_timestamp);
CREATE INDEX event_date ON event (date);
CREATE INDEX event_extends ON event (extends_uuid) WHERE extends_uuid IS NOT NULL;

-- groups of attributes after a template
CREATE TABLE object (
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	name TEXT NOT NULL,
	meta_category TEXT NOT NULL,
	description TEXT NOT NULL,
	template_uuid BLOB,
	template_version BIGINT NOT NULL,
	timestamp BIGINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	comment TEXT NOT NULL,
	deleted SMALLINT NOT NULL,
	first_seen_us BIGINT,
	last_seen_us BIGINT,
	PRIMARY KEY (event_id, id)
) WITHOUT ROWID;
CREATE INDEX object_id ON object (id);
CREATE INDEX object_name ON object (name);
-- what an object points to: an object or attribute, by uuid
CREATE TABLE object_ref (
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	object_id BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	referenced_uuid BLOB NOT NULL,
	relationship_type TEXT NOT NULL,
	comment TEXT NOT NULL,
	timestamp BIGINT NOT NULL,
	deleted SMALLINT NOT NULL,
	PRIMARY KEY (event_id, object_id, id)
) WITHOUT ROWID;
CREATE INDEX object_ref_id ON object_ref (id);

-- attributes, each with its value in one or two halves
CREATE TABLE attribute (
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	object_id BIGINT NOT NULL,       -- 0: not in an object
	type SMALLINT NOT NULL,          -- number of the table in model/attr_type
	category SMALLINT NOT NULL,      -- 0..15 in MISP's order
	to_ids SMALLINT NOT NULL,
	deleted SMALLINT NOT NULL,
	disable_correlation SMALLINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	timestamp BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	value1 TEXT,                     -- null when this half is kept as bytes
	value2 TEXT,                     -- null for simple types
	hash BLOB,                       -- the half that is plain hex: the only one, or the second of a composite
	comment TEXT,                    -- null: empty
	relation TEXT,                   -- object_relation, null outside objects
	first_seen_us BIGINT,
	last_seen_us BIGINT,
	PRIMARY KEY (event_id, id)
) WITHOUT ROWID;
CREATE INDEX attribute_id ON attribute (id);
CREATE INDEX attribute_object ON attribute (object_id) WHERE object_id > 0;

-- every value of every attribute (each half of a composite) under a keyed 64-bit digest of its folded text
CREATE TABLE attr_value (
	digest BIGINT NOT NULL,
	event_id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	half SMALLINT NOT NULL,          -- 0 first or only, 1 second, 2 whole composite (lookup only), 3 ssdeep piece
	state SMALLINT NOT NULL,         -- 0 correlates, 1 lookup only, 2 attribute deleted
	PRIMARY KEY (digest, event_id, attr_id, half)
) WITHOUT ROWID;
-- addresses and networks in order, for containment both ways
CREATE TABLE attr_net (
	addr BLOB NOT NULL,              -- family byte and address bytes
	plen SMALLINT NOT NULL,
	event_id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	state SMALLINT NOT NULL,         -- as in attr_value
	PRIMARY KEY (addr, plen, event_id, attr_id)
) WITHOUT ROWID;
-- which prefix lengths occur at all: a lookup of an address asks for these only. Never shrinks.
CREATE TABLE net_plen (
	family SMALLINT NOT NULL,
	plen SMALLINT NOT NULL,
	PRIMARY KEY (family, plen)
) WITHOUT ROWID;
-- uniqueness of uuids of what lives inside events, in a place of its own
CREATE TABLE element_uuid (
	uuid BLOB NOT NULL,
	kind SMALLINT NOT NULL,          -- 1 attribute, 2 object, 3 event report, 4 object reference
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	PRIMARY KEY (uuid, kind)
) WITHOUT ROWID;

-- texts about an event
CREATE TABLE event_report (
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	name TEXT NOT NULL,
	content TEXT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	timestamp BIGINT NOT NULL,
	deleted SMALLINT NOT NULL,
	PRIMARY KEY (event_id, id)
) WITHOUT ROWID;
CREATE INDEX event_report_id ON event_report (id);

-- labels
CREATE TABLE tag (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL,
	name_fold TEXT NOT NULL UNIQUE,
	colour TEXT NOT NULL,
	exportable SMALLINT NOT NULL,
	org_id BIGINT NOT NULL,          -- 0: any organisation may use it
	user_id BIGINT NOT NULL,         -- 0: any user may use it
	hide_tag SMALLINT NOT NULL,
	numerical_value BIGINT,
	is_galaxy SMALLINT NOT NULL,
	is_custom_galaxy SMALLINT NOT NULL,
	local_only SMALLINT NOT NULL
);
-- tags on events; local: not for others
CREATE TABLE event_tag (
	event_id BIGINT NOT NULL,
	tag_id BIGINT NOT NULL,
	local SMALLINT NOT NULL,
	relationship_type TEXT,
	PRIMARY KEY (event_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX event_tag_tag ON event_tag (tag_id, event_id);
-- tags on attributes
CREATE TABLE attr_tag (
	event_id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	tag_id BIGINT NOT NULL,
	local SMALLINT NOT NULL,
	relationship_type TEXT,
	PRIMARY KEY (event_id, attr_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX attr_tag_tag ON attr_tag (tag_id, event_id, attr_id);

-- where and when an attribute was seen
CREATE TABLE sighting (
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	org_id BIGINT NOT NULL,
	date_sighting BIGINT NOT NULL,
	uuid BLOB NOT NULL UNIQUE,
	source TEXT NOT NULL,
	type SMALLINT NOT NULL,          -- 0 seen, 1 false positive, 2 expiration
	PRIMARY KEY (event_id, attr_id, id)
) WITHOUT ROWID;
CREATE INDEX sighting_id ON sighting (id);
CREATE INDEX sighting_date ON sighting (date_sighting);

-- lists of values that are usually harmless
CREATE TABLE warninglist (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	type TEXT NOT NULL,
	description TEXT NOT NULL,
	version BIGINT NOT NULL,
	enabled SMALLINT NOT NULL,
	is_default SMALLINT NOT NULL,    -- came from a library, not made here
	category TEXT NOT NULL,          -- false_positive, known
	matching_attributes TEXT NOT NULL, -- type names joined by ", "; ALL for every type
	entry_count BIGINT NOT NULL
);
-- values of a warninglist
CREATE TABLE warninglist_entry (
	warninglist_id BIGINT NOT NULL REFERENCES warninglist (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	value TEXT NOT NULL,
	comment TEXT,
	PRIMARY KEY (warninglist_id, id)
) WITHOUT ROWID;

-- sources of events and values, and how the last fetch went
CREATE TABLE feed (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL,
	provider TEXT NOT NULL,
	url TEXT NOT NULL,
	rules TEXT,                      -- JSON as the client sent it
	enabled SMALLINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	tag_id BIGINT NOT NULL,          -- 0: none
	is_default SMALLINT NOT NULL,
	source_format TEXT NOT NULL,     -- misp, csv, freetext
	fixed_event SMALLINT NOT NULL,
	delta_merge SMALLINT NOT NULL,
	event_id BIGINT NOT NULL,        -- the fixed event, 0: none yet
	publish SMALLINT NOT NULL,
	override_ids SMALLINT NOT NULL,
	force_to_ids SMALLINT NOT NULL,
	settings TEXT,                   -- JSON as the client sent it
	input_source TEXT NOT NULL,      -- network, local
	delete_local_file SMALLINT NOT NULL,
	lookup_visible SMALLINT NOT NULL,
	headers TEXT,
	caching_enabled SMALLINT NOT NULL,
	orgc_id BIGINT NOT NULL,
	tag_collection_id BIGINT NOT NULL,
	cache_timestamp BIGINT NOT NULL, -- 0: never cached
	etag TEXT,                       -- of the last fetch
	last_modified TEXT,
	content_hash BLOB,               -- of the last fetch that was taken in
	last_fetch BIGINT NOT NULL,      -- 0: never
	last_report TEXT                 -- JSON: what the last fetch found
);
-- values of feeds that are looked up without being imported
CREATE TABLE feed_cache (
	digest BIGINT NOT NULL,          -- as in attr_value; for hash lists the digest of the hash
	feed_id BIGINT NOT NULL,
	event_uuid BLOB NOT NULL,        -- event of a MISP feed, else 16 zero bytes
	PRIMARY KEY (digest, feed_id, event_uuid)
) WITHOUT ROWID;
CREATE INDEX feed_cache_feed ON feed_cache (feed_id, digest, event_uuid);

-- work to be done later; a worker leases a row, one that dies loses it when the lease ends
CREATE TABLE job (
	id BIGINT PRIMARY KEY,
	kind TEXT NOT NULL,
	arg TEXT NOT NULL,
	state SMALLINT NOT NULL,         -- 0 waiting, 1 running, 2 done, 3 failed
	run_at BIGINT NOT NULL,
	lease_until BIGINT NOT NULL,
	attempts INTEGER NOT NULL,
	progress BIGINT NOT NULL,
	total BIGINT NOT NULL,
	message TEXT NOT NULL,
	user_id BIGINT NOT NULL,         -- on whose behalf
	created BIGINT NOT NULL,
	finished BIGINT NOT NULL         -- 0: not yet
);
CREATE INDEX job_state ON job (state, run_at);

-- every write, login and refusal; rows of the *_old tables point here, so the earlier content stands once
CREATE TABLE audit (
	id BIGINT PRIMARY KEY,
	at_us BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	org_id BIGINT NOT NULL,
	auth_key_id BIGINT NOT NULL,
	origin TEXT NOT NULL,            -- client address, cli, job
	action TEXT NOT NULL,            -- add, edit, delete, publish, login, refuse ...
	model TEXT NOT NULL,             -- Event, Attribute ...
	model_id BIGINT NOT NULL,
	event_id BIGINT NOT NULL,        -- 0: none
	title TEXT NOT NULL,
	change TEXT                      -- JSON for what has no *_old table
);
CREATE INDEX audit_event ON audit (event_id) WHERE event_id > 0;

-- earlier versions: the row as it was until the audited change
CREATE TABLE event_old (
	audit_id BIGINT NOT NULL,
	removed SMALLINT NOT NULL,       -- 0 replaced, 1 deleted
	id BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	org_id BIGINT NOT NULL,
	orgc_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	info TEXT NOT NULL,
	date INTEGER NOT NULL,
	threat_level_id SMALLINT NOT NULL,
	analysis SMALLINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	published SMALLINT NOT NULL,
	locked SMALLINT NOT NULL,
	disable_correlation SMALLINT NOT NULL,
	protected SMALLINT NOT NULL,
	proposal_email_lock SMALLINT NOT NULL,
	timestamp BIGINT NOT NULL,
	publish_timestamp BIGINT NOT NULL,
	sighting_timestamp BIGINT NOT NULL,
	attribute_count BIGINT NOT NULL,
	extends_uuid BLOB,
	PRIMARY KEY (id, audit_id)
) WITHOUT ROWID;
CREATE TABLE object_old (
	audit_id BIGINT NOT NULL,
	removed SMALLINT NOT NULL,
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	name TEXT NOT NULL,
	meta_category TEXT NOT NULL,
	description TEXT NOT NULL,
	template_uuid BLOB,
	template_version BIGINT NOT NULL,
	timestamp BIGINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	comment TEXT NOT NULL,
	deleted SMALLINT NOT NULL,
	first_seen_us BIGINT,
	last_seen_us BIGINT,
	PRIMARY KEY (event_id, id, audit_id)
) WITHOUT ROWID;
CREATE TABLE attribute_old (
	audit_id BIGINT NOT NULL,
	removed SMALLINT NOT NULL,
	event_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	object_id BIGINT NOT NULL,
	type SMALLINT NOT NULL,
	category SMALLINT NOT NULL,
	to_ids SMALLINT NOT NULL,
	deleted SMALLINT NOT NULL,
	disable_correlation SMALLINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	timestamp BIGINT NOT NULL,
	uuid BLOB NOT NULL,
	value1 TEXT,
	value2 TEXT,
	hash BLOB,
	comment TEXT,
	relation TEXT,
	first_seen_us BIGINT,
	last_seen_us BIGINT,
	PRIMARY KEY (event_id, id, audit_id)
) WITHOUT ROWID;
-- tag bindings that were removed or changed; attr_id 0: on the event
CREATE TABLE tag_binding_old (
	audit_id BIGINT NOT NULL,
	event_id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	tag_id BIGINT NOT NULL,
	local SMALLINT NOT NULL,
	relationship_type TEXT,
	PRIMARY KEY (event_id, attr_id, tag_id, audit_id)
) WITHOUT ROWID;
