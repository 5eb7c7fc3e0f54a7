/* describe_types.h - the answer of attributes/describeTypes, written from the table of attribute types (model/attr_type.h):
 * {"result": {"sane_defaults", "types", "categories", "category_type_mappings"}}. */
#ifndef FORMAT_DESCRIBE_TYPES_H
#define FORMAT_DESCRIBE_TYPES_H

#include "base/json.h"

void describe_types_write(struct jw *w);

#endif
