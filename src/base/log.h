/* log.h - one event, one line on standard error: time, level, room, text, then key=value fields.
 * Used by api, jobs, cli and main only (rows 6 and 7); lower rooms return failures. Never a secret, never a whole body. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_L_ERROR, LOG_L_WARN, LOG_L_INFO, LOG_L_DEBUG };

void log_setup(enum log_level max, bool json);
bool log_level_parse(struct str s, enum log_level *out);
bool log_on(enum log_level l);
/* text is a format; control characters in the result are escaped. */
void log_line(enum log_level l, const char *room, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_error(room, ...) log_line(LOG_L_ERROR, room, __VA_ARGS__)
#define log_warn(room, ...) log_line(LOG_L_WARN, room, __VA_ARGS__)
#define log_info(room, ...) log_line(LOG_L_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) \
	do { \
		if (log_on(LOG_L_DEBUG)) \
			log_line(LOG_L_DEBUG, room, __VA_ARGS__); \
	} while (0)

#endif
