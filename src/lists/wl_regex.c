/* wl_regex.c - regular expressions of warninglists, by PCRE2.
 * Lists are written for PHP, so a pattern comes between delimiters with modifiers behind. Patterns are foreign text: their length and
 * the steps of a match are bounded (a pattern like (a+)+$ gives up instead of holding a thread), and nothing is compiled to machine
 * code: there are a few dozen patterns, each asked for few types. The library counts steps per place where a match may begin, so the
 * value's length is bounded too. */
#include "lists/regex.h"

#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PATTERN_MAX 8192
#define VALUE_MAX 2048
#define STEPS_MAX 5000
#define DEPTH_MAX 5000
#define HEAP_MAX_KIB 4096

struct wl_regex {
	pcre2_code *code;
	pcre2_match_context *limits; /* only read while matching */
};

static const struct {
	char letter;
	uint32_t option;
} modifiers[] = {
	{ 'i', PCRE2_CASELESS },
	{ 'm', PCRE2_MULTILINE },
	{ 's', PCRE2_DOTALL },
	{ 'x', PCRE2_EXTENDED },
	{ 'u', PCRE2_UTF | PCRE2_UCP },
	{ 'A', PCRE2_ANCHORED },
	{ 'D', PCRE2_DOLLAR_ENDONLY },
	{ 'U', PCRE2_UNGREEDY },
	{ 'n', PCRE2_NO_AUTO_CAPTURE },
	{ 'g', 0 }, /* not PHP's, but written in the public lists; says nothing about whether there is a match */
};

static bool modifier(char c, uint32_t *options)
{
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(*modifiers); i++)
		if (modifiers[i].letter == c) {
			*options |= modifiers[i].option;
			return true;
		}
	return false;
}

/* Takes off delimiters and modifiers; false when what begins like a delimited pattern does not end like one. */
static bool undress(struct str entry, struct str *pattern, uint32_t *options)
{
	size_t end;

	*options = PCRE2_NEVER_BACKSLASH_C;
	*pattern = entry;
	if (entry.n == 0 || !strchr("/#~@%!", entry.p[0]))
		return entry.n > 0;
	end = str_rchr(entry, entry.p[0]);
	if (end < 2)
		return false;
	*pattern = str_sub(entry, 1, end - 1);
	for (size_t i = end + 1; i < entry.n; i++)
		if (!modifier(entry.p[i], options))
			return false;
	return true;
}

struct wl_regex *wl_regex_new(struct str entry)
{
	uint32_t options;
	struct str pattern;
	struct wl_regex *rx;
	PCRE2_SIZE where;
	int code;

	if (entry.n > PATTERN_MAX || !undress(entry, &pattern, &options))
		return NULL;
	rx = calloc(1, sizeof(*rx));
	if (rx)
		rx->limits = pcre2_match_context_create(NULL);
	if (!rx || !rx->limits) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	rx->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &code, &where, NULL);
	if (!rx->code) {
		wl_regex_free(rx);
		return NULL;
	}
	pcre2_set_match_limit(rx->limits, STEPS_MAX);
	pcre2_set_depth_limit(rx->limits, DEPTH_MAX);
	pcre2_set_heap_limit(rx->limits, HEAP_MAX_KIB);
	return rx;
}

void wl_regex_free(struct wl_regex *rx)
{
	if (!rx)
		return;
	pcre2_code_free(rx->code);
	pcre2_match_context_free(rx->limits);
	free(rx);
}

bool wl_regex_match(const struct wl_regex *rx, struct str value)
{
	pcre2_match_data *found;
	int n;

	if (value.n > VALUE_MAX)
		return false;
	found = pcre2_match_data_create(1, NULL);
	if (!found)
		return false;
	n = pcre2_match(rx->code, (PCRE2_SPTR)value.p, value.n, 0, 0, found, rx->limits);
	pcre2_match_data_free(found);
	return n >= 0;
}

enum { RESULT_MAX = 65536 };

/* PHP's \1 as PCRE2 writes it, ${1} */
static struct str groups_of(struct arena *a, struct str replacement)
{
	char *p = arena_many(a, replacement.n * 2 + 1, char);
	size_t n = 0;

	for (size_t i = 0; i < replacement.n; i++) {
		bool group = replacement.p[i] == '\\' && i + 1 < replacement.n && ch_digit((unsigned char)replacement.p[i + 1]);

		if (!group) {
			p[n++] = replacement.p[i];
			continue;
		}
		p[n++] = '$';
		p[n++] = '{';
		p[n++] = replacement.p[++i];
		if (i + 1 < replacement.n && ch_digit((unsigned char)replacement.p[i + 1]))
			p[n++] = replacement.p[++i];
		p[n++] = '}';
	}
	return str_n(p, n);
}

bool wl_regex_replace(struct arena *a, const struct wl_regex *rx, struct str value, struct str replacement, struct str *out)
{
	PCRE2_SIZE len = RESULT_MAX;
	char *text;
	int n;

	*out = value;
	if (!wl_regex_match(rx, value))
		return true;
	text = arena_many(a, RESULT_MAX, char);
	replacement = groups_of(a, replacement);
	n = pcre2_substitute(rx->code, (PCRE2_SPTR)value.p, value.n, 0,
			     PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_UNKNOWN_UNSET, NULL, rx->limits,
			     (PCRE2_SPTR)replacement.p, replacement.n, (PCRE2_UCHAR *)text, &len);
	if (n == PCRE2_ERROR_BADREPLACEMENT || n == PCRE2_ERROR_BADREPESCAPE || n == PCRE2_ERROR_REPMISSINGBRACE || n == PCRE2_ERROR_BADSUBSTITUTION)
		return false;
	if (n > 0 && utf8_valid(str_n(text, len)))
		*out = str_n(text, len);
	return true;
}
