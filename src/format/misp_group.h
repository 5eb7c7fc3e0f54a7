/* misp_group.h - a sharing group as MISP's JSON: what stands in events, and what the calls about groups answer. */
#ifndef FORMAT_MISP_GROUP_H
#define FORMAT_MISP_GROUP_H

#include "base/json.h"
#include "model/group.h"
#include "model/input.h"

/* At the reader's place: {"SharingGroup": {...}, "SharingGroupOrg": [...]}, or all members in one object. Texts in r->cx->mem. */
void misp_group_read(struct jr *r, struct group_in *out);

/* The object as an event, attribute or object holds it. */
void misp_write_group(struct jw *w, const struct group *g);

/* SharingGroup, Organisation, SharingGroupOrg and SharingGroupServer as members of the object that is open, in the form of that call. What no_orgs says is
 * left out: who the members are, when the site hides it. organisation: writes the owner at length (GROUP_VIEWED); NULL: in short. */
enum group_shape { GROUP_SAVED, GROUP_VIEWED, GROUP_LISTED };
struct group_view {
	enum group_shape shape;
	bool no_orgs;
	void (*organisation)(void *arg, struct jw *w);
	void *arg;
};
void misp_write_group_members(struct jw *w, const struct group *g, const struct group_view *v);

#endif
