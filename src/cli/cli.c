/* cli.c - from the command line to a command's function: options, settings, data folder, output, exit status. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "policy/login.h"

#define OUT_CHUNK (64u << 10)
#define STDIN_CHUNK (1u << 20)

/* ---- output ---- */

static bool write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		s = str_from(s, (size_t)n);
	}
	return true;
}

static bool out_flush(void *arg, struct str bytes)
{
	struct cli *c = arg;

	if (c->out_failed)
		return false;
	if (write_all(STDOUT_FILENO, bytes))
		return true;
	c->out_failed = true;
	c->out_errno = errno;
	return false;
}

enum rc cli_flush(struct cli *c)
{
	if (!c->out_failed)
		buf_finish(&c->out);
	if (!c->out_failed)
		return RC_OK;
	errno = c->out_errno;
	return fail_errno(&c->cx, RC_IO, "cannot write to standard output");
}

void cli_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

struct jw cli_row(struct cli *c)
{
	struct jw w;

	jw_init(&w, &c->out, false);
	jw_obj(&w);
	return w;
}

void cli_row_end(struct cli *c, struct jw *w)
{
	jw_obj_end(w);
	buf_ch(&c->out, '\n');
}

void cli_text(struct buf *b, struct str s)
{
	for (size_t i = 0, from = 0; i <= s.n; i++) {
		unsigned char ch = i < s.n ? (unsigned char)s.p[i] : 0;
		/* C1 controls are U+0080..9F: 0xC2 and this byte */
		bool c1 = i < s.n && i && ch >= 0x80 && ch < 0xA0 && (unsigned char)s.p[i - 1] == 0xC2;

		if (i < s.n && ch >= 0x20 && ch != 0x7f && !c1)
			continue;
		buf_mem(b, s.p + from, i - from - (c1 ? 1 : 0));
		if (i < s.n)
			buf_fmt(b, "\\x%02x", ch);
		from = i + 1;
	}
}

/* ---- input ---- */

struct mapping {
	void *p;
	size_t n;
};

static void unmap(void *arg)
{
	struct mapping *m = arg;

	munmap(m->p, m->n);
}

static void buf_gone(void *arg)
{
	buf_clear(arg);
	free(arg);
}

/* What cannot be mapped: pipes, terminals, files of /proc. */
static enum rc read_stream(struct ctx *cx, int fd, const char *name, struct str *out)
{
	struct buf *b = calloc(1, sizeof(*b));
	ssize_t n = 1;

	if (!b)
		abort();
	buf_init(b, SIZE_MAX / 4);
	arena_cleanup(cx->mem, buf_gone, b);
	while (n > 0) {
		char *p = buf_room(b, STDIN_CHUNK);

		if (!p)
			return fail(cx, RC_TOOBIG, "%s is too large", name);
		n = read(fd, p, STDIN_CHUNK);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return fail_errno(cx, RC_IO, "cannot read %s", name);
		else
			buf_wrote(b, (size_t)n);
	}
	*out = buf_view(b);
	return RC_OK;
}

static void close_fd(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
}

enum rc cli_input(struct ctx *cx, struct str name, struct str *out)
{
	const char *path = str_cdup(cx->mem, name);
	bool in = str_eq(name, S("-"));
	SCOPED(close_fd) int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct mapping *m;
	struct stat sb;
	void *p;

	if (fd < 0)
		return fail_errno(cx, errno == ENOENT ? RC_NOTFOUND : RC_IO, "cannot open %s", path);
	if (fstat(fd, &sb) < 0)
		return fail_errno(cx, RC_IO, "cannot read %s", path);
	if (S_ISDIR(sb.st_mode))
		return fail(cx, RC_IO, "%s is a folder", path);
	if (in || !S_ISREG(sb.st_mode) || sb.st_size == 0)
		return read_stream(cx, fd, in ? "standard input" : path, out);
	p = mmap(NULL, (size_t)sb.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return fail_errno(cx, RC_IO, "cannot read %s", path);
	madvise(p, (size_t)sb.st_size, MADV_SEQUENTIAL);
	m = arena_one(cx->mem, struct mapping);
	*m = (struct mapping){ p, (size_t)sb.st_size };
	arena_cleanup(cx->mem, unmap, m);
	*out = str_n(p, m->n);
	return RC_OK;
}

enum rc cli_write_file(struct ctx *cx, const char *path, struct str text)
{
	struct str part = str_fmt(cx->mem, "%s.part", path);
	int fd = open(part.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), eno;

