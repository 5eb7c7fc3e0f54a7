/* objects.h - handlers of object templates, attached files and what helps to build objects. */
#ifndef API_OBJECTS_H
#define API_OBJECTS_H

#include "api/api.h"
#include "store/object_template.h"

/* object_templates.c */
route_fn templates_index, templates_view, templates_raw, templates_add, templates_edit, templates_delete, templates_activate, templates_deactivate,
	templates_update, templates_possible, relationships_index;
/* By number or uuid (its newest version). RC_NOTFOUND with MISP's text. */
MUST_USE enum rc api_template(struct req *rq, struct str ref, struct template_row *out);
/* The key ObjectTemplate, without elements. */
void api_write_template(struct jw *w, const struct object_template *t);
/* ObjectTemplateElement: the list of a template's elements; what wanted (NULL: all) says no to is left out. */
void api_write_elements(struct jw *w, const struct object_template *t, bool (*wanted)(void *arg, const struct template_element *e), void *arg);

/* objects.c */
struct object_in;
/* Of the path's variable i; RC_NOTFOUND with MISP's text. */
MUST_USE enum rc api_object(struct req *rq, size_t i, struct object *o, struct event *e);
MUST_USE enum rc api_read_object(struct req *rq, struct object_in *in);
MUST_USE enum rc api_write_object(struct req *rq, struct resp *rs, int64_t id, bool with_event);

/* object_tools.c */
route_fn objects_propose, objects_group, objects_quick_template, objects_quick_add, objects_orphaned, objects_revise, object_refs_view,
	object_refs_bulk_add;

/* attachments.c */
route_fn attributes_download, attributes_download_attachment, attributes_view_picture, attributes_add_attachment, events_upload_sample, shadow_attributes_download;

#endif
