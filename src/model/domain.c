/* domain.c - host names: shape, IDNA (libidn2), registered domain by the public suffix list built into libpsl. Nothing is resolved. */
#include "model/value.h"

#include <idn2.h>
#include <libpsl.h>

#define NAME_MAX_LEN 253

static bool label_byte(int c)
{
	return ch_alnum(c) || c == '-' || c == '_';
}

bool domain_plausible(struct str s)
{
	size_t start = 0;
	bool dot = false, letter = false;

	if (s.n == 0 || s.n > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i <= s.n; i++) {
		if (i == s.n || s.p[i] == '.') {
			if (i == start || i - start > 63)
				return false;
			if (i == s.n)
				break;
			start = i + 1;
			dot = true;
			letter = false;
		} else if (!label_byte((unsigned char)s.p[i])) {
			return false;
		} else if (!ch_digit((unsigned char)s.p[i])) {
			letter = true;
		}
	}
	return dot && letter;
}

struct str domain_ascii(struct arena *a, struct str s)
{
	bool ascii = true, shape = true;
	char *c;
	uint8_t *out = NULL;
	struct str r = { NULL, 0 };

	if (s.n == 0 || s.n > 4 * NAME_MAX_LEN)
		return r;
	for (size_t i = 0; i < s.n; i++) {
		int b = (unsigned char)s.p[i];

		ascii &= b < 0x80;
		shape &= label_byte(b) || b == '.';
	}
	if (ascii)
		return shape && s.n <= NAME_MAX_LEN ? str_lower(a, s) : r;
	if (memchr(s.p, 0, s.n))
		return r;
	c = str_cdup(a, s);
	if (idn2_lookup_u8((const uint8_t *)c, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		r = str_dup(a, str_c((const char *)out));
	idn2_free(out);
	return r;
}

/* The name in lower case with a NUL behind it, as libpsl wants it; false when it is no name at all. */
static bool psl_name(struct str s, char out[NAME_MAX_LEN + 1])
{
	if (s.n == 0 || s.n > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == 0)
			return false;
		out[i] = (char)ch_to_lower((unsigned char)s.p[i]);
	}
	out[s.n] = 0;
	return true;
}

static struct str last_label(struct str s)
{
	size_t dot = str_rchr(s, '.');

	return dot == STR_NONE ? s : str_from(s, dot + 1);
}

struct str domain_registered(struct str s)
{
	char name[NAME_MAX_LEN + 1];
	const char *reg;
	uint64_t number;

	if (!psl_name(s, name) || str_u64(last_label(s), &number))
		return (struct str){ NULL, 0 };
	reg = psl_registrable_domain(psl_builtin(), name);
	return reg ? str_from(s, (size_t)(reg - name)) : (struct str){ NULL, 0 };
}

bool domain_has_known_tld(struct str s)
{
	/* "za" has no rule of its own in the list (only co.za and the like); the others are served beside the public root */
	static const char *const more[] = { "za", "bit", "bazar", "i2p" };
	char name[NAME_MAX_LEN + 1];

	s = last_label(s);
	if (!psl_name(s, name))
		return false;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		if (str_eq(str_c(name), str_c(more[i])))
			return true;
	return psl_is_public_suffix2(psl_builtin(), name, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}
