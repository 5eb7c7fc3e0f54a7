/* publish.h - documents to whoever subscribes over ZeroMQ. One PUB socket a process, bound when it is first needed and anew when its address changes. */
#ifndef SYNC_PUBLISH_H
#define SYNC_PUBLISH_H

#include "base/ctx.h"

/* The message is "topic json", as MISP's subscribers expect. RC_METHOD when the address cannot be bound. Nobody need be there to hear it. */
MUST_USE enum rc publish_zmq(struct ctx *cx, struct str host, int64_t port, const char *topic, struct str json);

#endif
