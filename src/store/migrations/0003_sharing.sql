-- Sharing groups over the API, blocklists, proposals. The same rules of text as in 0001.

-- who brought a sharing group here, 0: made by the program
ALTER TABLE sharing_group ADD COLUMN sync_user_id BIGINT NOT NULL DEFAULT 0;
-- instances a sharing group reaches; server_id 0: this one. all_orgs: every local organisation of it is a member
CREATE TABLE sharing_group_server (
	sharing_group_id BIGINT NOT NULL REFERENCES sharing_group (id) ON DELETE CASCADE,
	server_id BIGINT NOT NULL,
	all_orgs SMALLINT NOT NULL,
	PRIMARY KEY (sharing_group_id, server_id)
) WITHOUT ROWID;
CREATE INDEX sharing_group_server_server ON sharing_group_server (server_id, all_orgs);
-- what keeps a sharing group from being deleted; few rows have one
CREATE INDEX event_group ON event (sharing_group_id) WHERE sharing_group_id > 0;
CREATE INDEX object_group ON object (sharing_group_id) WHERE sharing_group_id > 0;
CREATE INDEX attribute_group ON attribute (sharing_group_id) WHERE sharing_group_id > 0;

-- what is not taken in: events by their uuid, events of an organisation, sightings of an organisation
CREATE TABLE blocklist (
	kind SMALLINT NOT NULL,          -- 0 event, 1 organisation, 2 sightings of an organisation
	id BIGINT NOT NULL,
	uuid BLOB NOT NULL,              -- of the event or organisation
	created BIGINT NOT NULL,
	name TEXT NOT NULL,              -- info of the event, name of the organisation
	orgc TEXT NOT NULL,              -- events: name of the creator
	comment TEXT NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX blocklist_uuid ON blocklist (kind, uuid);

-- changes to an event that others propose to its owner
CREATE TABLE shadow_attribute (
	event_id BIGINT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	old_id BIGINT NOT NULL,          -- the attribute to change or delete, 0: a new one
	uuid BLOB NOT NULL,              -- of the attribute, for a new one its own
	org_id BIGINT NOT NULL,          -- who proposes
	user_id BIGINT NOT NULL,
	type SMALLINT NOT NULL,
	category SMALLINT NOT NULL,
	to_ids SMALLINT NOT NULL,
	disable_correlation SMALLINT NOT NULL,
	proposal_to_delete SMALLINT NOT NULL,
	deleted SMALLINT NOT NULL,       -- accepted or discarded
	timestamp BIGINT NOT NULL,
	value1 TEXT NOT NULL,
	value2 TEXT NOT NULL,
	comment TEXT NOT NULL,
	first_seen_us BIGINT,
	last_seen_us BIGINT,
	PRIMARY KEY (event_id, id)
) WITHOUT ROWID;
CREATE INDEX shadow_attribute_id ON shadow_attribute (id);
CREATE INDEX shadow_attribute_uuid ON shadow_attribute (uuid);