	if (fd < 0)
		return fail_errno(cx, RC_IO, "cannot write %s", path);
	if (!write_all(fd, text) || fsync(fd) < 0 || rename(part.p, path) < 0) {
		eno = errno;
		close(fd);
		unlink(part.p);
		errno = eno;
		return fail_errno(cx, eno == ENOSPC ? RC_FULL : RC_IO, "cannot write %s", path);
	}
	close(fd);
	return RC_OK;
}

/* ---- options ---- */

bool cli_next(const struct cli *c, const char *name, size_t *i, struct str *out)
{
	for (; *i < c->given_n; ++*i)
		if (strcmp(c->given[*i].opt->name, name) == 0) {
			*out = c->given[(*i)++].value;
			return true;
		}
	return false;
}

struct str cli_value(const struct cli *c, const char *name)
{
	struct str v = { NULL, 0 };

	for (size_t i = 0; cli_next(c, name, &i, &v);)
		;
	return v;
}

bool cli_has(const struct cli *c, const char *name)
{
	return cli_value(c, name).p != NULL;
}

static const struct cli_opt *opt_find(const struct command *cmd, struct str name)
{
	for (const struct cli_opt *o = cmd->opts; o && o->name; o++)
		if (str_eq(name, str_c(o->name)))
			return o;
	return NULL;
}

static enum rc usage_error(struct cli *c, const char *what, struct str name)
{
	return fail(&c->cx, RC_BAD, "%s \"%.*s\" (see misp help %s)", what, STR(utf8_cut(name, 80)), c->cmd->name);
}

/* One "--name", "--name=value" or "--name value". */
static enum rc read_option(struct cli *c, struct str arg, char **argv, int argc, int *i)
{
	size_t eq = str_chr(arg, '=');
	struct str name = str_sub(arg, 2, (eq == STR_NONE ? arg.n : eq) - 2);
	const struct cli_opt *o = opt_find(c->cmd, name);
	int s = o ? -1 : setting_find_flag(name);
	bool config = !o && str_eq(name, S("config")), sw;
	struct str value = S("yes");

	if (s >= 0 && !(setting_rows[s].flags & c->cmd->settings))
		s = -1;
	if (!o && s < 0 && !config)
		return usage_error(c, "unknown option", str_sub(arg, 0, eq));
	sw = o ? !o->arg : s >= 0 && setting_rows[s].type == SET_T_BOOL;
	if (eq != STR_NONE) {
		if (o && sw)
			return usage_error(c, "no value is taken by", str_sub(arg, 0, eq));
		value = str_from(arg, eq + 1);
	} else if (!sw) {
		if (*i + 1 >= argc)
			return usage_error(c, "a value is missing behind", arg);
		value = str_c(argv[++*i]);
	}
	if (config)
		c->config_file = value;
	else if (s >= 0)
		return config_flag(&c->cx, &c->config, (enum setting)s, value);
	else
		c->given[c->given_n++] = (struct cli_given){ o, value };
	return RC_OK;
}

static enum rc read_arguments(struct cli *c, int argc, char **argv, bool *help)
{
	bool plain = false;

	c->operand = arena_many(c->cx.mem, (size_t)argc + 1, struct str);
	c->given = arena_many(c->cx.mem, (size_t)argc + 1, struct cli_given);
	for (int i = 0; i < argc; i++) {
		struct str a = str_c(argv[i]);

		if (plain || a.n < 2 || a.p[0] != '-')
			c->operand[c->operand_n++] = a;
		else if (str_eq(a, S("--")))
			plain = true;
		else if (str_eq(a, S("--help")) || str_eq(a, S("-h")))
			*help = true;
		else if (a.p[1] == '-')
			TRY(read_option(c, a, argv, argc, &i));
		else
			return usage_error(c, "unknown option", a);
	}
	if (*help)
		return RC_OK;
	if (c->operand_n < (size_t)c->cmd->operands_min)
		return fail(&c->cx, RC_BAD, "%s is missing (see misp help %s)", c->cmd->operands, c->cmd->name);
	if (c->cmd->operands_max >= 0 && c->operand_n > (size_t)c->cmd->operands_max)
		return usage_error(c, "one operand too many:", c->operand[c->cmd->operands_max]);
	c->json = cli_has(c, "json");
	return RC_OK;
}

/* ---- data folder ---- */

enum rc cli_store_open(struct cli *c, bool create)
{
	struct store_options o = {
		.dir = config_text(&c->config, SET_DATA),
		.db_url = config_text(&c->config, SET_DB),
		.create = create,
		.readers_max = (unsigned)config_int(&c->config, SET_READERS_MAX),
		.attachment_max = config_int(&c->config, SET_MAX_ATTACHMENT_SIZE) << 20,
	};

