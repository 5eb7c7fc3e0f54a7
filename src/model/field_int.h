/* field_int.h - reading single members of what was sent: each refuses with the member's name and MISP's message. A member that was not
 * sent leaves *out as it is, so the caller puts the default (or the stored value) there first. */
#ifndef MODEL_FIELD_INT_H
#define MODEL_FIELD_INT_H

#include "model/attr.h"

/* true, false, 1, 0, yes, no, on, off in any case; "" leaves *out. */
MUST_USE enum rc field_bool(struct ctx *cx, const char *field, struct str s, bool *out);
/* Whole number in [min, max], else `msg`; "" leaves *out. */
MUST_USE enum rc field_int(struct ctx *cx, const char *field, struct str s, int64_t min, int64_t max, const char *msg, int64_t *out);
/* Distribution 0..max; the group stays only with DIST_SHARING_GROUP and is 0 otherwise. */
MUST_USE enum rc field_dist(struct ctx *cx, struct str dist, struct str group, int max, int *out, int64_t *out_group);
/* Seconds; not sent, "" or 0: now. */
MUST_USE enum rc field_timestamp(struct ctx *cx, struct str s, int64_t now_s, int64_t *out);
/* "" means none; both are checked for their order when either was sent. */
MUST_USE enum rc field_seen(struct ctx *cx, struct str first, struct str last, int64_t *out_first, int64_t *out_last);
/* Random when not sent or "". */
MUST_USE enum rc field_uuid_new(struct ctx *cx, struct str s, struct uuid *out);
/* "" means none: *has false. */
MUST_USE enum rc field_uuid_opt(struct ctx *cx, const char *field, struct str s, struct uuid *out, bool *has);
/* Text of at most 65535 bytes, trimmed. */
MUST_USE enum rc field_text(struct ctx *cx, const char *field, struct str s, struct str *out);

#endif
