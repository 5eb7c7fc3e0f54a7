/* json_xml.c - see json_xml.h. One state machine over bytes; strings are handed on as they come, so that memory does not grow with them. */
#include "base/json_xml.h"


void jx_init(struct jx *x, struct buf *out)
{
	*x = (struct jx){ .out = out };
	buf_init(&x->names, 1 << 20);
	buf_init(&x->key, 1 << 16);
	buf_init(&x->scalar, 1 << 16);
}

void jx_clear(struct jx *x)
{
	buf_clear(&x->names);
	buf_clear(&x->key);
	buf_clear(&x->scalar);
}

/* letters, digits and "_-." are kept; a name begins with a letter or "_" */
static void put_name(struct buf *b, struct str s)
{
	if (!s.n || !(ch_alpha((unsigned char)s.p[0]) || s.p[0] == '_'))
		buf_ch(b, '_');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_ch(b, ch_alnum(c) || c == '_' || c == '-' || c == '.' ? (char)c : '_');
	}
}

static void put_open(struct jx *x, struct str name)
{
	buf_ch(x->out, '<');
	put_name(x->out, name);
	buf_ch(x->out, '>');
}

static void put_close(struct jx *x, struct str name)
{
	buf_str(x->out, S("</"));
	put_name(x->out, name);
	buf_ch(x->out, '>');
}

static void put_empty(struct jx *x, struct str name)
{
	buf_ch(x->out, '<');
	put_name(x->out, name);
	buf_str(x->out, S("/>"));
}

static struct str name_of(const struct jx *x, const struct jx_level *l)
{
	return str_sub(buf_view(&x->names), l->name, l->name_n);
}

/* What the value that begins is called; "" when it has no element of its own. */
static struct str value_name(const struct jx *x)
{
	const struct jx_level *l = x->depth ? &x->level[x->depth - 1] : NULL;
	struct str key = buf_view(&x->key);

	if (!l)
		return S("");
	if (l->list)
		return name_of(x, l);
	return x->depth == 1 && str_eq(key, S("response")) ? S("") : key;
}

/* the first member says whether an object without a name is an element */
static void settle(struct jx *x, bool container)
{
	struct jx_level *l = x->depth ? &x->level[x->depth - 1] : NULL;

	if (!l)
		return;
	if (l->pending && !container) {
		l->element = true;
		l->name = x->names.n;
		buf_str(&x->names, S("item"));
		l->name_n = 4;
		put_open(x, S("item"));
	}
	l->pending = false;
	l->n++;
}

