/* setting.h - values of the instance's settings (model/setting.h), read from memory.
 *
 * A unit of work begins with settings_fresh (login and the command line do it): it reads them again when another program or thread has changed
 * one, at most a second ago. From then on reading one costs nothing and cannot fail.
 */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "model/setting.h"
#include "store/store.h"

MUST_USE enum rc settings_fresh(struct ctx *cx);
/* Flags and numbers; the default when none is stored. */
bool setting_on(const struct ctx *cx, enum setting s);
int64_t setting_int(const struct ctx *cx, enum setting s);
/* Text in cx->mem. */
struct str setting_text(struct ctx *cx, enum setting s);
/* One was stored. */
bool setting_stored(const struct ctx *cx, enum setting s);

/* In a transaction: a value in its normal form; {NULL,0}: the default again. settings_changed after its commit makes this program read it at once. */
MUST_USE enum rc setting_store(struct ctx *cx, enum setting s, struct str value);
void settings_changed(struct store *st);

/* store_open and store_close. */
struct settings *settings_new(void);
void settings_free(struct settings *s);

#endif
