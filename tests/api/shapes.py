"""Skeletons of the answers (see harness.shape_errors). Ids, counts and times are strings, flags are booleans."""

ERROR = {"name": "str", "message": "str", "url": "str", "code?": "int", "saved?": "bool", "errors?": "any"}

VERSION = {
    "version": "str", "pymisp_recommended_version": "str", "perm_sync": "bool", "perm_sighting": "bool",
    "perm_galaxy_editor": "bool",
    "perm_analyst_data": "bool", "uuid": "str", "request_encoding": ["str"], "filter_sightings": "bool",
}

ORG_SHORT = {"id": "id", "name": "str", "uuid": "uuid", "local?": "bool"}

# Tag.local is a boolean in most answers and a number in some; numerical_value is null or a number
TAG_IN_EVENT = {
    "id": "id", "name": "str", "colour": "str", "exportable": "bool", "user_id": "id", "hide_tag": "bool",
    "numerical_value": "null/int",
    "is_galaxy": "bool", "is_custom_galaxy": "bool", "local_only": "bool", "local": "bool/int",
    "relationship_type": "null/str",
}

SIGHTING = {
    "id": "id", "attribute_id": "id", "event_id": "id", "org_id": "id", "date_sighting": "time", "uuid": "uuid",
    "source": "str", "type": "str",
}
SIGHTING_IN_ATTRIBUTE = {**SIGHTING, "attribute_uuid": "uuid", "Organisation": {"id": "id", "uuid": "uuid",
    "name": "str"}}

WARNING = {"value": "str", "match": "str", "warninglist_id": "int/str", "warninglist_name": "str",
    "warninglist_category": "str"}

_ATTRIBUTE = {
    "id": "id", "type": "str", "category": "str", "to_ids": "bool", "uuid": "uuid", "event_id": "id",
    "distribution": "id", "timestamp": "time",
    "comment": "str", "sharing_group_id": "id", "deleted": "bool", "disable_correlation": "bool", "object_id": "id",
    "object_relation": "null/str", "first_seen": "null/str", "last_seen": "null/str", "value": "str",
}

# value1 and value2 never stand in an event; Tag, Sighting, SharingGroup only when there is one
ATTRIBUTE_IN_EVENT = {
    **_ATTRIBUTE, "Galaxy": [], "ShadowAttribute": [], "Tag?": [TAG_IN_EVENT], "Sighting?": [SIGHTING_IN_ATTRIBUTE],
    "SharingGroup?": "any",
    "warnings?": [WARNING], "data?": "str", "RelatedAttribute?": [],
}
# answers of attributes/add, edit, restore
ATTRIBUTE = {
    **_ATTRIBUTE, "value1?": "str", "value2?": "str", "Tag?": [], "Galaxy?": [], "ShadowAttribute?": [],
    "Sighting?": [], "AttributeTag?": [],
    "event_uuid?": "uuid", "SharingGroup?": "any",
}
ATTRIBUTE_VIEW = {**_ATTRIBUTE, "event_uuid": "uuid", "Tag?": [], "Sighting?": [], "Galaxy?": [],
    "ShadowAttribute?": [], "SharingGroup?": "any"}
ATTRIBUTE_IN_SEARCH = {
    **_ATTRIBUTE, "Event?": "any", "Tag?": [], "Sighting?": [], "RelatedAttribute?": [], "event_uuid?": "uuid",
    "decay_score?": [], "Galaxy?": [],
    "data?": "str", "Object?": "any", "warnings?": [WARNING], "SharingGroup?": "any",
}

_OBJECT = {
    "id": "id", "name": "str", "meta-category": "str", "description": "str", "template_uuid": "uuid",
    "template_version": "id", "event_id": "id",
    "uuid": "uuid", "timestamp": "time", "distribution": "id", "sharing_group_id": "id", "comment": "str",
    "deleted": "bool",
    "first_seen": "null/str", "last_seen": "null/str",
}
REFERENCE_IN_EVENT = {
    "id": "id", "uuid": "uuid", "timestamp": "time", "object_id": "id", "referenced_uuid": "uuid",
    "referenced_id": "id", "referenced_type": "id",
    "relationship_type": "str", "comment": "str", "deleted": "bool", "event_id": "id", "source_uuid": "uuid",
    "Object?": "any", "Attribute?": "any",
}
OBJECT_IN_EVENT = {
    **_OBJECT, "ObjectReference": [REFERENCE_IN_EVENT], "Attribute": [{**ATTRIBUTE_IN_EVENT,
    "object_relation": "str"}], "SharingGroup?": "any",
}
# answers of objects/add, edit, view: attributes carry value1 and value2 too
OBJECT = {
    **_OBJECT, "Attribute": [{**ATTRIBUTE, "object_relation": "str"}], "ObjectReference?": [], "Event?": "any",
    "SharingGroup?": "any",
}

