/* the type table: look-ups, numbers, what follows from other columns */
#include "model/attr_type.h"
#include "unit/tap.h"

static void lookups(void)
{
	size_t wrong = 0, composite = 0, to_ids = 0, pairs = 0, only_newer = 0;

	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		const struct attr_type *t = attr_type_at(i);

		wrong += t->id != (int)i + 1 || attr_type_find(t->name) != t || attr_type_by_id(t->id) != t;
		wrong += !attr_type_in_cat(t, t->cat_default);
		wrong += t->composite != (str_chr(t->name, '|') != STR_NONE || str_eq(t->name, S("malware-sample")));
		wrong += !t->composite && (t->hex2 || t->kind2 != VK_NONE);
		composite += t->composite;
		to_ids += t->to_ids;
		only_newer += !t->in_251;
		pairs += (size_t)__builtin_popcount(t->cats);
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(composite, 25);
	CHECK_INT(to_ids, 96);
	CHECK_INT(pairs, 486);
	CHECK_INT(only_newer, 3);
	CHECK(!attr_type_find(S("")) && !attr_type_find(S("MD5")) && !attr_type_find(S("md5 ")) && !attr_type_find(S("ip")));
	CHECK(!attr_type_by_id(0) && !attr_type_by_id(-1) && !attr_type_by_id(195));
	CHECK_INT(attr_type_find(S("AS"))->id, 3); /* stored numbers never change */
	CHECK_INT(attr_type_find(S("md5"))->id, 108);
	CHECK_INT(attr_type_find(S("zeek"))->id, 194);
	CHECK(cat_find(S("Network activity")) == 7 && cat_find(S("network activity")) == -1 && cat_find(S("")) == -1);
	CHECK_STR(cat_name(15), S("Other"));
	CHECK(!attr_type_in_cat(attr_type_find(S("md5")), -1) && !attr_type_in_cat(attr_type_find(S("text")), 16));
}

static void kinds(void)
{
	static const struct {
		const char *name;
		enum value_kind k1, k2;
		bool hex1, hex2;
	} t[] = {
		{ "ip-dst|port", VK_IP, VK_NONE, false, false },
		{ "domain|ip", VK_DOMAIN, VK_IP, false, false },
		{ "hostname", VK_DOMAIN, VK_NONE, false, false },
		{ "url", VK_URL, VK_NONE, false, false },
		{ "link", VK_NONE, VK_NONE, false, false },
		{ "sha256", VK_HASH, VK_NONE, true, false },
		{ "x509-fingerprint-sha1", VK_HASH, VK_NONE, true, false },
		{ "ssdeep", VK_HASH, VK_NONE, false, false },
		{ "cdhash", VK_HASH, VK_NONE, false, false },
		{ "git-commit-id", VK_NONE, VK_NONE, false, false }, /* keeps its case */
		{ "hex", VK_NONE, VK_NONE, false, false },
		{ "filename|sha512/256", VK_FILENAME, VK_HASH, false, true },
		{ "filename|vhash", VK_FILENAME, VK_HASH, false, false },
		{ "malware-sample", VK_FILENAME, VK_HASH, false, false },
		{ "email-reply-to", VK_EMAIL, VK_NONE, false, false },
		{ "target-email", VK_NONE, VK_NONE, false, false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		const struct attr_type *a = attr_type_find(str_c(t[i].name));

		CHECKF(a && a->kind1 == t[i].k1 && a->kind2 == t[i].k2 && a->hex1 == t[i].hex1 && a->hex2 == t[i].hex2, "kinds of %s",
		       t[i].name);
	}
}

int main(void)
{
	lookups();
	kinds();
	return tap_done();
}
