/* instance_setting.h - changing the settings of the instance (model/setting.h): site admins only, audited with the old and the new value. */
#ifndef POLICY_INSTANCE_SETTING_H
#define POLICY_INSTANCE_SETTING_H

#include "store/setting.h"

/* The setting of a name; RC_NOTFOUND "Setting X is invalid.". A secret one: RC_DENIED when it is to be shown. */
MUST_USE enum rc instance_setting_find(struct ctx *cx, struct str name, bool show, enum setting *out);
/* Own transaction. RC_INVALID with the reason for a value that is not allowed. */
MUST_USE enum rc instance_setting_edit(struct ctx *cx, enum setting s, struct str value);

#endif
