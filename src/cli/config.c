/* config.c - see config.h. Reads and checks texts; what a setting does is its user's matter. */
#include "cli/config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "lists/library.h"

#define FILE_NAME "misp.conf"
#define FILE_ETC "/etc/misp/misp.conf"
#define FILE_MAX (1u << 20)

const struct setting_row setting_rows[SETTING_COUNT] = {
#define X(up, low, type_, dflt_, min_, max_, flags_, help_) \
	{ .name = #low, .env = "MISP_" #up, .dflt = dflt_, .help = help_, .type = type_, .min = min_, .max = max_, .flags = flags_ },
	SETTINGS(X)
#undef X
};

int setting_find(struct str name)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (str_eq(name, str_c(setting_rows[i].name)))
			return i;
	return -1;
}

/* a flag is the name with - for _ */
static bool flag_is(const char *name, struct str flag)
{
	if (strlen(name) != flag.n)
		return false;
	for (size_t i = 0; i < flag.n; i++)
		if (flag.p[i] != (name[i] == '_' ? '-' : name[i]))
			return false;
	return true;
}

int setting_find_flag(struct str flag)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (!(setting_rows[i].flags & SET_SECRET) && flag_is(setting_rows[i].name, flag))
			return i;
	return -1;
}

void config_init(struct config *cf)
{
	*cf = (struct config){ .file = S("") };
	for (int i = 0; i < SETTING_COUNT; i++)
		cf->v[i].text = str_c(setting_rows[i].dflt);
}

static bool bool_of(struct str s, bool *out)
{
	static const struct {
		const char *text;
		bool v;
	} words[] = { { "yes", true }, { "true", true }, { "on", true }, { "1", true }, { "no", false }, { "false", false }, { "off", false }, { "0", false } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq_nocase(s, str_c(words[i].text))) {
			*out = words[i].v;
			return true;
		}
	return false;
}

/* NULL when the text fits the setting, else what is expected. */
static const char *misfit(struct ctx *cx, const struct setting_row *r, struct str s)
{
	enum log_level level;
	struct ip_nets nets;
	int64_t n;
	bool b;

	switch (r->type) {
	case SET_T_TEXT:
		return utf8_valid(s) && str_chr(s, 0) == STR_NONE ? NULL : "a text in UTF-8 is wanted";
	case SET_T_INT:
		if (str_i64(s, &n) && n >= r->min && n <= r->max)
			return NULL;
		return str_fmt(cx->mem, "a number from %lld to %lld is wanted", (long long)r->min, (long long)r->max).p;
	case SET_T_BOOL:
		return bool_of(s, &b) ? NULL : "yes or no is wanted";
	case SET_T_NETS:
		if (ip_nets_parse(cx, s, &nets) == RC_OK)
			return NULL;
		ctx_forgive(cx);
		return "networks are wanted, such as 10.0.0.0/8, with commas between";
	case SET_T_LEVEL:
		return log_level_parse(s, &level) ? NULL : "error, warn, info or debug is wanted";
	case SET_T_FORMAT:
		return str_eq(s, S("text")) || str_eq(s, S("json")) ? NULL : "text or json is wanted";
	}
	return NULL;
}

/* A lower source does not undo a higher one; its text is checked all the same. */
static const char *set(struct ctx *cx, struct config *cf, enum setting s, struct str text, enum set_source by, int line)
{
	const char *why = misfit(cx, &setting_rows[s], text);

	if (!why && by >= cf->v[s].source) {
		cf->v[s].text = text;
		cf->v[s].source = by;
		cf->v[s].line = line;
	}
	return why;
}

static struct str flag_name(struct arena *a, const struct setting_row *r)
{
	char *t = str_cdup(a, str_c(r->name));

	for (char *p = t; *p; p++)
		if (*p == '_')
			*p = '-';
	return str_fmt(a, "--%s", t);
}

enum rc config_flag(struct ctx *cx, struct config *cf, enum setting s, struct str value)
{
	const char *why = set(cx, cf, s, value, SET_BY_FLAG, 0);

	return why ? fail(cx, RC_BAD, "%.*s: %s", STR(flag_name(cx->mem, &setting_rows[s])), why) : RC_OK;
}

static enum rc read_line(struct ctx *cx, struct config *cf, struct str line, int nr, bool in_data)
{
	size_t eq = str_chr(line, '=');
	struct str key = str_trim(str_sub(line, 0, eq)), value;
	const char *why;
	int s;

