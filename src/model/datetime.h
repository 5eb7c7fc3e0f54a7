/* datetime.h - dates and times as people and programs write them (clock.h knows ISO 8601 only). */
#ifndef MODEL_DATETIME_H
#define MODEL_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* ISO 8601, "@seconds", RFC 2822 ("Thu, 21 Dec 2000 16:01:07 +0200"), "Dec 21 2000 16:01", "21/Dec/2000:16:01:07 +0000", "2000/12/21",
 * "21.12.2000", "12/21/2000" (month first), "20001221T160107Z", "4:05 pm". UTC when no zone is stated; *zone_min: the stated zone in
 * minutes. Not read: digits alone, words such as "yesterday". */
bool datetime_parse(struct str s, int64_t *us, int *zone_min);
/* YYYY-MM-DDTHH:MM:SS.ffffff+hhmm in that zone. */
struct str datetime_text(struct arena *a, int64_t us, int zone_min);

#endif
