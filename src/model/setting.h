/* setting.h - the settings of an instance that a site admin changes while it runs: one table with name, type, default, bounds, meaning.
 *
 * Names are MISP's where it has the setting ("MISP.live"). The values lie in the database (store/setting.h); changing one goes through
 * policy/instance_setting.h. What must be known before the database is open (addresses, folders, certificates) is no such setting but
 * configuration (cli/config.c).
 */
#ifndef MODEL_SETTING_H
#define MODEL_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum setting_type { SETTING_BOOL, SETTING_NUMBER, SETTING_TEXT };
enum setting_level { SETTING_CRITICAL, SETTING_RECOMMENDED, SETTING_OPTIONAL };
enum { SETTING_SECRET = 1 /* its value is never shown */ };

#define SETTING_ROW(id, name, type, dflt, lo, hi, options, level, flags, text) SITE_##id,
enum setting {
#include "model/settings.inc.h"
	SITE_COUNT
};
#undef SETTING_ROW

struct site_setting {
	const char *name;
	enum setting_type type;
	const char *dflt;    /* "1"/"0" for flags, digits for numbers; never NULL */
	int64_t lo, hi;      /* numbers only */
	const char *options; /* "0:text|1:text", the values allowed; NULL: all */
	enum setting_level level;
	unsigned flags;
	const char *text;    /* what it does, one sentence */
};

const struct site_setting *site_setting(enum setting s);
/* Number of the setting of a name, -1 when there is none. */
int setting_by_name(struct str name);
/* Value in its stored form: flags as "1"/"0", numbers as digits, texts as they are. False: *why says what is wrong (static text). */
bool setting_normal(enum setting s, struct str value, char *room, size_t size, struct str *out, const char **why);

#endif
