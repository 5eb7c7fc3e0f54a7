-- vocabularies of tags: namespace:predicate or namespace:predicate="value"
CREATE TABLE taxonomy (
	id BIGINT PRIMARY KEY,
	namespace TEXT NOT NULL,
	namespace_fold TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL,
	version BIGINT NOT NULL,
	enabled SMALLINT NOT NULL,
	exclusive SMALLINT NOT NULL,     -- at most one tag of it on one thing
	required SMALLINT NOT NULL,      -- an event should carry one of its tags before it is published
	highlighted SMALLINT NOT NULL
);
-- predicates, numbered within their taxonomy
CREATE TABLE taxonomy_predicate (
	taxonomy_id BIGINT NOT NULL REFERENCES taxonomy (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	value TEXT NOT NULL,
	expanded TEXT NOT NULL,
	description TEXT NOT NULL,
	colour TEXT NOT NULL,            -- "" none
	exclusive SMALLINT NOT NULL,     -- at most one of its values on one thing
	numerical_value BIGINT,
	PRIMARY KEY (taxonomy_id, id)
) WITHOUT ROWID;
-- every tag that a taxonomy offers: one a value, or one for a predicate without values
CREATE TABLE taxonomy_tag (
	taxonomy_id BIGINT NOT NULL REFERENCES taxonomy (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	predicate_id BIGINT NOT NULL,
	value TEXT,                      -- null: the predicate alone
	expanded TEXT NOT NULL,
	description TEXT NOT NULL,
	colour TEXT NOT NULL,
	numerical_value BIGINT,
	name TEXT NOT NULL,              -- the whole tag
	name_fold TEXT NOT NULL,
	PRIMARY KEY (taxonomy_id, id)
) WITHOUT ROWID;
CREATE INDEX taxonomy_tag_name ON taxonomy_tag (name_fold);

-- kinds of knowledge that clusters belong to: threat actors, techniques, sectors ...
CREATE TABLE galaxy (
	id BIGINT PRIMARY KEY,
	uuid BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL,
	type TEXT NOT NULL,
	description TEXT NOT NULL,
	version BIGINT NOT NULL,
	icon TEXT NOT NULL,
	namespace TEXT NOT NULL,
	kill_chain_order TEXT,           -- JSON object of lists, or null
	enabled SMALLINT NOT NULL,
	local_only SMALLINT NOT NULL
);
CREATE INDEX galaxy_type ON galaxy (type);
-- clusters: those of a library (is_default, seen by all) and those made here or by peers
CREATE TABLE galaxy_cluster (
	id BIGINT PRIMARY KEY,
	galaxy_id BIGINT NOT NULL REFERENCES galaxy (id) ON DELETE CASCADE,
	uuid BLOB NOT NULL,              -- of a library: not unique
	collection_uuid BLOB,            -- file of the library
	value TEXT NOT NULL,
	tag_name TEXT NOT NULL,
	tag_fold TEXT NOT NULL,          -- as tag.name_fold
	description TEXT NOT NULL,
	source TEXT NOT NULL,
	authors TEXT NOT NULL,           -- JSON array
	version BIGINT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	org_id BIGINT NOT NULL,
	orgc_id BIGINT NOT NULL,
	is_default SMALLINT NOT NULL,
	locked SMALLINT NOT NULL,
	published SMALLINT NOT NULL,
	deleted SMALLINT NOT NULL,
	extends_uuid BLOB,               -- the cluster it is a fork of
	extends_version BIGINT
);
CREATE INDEX galaxy_cluster_galaxy ON galaxy_cluster (galaxy_id, id);
CREATE INDEX galaxy_cluster_uuid ON galaxy_cluster (uuid);
CREATE INDEX galaxy_cluster_tag ON galaxy_cluster (tag_fold);
-- facts about a cluster: a key may come many times
CREATE TABLE galaxy_element (
	cluster_id BIGINT NOT NULL REFERENCES galaxy_cluster (id) ON DELETE CASCADE,
	id BIGINT NOT NULL,
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (cluster_id, id)
) WITHOUT ROWID;
-- a cluster's links to others, which need not be here
CREATE TABLE galaxy_relation (
	id BIGINT PRIMARY KEY,
	cluster_id BIGINT NOT NULL REFERENCES galaxy_cluster (id) ON DELETE CASCADE,
	referenced_uuid BLOB NOT NULL,
	type TEXT NOT NULL,
	distribution SMALLINT NOT NULL,
	sharing_group_id BIGINT NOT NULL,
	is_default SMALLINT NOT NULL
);
CREATE INDEX galaxy_relation_cluster ON galaxy_relation (cluster_id, id);
-- tags on such links
CREATE TABLE galaxy_relation_tag (
	relation_id BIGINT NOT NULL REFERENCES galaxy_relation (id) ON DELETE CASCADE,
	tag_id BIGINT NOT NULL,
	PRIMARY KEY (relation_id, tag_id)
) WITHOUT ROWID;
