/* clock.h - time: reading the clock, and civil dates (proleptic Gregorian, UTC) without the C library's globals.
 * The clock is read at the start of a unit of work and passed on as ctx.now_us; code below never reads it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

int64_t clock_now_us(void);  /* wall clock, microseconds since 1970 UTC */
int64_t clock_mono_us(void); /* monotonic, for durations */

struct civil {
	int year, month, day; /* 1..12, 1..31 */
	int hour, minute, second, us;
};
struct civil civil_of_us(int64_t us);
int64_t civil_to_us(const struct civil *c);       /* fields may be out of range by a day's worth */
int64_t days_of_civil(int year, int month, int day); /* days since 1970-01-01 */
bool civil_valid(int year, int month, int day);

/* Writes into out[size]; returns the length. "2020-01-31", "2020-01-31 10:11:12", "2020-01-31T10:11:12.000000+00:00". */
#define CLOCK_TEXT_MAX 40
int clock_date(int64_t us, char *out);
int clock_datetime(int64_t us, char *out);
int clock_iso(int64_t us, char *out);

/* ISO 8601 and the spellings MISP clients send: "2020-01-31", "2020-01-31T10:11:12[.ffffff][Z|+hh:mm|+hhmm]", a blank for T,
 * "@1580000000", a bare number of seconds (10 digits) or of microseconds (16 digits). UTC when no zone is stated. *zone_min gets the stated
 * zone in minutes (0 when none); may be NULL. False when it is no time. */
bool clock_parse(struct str s, int64_t *us, int *zone_min);

#endif
