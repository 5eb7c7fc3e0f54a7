/* check_match.c - the matcher on real logs: for each log an index of all values expected in it, then the number of
 * lines that hold each value.   usage: check_match DATA
 *
 * DATA/logs/match_expect.jsonl counts lines in which a value stands alone: not as the parent of a longer host, and not
 * behind ':', '/' or '@' (host of a URL or of an e-mail address, address behind "::ffff:"), nor behind a percent
 * escape. The matcher reports those too; here they are left out. */
#include <stdio.h>
#include <stdlib.h>

#include "base/ctx.h"
#include "base/json.h"
#include "match/match.h"

#define VALUE_MAX 1024

struct expect {
	struct str log, value, type;
	int64_t lines, got, last_line;
};

struct run {
	struct expect *e;
	struct str line;
	int64_t line_no;
};

static struct str read_file(struct arena *a, const char *dir, struct str name)
{
	struct str path = str_fmt(a, "%s/%.*s", dir, STR(name)), cmd = str_fmt(a, "zstd -qdc '%.*s'", STR(path));
	bool zst = str_ends(name, S(".zst"));
	FILE *f = zst ? popen(cmd.p, "r") : fopen(path.p, "rb");
	size_t cap = 64 << 20, n;
	char *p = arena_alloc(a, cap);

	if (!f) {
		perror(path.p);
		exit(2);
	}
	n = fread(p, 1, cap, f);
	if (zst)
		pclose(f);
	else
		fclose(f);
	return str_n(p, n);
}

static bool on_hit(void *arg, const struct match_hit *h)
{
	struct run *r = arg;
	int prev = h->offset ? r->line.p[h->offset - 1] : ' ';

	if (prev == ':' || prev == '/' || prev == '@' || (h->offset >= 3 && r->line.p[h->offset - 3] == '%'))
		return true;
	for (size_t i = 0; i < h->payload_n; i++) {
		struct expect *e = &r->e[h->payloads[i]];

		if (str_eq_nocase(h->seen, e->value) && e->last_line != r->line_no) {
			e->last_line = r->line_no;
			e->got++;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct ctx cx;
	static struct expect e[VALUE_MAX];
	size_t n = 0;
	int bad = 0;
	struct cur c;
	struct str line;

	if (argc != 2) {
		fprintf(stderr, "usage: check_match DATA\n");
		return 2;
	}
	ctx_init(&cx, 0);
	c = cur_of(read_file(cx.mem, argv[1], S("logs/match_expect.jsonl")));
	while (cur_line(&c, &line) && n < VALUE_MAX) {
		struct jr r;
		struct str key;

		jr_init(&r, &cx, line, NULL);
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (str_eq(key, S("log")))
				e[n].log = jr_text_dup(&r);
			else if (str_eq(key, S("value")))
				e[n].value = jr_text_dup(&r);
			else if (str_eq(key, S("type")))
				e[n].type = jr_text_dup(&r);
			else if (str_eq(key, S("matching_lines")))
				e[n].lines = jr_int(&r, -1);
			else
				jr_skip(&r);
		}
		if (jr_end(&r) != RC_OK)
			return 2;
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		struct match_index *ix;
		struct run run = { e, { 0 }, 0 };
		struct arena_mark m;

		if (e[i].last_line)
			continue; /* its log was read */
		ix = match_index_new();
		for (size_t k = i; k < n; k++) {
			if (!str_eq(e[k].log, e[i].log))
				continue;
			e[k].last_line = -1;
			if (!match_add(ix,
				    str_eq(e[k].type, S("ip"))             ? VK_IP
					    : str_eq(e[k].type, S("hash")) ? VK_HASH
					    : str_eq(e[k].type, S("url"))  ? VK_URL
									   : VK_DOMAIN,
				    e[k].value, (uint32_t)k))
				printf("not added: %.*s\n", STR(e[k].value));
		}
		match_ready(ix);
		m = arena_mark(cx.mem);
		c = cur_of(read_file(cx.mem, argv[1], e[i].log));
		while (cur_line(&c, &run.line)) {
			run.line_no++;
			match_line(ix, run.line, on_hit, &run);
		}
		arena_reset(cx.mem, m);
		match_index_free(ix);
	}
	for (size_t i = 0; i < n; i++)
		if (e[i].got != e[i].lines) {
			bad++;
			printf("%.*s %.*s: %lld lines, expected %lld\n", STR(e[i].log), STR(e[i].value),
				(long long)e[i].got, (long long)e[i].lines);
		}
	printf("%zu values, %d differ\n", n, bad);
	ctx_clear(&cx);
	return bad != 0;
}
