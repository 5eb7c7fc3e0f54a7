/* user.c - rows of users and user_setting. Passwords arrive here hashed. */
#include "store/user.h"

#include "model/value.h"
#include "store/user_int.h"

#define COLS \
	"u.id, u.org_id, u.role_id, u.email, u.invited_by, u.autoalert, u.contactalert, u.disabled, u.change_pw, u.termsaccepted, u.gpgkey, " \
	"u.certif_public, u.nids_sid, u.expiration, u.last_login, u.current_login, u.last_api_access, u.last_pw_change, u.date_created, " \
	"u.date_modified, u.notification_daily, u.notification_weekly, u.notification_monthly, u.newsread, u.external_auth_required, " \
	"u.external_auth_key, CASE WHEN u.totp IS NULL THEN 0 ELSE 1 END, u.hotp_counter"
enum { COL_N = 28 };
#define FROM "SELECT " COLS ", o.id, o.uuid, o.name, o.local, " ROLE_COLS " FROM " ACTING_FROM

void acting_row(struct ctx *cx, struct stmt *q, int at, struct user *u)
{
	*u = (struct user){
		.id = col_i64(q, at),
		.org_id = col_i64(q, at + 1),
		.role_id = col_i64(q, at + 2),
		.email = col_text_dup(cx, q, at + 3),
		.disabled = col_i64(q, at + 4) || (!col_null(q, at + 6) && col_i64(q, at + 6) <= ctx_now_s(cx)),
		.change_pw = col_i64(q, at + 5),
		.org_name = col_text_dup(cx, q, at + 7),
		.has_groups = col_i64(q, at + 9),
	};
	col_uuid(q, at + 8, &u->org_uuid);
	role_row(cx, q, at + 10, &u->role);
	u->perms = u->role.perms;
	if (u->perms & PERM(SITE_ADMIN)) /* who administers everything administers each organisation */
		u->perms |= PERM(ADMIN);
}

