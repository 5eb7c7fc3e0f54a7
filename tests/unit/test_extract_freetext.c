/* free-text feeds: lines of all shapes, and what the import form offers */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "extract/freetext.h"
#include "model/attr_type.h"
#include "unit/tap.h"

struct sink {
	struct buf b;
	struct str text;
	size_t n;
};

static bool on(void *arg, const struct found *f)
{
	struct sink *s = arg;

	buf_fmt(&s->b, "%s%.*s %.*s", s->n++ ? "; " : "", STR(f->type), STR(f->value));
	if (f->original.p != s->text.p + f->offset || f->role != ROLE_INDICATOR)
		buf_str(&s->b, S(" BAD"));
	return true;
}

static void lines(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "# comment evil.com\n; evil.com\n! evil.com\n// evil.com\n203.0.113.7\n", "ip-dst 203.0.113.7" },
		{ "0.0.0.0 evil.example.com\n127.0.0.1\tevil.zip # x\n", "hostname evil.example.com; domain evil.zip" },
		{ "||evil.com^\n||evil.net^$third-party", "domain evil.com; domain evil.net" },
		{ "evil.com # other.com\nevil.net // other.net\r\nevil.org ; other.org", "domain evil.com; domain evil.net; domain evil.org" },
		{ "http://evil.com/#frag\n", "url http://evil.com/#frag" },
		{ "a.com,b.com;c.com d.com\te.com", "domain a.com; domain b.com; domain c.com; domain d.com; domain e.com" },
		{ "bad file.exe|D41D8CD98F00B204E9800998ECF8427E\n", "filename|md5 bad file.exe|d41d8cd98f00b204e9800998ecf8427e" },
		{ "203.0.113.7|443\n203.0.113.8:80\n", "ip-dst|port 203.0.113.7|443; ip-dst|port 203.0.113.8|80" },
		{ "hxxp://evil[.]com/x,2020-01-01,d41d8cd98f00b204e9800998ecf8427e\nhxxp://evil[.]com/y,2020-01-01,d41d8cd98f00b204e9800998ecf8427f",
		  "url http://evil.com/x; md5 d41d8cd98f00b204e9800998ecf8427e; url http://evil.com/y; md5 d41d8cd98f00b204e9800998ecf8427f" },
		{ "evil.sh\nevil.co.za\nsub.evil.bit", "domain evil.sh; domain evil.co.za; hostname sub.evil.bit" },
		{ "/index/login\n\n   \nnothing here", "" },
		{ "\xef\xbb\xbf" "evil.com\r\n", "domain evil.com" },
		{ "", "" },
	};
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct sink s = { .text = str_c(t[i].text) };
		char what[32];

		snprintf(what, sizeof(what), "feed %zu", i);
		buf_init(&s.b, 1 << 16);
		freetext_feed(a, s.text, on, &s);
		tap_str(buf_view(&s.b), str_c(t[i].want), __FILE__, __LINE__, what);
		buf_clear(&s.b);
	}
	arena_free(a);
}

static void offered(void)
{
	static const char *const types[] = { "ip-dst", "ip-dst|port", "domain", "hostname", "hostname|port", "url", "email", "md5", "sha1", "sha224", "sha256", "sha384",
		"sha512", "ssdeep", "vulnerability", "AS", "btc", "mac-address", "filename", "regkey", "filename|md5", "filename|sha256" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		const struct freetext_kind *k = freetext_kind(str_c(types[i]));
		bool own = false;

		CHECKF(attr_type_find(str_c(types[i])) && k && attr_type_find(str_c(k->default_type)), "%s is a type and has a row", types[i]);
		for (size_t j = 0; k && k->types[j]; j++)
			own = own || !strcmp(k->types[j], k->default_type);
		CHECKF(own, "%s: the default is offered", types[i]);
	}
	CHECK(!freetext_kind(S("no-such-type")));
}

int main(void)
{
	lines();
	offered();
	return tap_done();
}
