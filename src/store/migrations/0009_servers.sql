-- Other instances that this one exchanges data with, and users whose requests are watched. The same rules of text as in 0001.

CREATE TABLE server (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL,
	url TEXT NOT NULL,
	authkey BLOB NOT NULL,           -- encrypted by a key that is not in the database
	org_id BIGINT NOT NULL,          -- of who added it
	remote_org_id BIGINT NOT NULL,   -- who runs it
	push SMALLINT NOT NULL,
	pull SMALLINT NOT NULL,
	push_sightings SMALLINT NOT NULL,
	push_galaxy_clusters SMALLINT NOT NULL,
	push_analyst_data SMALLINT NOT NULL,
	pull_analyst_data SMALLINT NOT NULL,
	pull_galaxy_clusters SMALLINT NOT NULL,
	lastpulledid BIGINT,
	lastpushedid BIGINT,
	publish_without_email SMALLINT NOT NULL,
	unpublish_event SMALLINT NOT NULL,
	self_signed SMALLINT NOT NULL,   -- its certificate is not checked
	pull_rules TEXT NOT NULL,        -- JSON
	push_rules TEXT NOT NULL,
	internal SMALLINT NOT NULL,
	skip_proxy SMALLINT NOT NULL,
	remove_missing_tags SMALLINT NOT NULL,
	caching_enabled SMALLINT NOT NULL,
	cache_timestamp BIGINT NOT NULL,
	priority BIGINT NOT NULL
);
CREATE INDEX server_remote_org ON server (remote_org_id);

-- with Security.user_monitoring_enabled: their requests are logged
ALTER TABLE users ADD COLUMN monitored SMALLINT NOT NULL DEFAULT 0;