enum rc user_acting(struct ctx *cx, int64_t id, struct user *out)
{
	static const struct sql Q = SQL("SELECT " ACTING_COLS " FROM " ACTING_FROM " WHERE u.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		acting_row(cx, &q, 0, out);
	return rc;
}

enum rc user_first_site_admin(struct ctx *cx, struct user *out)
{
	static const struct sql Q =
		SQL("SELECT " ACTING_COLS " FROM " ACTING_FROM " WHERE u.disabled = 0 AND (r.perms & $1) <> 0 ORDER BY u.id LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, PERM(SITE_ADMIN));
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		acting_row(cx, &q, 0, out);
	return rc;
}

static struct str text_or_null(struct ctx *cx, struct stmt *q, int i)
{
	return col_null(q, i) ? (struct str){ 0 } : col_text_dup(cx, q, i);
}

static void row(struct ctx *cx, struct stmt *q, struct user_row *w)
{
	*w = (struct user_row){
		.u = {
			.id = col_i64(q, 0),
			.org_id = col_i64(q, 1),
			.role_id = col_i64(q, 2),
			.email = col_text_dup(cx, q, 3),
			.invited_by = col_i64(q, 4),
			.autoalert = col_i64(q, 5),
			.contactalert = col_i64(q, 6),
			.disabled = col_i64(q, 7),
			.change_pw = col_i64(q, 8),
			.termsaccepted = col_i64(q, 9),
			.gpgkey = text_or_null(cx, q, 10),
			.certif_public = text_or_null(cx, q, 11),
			.nids_sid = col_i64(q, 12),
			.has_expiration = !col_null(q, 13),
			.expiration = col_i64(q, 13),
			.last_login = col_i64(q, 14),
			.current_login = col_i64(q, 15),
			.last_api_access = col_i64(q, 16),
			.last_pw_change = col_i64(q, 17),
			.date_created = col_i64(q, 18),
			.date_modified = col_i64(q, 19),
			.notification_daily = col_i64(q, 20),
			.notification_weekly = col_i64(q, 21),
			.notification_monthly = col_i64(q, 22),
			.newsread = col_i64(q, 23),
			.external_auth_required = col_i64(q, 24),
			.external_auth_key = col_text_dup(cx, q, 25),
			.totp = col_i64(q, 26),
			.hotp_counter = col_i64(q, 27),
		},
		.org = { .id = col_i64(q, COL_N), .name = col_text_dup(cx, q, COL_N + 2), .local = col_i64(q, COL_N + 3) },
	};
	col_uuid(q, COL_N + 1, &w->org.uuid);
	role_row(cx, q, COL_N + 4, &w->role);
}

enum rc user_load(struct ctx *cx, int64_t id, struct user_row *out)
{
	static const struct sql Q = SQL(FROM " WHERE u.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

static struct str email_fold(struct ctx *cx, struct str email)
{
	return value_fold(cx->mem, str_trim(email));
}

enum rc user_by_email(struct ctx *cx, struct str email, struct user_row *out)
{
	static const struct sql Q = SQL(FROM " WHERE u.email_fold = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, email_fold(cx, email));
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

static bool holds(struct ctx *cx, struct str text, struct str part)
{
	return str_find(value_fold(cx->mem, text), value_fold(cx->mem, part)) != STR_NONE;
}

static bool flag_fits(int want, bool have)
{
	return want == 0 || (want > 0) == have;
}

/* "a|b|!c": one of those without "!" (when there are any), and none of those with it. */
static bool text_fits(struct ctx *cx, struct str want, struct str have, bool part)
{
	struct cur c = cur_of(want);
	bool any = false, found = false;
	struct str piece;

	while (cur_until(&c, '|', &piece)) {
		bool not = piece.n && piece.p[0] == '!', fits;

		piece = str_trim(not ? str_from(piece, 1) : piece);
		if (!piece.n)
			continue;
		fits = part ? holds(cx, have, piece) : str_eq(have, piece);
		if (not && fits)
			return false;
		any |= !not;
		found |= !not && fits;
	}
	return !any || found;
}

static bool filter_fits(struct ctx *cx, const struct user_filter *f, const struct user_row *w)
{
	const struct user_record *u = &w->u;

	if (f->search.n && !holds(cx, u->email, f->search) && !holds(cx, w->org.name, f->search) && !holds(cx, w->role.name, f->search))
		return false;
	if (f->inactive_since && (u->last_login >= f->inactive_since || u->current_login >= f->inactive_since || u->last_api_access >= f->inactive_since))
		return false;
	return text_fits(cx, f->email, u->email, true) && text_fits(cx, f->roles, str_fmt(cx->mem, "%lld", (long long)u->role_id), false) &&
	       flag_fits(f->autoalert, u->autoalert) && flag_fits(f->contactalert, u->contactalert) &&
	       flag_fits(f->termsaccepted, u->termsaccepted) && flag_fits(f->disabled, u->disabled);
}

enum rc user_list(struct ctx *cx, const struct user_filter *f, struct user_row **out, size_t *n)
{
	static const struct sql Q = SQL(FROM " WHERE ($1 = 0 OR u.org_id = $1) AND ($2 = 0 OR u.role_id = $2) ORDER BY u.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, f->org_id);
	bind_i64(&q, 2, f->role_id);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e);
			if (!filter_fits(cx, f, e))
				continue);
}

enum rc user_password(struct ctx *cx, int64_t id, struct str *hash)
{
	static const struct sql Q = SQL("SELECT u.password FROM users u WHERE u.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	*hash = rc == RC_OK ? col_text_dup(cx, &q, 0) : S("");
	return rc == RC_DONE ? RC_OK : rc;
}

/* One "@" with something on both sides and no blank: mail systems know the rest better. */
bool user_email_plausible(struct str s)
{
	size_t at = str_chr(s, '@');

	if (s.n > 255 || at == STR_NONE || at == 0 || at + 1 == s.n || str_rchr(s, '@') != at)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("<>(),;:\\\"[]", s.p[i]))
			return false;
	return true;
}

static enum rc check(struct ctx *cx, const struct user_record *u)
{
	static const struct sql Q =
		SQL("SELECT (SELECT id FROM users WHERE email_fold = $1), (SELECT id FROM role WHERE id = $2), (SELECT id FROM org WHERE id = $3)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	if (!user_email_plausible(str_trim(u->email)))
		return fail_field(cx, RC_INVALID, "email", "This is no e-mail address.");
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, email_fold(cx, u->email));
	bind_i64(&q, 2, u->role_id);
	bind_i64(&q, 3, u->org_id);
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc;
	if (!col_null(&q, 0) && col_i64(&q, 0) != u->id)
		return fail_field(cx, RC_INVALID, "email", "Another user has this e-mail address.");
	if (col_null(&q, 1))
		return fail_field(cx, RC_INVALID, "role_id", "Invalid role");
	if (col_null(&q, 2))
		return fail_field(cx, RC_INVALID, "org_id", "Invalid organisation");
	return RC_OK;
}

static void bind_user(struct ctx *cx, struct stmt *q, const struct user_record *u)
{
	const bool flags[] = { u->autoalert, u->contactalert, u->disabled, u->change_pw, u->termsaccepted };

	bind_i64(q, 1, u->id);
	bind_text(q, 2, str_trim(u->email));
	bind_text(q, 3, email_fold(cx, u->email));
	bind_i64(q, 4, u->org_id);
	bind_i64(q, 5, u->role_id);
	bind_i64(q, 6, u->invited_by);
	for (int i = 0; i < 5; i++)
		bind_i64(q, 7 + i, flags[i]);
	bind_text(q, 12, u->gpgkey.n ? u->gpgkey : (struct str){ 0 });
	bind_text(q, 13, u->certif_public.n ? u->certif_public : (struct str){ 0 });
	bind_i64(q, 14, u->nids_sid);
	if (u->has_expiration)
		bind_i64(q, 15, u->expiration);
	else
		bind_null(q, 15);
	bind_i64(q, 16, u->date_modified);
	bind_i64(q, 17, u->notification_daily);
	bind_i64(q, 18, u->notification_weekly);
	bind_i64(q, 19, u->notification_monthly);
	bind_i64(q, 20, u->newsread);
	bind_i64(q, 21, u->external_auth_required);
	bind_text(q, 22, u->external_auth_key.p ? u->external_auth_key : S(""));
}

enum rc user_insert(struct ctx *cx, struct user_record *u, struct str password_hash)
{
	static const struct sql Q =
		SQL("INSERT INTO users (id, email, email_fold, org_id, role_id, invited_by, autoalert, contactalert, disabled, change_pw, "
		    "termsaccepted, gpgkey, certif_public, nids_sid, expiration, date_modified, notification_daily, notification_weekly, "
		    "notification_monthly, newsread, external_auth_required, external_auth_key, date_created, password, last_login, current_login, "
		    "last_api_access, last_pw_change) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
		    "$19, $20, $21, $22, $23, $24, 0, 0, 0, $23)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(check(cx, u));
	TRY(id_next(cx, "user", &u->id));
	u->date_created = u->date_modified = u->last_pw_change = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_user(cx, &q, u);
	bind_i64(&q, 23, u->date_created);
	bind_text(&q, 24, password_hash);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc user_update(struct ctx *cx, const struct user_record *u)
{
	static const struct sql Q =
		SQL("UPDATE users SET email = $2, email_fold = $3, org_id = $4, role_id = $5, invited_by = $6, autoalert = $7, contactalert = $8, "
		    "disabled = $9, change_pw = $10, termsaccepted = $11, gpgkey = $12, certif_public = $13, nids_sid = $14, expiration = $15, "
		    "date_modified = $16, notification_daily = $17, notification_weekly = $18, notification_monthly = $19, newsread = $20, "
		    "external_auth_required = $21, external_auth_key = $22 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct user_record now = *u;

	TRY(check(cx, u));
	now.date_modified = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_user(cx, &q, &now);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc user_password_set(struct ctx *cx, int64_t id, struct str hash, bool change_pw)
{
	static const struct sql Q = SQL("UPDATE users SET password = $2, change_pw = $3, last_pw_change = $4, date_modified = $4 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	bind_text(&q, 2, hash);
	bind_i64(&q, 3, change_pw);
	bind_i64(&q, 4, ctx_now_s(cx));
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc user_login_note(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("UPDATE users SET last_login = current_login, current_login = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	bind_i64(&q, 2, ctx_now_s(cx));
	return stmt_run(cx, &q);
}

enum rc user_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = {
		SQL("DELETE FROM auth_key WHERE user_id = $1"),
		SQL("DELETE FROM user_setting WHERE user_id = $1"),
		SQL("DELETE FROM session WHERE user_id = $1"),
		SQL("DELETE FROM users WHERE id = $1"),
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &list[i], &q));
		bind_i64(&q, 1, id);
		TRY(stmt_run(cx, &q));
	}
	return data_version_bump(cx, "user");
}

static void setting_row(struct ctx *cx, struct stmt *q, struct user_setting *s)
{
	*s = (struct user_setting){ col_i64(q, 0), col_text_dup(cx, q, 1), col_text_dup(cx, q, 2), col_i64(q, 3) };
}

enum rc user_setting_get(struct ctx *cx, int64_t user_id, struct str name, struct user_setting *out)
{
	static const struct sql Q = SQL("SELECT s.user_id, s.name, s.value, s.changed FROM user_setting s WHERE s.user_id = $1 AND s.name = $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_text(&q, 2, name);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		setting_row(cx, &q, out);
	return rc;
}

enum rc user_setting_list(struct ctx *cx, int64_t user_id, int64_t org_id, struct user_setting **out, size_t *n)
{
	static const struct sql Q =
		SQL("SELECT s.user_id, s.name, s.value, s.changed FROM user_setting s JOIN users u ON u.id = s.user_id "
		    "WHERE ($1 = 0 OR s.user_id = $1) AND ($2 = 0 OR u.org_id = $2) ORDER BY s.user_id, s.name");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	size_t cap = 0;
	struct user_setting *v = NULL;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_i64(&q, 2, org_id);
	*n = 0;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		setting_row(cx, &q, &v[(*n)++]);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc user_setting_set(struct ctx *cx, int64_t user_id, struct str name, struct str value)
{
	static const struct sql Q = SQL("INSERT INTO user_setting (user_id, name, value, changed) VALUES ($1, $2, $3, $4) "
					"ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value, changed = excluded.changed");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_text(&q, 2, name);
	bind_text(&q, 3, value);
	bind_i64(&q, 4, ctx_now_s(cx));
	return stmt_run(cx, &q);
}

enum rc user_setting_delete(struct ctx *cx, int64_t user_id, struct str name, bool *was)
{
	static const struct sql Q = SQL("DELETE FROM user_setting WHERE user_id = $1 AND name = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_text(&q, 2, name);
	TRY(stmt_run(cx, &q));
	*was = q.changes > 0;
	return RC_OK;
}
