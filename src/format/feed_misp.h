/* feed_misp.h - the index files of a MISP feed directory: manifest.json (what events there are, and how new) and hashes.csv
 * (MD5 of each value, and the event it stands in). The events themselves are read by misp_json.h.
 *
 *     TRY(feed_manifest_each(cx, text, &(struct manifest_sink){ .arg = me, .event = on_event, .bad = on_bad }));
 *
 * Texts may be mapped and of any size; nothing is held beyond one entry.
 */
#ifndef FORMAT_FEED_MISP_H
#define FORMAT_FEED_MISP_H

#include "base/uuid.h"
#include "model/input.h"
#include "base/ctx.h"

struct manifest_entry {
	struct uuid uuid;       /* of the event; its file is this uuid in lower case with ".json" */
	int64_t timestamp;      /* seconds; 0 when none was given */
	struct str info, date, threat_level_id, analysis, distribution, published;
	struct org_in orgc;
	struct tag_in *tags;
	size_t tag_n;
};

struct manifest_sink {
	void *arg;
	/* The entry is valid during the call only. A failure returned stops the reading. */
	enum rc (*event)(void *arg, struct ctx *cx, const struct manifest_entry *m);
	/* An entry that cannot be used; key as written. May be NULL: such entries are passed over. */
	enum rc (*bad)(void *arg, struct ctx *cx, struct str key, const char *why);
};
/* An object of uuid -> entry, or an empty array. RC_BAD with line and column when the text is not JSON or something else. */
MUST_USE enum rc feed_manifest_each(struct ctx *cx, struct str text, const struct manifest_sink *sink);

/* Each line md5,uuid. Lines that are neither that nor blank are counted in *bad_n (may be NULL), the first one's number goes to *bad_line.
 * A failure returned by fn stops the reading. */
MUST_USE enum rc feed_hashes_each(struct ctx *cx, struct str text,
				  enum rc (*fn)(void *arg, struct ctx *cx, const uint8_t md5[16], const struct uuid *event), void *arg,
				  uint64_t *bad_n, uint64_t *bad_line);

#endif
