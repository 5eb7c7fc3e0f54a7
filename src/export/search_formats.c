/* search_formats.c - the registry of formats that searches answer in. A new one is a row here, a function in a file of its own, a test. */
#include "export/search_doc_int.h"

#define ATTRS SEARCH_ATTRIBUTES
#define EVENTS SEARCH_EVENTS
#define OBJECTS SEARCH_OBJECTS
#define JSON "application/json; charset=UTF-8"
#define PLAIN "text/plain; charset=UTF-8"
#define HTML "text/html; charset=UTF-8"

static const struct search_format formats[] = {
	{ "json", ATTRS | EVENTS | OBJECTS, JSON, false, false, false, write_json, "MISP JSON" },
	{ "xml", ATTRS | EVENTS | OBJECTS, "application/xml; charset=UTF-8", false, false, false, write_xml, "the same as XML" },
	{ "csv", ATTRS | EVENTS, "text/csv; charset=UTF-8", false, true, false, write_csv, "comma-separated values, one attribute a line" },
	{ "text", ATTRS | EVENTS, PLAIN, true, false, true, write_text, "each value once, one a line, for detection" },
	{ "values", ATTRS | EVENTS, PLAIN, false, false, true, write_text, "each value once, one a line, of all that was found" },
	{ "hashes", ATTRS | EVENTS, PLAIN, true, false, true, write_hashes, "each hash once, one a line, for detection" },
	{ "cache", ATTRS | EVENTS, PLAIN, false, false, true, write_cache, "a hash of each value, with includeEventUuid the event's uuid behind it" },
	{ "count", ATTRS | EVENTS | OBJECTS, PLAIN, false, false, false, write_count, "how many were found" },
	{ "context", EVENTS, HTML, false, false, false, write_context, "tags and galaxy clusters of what was found, as a page" },
	{ "context-markdown", EVENTS, "text/markdown; charset=UTF-8", false, false, false, write_markdown, "the same as Markdown" },
	{ "attack", EVENTS, HTML, false, false, false, write_attack, "matrix of a galaxy (attackGalaxy), scored by events, as a page" },
	{ "attack-sightings", ATTRS | EVENTS, JSON, false, false, false, write_attack_sightings, "sightings of MITRE ATT&CK techniques" },
};

const struct search_format *search_format_find(struct str name, enum search_what what)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (str_eq(str_c(formats[i].name), name) && (formats[i].what & what))
			return &formats[i];
	return NULL;
}

const struct search_format *search_format_at(size_t i)
{
	return i < sizeof(formats) / sizeof(*formats) ? &formats[i] : NULL;
}
