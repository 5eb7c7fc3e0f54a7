/* describe.c - what a GET on an add or edit action answers: a description of the call. Peers look there whether a description is to be had. */
#include "api/api_int.h"

#define EVENT_OPTIONAL "threat_level_id analysis distribution sharing_group_id date published uuid timestamp extends_uuid Attribute Object EventReport Tag"
#define ATTR_OPTIONAL "category to_ids distribution sharing_group_id comment uuid first_seen last_seen disable_correlation Tag"
#define OBJECT_OPTIONAL \
	"meta-category description template_uuid template_version distribution sharing_group_id comment uuid first_seen last_seen ObjectReference"
#define TAG_OPTIONAL "colour exportable hide_tag org_id user_id local_only numerical_value"
#define USER_OPTIONAL "password role_id org_id change_pw termsaccepted disabled expiration autoalert contactalert gpgkey certif_public nids_sid"
#define ORG_OPTIONAL "description type nationality sector uuid contacts local restricted_to_domain landingpage"
#define KEY_OPTIONAL "comment expiration allowed_ips read_only uuid"
#define LIST_OPTIONAL "description type category matching_attributes"
#define GROUP_OPTIONAL "description active roaming uuid SharingGroupOrg SharingGroupServer"
#define FEED_OPTIONAL \
	"source_format enabled distribution sharing_group_id tag_id default fixed_event delta_merge event_id publish override_ids settings rules headers " \
	"input_source delete_local_file lookup_visible caching_enabled orgc_id tag_collection_id"

static const struct description table[] = {
	{ "/events/add", "POST an event in JSON to this call to create it.", "info", EVENT_OPTIONAL, "" },
	{ "/events/edit", "POST an event in JSON, or the parts of it that change, to this call to edit it.", "", "info " EVENT_OPTIONAL, "event_id" },
	{ "/attributes/add", "POST an attribute in JSON, or a list of them, to this call to add it to an event.", "type value", ATTR_OPTIONAL, "event_id" },
	{ "/attributes/edit", "POST the fields of an attribute that change to this call to edit it.", "", "type value " ATTR_OPTIONAL, "attribute_id" },
	{ "/objects/add", "POST an object in JSON with its attributes to this call to add it to an event.", "name Attribute", OBJECT_OPTIONAL,
	  "event_id template_id" },
	{ "/objects/edit", "POST an object in JSON, or the parts of it that change, to this call to edit it.", "", "name Attribute " OBJECT_OPTIONAL,
	  "object_id" },
	{ "/objectReferences/add", "POST the two ends of a reference to this call to add it.", "object_uuid referenced_uuid relationship_type", "comment uuid",
	  "object_id" },
	{ "/tags/add", "POST a tag in JSON to this call to create it.", "name", TAG_OPTIONAL, "" },
	{ "/tags/edit", "POST the fields of a tag that change to this call to edit it.", "", "name " TAG_OPTIONAL, "tag_id" },
	{ "/sightings/add", "POST values, or an attribute's id or uuid, to this call to add a sighting.", "", "value values id uuid type source timestamp",
	  "attribute_id" },
	{ "/warninglists/add", "POST a warninglist to this call to create it.", "name entries", LIST_OPTIONAL, "" },
	{ "/warninglists/edit", "POST the fields of a warninglist that change to this call to edit it.", "", "name entries " LIST_OPTIONAL, "warninglist_id" },
	{ "/sharing_groups/add", "POST a sharing group in JSON to this call to create it.", "name releasability", GROUP_OPTIONAL, "" },
	{ "/sharing_groups/edit", "POST the fields of a sharing group that change to this call to edit it.", "", "name releasability " GROUP_OPTIONAL,
	  "sharing_group_id" },
	{ "/event_blocklists/add", "POST a list of uuids to this call to add them to the blocklist.", "uuids", "event_info event_orgc comment", "" },
	{ "/event_blocklists/edit", "POST the fields of a blocklist entry that change to this call to edit it.", "", "event_info event_orgc comment", "id" },
	{ "/org_blocklists/add", "POST a list of uuids to this call to add them to the blocklist.", "uuids", "org_name comment", "" },
	{ "/org_blocklists/edit", "POST the fields of a blocklist entry that change to this call to edit it.", "", "org_name comment", "id" },
	{ "/sighting_blocklists/add", "POST a list of uuids to this call to add them to the blocklist.", "uuids", "org_name comment", "" },
	{ "/sighting_blocklists/edit", "POST the fields of a blocklist entry that change to this call to edit it.", "", "org_name comment", "id" },
	{ "/shadow_attributes/add", "POST an attribute in JSON to this call to propose it for an event.", "type value",
	  "category to_ids comment uuid first_seen last_seen", "event_id" },
	{ "/shadow_attributes/edit", "POST the fields of an attribute that should change to this call to propose that.", "",
	  "type category value to_ids comment first_seen last_seen", "attribute_id" },
	{ "/analyst_data/add", "POST a note, an opinion or a relationship in JSON to this call to add it to something by its uuid.", "",
	  "note opinion comment related_object_uuid related_object_type relationship_type object_uuid object_type language authors distribution sharing_group_id uuid",
	  "type object_uuid object_type" },
	{ "/analyst_data/edit", "POST the fields of a note, an opinion or a relationship that change to this call to edit it.", "",
	  "note opinion comment related_object_uuid related_object_type relationship_type language authors distribution sharing_group_id", "type id" },
	{ "/analyst_data_blocklists/add", "POST a list of uuids to this call to add them to the blocklist.", "uuids",
	  "analyst_data_info analyst_data_orgc comment", "" },
	{ "/analyst_data_blocklists/edit", "POST the fields of a blocklist entry that change to this call to edit it.", "",
	  "analyst_data_info analyst_data_orgc comment", "id" },
	{ "/collections/add", "POST a collection in JSON to this call to create it.", "name", "type description distribution sharing_group_id uuid CollectionElement",
	  "" },
	{ "/collections/edit", "POST the fields of a collection that change to this call to edit it.", "",
	  "name type description distribution sharing_group_id CollectionElement", "collection_id" },
	{ "/collection_elements/add", "POST an event's or a cluster's uuid to this call to put it into a collection.", "element_uuid",
	  "element_type description uuid", "collection_id" },
	{ "/event_graph/add", "POST a layout of the event's graph to this call to keep it.", "network_json", "network_name preview_img", "event_id" },
	{ "/event_reports/add", "POST a report in JSON to this call to add it to an event.", "name", "content distribution sharing_group_id uuid", "event_id" },
	{ "/event_reports/edit", "POST the fields of a report that change to this call to edit it.", "", "name content distribution sharing_group_id",
	  "report_id" },
	{ "/feeds/add", "POST a feed in JSON to this call to create it.", "name provider url", FEED_OPTIONAL, "" },
	{ "/feeds/edit", "POST the fields of a feed that change to this call to edit it.", "", "name provider url " FEED_OPTIONAL, "feed_id" },
	{ "/auth_keys/add", "POST the fields of a key to this call to create it.", "", KEY_OPTIONAL, "user_id" },
	{ "/auth_keys/edit", "POST the fields of a key that change to this call to edit it.", "", KEY_OPTIONAL, "auth_key_id" },
	{ "/users/edit", "POST the fields of a user that change to this call to edit it.", "", "email " USER_OPTIONAL, "user_id" },
	{ "/admin/users/add", "POST a user in JSON to this call to create it.", "email", USER_OPTIONAL, "" },
	{ "/admin/users/edit", "POST the fields of a user that change to this call to edit it.", "", "email " USER_OPTIONAL, "user_id" },
	{ "/admin/organisations/add", "POST an organisation in JSON to this call to create it.", "name", ORG_OPTIONAL, "" },
	{ "/admin/organisations/edit", "POST the fields of an organisation that change to this call to edit it.", "", "name " ORG_OPTIONAL, "org_id" },
	{ "/admin/roles/add", "POST a role in JSON to this call to create it.", "name", "permission perm_* default_role", "" },
	{ "/admin/roles/edit", "POST the fields of a role that change to this call to edit it.", "", "name permission perm_* default_role", "role_id" },
};