	if (eq == STR_NONE)
		return fail(cx, RC_BAD, "%.*s:%d: \"name = value\" is wanted", STR(cf->file), nr);
	s = setting_find(key);
	if (s < 0)
		return fail(cx, RC_BAD, "%.*s:%d: unknown setting \"%.*s\"", STR(cf->file), nr, STR(utf8_cut(key, 60)));
	if (s == SET_DATA && in_data)
		return fail(cx, RC_BAD, "%.*s:%d: \"data\" cannot be set in the data folder itself", STR(cf->file), nr);
	value = str_trim(str_from(line, eq + 1));
	why = set(cx, cf, (enum setting)s, value, SET_BY_FILE, nr);
	return why ? fail(cx, RC_BAD, "%.*s:%d: %s: %s", STR(cf->file), nr, setting_rows[s].name, why) : RC_OK;
}

/* must: it was named by somebody. *there tells whether it was read. */
static enum rc read_file(struct ctx *cx, struct config *cf, struct str path, bool must, bool in_data, bool *there)
{
	struct str text, line;
	struct cur c;
	int nr = 0;

	*there = false;
	if (!must && access(path.p, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return RC_OK;
	TRY(library_file(cx, path.p, FILE_MAX, &text));
	*there = true;
	cf->file = path;
	if (!utf8_valid(text))
		return fail(cx, RC_BAD, "%.*s: not UTF-8", STR(path));
	for (c = cur_of(text); cur_line(&c, &line);) {
		nr++;
		line = str_trim(line);
		if (line.n && line.p[0] != '#')
			TRY(read_line(cx, cf, line, nr, in_data));
	}
	return RC_OK;
}

enum rc config_load(struct ctx *cx, struct config *cf, struct str file)
{
	const char *named = getenv("MISP_CONFIG");
	struct str path;
	bool there;

	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *t = getenv(setting_rows[i].env), *why;

		if (!t || !*t)
			continue;
		why = set(cx, cf, (enum setting)i, str_dup(cx->mem, str_c(t)), SET_BY_ENV, 0);
		if (why)
			return fail(cx, RC_BAD, "%s in the environment: %s", setting_rows[i].env, why);
	}
	if (file.n || (named && *named))
		return read_file(cx, cf, str_dup(cx->mem, file.n ? file : str_c(named)), true, false, &there);
	path = config_text(cf, SET_DATA);
	TRY(read_file(cx, cf, str_fmt(cx->mem, "%.*s/" FILE_NAME, STR(path)), false, true, &there));
	return there ? RC_OK : read_file(cx, cf, S(FILE_ETC), false, false, &there);
}

struct str config_text(const struct config *cf, enum setting s)
{
	return cf->v[s].text;
}

int64_t config_int(const struct config *cf, enum setting s)
{
	int64_t n = 0;

	str_i64(cf->v[s].text, &n);
	return n;
}

bool config_bool(const struct config *cf, enum setting s)
{
	bool b = false;

	bool_of(cf->v[s].text, &b);
	return b;
}

enum rc config_nets(struct ctx *cx, const struct config *cf, enum setting s, struct ip_nets *out)
{
	return ip_nets_parse(cx, cf->v[s].text, out);
}

struct str config_source(struct arena *a, const struct config *cf, enum setting s)
{
	switch (cf->v[s].source) {
	case SET_BY_DEFAULT:
		break;
	case SET_BY_FILE:
		return str_fmt(a, "%.*s:%d", STR(cf->file), cf->v[s].line);
	case SET_BY_ENV:
		return str_fmt(a, "environment %s", setting_rows[s].env);
	case SET_BY_FLAG:
		return str_fmt(a, "flag %.*s", STR(flag_name(a, &setting_rows[s])));
	}
	return S("default");
}

struct str config_shown(struct arena *a, const struct config *cf, enum setting s)
{
	struct str t = cf->v[s].text, auth;
	size_t from, at, colon;

	if (setting_rows[s].flags & SET_SECRET)
		return t.n ? S("*****") : S("");
	if (s != SET_DB || (from = str_find(t, S("://"))) == STR_NONE)
		return t;
	/* scheme://user:password@host: the last @ before the path ends the password */
	auth = str_from(t, from + 3);
	auth = str_sub(auth, 0, str_chr(auth, '/'));
	at = str_rchr(auth, '@');
	if (at != STR_NONE && (colon = str_chr(str_sub(auth, 0, at), ':')) != STR_NONE)
		t = str_fmt(a, "%.*s:*****%.*s", STR(str_sub(t, 0, from + 3 + colon)), STR(str_from(t, from + 3 + at)));
	/* ?password=... */
	from = str_find(t, S("password="));
	if (from != STR_NONE) {
		from += sizeof("password=") - 1;
		at = str_chr(str_from(t, from), '&');
		t = str_fmt(a, "%.*s*****%.*s", STR(str_sub(t, 0, from)), STR(at == STR_NONE ? S("") : str_from(t, from + at)));
	}
	return t;
}
