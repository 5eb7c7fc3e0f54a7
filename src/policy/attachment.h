/* attachment.h - the file that came with an attribute: what its value becomes, and putting it away.
 *
 *     struct attached f;
 *     TRY(attachment_plan(cx, &in, NULL, &f));                    before the attribute is made: in.value becomes "name|md5" of a raw sample
 *     ... attr_make, attr_batch_add ...
 *     TRY(attachment_keep(cx, &f, event_id, a.id, ATTACHED_ATTR));   in the same transaction
 */
#ifndef POLICY_ATTACHMENT_H
#define POLICY_ATTACHMENT_H

#include "model/attr.h"
#include "store/attachment.h"

struct attached {
	bool there;
	bool zip;               /* a raw malware sample: kept as a zip with a password */
	bool raw;               /* data is the bytes themselves, not base64 */
	struct str data, name;
	char md5[33];           /* of a raw sample */
	int64_t size;           /* of the bytes */
};
/* Data of other types than attachment and malware-sample is left aside, as MISP does. old: the stored attribute, NULL for a new one.
 * RC_INVALID with field data: not base64, or larger than the setting allows. */
MUST_USE enum rc attachment_plan(struct ctx *cx, struct attr_in *in, const struct attr *old, struct attached *out);
MUST_USE enum rc attachment_keep(struct ctx *cx, const struct attached *f, int64_t event_id, int64_t attr_id, enum attachment_kind kind);

/* A malware sample as an object "file" with its hashes: for upload_sample and add_attachment. */
struct sample_in {
	struct str name;         /* of the file; folders before it are cut off */
	struct str data;
	bool raw;
	struct str category, comment, distribution, sharing_group_id;
};
MUST_USE enum rc sample_object(struct ctx *cx, const struct sample_in *in, struct object_in *out);

/* By the name's end, as MISP knows them: jpg, jpeg, png, gif, webp. */
bool attachment_is_image(const struct attr *a);

#endif