	TRY(store_open(&c->cx, &o, &c->st));
	c->cx.st = c->st;
	return RC_OK;
}

enum rc cli_store(struct cli *c)
{
	bool empty;

	TRY(cli_store_open(c, false));
	TRY(store_is_empty(&c->cx, &empty));
	if (empty)
		return fail(&c->cx, RC_INVALID, "%s holds no organisation yet: misp init makes one", c->st->dir);
	return login_as_cli(&c->cx);
}

/* ---- running ---- */

/* The row whose name is one or two words of argv; *used words were taken. */
static const struct command *command_find(const struct command *const *table, int argc, char **argv, int *used, bool *group)
{
	*group = false;
	for (; *table; table++) {
		struct str name = str_c((*table)->name), first = str_c(argv[0]);
		size_t gap = str_chr(name, ' ');

		if (gap == STR_NONE && str_eq(name, first)) {
			*used = 1;
			return *table;
		}
		if (gap == STR_NONE || !str_eq(str_sub(name, 0, gap), first))
			continue;
		*group = true;
		if (argc > 1 && str_eq(str_from(name, gap + 1), str_c(argv[1]))) {
			*used = 2;
			return *table;
		}
	}
	return NULL;
}

static enum rc run(struct cli *c, const struct command *const *table, int argc, char **argv)
{
	bool help = false, known;

	TRY(read_arguments(c, argc, argv, &help));
	if (help) {
		cli_help(table, str_c(c->cmd->name), &c->out, &known);
		return cli_flush(c);
	}
	TRY(config_load(&c->cx, &c->config, c->config_file));
	TRY(c->cmd->run(c));
	return cli_flush(c);
}

static int print_help(const struct command *const *table, int argc, char **argv)
{
	struct cli c = { 0 };
	struct str topic = argc ? str_c(argv[0]) : S("");
	bool known;
	enum rc rc;

	ctx_init(&c.cx, 0);
	buf_init_flush(&c.out, OUT_CHUNK, out_flush, &c);
	if (argc > 1)
		topic = str_fmt(c.cx.mem, "%s %s", argv[0], argv[1]);
	cli_help(table, topic, &c.out, &known);
	rc = known ? cli_flush(&c) : fail(&c.cx, RC_BAD, "no command \"%.*s\" (see misp help)", STR(utf8_cut(topic, 80)));
	if (rc != RC_OK)
		cli_say("misp: %s", c.cx.err.msg);
	buf_clear(&c.out);
	ctx_clear(&c.cx);
	return rc_exit(rc);
}

int cli_main(const struct command *const *table, int argc, char **argv)
{
	struct cli c = { 0 };
	bool group, more = argc > 1;
	int used = 1;
	enum rc rc;

	if (!more || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		int status = print_help(table, more ? argc - 2 : 0, argv + 2);

		return more ? status : rc_exit(RC_BAD);
	}
	if (strcmp(argv[1], "--version") == 0)
		argv[1] += 2;
	c.cmd = command_find(table, argc - 1, argv + 1, &used, &group);
	if (!c.cmd && group) {
		if (argc == 2 || strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)
			return print_help(table, 1, argv + 1) | (argc == 2 ? rc_exit(RC_BAD) : 0);
		cli_say("misp: unknown command \"%.80s %.80s\" (see misp help %.80s)", argv[1], argv[2], argv[1]);
		return rc_exit(RC_BAD);
	}
	if (!c.cmd) {
		cli_say("misp: unknown %s \"%.80s\" (see misp help)", argv[1][0] == '-' ? "option" : "command", argv[1]);
		return rc_exit(RC_BAD);
	}
	umask(077); /* what commands write is for the owner alone */
	c.program = argv[0];
	ctx_init(&c.cx, 0);
	config_init(&c.config);
	c.config_file = S("");
	buf_init_flush(&c.out, OUT_CHUNK, out_flush, &c);
	rc = run(&c, table, argc - 1 - used, argv + 1 + used);
	if (rc != RC_OK) {
		if (!c.out_failed)
			buf_finish(&c.out);
		cli_say("misp %s: %s", c.cmd->name, c.cx.err.msg[0] ? c.cx.err.msg : rc_text(rc));
	}
	store_rollback(&c.cx);
	store_close(c.st);
	buf_clear(&c.out);
	ctx_clear(&c.cx);
	return rc_exit(rc);
}
