/* downloads.h - handlers of the export paths that came before restSearch. */
#ifndef API_DOWNLOADS_H
#define API_DOWNLOADS_H

#include "api/api.h"

route_fn events_csv_download, events_xml_download, events_hids_download, attributes_text_download, attributes_return_attributes, events_export;

#endif
