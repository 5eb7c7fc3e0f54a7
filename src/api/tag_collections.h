/* tag_collections.h - handlers of tag collections, of marked tags, and of the lists that a tag is chosen from. */
#ifndef API_TAG_COLLECTIONS_H
#define API_TAG_COLLECTIONS_H

#include "api/api.h"
#include "policy/tag_collection_admin.h"

route_fn tag_collections_index, tag_collections_view, tag_collections_add, tag_collections_edit, tag_collections_delete, tag_collections_import, tag_collections_export,
	tag_collections_add_tag, tag_collections_remove_tag;
route_fn favourite_tags_toggle, favourite_tags_index;
route_fn tags_quick_add, tags_show_event, tags_show_attribute, tags_view_tag, tags_select_taxonomy, tags_select_tag;

/* The collection of a path's variable; RC_NOTFOUND. */
MUST_USE enum rc api_tag_collection(struct req *rq, struct str ref, struct tag_collection *out);
/* A tag named by id or name; made by those who may, by its name only (tags.c). RC_NOTFOUND "Invalid Tag." */
MUST_USE enum rc api_tag(struct req *rq, struct str ref, bool may_make, struct tag *t);

#endif
