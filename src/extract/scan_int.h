/* scan_int.h - what the free-text reader shares with the scanner. */
#ifndef EXTRACT_SCAN_INT_H
#define EXTRACT_SCAN_INT_H

#include "extract/scan.h"

/* scan_text for lines of a feed: no roles, a bare name alone on its line is a host rather than a file ("evil.zip"). */
bool scan_entries(struct arena *a, struct str text, bool csv, found_fn *fn, void *arg);
/* Comma-separated: the first lines that are not blank have the same number of commas outside quotes, or nearly so. */
bool scan_is_csv(struct str text);

#endif
