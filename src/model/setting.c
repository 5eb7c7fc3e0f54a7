/* setting.c - see setting.h. */
#include "model/setting.h"

#include <assert.h>
#include <stdio.h>

#define SETTING_ROW(id, name, type, dflt, lo, hi, options, level, flags, text) { name, type, dflt, lo, hi, options, level, flags, text },
static const struct site_setting rows[] = {
#include "model/settings.inc.h"
};
#undef SETTING_ROW

const struct site_setting *site_setting(enum setting s)
{
	assert(s < SITE_COUNT);
	return &rows[s];
}

int setting_by_name(struct str name)
{
	for (int i = 0; i < SITE_COUNT; i++)
		if (str_eq_nocase(name, str_c(rows[i].name)))
			return i;
	return -1;
}

static bool allowed(const char *options, struct str value)
{
	struct cur c = cur_of(str_c(options));
	struct str one, name;

	while (cur_until(&c, '|', &one)) {
		struct cur o = cur_of(one);

		if (cur_until(&o, ':', &name) && str_eq(name, value))
			return true;
	}
	return false;
}

bool setting_normal(enum setting s, struct str value, char *room, size_t size, struct str *out, const char **why)
{
	const struct site_setting *r = site_setting(s);
	struct str v = str_trim(value);
	int64_t n;

	switch (r->type) {
	case SETTING_BOOL:
		if (str_eq(v, S("1")) || str_eq_nocase(v, S("true")))
			v = S("1");
		else if (!v.n || str_eq(v, S("0")) || str_eq_nocase(v, S("false")))
			v = S("0");
		else {
			*why = "Value is not a boolean, please make sure that you either set 1 or 0.";
			return false;
		}
		break;
	case SETTING_NUMBER:
		if (!str_i64(v, &n)) {
			*why = "This setting has to be a number.";
			return false;
		}
		if (n < r->lo || n > r->hi) {
			*why = "The number is out of bounds.";
			return false;
		}
		v = str_n(room, (size_t)snprintf(room, size, "%lld", (long long)n));
		break;
	case SETTING_TEXT:
		v = value;
		break;
	}
	if (r->options && !allowed(r->options, v)) {
		*why = "The value is not one of those allowed.";
		return false;
	}
	*out = v;
	return true;
}
