/* clock.c - clock and civil dates. The day arithmetic is Howard Hinnant's published algorithm (days_from_civil). */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t days_of_civil(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

bool civil_valid(int year, int month, int day)
{
	static const int len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= len[month - 1] + (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)));
}

struct civil civil_of_us(int64_t us)
{
	int64_t sec = us >= 0 ? us / 1000000 : -((-us + 999999) / 1000000);
	int64_t frac = us - sec * 1000000;
	int64_t days = sec >= 0 ? sec / 86400 : -((-sec + 86399) / 86400);
	int64_t rem = sec - days * 86400;
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	return (struct civil){
		.year = (int)(yoe + era * 400 + (month <= 2)),
		.month = month,
		.day = (int)(doy - (153 * mp + 2) / 5 + 1),
		.hour = (int)(rem / 3600),
		.minute = (int)(rem / 60 % 60),
		.second = (int)(rem % 60),
		.us = (int)frac,
	};
}

int64_t civil_to_us(const struct civil *c)
{
	int64_t s = days_of_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second;

	return s * 1000000 + c->us;
}

int clock_date(int64_t us, char *out)
{
	struct civil c = civil_of_us(us);

	return snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
}

int clock_datetime(int64_t us, char *out)
{
	struct civil c = civil_of_us(us);

	return snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

int clock_iso(int64_t us, char *out)
{
	struct civil c = civil_of_us(us);

	return snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00", c.year, c.month, c.day, c.hour, c.minute,
			c.second, c.us);
}

/* n digits exactly */
static bool digits(struct cur *c, int n, int *out)
{
	int v = 0;

	if (c->end - c->p < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (!ch_digit((unsigned char)c->p[i]))
			return false;
		v = v * 10 + (c->p[i] - '0');
	}
	c->p += n;
	*out = v;
	return true;
}

static bool parse_zone(struct cur *c, int *zone)
{
	int sign, h, m = 0;

	*zone = 0;
	if (cur_end(c) || cur_take(c, S("Z")) || cur_take(c, S("z")) || cur_take(c, S(" UTC")) || cur_take(c, S(" GMT")))
		return true;
	cur_take(c, S(" "));
	if (cur_take(c, S("+")))
		sign = 1;
	else if (cur_take(c, S("-")))
		sign = -1;
	else
		return false;
	if (!digits(c, 2, &h))
		return false;
	cur_take(c, S(":"));
	if (!cur_end(c) && !digits(c, 2, &m))
		return false;
	if (h > 14 || m > 59)
		return false;
	*zone = sign * (h * 60 + m);
	return true;
}

static bool parse_clock(struct cur *c, struct civil *t)
{
	int scale = 100000;

	if (!digits(c, 2, &t->hour) || !cur_take(c, S(":")) || !digits(c, 2, &t->minute))
		return false;
	if (cur_take(c, S(":")) && !digits(c, 2, &t->second))
		return false;
	if (t->hour > 24 || t->minute > 59 || t->second > 60)
		return false;
	if (cur_take(c, S(".")) || cur_take(c, S(","))) {
		if (cur_end(c) || !ch_digit((unsigned char)*c->p))
			return false;
		for (; !cur_end(c) && ch_digit((unsigned char)*c->p); c->p++, scale /= 10)
			t->us += (*c->p - '0') * scale;
	}
	return true;
}

bool clock_parse(struct str s, int64_t *us, int *zone_min)
{
	struct civil t = { 0 };
	struct cur c;
	int zone = 0;
	int64_t v;

	s = str_trim(s);
	if (s.n && s.p[0] == '@' && str_i64(str_from(s, 1), &v) && v < INT64_MAX / 1000000 && v > INT64_MIN / 1000000) {
		*us = v * 1000000;
		goto done;
	}
	if (s.n >= 9 && str_i64(s, &v)) {
		if (s.n >= 15 && s.n <= 17)
			*us = v;
		else if (s.n <= 11)
			*us = v * 1000000;
		else
			return false;
		goto done;
	}
	c = cur_of(s);
	if (!digits(&c, 4, &t.year) || !cur_take(&c, S("-")) || !digits(&c, 2, &t.month) || !cur_take(&c, S("-")) ||
	    !digits(&c, 2, &t.day) || !civil_valid(t.year, t.month, t.day))
		return false;
	if (!cur_end(&c)) {
		if (!cur_take(&c, S("T")) && !cur_take(&c, S("t")) && !cur_take(&c, S(" ")))
			return false;
		if (!parse_clock(&c, &t) || !parse_zone(&c, &zone) || !cur_end(&c))
			return false;
	}
	*us = civil_to_us(&t) - (int64_t)zone * 60000000;
done:
	if (zone_min)
		*zone_min = zone;
	return true;
}
