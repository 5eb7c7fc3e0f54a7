/* datetime.c - a text is cut into words; each is a month, a weekday, a clock time, a zone, a whole date or a number, in any order. */
#include "model/datetime.h"

#include "base/clock.h"

struct when {
	struct civil t;
	int zone;
	bool has_day, has_month, has_year, has_time, has_zone;
};

static bool number(struct cur *c, size_t digits_max, int *out)
{
	const char *start = c->p;
	uint64_t v;

	if (!cur_number(c, 999999, &v) || (size_t)(c->p - start) > digits_max)
		return false;
	*out = (int)v;
	return true;
}

static int name_index(struct str w, const char *names, int n)
{
	if (w.n < 3)
		return -1;
	for (int i = 0; i < n; i++)
		if (str_eq_nocase(str_n(w.p, 3), str_n(names + 3 * i, 3)))
			return i;
	return -1;
}

static bool all_alpha(struct str w)
{
	for (size_t i = 0; i < w.n; i++)
		if (!ch_alpha((unsigned char)w.p[i]))
			return false;
	return w.n > 0;
}

static bool month_of(struct str w, int *out)
{
	int i = all_alpha(w) && w.n <= 9 ? name_index(w, "janfebmaraprmayjunjulaugsepoctnovdec", 12) : -1;

	*out = i + 1;
	return i >= 0;
}

static bool set_date(struct when *d, int year, int month, int day)
{
	if (d->has_year || d->has_month || d->has_day)
		return false;
	d->t.year = year;
	d->t.month = month;
	d->t.day = day;
	d->has_year = d->has_month = d->has_day = true;
	return true;
}

static bool zone_word(struct when *d, struct str w)
{
	struct cur c = cur_of(w);
	int sign, h, m = 0;

	if (d->has_zone)
		return false;
	d->has_zone = true;
	d->zone = 0;
	if (str_eq_nocase(w, S("Z")) || str_eq_nocase(w, S("UTC")) || str_eq_nocase(w, S("GMT")))
		return true;
	if (str_starts_nocase(w, S("UTC")) || str_starts_nocase(w, S("GMT")))
		c.p += 3;
	if (cur_take(&c, S("+")))
		sign = 1;
	else if (cur_take(&c, S("-")))
		sign = -1;
	else
		return false;
	if (!number(&c, 4, &h))
		return false;
	if (cur_take(&c, S(":"))) {
		if (!number(&c, 2, &m))
			return false;
	} else if (h >= 100) {
		m = h % 100;
		h /= 100;
	}
	if (!cur_end(&c) || h > 14 || m > 59)
		return false;
	d->zone = sign * (60 * h + m);
	return true;
}

/* "16:01", "16:01:07", "16:01:07.5", with a zone, "am" or "pm" directly behind. */
static bool time_word(struct when *d, struct str w)
{
	struct cur c = cur_of(w);
	struct str rest;
	int scale = 100000;

	if (d->has_time || !number(&c, 2, &d->t.hour) || !cur_take(&c, S(":")) || !number(&c, 2, &d->t.minute))
		return false;
	if (cur_take(&c, S(":")) && !number(&c, 2, &d->t.second))
		return false;
	if (cur_take(&c, S(".")) || cur_take(&c, S(",")))
		for (; !cur_end(&c) && ch_digit((unsigned char)*c.p); c.p++, scale /= 10)
			d->t.us += (*c.p - '0') * scale;
	d->has_time = true;
	if (d->t.hour > 23 || d->t.minute > 59 || d->t.second > 60)
		return false;
	rest = cur_rest(&c);
	return rest.n == 0 || zone_word(d, rest);
}

static bool half_day(struct when *d, struct str w)
{
	bool pm = str_eq_nocase(w, S("pm"));

	if (!d->has_time || d->t.hour < 1 || d->t.hour > 12 || (!pm && !str_eq_nocase(w, S("am"))))
		return false;
	d->t.hour = d->t.hour % 12 + (pm ? 12 : 0);
	return true;
}

