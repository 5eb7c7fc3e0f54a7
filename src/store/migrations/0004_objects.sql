-- Object templates, relationships between objects, attached files. The same rules of text as in 0001.

-- what objects are made after; of several versions of one uuid at most one is active
CREATE TABLE object_template (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL,
	version BIGINT NOT NULL,
	name TEXT NOT NULL,
	meta_category TEXT NOT NULL,
	description TEXT NOT NULL,
	required TEXT NOT NULL,          -- JSON array of object relations that must be there
	required_one_of TEXT NOT NULL,   -- JSON array of object relations one of which must be there
	user_id BIGINT NOT NULL,         -- who brought it, 0: the program
	org_id BIGINT NOT NULL,
	fixed SMALLINT NOT NULL,         -- came from a library, not made here
	active SMALLINT NOT NULL,
	definition TEXT NOT NULL         -- the JSON it was made of
);
CREATE UNIQUE INDEX object_template_uuid ON object_template (uuid, version);
CREATE INDEX object_template_name ON object_template (name);
-- attributes that an object after this template may have
CREATE TABLE object_template_element (
	template_id BIGINT NOT NULL REFERENCES object_template (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	relation TEXT NOT NULL,
	type TEXT NOT NULL,              -- name of an attribute type, also one that is not known here
	ui_priority BIGINT NOT NULL,
	categories TEXT NOT NULL,        -- JSON array
	sane_default TEXT NOT NULL,      -- JSON array
	values_list TEXT NOT NULL,       -- JSON array
	description TEXT NOT NULL,
	disable_correlation SMALLINT,    -- null: as the type has it
	to_ids SMALLINT,                 -- null: as the type has it
	multiple SMALLINT NOT NULL,
	PRIMARY KEY (template_id, id)
) WITHOUT ROWID;
CREATE INDEX object_template_element_type ON object_template_element (type, template_id);
-- names that a reference between objects may carry
CREATE TABLE object_relationship (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	version BIGINT NOT NULL,
	description TEXT NOT NULL,
	format TEXT NOT NULL             -- JSON array
);

-- files of attributes and proposals; the bytes lie in the data folder under their SHA-256
CREATE TABLE attachment (
	event_id BIGINT NOT NULL,
	attr_id BIGINT NOT NULL,
	kind SMALLINT NOT NULL,          -- 0 of an attribute, 1 of a proposal: attr_id is its id
	sha256 BLOB NOT NULL,
	size BIGINT NOT NULL,
	PRIMARY KEY (event_id, attr_id, kind)
) WITHOUT ROWID;
CREATE INDEX attachment_sha256 ON attachment (sha256);
