-- Substring search: which attributes hold three given bytes in a row, in their folded value or comment. A job fills it behind the writes.

-- one batch of attributes, or several joined
CREATE TABLE gram_segment (
	id BIGINT PRIMARY KEY,
	state SMALLINT NOT NULL,         -- 0 being written, 1 read by searches, 2 to be removed
	attrs BIGINT NOT NULL            -- attributes in it
);
-- attributes of a segment that hold a gram
CREATE TABLE gram_post (
	segment_id BIGINT NOT NULL,
	gram BIGINT NOT NULL,            -- three bytes, the first one highest
	ids BLOB NOT NULL,               -- attribute ids ascending: the first one, then the differences, 7 bits a byte, low ones first
	PRIMARY KEY (segment_id, gram)
) WITHOUT ROWID;
-- attributes whose value or comment changed after they were taken into a segment
CREATE TABLE gram_changed (
	attr_id BIGINT PRIMARY KEY
);
