/* role.c - reference or indicator: looks at the heading above, the link syntax around, the words before, and at what
 * the document does with its other values. Lines are read once, in order, only as far as a question needs it. */
#include "extract/role.h"

#include "extract/kinds.h"

#define SURVEY_MAX (4u << 20) /* how much of a document is surveyed for disguise */

static size_t count(struct str t, struct str needle)
{
	size_t n = 0, at;

	while ((at = str_find(t, needle)) != STR_NONE) {
		n++;
		t = str_from(t, at + needle.n);
	}
	return n;
}

void role_init(struct role *r, struct str document)
{
	struct str t = str_sub(document, 0, SURVEY_MAX);
	size_t hidden, plain = 0, at;

	memset(r, 0, sizeof(*r));
	hidden = count(t, S("[.]")) + count(t, S("hxxp")) + count(t, S("[:]")) + count(t, S("[dot]")) +
		count(t, S("(.)"));
	if (hidden < 2)
		return;
	for (struct str rest = t; (at = str_find(rest, S("://"))) != STR_NONE; rest = str_from(rest, at + 3)) {
		struct str before = str_sub(rest, 0, at);

		plain += str_ends(before, S("http")) || str_ends(before, S("https"));
	}
	r->plain_is_reference = hidden >= plain;
}

void role_block(struct role *r, struct str block)
{
	r->t = block;
	r->done = r->looked = 0;
}

/* Heading words under which a report lists its links. */
static bool reference_heading(struct str h)
{
	static const char *const words[] = { "reference", "further reading", "sources", "source", "bibliography",
		"credits", "acknowledg", "resources", "related", "learn more", "read more", "more information",
		"external links", "links", "blog post" };

	if (h.n > 60)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t at = str_find_nocase(h, str_c(words[i]));

		if (at == STR_NONE || (at && ch_alnum((unsigned char)h.p[at - 1])))
			continue;
		/* short words must stand alone: "Source code" and "Related domains" are headings of indicators */
		struct str rest = str_from(h, at + strlen(words[i]));
		if (rest.n && (ch_alnum((unsigned char)rest.p[0]) || rest.p[0] == ' ') && i >= 2 &&
			!str_starts_nocase(str_c(words[i]), S("acknowledg")))
			continue;
		return true;
	}
	return false;
}

/* The text of a heading; {NULL,0} for an ordinary line. */
static struct str heading(struct str line)
{
	struct str s = str_trim(line);
	bool marked = s.n && (s.p[0] == '#' || s.p[0] == '=');
	bool colon, upper = true;
	size_t words = 1;

	while (s.n && (s.p[0] == '#' || s.p[0] == '=' || s.p[0] == '*' || s.p[0] == ' '))
		s = str_from(s, 1);
	while (s.n && (s.p[s.n - 1] == '*' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '#' || s.p[s.n - 1] == '='))
		s.n--;
	colon = s.n && s.p[s.n - 1] == ':';
	if (s.n == 0 || s.n > 100)
		return (struct str){ 0 };
	for (size_t i = 0; i < s.n; i++) {
		upper = upper && !ch_lower((unsigned char)s.p[i]);
		words += s.p[i] == ' ';
	}
	if (str_find(s, S("://")) != STR_NONE || str_find(s, S("[.]")) != STR_NONE)
		return (struct str){ 0 };
	if (marked || (colon && words <= 10 && s.p[0] != '-') ||
		(upper && words <= 8 && s.n >= 4 && ch_upper((unsigned char)s.p[0])) ||
		(words <= 3 && reference_heading(s)))
		return s;
	return (struct str){ 0 };
}

/* Up to the start of the line that holds the offset: that line is no heading, it holds a finding. */
static void read_lines(struct role *r, size_t upto)
{
	while (r->looked < upto) {
		const char *from = r->t.p + r->looked, *nl = memchr(from, '\n', upto - r->looked);
		struct str line;

		if (!nl) {
			r->looked = upto;
			return;
		}
		line = str_n(r->t.p + r->done, (size_t)(nl - r->t.p) - r->done);
		if (line.n < 200) {
			struct str h = heading(line);

			if (h.n)
				r->section = reference_heading(h);
		}
		r->done = r->looked = (size_t)(nl - r->t.p) + 1;
	}
}

static bool label_before(struct str before)
{
	static const char *const labels[] = { "reference", "references", "ref", "source", "via", "more info",
		"more information", "see also", "blog", "blog post", "read more", "report", "link", "credit", "credits",
		"advisory", "post" };

	while (before.n && strchr(" <(\"'`", before.p[before.n - 1]))
		before.n--;
	if (before.n == 0 || before.p[before.n - 1] != ':')
		return false;
	before.n--;
	while (before.n && before.p[before.n - 1] == '*')
		before.n--;
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (str_ends_nocase(before, str_c(labels[i])) &&
			(before.n == strlen(labels[i]) ||
				!ch_alnum((unsigned char)before.p[before.n - strlen(labels[i]) - 1])))
			return true;
	return false;
}

static size_t letters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ch_alpha((unsigned char)s.p[i]);
	return n;
}

bool role_is_reference(struct role *r, size_t from, size_t to, struct str host, enum role_form form)
{
	struct str before, after;
	size_t bol = from, nl;
	bool url = form == FORM_URL, apart;

	read_lines(r, from);
	if (r->section)
		return true;
	if (form == FORM_EMAIL)
		return false;
	if (url && r->plain_is_reference)
		return true;
	if (!url && !kind_reference_site(host))
		return false;
	while (bol > r->done && from - bol < 400 && r->t.p[bol - 1] != '\n')
		bol--;
	before = str_sub(r->t, bol, from - bol);
	after = str_sub(r->t, to, 400);
	nl = str_chr(after, '\n');
	if (nl != STR_NONE)
		after.n = nl;
	if (url && label_before(before))
		return true;
	if (url &&
		(str_ends(before, S("](")) || str_ends_nocase(before, S("href=\"")) ||
			str_ends_nocase(before, S("href='"))))
		return true;
	if (url && after.n > 1 && after.p[0] == '[' && after.p[1] != ']' && after.p[1] != '.') /* AsciiDoc: url[text] */
		return true;
	/* in quotes, code marks or a cell of its own: meant as a value */
	apart = (before.n && strchr("`\"'|,;\t", before.p[before.n - 1])) ||
		(after.n && strchr("`\"'|;\t", after.p[0]));
	return !apart && kind_reference_site(host) && letters(before) + letters(after) >= 8;
}