static void begin(struct jx *x)
{
	if (!x->begun)
		buf_str(x->out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>"));
	x->begun = true;
}

static void open_level(struct jx *x, bool list)
{
	struct str name = value_name(x);
	bool in_list = x->depth && x->level[x->depth - 1].list;
	struct jx_level *l;
	size_t at = x->names.n;

	settle(x, true);
	if (x->depth == JX_LEVELS)
		return;
	if (x->names.n != at) /* the parent got its name just now */
		at = x->names.n;
	if (name.n) {
		char *room = buf_room(&x->names, name.n); /* name may be a view into names: its bytes may have moved */

		if (!room)
			return;
		name = value_name(x);
		memmove(room, name.p, name.n);
		buf_wrote(&x->names, name.n);
	}
	l = &x->level[x->depth++];
	*l = (struct jx_level){ .list = list, .name = at, .name_n = name.n, .element = !list && name.n, .pending = !list && !name.n && in_list };
	if (l->element)
		put_open(x, name_of(x, l));
	x->want_key = !list;
}

static void close_level(struct jx *x)
{
	struct jx_level *l;

	if (!x->depth)
		return;
	l = &x->level[x->depth - 1];
	if (l->list && !l->n && l->name_n)
		put_empty(x, name_of(x, l));
	else if (l->element)
		put_close(x, name_of(x, l));
	x->names.n = l->name;
	x->depth--;
	x->want_key = false;
}

static void put_char(struct jx *x, unsigned char c)
{
	if (x->in == JX_KEY) {
		buf_ch(&x->key, (char)c);
		return;
	}
	if (c == '&')
		buf_str(x->out, S("&amp;"));
	else if (c == '<')
		buf_str(x->out, S("&lt;"));
	else if (c == '>')
		buf_str(x->out, S("&gt;"));
	else if (c < 32 && c != '\t' && c != '\n' && c != '\r')
		buf_str(x->out, S("\xef\xbf\xbd"));
	else
		buf_ch(x->out, (char)c);
}

static void put_code(struct jx *x, unsigned c)
{
	if (c >= 0xd800 && c < 0xdc00) {
		x->high = c;
		return;
	}
	if (c >= 0xdc00 && c < 0xe000) {
		c = x->high ? 0x10000 + ((x->high - 0xd800) << 10) + (c - 0xdc00) : 0xfffd;
		x->high = 0;
	}
	if (c < 0x80) {
		put_char(x, (unsigned char)c);
	} else if (c < 0x800) {
		put_char(x, (unsigned char)(0xc0 | c >> 6));
		put_char(x, (unsigned char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		put_char(x, (unsigned char)(0xe0 | c >> 12));
		put_char(x, (unsigned char)(0x80 | (c >> 6 & 63)));
		put_char(x, (unsigned char)(0x80 | (c & 63)));
	} else {
		put_char(x, (unsigned char)(0xf0 | c >> 18));
		put_char(x, (unsigned char)(0x80 | (c >> 12 & 63)));
		put_char(x, (unsigned char)(0x80 | (c >> 6 & 63)));
		put_char(x, (unsigned char)(0x80 | (c & 63)));
	}
}

static void string_char(struct jx *x, unsigned char c)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *p;

	if (x->hex_left) {
		x->code = x->code << 4 | (unsigned)(ch_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
		if (!--x->hex_left)
			put_code(x, x->code & 0xffff);
	} else if (x->escape) {
		x->escape = false;
		p = strchr(from, c);
		if (c == 'u') {
			x->hex_left = 4;
			x->code = 0;
		} else {
			put_char(x, p && c ? (unsigned char)to[p - from] : c);
		}
	} else if (c == '\\') {
		x->escape = true;
	} else if (c != '"') {
		put_char(x, c);
	} else {
		struct str name = value_name(x);

		if (x->in == JX_TEXT)
			put_close(x, name.n ? name : S("item"));
		x->in = JX_OUTSIDE;
	}
}

static void scalar_end(struct jx *x)
{
	struct str name = value_name(x), s = buf_view(&x->scalar);

	if (!name.n)
		name = S("item");
	x->in = JX_OUTSIDE;
	if (str_eq(s, S("null"))) {
		put_empty(x, name);
		return;
	}
	put_open(x, name);
	buf_str(x->out, str_eq(s, S("true")) ? S("1") : str_eq(s, S("false")) ? S("0") : s);
	put_close(x, name);
}

static void outside(struct jx *x, unsigned char c)
{
	struct str name;

	switch (c) {
	case '{':
	case '[':
		open_level(x, c == '[');
		break;
	case '}':
	case ']':
		close_level(x);
		break;
	case ',':
		x->want_key = x->depth && !x->level[x->depth - 1].list;
		break;
	case '"':
		if (x->want_key) {
			buf_reset(&x->key);
			x->in = JX_KEY;
			x->want_key = false;
			break;
		}
		settle(x, false);
		name = value_name(x);
		put_open(x, name.n ? name : S("item"));
		x->in = JX_TEXT;
		break;
	default:
		if (ch_space(c) || c == ':')
			break;
		settle(x, false);
		buf_reset(&x->scalar);
		buf_ch(&x->scalar, (char)c);
		x->in = JX_SCALAR;
	}
}

void jx_feed(struct jx *x, struct str piece)
{
	begin(x);
	for (size_t i = 0; i < piece.n; i++) {
		unsigned char c = (unsigned char)piece.p[i];

		if (x->in == JX_SCALAR) {
			if (!ch_space(c) && c != ',' && c != '}' && c != ']') {
				buf_ch(&x->scalar, (char)c);
				continue;
			}
			scalar_end(x);
		}
		if (x->in == JX_OUTSIDE)
			outside(x, c);
		else
			string_char(x, c);
	}
}

void jx_end(struct jx *x)
{
	begin(x);
	if (x->in == JX_SCALAR)
		scalar_end(x);
	buf_str(x->out, S("</response>\n"));
}
