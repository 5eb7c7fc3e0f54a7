/* routes.c - every route of the API in one table: method, path, handler, the role's permissions, read or write, body limit, schema of the answer. */
#include "api/decaying.h"
#include "api/analyst.h"
#include "api/downloads.h"
#include "api/feeds.h"
#include "api/galaxy_files.h"
#include "api/handlers.h"
#include "api/library.h"
#include "api/login.h"
#include "api/objects.h"
#include "api/peers.h"
#include "api/people.h"
#include "api/protect.h"
#include "api/rules.h"
#include "api/settings.h"
#include "api/sharing.h"
#include "api/sightings_more.h"
#include "api/tag_collections.h"

#define GET HTTP_GET
#define POST HTTP_POST
#define GP (HTTP_GET | HTTP_POST)
#define PP (HTTP_POST | HTTP_PUT)
#define DEL (HTTP_POST | HTTP_DELETE)
#define R ROUTE_READ
#define W ROUTE_WRITE

#define NONE 0
#define SMALL (1u << 20)
#define BULK (1ull << 34) /* spooled and mapped: memory does not grow with it */

static const struct route routes[] = {
	/* opening a connection */
	{ GET, "/servers/getVersion", servers_version, 0, R, NONE, "Version" },
	{ GET, "/servers/getPyMISPVersion", servers_pymisp_version, 0, R, NONE, "PyMISPVersion" },
	{ POST, "/servers/postTest", servers_post_test, 0, R, SMALL, "PostTest" },
	{ GET, "/events/queryACL/:what", servers_query_acl, PERM(SITE_ADMIN), R, NONE, "Acl" },
	{ GET, "/servers/queryACL/:what", servers_query_acl, PERM(SITE_ADMIN), R, NONE, "Acl" },
	{ GET, "/attributes/describeTypes", attributes_describe_types, 0, R, NONE, "DescribeTypes" },

	/* events */
	{ GP, "/events/index", events_index, 0, R, SMALL, "EventIndex" },
	{ GET, "/events", events_index, 0, R, NONE, "EventIndex" },
	{ GET, "/", events_index, 0, R, NONE, "EventIndex" },
	{ GP, "/events/view/:id", events_view, 0, R, SMALL, "Event" },
	{ GET, "/events/:id{id}", events_view, 0, R, NONE, "Event" },
	{ POST, "/events/add", events_add, PERM(ADD), W, BULK, "Event" },
	{ POST, "/events", events_add, PERM(ADD), W, BULK, "Event" },
	{ GET, "/events/getEditStrategy/:id", events_edit_strategy, 0, R, NONE, "EditStrategy" },
	{ PP, "/events/edit/:id", events_edit, PERM(ADD), W, BULK, "Event" },
	{ PP, "/events/:id{id}", events_edit, PERM(ADD), W, BULK, "Event" },
	{ DEL, "/events/delete/:id?", events_delete, PERM(ADD), W, SMALL, "Saved" },
	{ HTTP_DELETE, "/events/:id{id}", events_delete, PERM(ADD), W, SMALL, "Saved" },
	{ POST, "/events/publish/:id", events_publish, PERM(PUBLISH), W, SMALL, "Saved" },
	{ POST, "/events/alert/:id", events_publish, PERM(PUBLISH), W, SMALL, "Saved" },
	{ POST, "/events/unpublish/:id", events_unpublish, PERM(PUBLISH), W, SMALL, "Saved" },
	{ GP, "/events/restSearch/:format?", events_rest_search, 0, R, SMALL, "EventSearch" },
	{ POST, "/events/freeTextImport/:id", events_free_text, PERM(ADD), W, 64u << 20, "FreeText" },
	{ GET, "/events/checkuuid/:uuid", events_check_uuid, 0, R, NONE, "Result" },
	{ POST, "/events/filterEventIdsForPush", events_filter_for_push, 0, R, 64u << 20, "Uuids" },
	{ GET, "/events/correlations/:id", events_correlations, 0, R, NONE, "Correlations" },
	{ GET, "/attributes/correlations/:id", attributes_correlations, 0, R, NONE, "AttributeCorrelations" },
	{ POST, "/events/addTag/:id/:tag?", events_add_tag, PERM(TAGGER), W, SMALL, "Saved" },
	{ POST, "/events/removeTag/:id/:tag?", events_remove_tag, PERM(TAGGER), W, SMALL, "Saved" },

	/* attributes */
	{ GET, "/attributes/index", attributes_index, 0, R, NONE, "AttributeIndex" },
	{ GET, "/attributes", attributes_index, 0, R, NONE, "AttributeIndex" },
	{ GET, "/attributes/view/:id", attributes_view, 0, R, NONE, "Attribute" },
	{ GET, "/attributes/:id{id}", attributes_view, 0, R, NONE, "Attribute" },
	{ POST, "/attributes/add/:event", attributes_add, PERM(ADD), W, BULK, "AttributeSaved" },
	{ PP, "/attributes/edit/:id", attributes_edit, PERM(ADD), W, BULK, "Attribute" },
	{ PP, "/attributes/:id{id}", attributes_edit, PERM(ADD), W, BULK, "Attribute" },
	{ DEL, "/attributes/delete/:id/:hard?", attributes_delete, PERM(ADD), W, SMALL, "Message" },
	{ HTTP_DELETE, "/attributes/:id{id}", attributes_delete, PERM(ADD), W, SMALL, "Message" },
	{ POST, "/attributes/restore/:id", attributes_restore, PERM(ADD), W, SMALL, "Attribute" },
	{ GP, "/attributes/restSearch/:format?", attributes_rest_search, 0, R, 64u << 20, "AttributeSearch" },
	{ GET, "/attributes/attributeStatistics/:context?/:percentage?", attributes_statistics, 0, R, NONE, "AttributeStatistics" },
	{ POST, "/attributes/addTag/:id/:tag?", attributes_add_tag, PERM(TAGGER), W, SMALL, "Saved" },
	{ POST, "/attributes/removeTag/:id/:tag?", attributes_remove_tag, PERM(TAGGER), W, SMALL, "Saved" },

	/* objects */
	{ GET, "/objects/view/:id", objects_view, 0, R, NONE, "Object" },
	{ POST, "/objects/add/:event/:template?/:version?", objects_add, PERM(ADD), W, BULK, "Object" },
	{ PP, "/objects/edit/:id", objects_edit, PERM(ADD), W, BULK, "Object" },
	{ DEL, "/objects/delete/:id/:hard?", objects_delete, PERM(ADD), W, SMALL, "Saved" },
	{ GP, "/objects/restSearch/:format?", objects_rest_search, 0, R, SMALL, "ObjectSearch" },
	{ POST, "/objectReferences/add/:object?", object_refs_add, PERM(ADD), W, SMALL, "ObjectReference" },
	{ DEL, "/objectReferences/delete/:id/:hard?", object_refs_delete, PERM(ADD), W, SMALL, "Saved" },

	/* tags */
	{ GET, "/tags/index", tags_index, 0, R, NONE, "TagIndex" },
	{ GET, "/tags", tags_index, 0, R, NONE, "TagIndex" },
	{ GET, "/tags/view/:id", tags_view, 0, R, NONE, "TagView" },
	{ POST, "/tags/add", tags_add, PERM(TAG_EDITOR), W, SMALL, "Tag" },
	{ PP, "/tags/edit/:id", tags_edit, PERM(TAG_EDITOR), W, SMALL, "Tag" },
	{ DEL, "/tags/delete/:id", tags_delete, PERM(SITE_ADMIN), W, SMALL, "Named" },
	{ GP, "/tags/search/:name?/:strict?", tags_search, 0, R, SMALL, "TagSearch" },
	{ GET, "/tags/tagStatistics/:percentage?/:sorted?", tags_statistics, 0, R, NONE, "TagStatistics" },
	{ POST, "/tags/attachTagToObject/:uuid?/:tag?", tags_attach, PERM(TAGGER), W, SMALL, "Saved" },
	{ POST, "/tags/removeTagFromObject/:uuid?/:tag?", tags_detach, PERM(TAGGER), W, SMALL, "Saved" },

	/* sightings */
	{ POST, "/sightings/add/:attribute?", sightings_add, PERM(SIGHTING), W, SMALL, "Sighting" },
	{ GP, "/sightings/listSightings/:id?/:context?", sightings_list, 0, R, SMALL, "SightingList" },
	{ GP, "/sightings/index/:event?", sightings_index, 0, R, SMALL, "SightingList" },
	{ GP, "/sightings/restSearch/:context?", sightings_rest_search, 0, R, SMALL, "SightingSearch" },
	{ DEL, "/sightings/delete/:id", sightings_delete, PERM(SIGHTING), W, SMALL, "Saved" },

	/* warninglists */
	{ GP, "/warninglists/index", warninglists_index, 0, R, SMALL, "WarninglistIndex" },
	{ GP, "/warninglists", warninglists_index, 0, R, SMALL, "WarninglistIndex" },
	{ GET, "/warninglists/view/:id", warninglists_view, 0, R, NONE, "Warninglist" },
	{ GET, "/warninglists/export/:id", warninglists_export, 0, R, NONE, "WarninglistFile" },
	{ POST, "/warninglists/toggleEnable", warninglists_toggle, PERM(WARNINGLIST), W, SMALL, "Toggled" },
	{ POST, "/warninglists/update", warninglists_update, PERM(SITE_ADMIN), W, SMALL, "Named" },
	{ POST, "/warninglists/checkValue", warninglists_check_value, 0, R, 16u << 20, "WarninglistHits" },
	{ POST, "/warninglists/add", warninglists_add, PERM(WARNINGLIST), W, 64u << 20, "Warninglist" },
	{ POST, "/warninglists/import", warninglists_import, PERM(WARNINGLIST), W, 64u << 20, "Saved" },
	{ PP, "/warninglists/edit/:id", warninglists_edit, PERM(WARNINGLIST), W, 64u << 20, "Warninglist" },
	{ DEL, "/warninglists/delete/:id", warninglists_delete, PERM(WARNINGLIST), W, SMALL, "Saved" },

#include "api/peer_routes.inc.h"
#include "api/analyst_routes.inc.h"
#include "api/search_routes.inc.h"
#include "api/library_routes.inc.h"
#include "api/decaying_routes.inc.h"
#include "api/rules_routes.inc.h"
#include "api/protect_routes.inc.h"
#include "api/tag_collection_routes.inc.h"
#include "api/sighting_routes.inc.h"
#include "api/galaxy_file_routes.inc.h"
#include "api/login_routes.inc.h"
#include "api/object_routes.inc.h"
#include "api/settings_routes.inc.h"
#if __has_include("api/people_routes.inc.h")
#include "api/people_routes.inc.h"
#endif
#if __has_include("api/sharing_routes.inc.h")
#include "api/sharing_routes.inc.h"
#endif
#if __has_include("api/feed_routes.inc.h")
#include "api/feed_routes.inc.h"
#endif
};

const struct route *api_routes(size_t *n)
{
	*n = sizeof(routes) / sizeof(*routes);
	return routes;
}
