/* inbox.h - what people without an account ask for: requests to be registered. */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include "store/store.h"

struct inbox {
	int64_t id, created;
	struct uuid uuid;
	struct str type, title, ip, user_agent, comment;
	struct str data; /* JSON object */
};
/* RC_DONE when there is none; ref: number or uuid. */
MUST_USE enum rc inbox_find(struct ctx *cx, const char *type, struct str ref, struct inbox *out);
/* By id. value: part of the data, the address or the user agent; {NULL,0}: all. */
MUST_USE enum rc inbox_list(struct ctx *cx, const char *type, struct str value, struct inbox **out, size_t *n);
MUST_USE enum rc inbox_count(struct ctx *cx, const char *type, int64_t *out);
/* In a transaction. insert sets id, uuid and time. */
MUST_USE enum rc inbox_insert(struct ctx *cx, struct inbox *in);
MUST_USE enum rc inbox_delete(struct ctx *cx, int64_t id);

#endif
