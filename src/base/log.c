/* log.c - see log.h. One write(2) a line, so that lines of several threads do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

/* set again while other threads write lines */
static atomic_int level_max = LOG_L_INFO;
static atomic_bool as_json_now;
static const char *const names[] = { "error", "warn", "info", "debug" };

void log_setup(enum log_level max, bool json)
{
	atomic_store_explicit(&level_max, (int)max, memory_order_relaxed);
	atomic_store_explicit(&as_json_now, json, memory_order_relaxed);
}

bool log_level_parse(struct str s, enum log_level *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq(s, str_c(names[i]))) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

bool log_on(enum log_level l)
{
	return (int)l <= atomic_load_explicit(&level_max, memory_order_relaxed);
}

void log_line(enum log_level l, const char *room, const char *fmt, ...)
{
	char text[1024], line[3400], when[CLOCK_TEXT_MAX];
	bool as_json = atomic_load_explicit(&as_json_now, memory_order_relaxed);
	va_list ap;
	size_t n;

	if (!log_on(l))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clock_iso(clock_now_us(), when);
	n = (size_t)snprintf(line, sizeof(line), as_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"room\":\"%s\",\"text\":\"" : "%s %s %s: ",
			     when, names[l], room);
	for (const char *p = text; *p && n < sizeof(line) - 16; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(line + n, sizeof(line) - n, as_json ? "\\u%04x" : "\\x%02x", c);
		else if (as_json && (c == '"' || c == '\\')) {
			line[n++] = '\\';
			line[n++] = (char)c;
		} else
			line[n++] = (char)c;
	}
	if (as_json) {
		line[n++] = '"';
		line[n++] = '}';
	}
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
