/* audit.c - see audit.h. */
#include "store/audit.h"

#include <pthread.h>
#include <stdlib.h>

#include "model/user.h"

enum { QUEUE_MAX = 4096 };

struct queued {
	struct queued *next;
	int64_t at_us, user_id, org_id, auth_key_id, model_id, event_id;
	const char *action, *model;
	char *origin, *title;
};

static struct {
	pthread_mutex_t lock;
	struct queued *head, **tail;
	size_t n, lost;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const struct sql INSERT = SQL("INSERT INTO audit (id, at_us, user_id, org_id, auth_key_id, origin, action, model, model_id, event_id, "
				     "title, change) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");

enum rc audit_add(struct ctx *cx, const struct audit *a, int64_t *id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n;

	TRY(id_next(cx, "audit", &n));
	TRY(stmt_open(cx, cx->conn, &INSERT, &q));
	bind_i64(&q, 1, n);
	bind_i64(&q, 2, cx->now_us);
	bind_i64(&q, 3, cx->who ? cx->who->id : 0);
	bind_i64(&q, 4, cx->who ? cx->who->org_id : 0);
	bind_i64(&q, 5, cx->auth_key_id);
	bind_text(&q, 6, cx->origin.p ? cx->origin : S(""));
	bind_text(&q, 7, str_c(a->action));
	bind_text(&q, 8, str_c(a->model));
	bind_i64(&q, 9, a->model_id);
	bind_i64(&q, 10, a->event_id);
	bind_text(&q, 11, a->title.p ? a->title : S(""));
	bind_text(&q, 12, a->change);
	TRY(stmt_run(cx, &q));
	if (id)
		*id = n;
	return RC_OK;
}

static void queued_free(struct queued *e)
{
	free(e->origin);
	free(e->title);
	free(e);
}

void audit_queue(struct ctx *cx, const struct audit *a)
{
	struct queued *e = malloc(sizeof(*e)), *old = NULL;

	if (!e)
		return;
	*e = (struct queued){
		.at_us = cx->now_us,
		.user_id = cx->who ? cx->who->id : 0,
		.org_id = cx->who ? cx->who->org_id : 0,
		.auth_key_id = cx->auth_key_id,
		.model_id = a->model_id,
		.event_id = a->event_id,
		.action = a->action,
		.model = a->model,
		.origin = str_malloc(cx->origin),
		.title = str_malloc(a->title),
	};
	pthread_mutex_lock(&queue.lock);
	if (!queue.tail)
		queue.tail = &queue.head;
	if (queue.n == QUEUE_MAX) {
		old = queue.head;
		queue.head = old->next;
		if (!queue.head)
			queue.tail = &queue.head;
		queue.n--;
		queue.lost++;
	}
	*queue.tail = e;
	queue.tail = &e->next;
	queue.n++;
	pthread_mutex_unlock(&queue.lock);
	if (old)
		queued_free(old);
}

static enum rc write_all(struct ctx *cx, struct queued *list, size_t lost)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct id_run run = { 0 };

	TRY(id_run_begin(cx, "audit", &run));
	TRY(stmt_open(cx, cx->conn, &INSERT, &q));
	for (struct queued *e = list; e; e = e->next) {
		bind_i64(&q, 1, run.next++);
		bind_i64(&q, 2, e->at_us);
		bind_i64(&q, 3, e->user_id);
		bind_i64(&q, 4, e->org_id);
		bind_i64(&q, 5, e->auth_key_id);
		bind_text(&q, 6, str_c(e->origin));
		bind_text(&q, 7, str_c(e->action));
		bind_text(&q, 8, str_c(e->model));
		bind_i64(&q, 9, e->model_id);
		bind_i64(&q, 10, e->event_id);
		bind_text(&q, 11, str_c(e->title));
		bind_null(&q, 12);
		TRY(stmt_run(cx, &q));
	}
	if (lost) {
		bind_i64(&q, 1, run.next++);
		bind_i64(&q, 2, cx->now_us);
		for (int i = 3; i <= 5; i++)
			bind_i64(&q, i, 0);
		bind_text(&q, 6, S("audit"));
		bind_text(&q, 7, S("lost"));
		bind_text(&q, 8, S("Audit"));
		bind_i64(&q, 9, (int64_t)lost);
		bind_i64(&q, 10, 0);
		bind_text(&q, 11, S("audit rows of reads and refusals dropped: the queue was full"));
		bind_null(&q, 12);
		TRY(stmt_run(cx, &q));
	}
	return id_run_end(cx, &run);
}

enum rc audit_flush(struct ctx *cx)
{
	struct queued *list;
	size_t lost;
	enum rc rc;

	pthread_mutex_lock(&queue.lock);
	list = queue.head;
	lost = queue.lost;
	queue.head = NULL;
	queue.tail = &queue.head;
	queue.n = queue.lost = 0;
	pthread_mutex_unlock(&queue.lock);
	if (!list)
		return RC_OK;
	rc = store_begin(cx);
	if (rc == RC_OK) {
		rc = write_all(cx, list, lost);
		if (rc == RC_OK)
			rc = store_commit(cx);
		else
			store_rollback(cx);
	}
	while (list) {
		struct queued *e = list;

		list = e->next;
		queued_free(e);
	}
	return rc;
}