/* Three fields between "/", "-" or ".": year first when it has four digits, else day first ("/" with numbers: month first). */
static bool date_word(struct when *d, struct str w)
{
	struct str f[3], rest = w;
	int v[3], month;
	char sep = 0;
	struct cur c;

	for (int i = 0; i < 3; i++) {
		size_t n = 0;

		while (n < rest.n && ch_alnum((unsigned char)rest.p[n]))
			n++;
		if (n == 0 || (i < 2 && (n == rest.n || !strchr("/-.", rest.p[n]) || (i && rest.p[n] != sep))))
			return false;
		f[i] = str_n(rest.p, n);
		if (i == 0)
			sep = rest.p[n];
		rest = str_from(rest, i < 2 ? n + 1 : n);
	}
	if (rest.n > 1 && rest.p[0] == ':') { /* as in web server logs */
		if (!time_word(d, str_from(rest, 1)))
			return false;
	} else if (rest.n) {
		return false;
	}
	for (int i = 0; i < 3; i++) {
		c = cur_of(f[i]);
		if (i == 1 && month_of(f[i], &month))
			v[i] = month;
		else if (!number(&c, 4, &v[i]) || !cur_end(&c))
			return false;
	}
	if (f[0].n == 4)
		return set_date(d, v[0], v[1], v[2]);
	if (f[2].n != 4)
		return false;
	if (sep == '/' && ch_digit((unsigned char)f[1].p[0]))
		return set_date(d, v[2], v[0], v[1]);
	return set_date(d, v[2], v[1], v[0]);
}

/* "20001221T160107Z" */
static bool basic_word(struct when *d, struct str w)
{
	uint64_t date, time;

	if (w.n < 15 || (w.p[8] | 0x20) != 't' || !str_u64(str_n(w.p, 8), &date) || !str_u64(str_sub(w, 9, 6), &time) || d->has_time)
		return false;
	d->t.hour = (int)(time / 10000);
	d->t.minute = (int)(time / 100 % 100);
	d->t.second = (int)(time % 100);
	d->has_time = true;
	return d->t.hour <= 23 && d->t.minute <= 59 && d->t.second <= 60 &&
	       set_date(d, (int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100)) &&
	       (w.n == 15 || zone_word(d, str_from(w, 15)));
}

static bool number_word(struct when *d, struct str w)
{
	struct cur c = cur_of(w);
	int v;

	if (!number(&c, 4, &v))
		return false;
	if (!cur_end(&c) && !str_eq_nocase(cur_rest(&c), S("st")) && !str_eq_nocase(cur_rest(&c), S("nd")) &&
	    !str_eq_nocase(cur_rest(&c), S("rd")) && !str_eq_nocase(cur_rest(&c), S("th")))
		return false;
	if (c.p - w.p == 4 && !d->has_year) {
		d->t.year = v;
		return d->has_year = true;
	}
	if (c.p - w.p <= 2 && !d->has_day) {
		d->t.day = v;
		return d->has_day = true;
	}
	return false;
}

static bool word(struct when *d, struct str w)
{
	struct when before = *d;
	int month;

	if (month_of(w, &month) && !d->has_month) {
		d->t.month = month;
		return d->has_month = true;
	}
	if (all_alpha(w) && w.n <= 9 && name_index(w, "montuewedthufrisatsun", 7) >= 0)
		return true;
	static bool (*const forms[])(struct when *, struct str) = { number_word, time_word, date_word, basic_word, half_day, zone_word };

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		*d = before;
		if (forms[i](d, w))
			return true;
	}
	return false;
}

bool datetime_parse(struct str s, int64_t *us, int *zone_min)
{
	struct when d = { 0 };
	struct cur c;
	struct str w;
	uint64_t bare;

	s = str_trim(s);
	if (s.n == 0 || s.n > 64 || str_u64(s, &bare))
		return false;
	if (clock_parse(s, us, zone_min))
		return true;
	for (c = cur_of(s); cur_word(&c, 64, &w);) {
		if (w.p[w.n - 1] == ',')
			w.n--;
		if (!word(&d, w))
			return false;
	}
	if (!d.has_year || !d.has_month || !d.has_day || !civil_valid(d.t.year, d.t.month, d.t.day))
		return false;
	*us = civil_to_us(&d.t) - (int64_t)d.zone * 60000000;
	if (zone_min)
		*zone_min = d.zone;
	return true;
}

struct str datetime_text(struct arena *a, int64_t us, int zone_min)
{
	struct civil t = civil_of_us(us + (int64_t)zone_min * 60000000);
	int z = zone_min < 0 ? -zone_min : zone_min;

	return str_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d.%06d%c%02d%02d", t.year, t.month, t.day, t.hour, t.minute, t.second, t.us,
		       zone_min < 0 ? '-' : '+', z / 60, z % 60);
}
