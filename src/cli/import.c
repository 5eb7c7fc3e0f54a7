/* import.c - misp import: events from MISP JSON files. An event that is here already is changed when the file's is newer. */
#include "base/utf8.h"
#include "cli/cli.h"
#include "format/misp_json.h"
#include "model/user.h"
#include "policy/event_save.h"

struct job {
	struct cli *c;
	struct str file;
	bool publish;
	size_t events, added, changed, same, refused; /* events */
	size_t attrs, attrs_refused;
	enum rc worst;
	struct err why; /* of the first refused one */
};

static void show_errors(struct job *j, const struct uuid *uuid, const struct save *s)
{
	char text[UUID_TEXT + 1];

	uuid_text(uuid, text);
	for (size_t i = 0; i < s->error_n; i++) {
		const struct save_error *e = &s->errors[i];

		cli_say("%.*s: event %s: %s %zu: %s%s%s", STR(j->file), text, e->what, e->position, e->field, *e->field ? ": " : "", e->msg);
	}
	if (s->error_total > s->error_n)
		cli_say("%.*s: event %s: %zu more were refused", STR(j->file), text, s->error_total - s->error_n);
}

static enum rc publish(struct ctx *cx, int64_t id)
{
	struct event e;

	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = id }, &e));
	return e.published ? RC_OK : event_publish(cx, &e, true);
}

/* *what: "added", "changed" or "unchanged" */
static enum rc take(struct ctx *cx, struct job *j, struct str text, struct save *s, int64_t *id, const char **what)
{
	struct event e;
	enum rc rc = event_add(cx, text, s, id);

	*what = "added";
	if (rc == RC_EXISTS && *id) {
		ctx_forgive(cx);
		*what = "changed";
		s->from_feed = false; /* only what is newer counts */
		TRY(event_load(cx, cx->scope, &(struct event_key){ .id = *id }, &e));
		rc = event_edit(cx, &e, text, s);
		if (rc == RC_INVALID && str_find(str_c(cx->err.msg), S("not newer")) != STR_NONE) {
			ctx_forgive(cx);
			*what = "unchanged";
			rc = RC_OK;
		}
	}
	if (rc == RC_OK && j->publish)
		rc = publish(cx, *id);
	return rc;
}

static void report(struct job *j, const struct event_in *head, int64_t id, const char *what, const struct save *s)
{
	struct cli *c = j->c;

	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "file", j->file);
		jw_kstr(&w, "uuid", head->uuid.p ? head->uuid : S(""));
		jw_kstr(&w, "info", head->info.p ? head->info : S(""));
		jw_kint(&w, "event_id", id);
		jw_kstr(&w, "result", str_c(what));
		jw_kint(&w, "attributes", (int64_t)s->attrs_added);
		jw_kint(&w, "objects", (int64_t)s->objects_added);
		jw_kint(&w, "refused", (int64_t)s->error_total);
		if (c->cx.err.msg[0])
			jw_kstr(&w, "error", str_c(c->cx.err.msg));
		cli_row_end(c, &w);
		return;
	}
	cli_text(&c->out, j->file);
	buf_fmt(&c->out, ": event %lld %s, %zu attributes added", (long long)id, what, s->attrs_added);
	if (s->error_total)
		buf_fmt(&c->out, ", %zu parts refused", s->error_total);
	buf_str(&c->out, S(": "));
	cli_text(&c->out, head->info.p ? utf8_cut(head->info, 200) : S(""));
	buf_ch(&c->out, '\n');
}

static enum rc on_event(void *arg, struct ctx *cx, struct str text)
{
	struct job *j = arg;
	struct arena_mark m = arena_mark(cx->mem);
	struct save s = SAVE_LOCAL;
	struct event_in head = { 0 };
	struct uuid uuid = { 0 };
	const char *what = "refused";
	int64_t id = 0;
	enum rc rc;

	s.from_feed = true; /* its creator stays who it was */
	s.org_id = cx->who->org_id;
	j->events++;
	rc = misp_event_head(cx, text, &head);
	if (rc == RC_OK) {
		uuid_parse(head.uuid, &uuid);
		rc = take(cx, j, text, &s, &id, &what);
	}
	show_errors(j, &uuid, &s);
	if (rc != RC_OK && rc != RC_INVALID && rc != RC_BAD && rc != RC_DENIED) {
		save_clear(&s);
		return rc; /* not this event's fault */
	}
	if (rc != RC_OK) {
		what = "refused";
		j->refused++;
		cli_say("%.*s: event %.*s: %s", STR(j->file), STR(head.uuid.p ? utf8_cut(head.uuid, 40) : S("without uuid")), cx->err.msg);
		if (j->worst == RC_OK) {
			j->worst = rc;
			j->why = cx->err;
		}
	} else {
		j->added += *what == 'a';
		j->changed += *what == 'c';
		j->same += *what == 'u';
	}
	if (rc == RC_OK || j->c->json)
		report(j, &head, id, what, &s);
	ctx_forgive(cx);
	j->attrs += s.attrs_added;
	j->attrs_refused += s.attrs_refused;
	save_clear(&s);
	arena_reset(cx->mem, m);
	return cli_flush(j->c);
}

static enum rc run(struct cli *c)
{
	struct job j = { .c = c, .publish = cli_has(c, "publish") };

	TRY(cli_store(c));
	for (size_t i = 0; i < c->operand_n; i++) {
		struct arena_mark m = arena_mark(c->cx.mem);
		struct str text;
		enum rc rc;

		j.file = c->operand[i];
		TRY(cli_input(&c->cx, j.file, &text));
		rc = misp_events_each(&c->cx, text, on_event, &j);
		arena_reset(c->cx.mem, m);
		if (rc == RC_BAD || rc == RC_INVALID) { /* the next file may be better */
			cli_say("%.*s: %s", STR(j.file), c->cx.err.msg);
			j.worst = j.worst == RC_OK ? rc : j.worst;
			ctx_forgive(&c->cx);
			rc = RC_OK;
		}
		TRY(rc);
	}
	if (!c->json)
		buf_fmt(&c->out, "%zu events: %zu added, %zu changed, %zu unchanged, %zu refused; %zu attributes added, %zu refused\n", j.events, j.added,
			j.changed, j.same, j.refused, j.attrs, j.attrs_refused);
	return j.worst == RC_OK ? RC_OK : fail(&c->cx, j.worst, "not everything could be taken in");
}

const struct command CMD_IMPORT = {
	.name = "import", .operands = "FILE...", .help = "take in events from MISP JSON files",
	.more = "A file holds one event, a list of events, or {\"response\": [...]}; - reads standard input. Events are not published\n"
		"unless --publish is given. An event that is here already is changed when the file's is newer. What is wrong in an\n"
		"event is reported, the rest of it is kept.",
	.opts = (const struct cli_opt[]){ { "publish", NULL, "publish the events" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = -1,
	.run = run,
};
