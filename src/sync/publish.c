/* publish.c - see publish.h. */
#include "sync/publish.h"

#include <pthread.h>
#include <string.h>
#include <zmq.h>

enum { ADDRESS_MAX = 256, HIGH_WATER = 1000 };

static struct {
	pthread_mutex_t lock;
	void *ctx, *socket;
	char address[ADDRESS_MAX];
} pub = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The lock is held. */
static bool bound(const char *address)
{
	int linger = 0, high = HIGH_WATER;

	if (pub.socket && strcmp(pub.address, address) == 0)
		return true;
	if (!pub.ctx)
		pub.ctx = zmq_ctx_new();
	if (pub.socket)
		zmq_close(pub.socket);
	pub.socket = pub.ctx ? zmq_socket(pub.ctx, ZMQ_PUB) : NULL;
	if (!pub.socket)
		return false;
	zmq_setsockopt(pub.socket, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(pub.socket, ZMQ_SNDHWM, &high, sizeof(high));
	if (zmq_bind(pub.socket, address) == 0) {
		memcpy(pub.address, address, strlen(address) + 1);
		return true;
	}
	zmq_close(pub.socket);
	pub.socket = NULL;
	return false;
}

enum rc publish_zmq(struct ctx *cx, struct str host, int64_t port, const char *topic, struct str json)
{
	struct str address = str_fmt(cx->mem, "tcp://%.*s:%lld", STR(host), (long long)port), text = str_fmt(cx->mem, "%s %.*s", topic, STR(json));
	const char *why = NULL;

	if (address.n >= ADDRESS_MAX)
		return fail(cx, RC_METHOD, "the address of ZeroMQ is too long");
	pthread_mutex_lock(&pub.lock);
	if (!bound(address.p) || zmq_send(pub.socket, text.p, text.n, ZMQ_DONTWAIT) < 0)
		why = zmq_strerror(zmq_errno());
	pthread_mutex_unlock(&pub.lock);
	return why ? fail(cx, RC_METHOD, "ZeroMQ at %.*s: %s", STR(address), why) : RC_OK;
}
