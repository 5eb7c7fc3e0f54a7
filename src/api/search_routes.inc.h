/* search_routes.inc.h - rows of the route table for the old export paths; included by routes.c. */
{ HTTP_GET | HTTP_POST, "/events/csv/download/:event?/:ignore?/:tags?/:category?/:type?/:context?/:from?/:to?", events_csv_download, 0, ROUTE_READ, 1 << 20, "Download" },
{ HTTP_GET | HTTP_POST, "/events/xml/download/:event?/:attachment?/:tags?/:from?/:to?/:last?", events_xml_download, 0, ROUTE_READ, 1 << 20, "Download" },
{ HTTP_GET | HTTP_POST, "/events/hids/:type/download/:tags?/:from?/:to?/:last?", events_hids_download, 0, ROUTE_READ, 1 << 20, "Download" },
{ HTTP_GET | HTTP_POST, "/attributes/text/download/:type?/:tags?/:event?/:allow?/:from?/:to?/:last?", attributes_text_download, 0, ROUTE_READ, 1 << 20, "Download" },
{ HTTP_GET | HTTP_POST, "/attributes/returnAttributes/:format?/:id?/:type?/:signature?", attributes_return_attributes, 0, ROUTE_READ, 1 << 20, "Download" },
{ HTTP_GET, "/events/export", events_export, 0, ROUTE_READ, 0, "ExportList" },
{ HTTP_GET | HTTP_POST, "/attributes/search", attributes_rest_search, 0, ROUTE_READ, 1 << 20, "AttributeSearch" },