/* names of controllers are compared as the router does: without regard to case and underscores */
static bool same_name(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && a.p[i] == '_')
			i++;
		while (j < b.n && b.p[j] == '_')
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (ch_to_lower((unsigned char)a.p[i++]) != ch_to_lower((unsigned char)b.p[j++]))
			return false;
	}
}

static bool is_path(const struct req *rq, const char *path)
{
	struct cur c = cur_of(str_c(path + 1));
	struct str piece;
	size_t i = 0;

	while (cur_until(&c, '/', &piece)) {
		if (i == rq->nseg || !same_name(rq->seg[i], piece))
			return false;
		i++;
	}
	return true;
}

static void names(struct jw *w, const char *key, const char *list)
{
	struct cur c = cur_of(str_c(list));
	struct str name;

	jw_key(w, key);
	jw_arr(w);
	while (*list && cur_until(&c, ' ', &name))
		jw_str(w, name);
	jw_arr_end(w);
}

const struct description *api_descriptions(size_t *n)
{
	*n = sizeof(table) / sizeof(*table);
	return table;
}

bool api_describe(struct req *rq, struct resp *rs)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct description *d = &table[i];
		struct jw w;

		if (!is_path(rq, d->path))
			continue;
		w = api_json(rq, rs);
		jw_obj(&w);
		jw_kstr(&w, "name", str_fmt(rq->cx->mem, "%s API description", d->path));
		jw_kstr(&w, "description", str_c(d->text));
		names(&w, "mandatory_fields", d->mandatory);
		names(&w, "optional_fields", d->optional);
		names(&w, "params", d->params);
		jw_kstr(&w, "http_method", S("POST"));
		jw_kstr(&w, "url", str_c(d->path));
		jw_obj_end(&w);
		return true;
	}
	return false;
}
