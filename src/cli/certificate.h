/* certificate.h - the certificate serve answers with: given files, or one made at the first start and kept in the data folder. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "cli/config.h"

/* PEM texts in cx->mem; {NULL,0} both: plain HTTP. dir: the data folder. */
MUST_USE enum rc certificate_load(struct ctx *cx, const struct config *cf, const char *dir, struct str *cert, struct str *key);

#endif
