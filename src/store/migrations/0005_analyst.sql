-- Analyst data, collections, saved states of event graphs. The same rules of text as in 0001.

-- notes, opinions and relationships that people attach to something by its uuid; what they are attached to need not be here
CREATE TABLE analyst_data (
	kind SMALLINT NOT NULL,          -- 0 note, 1 opinion, 2 relationship
	id BIGINT NOT NULL,              -- numbered by kind
	uuid BLOB NOT NULL UNIQUE,
	object_uuid BLOB NOT NULL,       -- what it is about
	object_type SMALLINT NOT NULL,   -- place in the table of model/analyst.h
	org_id BIGINT NOT NULL,          -- who brought it here
	orgc_id BIGINT NOT NULL,         -- whose it is
	org_uuid BLOB NOT NULL,          -- their uuids: organisations may be deleted, this stays
	orgc_uuid BLOB NOT NULL,
	authors TEXT NOT NULL,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	locked SMALLINT NOT NULL,        -- came from a peer, which may change it
	body TEXT NOT NULL,              -- the note, an opinion's comment, a relationship's type
	language TEXT NOT NULL,          -- notes
	opinion SMALLINT NOT NULL,       -- 0 to 100
	related_uuid BLOB,               -- relationships: the other end
	related_type SMALLINT NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX analyst_data_object ON analyst_data (object_uuid);
CREATE INDEX analyst_data_related ON analyst_data (related_uuid) WHERE related_uuid IS NOT NULL;
CREATE INDEX analyst_data_orgc ON analyst_data (orgc_id);
CREATE INDEX analyst_data_group ON analyst_data (sharing_group_id) WHERE sharing_group_id > 0;

-- events and clusters put together under a name
CREATE TABLE collection (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	org_id BIGINT NOT NULL,
	orgc_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	type TEXT NOT NULL,
	description TEXT NOT NULL
);
CREATE INDEX collection_group ON collection (sharing_group_id) WHERE sharing_group_id > 0;
-- what is in them, by uuid: it need not be here
CREATE TABLE collection_element (
	collection_id BIGINT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	uuid BLOB NOT NULL UNIQUE,
	element_uuid BLOB NOT NULL,
	element_type TEXT NOT NULL,
	description TEXT NOT NULL,
	PRIMARY KEY (collection_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX collection_element_once ON collection_element (collection_id, element_uuid);
CREATE INDEX collection_element_id ON collection_element (id);

-- layouts of an event's graph that users keep
CREATE TABLE event_graph (
	event_id BIGINT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	org_id BIGINT NOT NULL,
	timestamp BIGINT NOT NULL,
	network_name TEXT,
	network_json TEXT NOT NULL,
	preview_img TEXT,                -- a picture as data: address
	PRIMARY KEY (event_id, id)
) WITHOUT ROWID;
CREATE INDEX event_graph_id ON event_graph (id);
