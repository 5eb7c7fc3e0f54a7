/* handlers.h - the handlers named in routes.c, one file a resource, and what those files share. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/api.h"
#include "export/search_doc.h"
#include "policy/event_save.h"

#define HANDLER(name) enum rc name(struct req *rq, struct resp *rs)

/* search.c */
HANDLER(attributes_rest_search);
HANDLER(events_rest_search);
HANDLER(objects_rest_search);
enum deleted_mode api_deleted(const struct params *p);
void api_search_fill(struct ctx *cx, const struct params *p, enum search_what what, struct search *s);
/* "a|b" in a text of the list becomes two of them. */
void api_split_bars(struct ctx *cx, struct cond_list *l);
/* arg: struct lists_view */
void api_write_warnings(void *arg, struct jw *w, const struct attr *a);

/* servers.c */
HANDLER(servers_version);
HANDLER(servers_pymisp_version);
HANDLER(attributes_describe_types);
HANDLER(servers_post_test);
HANDLER(servers_query_acl);

/* events.c */
HANDLER(events_index);
HANDLER(events_view);
HANDLER(events_edit_strategy);
HANDLER(events_add);
HANDLER(events_edit);
HANDLER(events_delete);
HANDLER(events_publish);
HANDLER(events_unpublish);
HANDLER(events_free_text);
HANDLER(events_check_uuid);
HANDLER(events_filter_for_push);
HANDLER(events_correlations);
HANDLER(attributes_correlations);
/* The event as its own answer, whole or streamed by its size. */
MUST_USE enum rc api_event_answer(struct req *rq, struct resp *rs, const struct event *e, struct event_doc_options *o);

/* attributes.c */
HANDLER(attributes_index);
HANDLER(attributes_view);
HANDLER(attributes_add);
HANDLER(attributes_edit);
HANDLER(attributes_delete);
HANDLER(attributes_restore);
HANDLER(attributes_statistics);

/* objects.c */
HANDLER(objects_view);
HANDLER(objects_add);
HANDLER(objects_edit);
HANDLER(objects_delete);
HANDLER(object_refs_add);
HANDLER(object_refs_delete);

/* tags.c */
HANDLER(tags_index);
HANDLER(tags_view);
HANDLER(tags_add);
HANDLER(tags_edit);
HANDLER(tags_delete);
HANDLER(tags_search);
HANDLER(tags_statistics);
HANDLER(tags_attach);
HANDLER(tags_detach);
HANDLER(events_add_tag);
HANDLER(events_remove_tag);
HANDLER(attributes_add_tag);
HANDLER(attributes_remove_tag);

/* sightings.c */
HANDLER(sightings_add);
HANDLER(sightings_list);
HANDLER(sightings_index);
HANDLER(sightings_rest_search);
HANDLER(sightings_delete);

/* warninglists.c */
HANDLER(warninglists_index);
HANDLER(warninglists_view);
HANDLER(warninglists_toggle);
HANDLER(warninglists_update);
HANDLER(warninglists_check_value);
HANDLER(warninglists_add);
HANDLER(warninglists_import);
HANDLER(warninglists_edit);
HANDLER(warninglists_delete);
HANDLER(warninglists_export);

/* Streams what is in rs->body and then what more() gives. */
MUST_USE enum rc api_stream(struct req *rq, struct resp *rs, http_more_fn *more_fn, void *arg);
/* The whole of it is made first, beside memory: for what is long although it has few rows. A failure has its own answer; nothing is held while the client
 * reads. */
MUST_USE enum rc api_spool(struct req *rq, struct resp *rs, http_more_fn *more_fn, void *arg);
/* Errors of a save as MISP reports them: "errors": {"attribute_0": {"field": ["text"]}}. Writes the key and its object when there are any. */
void api_write_errors(struct jw *w, const struct save *s);
/* One count of a statistics answer, as text: "3", or "12.5%" of total. */
void api_share(struct jw *w, int64_t n, int64_t total, bool percentage);
/* A form of one sent list, {"id": 1} or {"Event": {...}}: what stands at the path, else in the body under any of the names. */
struct str api_id(struct req *rq, size_t var, const struct params *p, const char *name);

#endif