_EVENT = {
    "id": "id", "orgc_id": "id", "org_id": "id", "date": "str", "threat_level_id": "id", "info": "str",
    "published": "bool", "uuid": "uuid",
    "attribute_count": "id", "analysis": "id", "timestamp": "time", "distribution": "id",
    "proposal_email_lock": "bool", "locked": "bool",
    "publish_timestamp": "time", "sharing_group_id": "id", "disable_correlation": "bool", "extends_uuid": "str",
    "protected": "null/bool",
    "event_creator_email?": "str",
}
RELATED_EVENT = {"Event": {
    "id": "id", "date": "str", "threat_level_id": "id", "info": "str", "published": "bool", "uuid": "uuid",
    "analysis": "id", "timestamp": "time",
    "distribution": "id", "org_id": "id", "orgc_id": "id", "Org": ORG_SHORT, "Orgc": ORG_SHORT},
    "RelationshipInbound?": []}

# Galaxy, ShadowAttribute, RelatedEvent, Object, EventReport, CryptographicKey are always arrays; no Tag key when there
# is no tag
EVENT = {
    **_EVENT, "Org": ORG_SHORT, "Orgc": ORG_SHORT, "Attribute": [ATTRIBUTE_IN_EVENT], "ShadowAttribute": [],
    "RelatedEvent": [RELATED_EVENT],
    "Galaxy": [], "Object": [OBJECT_IN_EVENT], "EventReport": [], "CryptographicKey": [], "Tag?": [TAG_IN_EVENT],
    "SharingGroup?": "any",
    "Note?": [], "Opinion?": [], "Relationship?": [], "RelationshipInbound?": [],
}
# metadata:1
EVENT_BARE = {**_EVENT, "Org": ORG_SHORT, "Orgc": ORG_SHORT, "RelatedEvent": [RELATED_EVENT], "Galaxy": [],
    "CryptographicKey": [],
              "Tag?": [TAG_IN_EVENT], "SharingGroup?": "any"}
EVENT_IN_INDEX = {
    "id": "id", "org_id": "id", "date": "str", "info": "str", "uuid": "uuid", "published": "bool", "analysis": "id",
    "attribute_count": "id",
    "orgc_id": "id", "timestamp": "time", "distribution": "id", "sharing_group_id": "id",
    "proposal_email_lock": "bool", "locked": "bool",
    "threat_level_id": "id", "publish_timestamp": "time", "sighting_timestamp": "time", "disable_correlation": "bool",
    "extends_uuid": "str",
    "protected": "null/bool", "Org": ORG_SHORT, "Orgc": ORG_SHORT, "GalaxyCluster?": [], "SharingGroup?": "any",
    "event_creator_email?": "str",
    "EventTag": [{"id": "id", "event_id": "id", "tag_id": "id", "local": "bool", "relationship_type": "null/str",
                  "Tag": {"id": "id", "name": "str", "colour": "str", "is_galaxy": "bool"}}],
}
EVENT_MINIMAL = {"id": "id", "timestamp": "time", "sighting_timestamp": "time", "published": "bool", "uuid": "uuid",
    "orgc_uuid": "uuid"}

TAG = {
    "id": "id", "name": "str", "colour": "str", "exportable": "bool", "org_id": "id", "user_id": "id",
    "hide_tag": "bool",
    "numerical_value": "null/int/str", "is_galaxy": "bool", "is_custom_galaxy": "bool", "local_only": "bool",
}
TAG_COUNTED = {**TAG, "count": "int", "attribute_count": "int", "favourite?": "bool"}

PERMISSIONS = {
    f"perm_{p}": "bool"
    for p in ("add modify modify_org publish delegate sync admin audit auth site_admin regexp_access tagger template "
              "sharing_group tag_editor sighting object_template publish_zmq publish_kafka decaying galaxy_editor "
              "warninglist view_feed_correlations analyst_data skip_otp").split()
}
USER_ME = {
    "User": {"id": "id", "password": "str", "org_id": "id", "email": "str", "autoalert": "bool", "invited_by": "id",
    "gpgkey": "null/str",
             "certif_public": "null/str", "nids_sid": "id", "termsaccepted": "bool", "newsread": "str",
             "role_id": "id", "change_pw": "bool",
             "contactalert": "bool", "disabled": "bool", "expiration": "null/str", "current_login": "str",
             "last_login": "str",
             "force_logout": "bool", "date_created": "null/str", "date_modified": "str", "sub": "null/str",
             "external_auth_required": "bool",
             "external_auth_key": "null/str", "last_api_access": "str", "notification_daily": "bool",
             "notification_weekly": "bool",
             "notification_monthly": "bool", "totp": "null/str", "hotp_counter": "null/str",
             "last_pw_change": "null/str", "totp_is_set?": "str/bool",
             "server_id?": "id"},
    "Role": {
        "id": "id", "name": "str", "created": "null/str", "modified": "null/str", **PERMISSIONS, "default_role": "bool",
        "memory_limit": "null/str", "max_execution_time": "null/str", "restricted_to_site_admin": "bool",
        "enforce_rate_limit": "bool", "rate_limit_count": "id", "permission": "id", "permission_description": "str"},
    "UserSetting": "any",
    "Organisation": {"id": "id", "name": "str", "date_created": "null/str", "date_modified": "null/str",
    "description": "null/str",
                     "type": "null/str", "nationality": "null/str", "sector": "null/str", "created_by": "id",
                     "uuid": "uuid",
                     "contacts": "null/str", "local": "bool", "restricted_to_domain": "any", "landingpage": "null/str"},
}
