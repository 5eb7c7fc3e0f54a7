/* event_graph.h - an event as nodes and edges, along time, and by who gets what: the documents that the pictures of an event are drawn from.
 *
 * Read page by page like event_doc.h; only the edges, which stand behind the nodes, are held until the end. */
#ifndef EXPORT_EVENT_GRAPH_H
#define EXPORT_EVENT_GRAPH_H

#include "base/json.h"
#include "model/scope.h"
#include "store/event.h"

enum graph_kind {
	GRAPH_REFERENCES, /* objects and what they refer to */
	GRAPH_TAGS,       /* attributes and their tags */
	GRAPH_KEY,        /* what has the same value of one member */
};

/* Which elements take part. */
struct graph_rule {
	enum { RULE_RELATION, RULE_TAG, RULE_VALUE } of;
	struct str how;   /* "Contains", "Do not contain"; of values: < <= == > >= */
	struct str what;  /* object relation or name of a tag */
	struct str value; /* of RULE_VALUE */
};
struct graph_options {
	enum graph_kind kind;
	struct str key;   /* GRAPH_KEY: "type", "category" ... one of the names in available_pivot_key; another one makes no edges */
	bool extended;    /* events that extend this one, too */
	const struct graph_rule *rules;
	size_t rule_n;
};
MUST_USE enum rc event_graph_write(struct ctx *cx, const struct scope *sc, const struct event *e, const struct graph_options *o, struct jw *w);

/* {"items": [...]}: when each was seen first and last; or when each was sighted. */
MUST_USE enum rc event_timeline_write(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct jw *w);
MUST_USE enum rc event_sightings_write(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct jw *w);
/* How many elements go to whom. own_org: name of the reader's organisation; others are told of the local ones unless hide_orgs. */
MUST_USE enum rc event_distribution_write(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct str own_org, bool hide_orgs,
					  struct jw *w);

#endif
