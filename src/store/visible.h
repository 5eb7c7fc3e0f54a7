/* visible.h - the only SQL predicate of who may see what. Statements that use it keep parameters $1..$4 for it; bind_scope binds them.
 *
 *     #define Q_TEXT(L) "SELECT ... FROM event e WHERE e.id = $5 AND " VISIBLE_EVENT("e", L)
 *     static const struct sql Q = SQL_BOTH(Q_TEXT);
 *     bind_scope(&q, scope); bind_i64(&q, 5, id);
 *
 * An event is seen by its owner organisation, by everybody from distribution 1 up, by members of its sharing group at 4; unpublished ones of
 * others are hidden when the site says so. Inside it an element is seen by the owner organisation of the event, at 1, 2, 3, at 5 (inherit), or by
 * members of its own sharing group; an attribute of an object also needs the object to be seen. A sharing group itself is seen by its members and
 * its owner.
 */
#ifndef STORE_VISIBLE_H
#define STORE_VISIBLE_H

#include "db/db.h"
#include "model/scope.h"

/* A list parameter on each engine; operator included. */
#define LIST_SQLITE(p) "IN (SELECT value FROM json_each(" p "))"
#define LIST_PG(p) "= ANY(" p "::bigint[])"
#define ULIST_SQLITE(p) "IN (SELECT unhex16(value) FROM json_each(" p "))"
#define ULIST_PG(p) "= ANY(" p "::bytea[])"
/* One text for both engines: TEXT is a macro of the list form. */
#define SQL_BOTH(TEXT) { TEXT(LIST_SQLITE), TEXT(LIST_PG) }

#define VISIBLE_EVENT(e, L) \
	"($1 <> 0 OR " e ".org_id = $2 OR (($4 = 0 OR " e ".published = 1) AND (" e ".distribution IN (1, 2, 3) OR (" e \
	".distribution = 4 AND " e ".sharing_group_id " L("$3") "))))"
#define VISIBLE_ELEMENT(a, e, L) \
	"($1 <> 0 OR " e ".org_id = $2 OR " a ".distribution IN (1, 2, 3, 5) OR (" a ".distribution = 4 AND " a \
	".sharing_group_id " L("$3") "))"
#define VISIBLE_ATTR(a, e, L) \
	"($1 <> 0 OR " e ".org_id = $2 OR ((" a ".distribution IN (1, 2, 3, 5) OR (" a ".distribution = 4 AND " a ".sharing_group_id " L("$3") \
	")) AND (" a ".object_id = 0 OR EXISTS (SELECT 1 FROM object vo WHERE vo.event_id = " a ".event_id AND vo.id = " a \
	".object_id AND (vo.distribution IN (1, 2, 3, 5) OR (vo.distribution = 4 AND vo.sharing_group_id " L("$3") "))))))"
#define VISIBLE_GROUP(g, L) "($1 <> 0 OR " g ".org_id = $2 OR " g ".id " L("$3") ")"

/* Clusters of a library are everybody's; others are seen by their organisation, from distribution 1 up, and by members of their sharing group. Links
 * follow the same rule, and those of a cluster's own organisation see all of its links. */
#define VISIBLE_CLUSTER(c, L) \
	"($1 <> 0 OR " c ".is_default = 1 OR " c ".org_id = $2 OR " c ".distribution IN (1, 2, 3) OR (" c ".distribution = 4 AND " c \
	".sharing_group_id " L("$3") "))"
#define VISIBLE_RELATION(r, c, L) \
	"($1 <> 0 OR " r ".is_default = 1 OR " c ".org_id = $2 OR " r ".distribution IN (1, 2, 3, 5) OR (" r ".distribution = 4 AND " r \
	".sharing_group_id " L("$3") "))"

/* Analyst data and collections: of the own organisation or brought here by it, from distribution 1 up, and by members of their sharing group. Inheriting (5)
 * gives others nothing, as in MISP: what they are attached to may be somewhere else. */
#define VISIBLE_ANALYST(a, L) \
	"($1 <> 0 OR " a ".org_id = $2 OR " a ".orgc_id = $2 OR " a ".distribution IN (1, 2, 3) OR (" a ".distribution = 4 AND " a \
	".sharing_group_id " L("$3") "))"

void bind_scope(struct stmt *q, const struct scope *s);

/* For work inside the program that acts on rows whatever their reader (writing, feeds, the command line): sees all. */
extern const struct scope scope_all;

#endif
