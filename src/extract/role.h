/* role.h - is a URL or host that stands undisguised in a report one of its own links? The rules are in scan.h. */
#ifndef EXTRACT_ROLE_H
#define EXTRACT_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct role {
	bool plain_is_reference; /* the document disguises its indicators */
	bool section;            /* under a heading such as References */
	struct str t;            /* block being read */
	size_t done;             /* lines before this offset were looked at */
	size_t looked;           /* no line ends between done and here */
};

/* Looks over the whole document once. */
void role_init(struct role *r, struct str document);
/* The next block of it; starts at a line's start. */
void role_block(struct role *r, struct str block);
enum role_form { FORM_HOST, FORM_PATH /* URL without a scheme */, FORM_URL, FORM_EMAIL };
/* For a finding [from, to) of the block that is not disguised; host in lower case; asked in ascending order. */
bool role_is_reference(struct role *r, size_t from, size_t to, struct str host, enum role_form form);

#endif
