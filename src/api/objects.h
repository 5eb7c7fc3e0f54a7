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
/* ObjectTemplateElement: the list of a template's elements; what wanted (NULL: all) says no to is left out. */
void api_write_elements(struct jw *w, const struct object_template *t, bool (*wanted)(void *arg, const struct template_element *e), void *arg);

/* attachments.c */
route_fn attributes_download, attributes_download_attachment, attributes_view_picture, attributes_add_attachment, events_upload_sample;

#endif
