/* form.h - a body of plain members into a struct of texts (struct user_form and the like): one table a form.
 *
 *     static const struct form_field fields[] = { { "email", offsetof(struct user_form, email) }, ... };
 *     struct user_form f = { 0 };
 *     TRY(api_form(rq, "User", fields, sizeof(fields) / sizeof(*fields), &f));
 */
#ifndef API_FORM_H
#define API_FORM_H

#include <stddef.h>

#include "api/api.h"

struct form_field {
	const char *name;
	size_t at; /* of a struct str in the form */
};
/* What was not sent is left alone; null becomes ""; lists and objects are taken as JSON text. Texts in cx->mem or the body. RC_BAD for malformed JSON. */
MUST_USE enum rc api_form(struct req *rq, const char *wrapper, const struct form_field *t, size_t n, void *form);
#define API_FORM(rq, wrapper, table, form) api_form((rq), (wrapper), (table), sizeof(table) / sizeof(*(table)), (form))

#endif
