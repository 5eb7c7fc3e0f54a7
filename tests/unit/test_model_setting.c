/* Settings of the instance: the table is sound, values take their normal form or are refused. */
#include "model/setting.h"

#include "tap.h"

static void table(void)
{
	for (int i = 0; i < SITE_COUNT; i++) {
		const struct site_setting *r = site_setting(i);
		const char *why = "";
		char room[32];
		struct str v;

		CHECKF(setting_by_name(str_c(r->name)) == i, "%s is found, and only once", r->name);
		CHECKF(setting_normal(i, str_c(r->dflt), room, sizeof(room), &v, &why) && str_eq(v, str_c(r->dflt)), "default of %s: %s", r->name, why);
		CHECKF(r->text && str_ends(str_c(r->text), S(".")), "%s says what it does", r->name);
	}
	CHECK(setting_by_name(S("MISP.nothing")) == -1);
	CHECK(setting_by_name(S("misp.LIVE")) == SITE_LIVE);
}

static void values(void)
{
	static const struct {
		enum setting s;
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{ SITE_LIVE, "true", "1" }, { SITE_LIVE, " FALSE ", "0" }, { SITE_LIVE, "", "0" }, { SITE_LIVE, "2", NULL }, { SITE_LIVE, "yes", NULL },
		{ SITE_PASSWORD_LENGTH, "12", "12" }, { SITE_PASSWORD_LENGTH, "5", NULL }, { SITE_PASSWORD_LENGTH, "129", NULL },
		{ SITE_PASSWORD_LENGTH, "", NULL }, { SITE_PASSWORD_LENGTH, "12a", NULL }, { SITE_PASSWORD_LENGTH, "99999999999999999999", NULL },
		{ SITE_SIGHTINGS_POLICY, "3", "3" }, { SITE_SIGHTINGS_POLICY, "4", NULL }, { SITE_ATTRIBUTE_DISTRIBUTION, "event", "event" },
		{ SITE_ATTRIBUTE_DISTRIBUTION, "4", NULL }, { SITE_CONTACT, " x ", " x " }, { SITE_CONTACT, "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *why = NULL;
		char room[32];
		struct str v;
		bool good = setting_normal(cases[i].s, str_c(cases[i].in), room, sizeof(room), &v, &why);

		CHECKF(good == (cases[i].out != NULL) && (good ? str_eq(v, str_c(cases[i].out)) : why != NULL), "%s = '%s'", site_setting(cases[i].s)->name,
			cases[i].in);
	}
}

int main(void)
{
	table();
	values();
	return tap_done();
}
