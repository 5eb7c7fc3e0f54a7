/* the reader beside jansson: verdicts and values, over the case table and over mutated documents. Where the two may differ
 * stands at json_against_jansson. */
#include <jansson.h>

#include "unit/json_cases.h"
#include "unit/json_walk.h"
#include "unit/tap.h"

#define ROUNDS 60000

static uint64_t state = 0x1234567887654321ull;

static size_t rnd(size_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state >> 11) % below;
}

static void table(void)
{
	for (size_t i = 0; i < JSON_CASES; i++) {
		const char *wrong = json_against_jansson(json_cases[i].text);

		CHECKF(!wrong, "case %zu %s", i, wrong ? wrong : "agrees");
	}
}

/* The known differences, so that the list stays true. */
static void differences(void)
{
	static const struct str texts[] = {
		{ "[9223372036854775808]", 21 }, { "[-9223372036854775809]", 22 }, { "[1e400]", 7 }, { "[123123e100000]", 15 }, { "{\"a\\u0000b\":1}", 14 },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		json_t *j = json_loadb(texts[i].p, texts[i].n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		char msg[512];
		struct buf out;

		buf_init(&out, 1 << 20);
		CHECKF(!j && json_read(texts[i], 0, NULL, &out, msg) == RC_OK, "jansson alone refuses %.*s", STR(texts[i]));
		json_decref(j);
		buf_clear(&out);
	}
}

static size_t mutate(char *t, size_t n, size_t cap)
{
	static const char pieces[][8] = { "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d800", "0", "-", ".", "e", "\"a\":", "null", " ", "\n", "\x01", "\x80", "\xC3\xA9", "\xF0",
		"true", "\\n", "1e5", "{}", "[]", "\"\"" };

	for (size_t k = 1 + rnd(4); k > 0; k--) {
		size_t at = rnd(n + 1), len;

		switch (rnd(5)) {
		case 0: /* a byte changed */
			if (at < n)
				t[at] = (char)(rnd(3) ? t[at] ^ (1 << rnd(8)) : (int)rnd(256));
			break;
		case 1: /* a piece put in */
		case 2: {
			const char *p = pieces[rnd(sizeof(pieces) / sizeof(*pieces))];

			len = strlen(p);
			if (n + len > cap)
				break;
			memmove(t + at + len, t + at, n - at);
			memcpy(t + at, p, len);
			n += len;
			break;
		}
		case 3: /* some taken out */
			len = 1 + rnd(4);
			if (at + len > n)
				break;
			memmove(t + at, t + at + len, n - at - len);
			n -= len;
			break;
		default: /* some doubled */
			len = 1 + rnd(12);
			if (at + len > n || n + len > cap)
				break;
			memmove(t + at + len, t + at, n - at);
			n += len;
		}
	}
	return n;
}

static void mutations(void)
{
	size_t accepted = 0, bad = 0;
	struct buf out, again;
	char t[2048];

	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	for (int i = 0; i < ROUNDS && bad < 10; i++) {
		struct str base = json_cases[rnd(3) ? rnd(JSON_CASES) : JSON_CASES - 1].text, text;
		char msg[512], msg2[512];
		const char *wrong;

		memcpy(t, base.p, base.n);
		text = str_n(t, mutate(t, base.n, sizeof(t)));
		wrong = json_against_jansson(text);
		if (json_read(text, 0, NULL, &out, msg) == RC_OK)
			accepted++;
		json_read(text, 1 + rnd(40), NULL, &again, msg2);
		if (!wrong && (strcmp(msg, msg2) != 0 || (!*msg && !str_eq(buf_view(&out), buf_view(&again)))))
			wrong = "window and memory differ";
		if (wrong) {
			bad++;
			printf("# %s: %.*s\n# %s | %s\n", wrong, STR(text), msg, msg2);
		}
	}
	CHECKF(bad == 0, "%d mutated documents", ROUNDS);
	CHECKF(accepted > ROUNDS / 50 && accepted < ROUNDS - ROUNDS / 50, "%zu of them accepted: both verdicts are tried", accepted);
	buf_clear(&out);
	buf_clear(&again);
}

int main(void)
{
	table();
	differences();
	mutations();
	return tap_done();
}
