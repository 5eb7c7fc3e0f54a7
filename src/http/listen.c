/* listen.c - the listening socket: from an address, or passed by systemd. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server_int.h"

#define LISTEN_FDS_START 3
#define BACKLOG 1024

/* host may be empty (all addresses); the port is a number. */
static bool split(struct str addr, struct str *host, uint64_t *port)
{
	size_t colon = str_rchr(addr, ':');

	if (colon == STR_NONE || !str_u64(str_from(addr, colon + 1), port) || *port > 65535)
		return false;
	*host = str_sub(addr, 0, colon);
	if (host->n > 1 && host->p[0] == '[' && host->p[host->n - 1] == ']')
		*host = str_sub(*host, 1, host->n - 2);
	else if (str_chr(*host, ':') != STR_NONE)
		return false;
	return host->n < 64;
}

bool http_addr_is_loopback(const char *addr)
{
	struct ip_addr a;
	struct str host;
	uint64_t port;

	return split(str_c(addr), &host, &port) &&
	       (str_eq_nocase(host, S("localhost")) || (ip_parse(host, &a) && ip_is_loopback(&a)));
}

enum rc http_listen(struct ctx *cx, const char *addr, int *out)
{
	static const int one = 1;
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6 };
	struct ip_addr a = { 0 };
	struct str host;
	uint64_t port;
	bool all, v4;
	int fd;

	if (!split(str_c(addr), &host, &port))
		return fail(cx, RC_BAD, "'%s' is not ADDRESS:PORT", addr);
	all = host.n == 0 || str_eq(host, S("*"));
	if (str_eq_nocase(host, S("localhost")))
		host = S("127.0.0.1");
	if (!all && !ip_parse(host, &a))
		return fail(cx, RC_BAD, "'%.*s' is not an address", STR(host));
	v4 = !all && ip_is_v4(&a);
	sa.sin6_port = htons((uint16_t)port);
	memcpy(&sa.sin6_addr, a.b, 16);
	fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 && all && errno == EAFNOSUPPORT) { /* a kernel without IPv6 */
		v4 = true;
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	if (fd < 0)
		return fail_errno(cx, RC_IO, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!v4) {
		int only = !all && memcmp(a.b, &in6addr_any, 16) != 0;

		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	}
	if (v4) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = sa.sin6_port };

		memcpy(&in.sin_addr, a.b + 12, 4);
		if (bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, BACKLOG) == 0)
			goto bound;
	} else if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 && listen(fd, BACKLOG) == 0) {
		goto bound;
	}
	fail_errno(cx, RC_IO, "cannot listen on %s", addr);
	close(fd);
	return RC_IO;
bound:
	*out = fd;
	return RC_OK;
}

enum rc http_socket_port(struct ctx *cx, int fd, uint16_t *out)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t n = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &n) < 0)
		return fail_errno(cx, RC_BAD, "cannot read the address of the listening socket");
	if (ss.ss_family == AF_INET)
		*out = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	else if (ss.ss_family == AF_INET6)
		*out = ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
	else
		return fail(cx, RC_BAD, "the listening socket is not a TCP socket");
	return RC_OK;
}

enum rc http_systemd_socket(struct ctx *cx, int *out_fd)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	socklen_t len = sizeof(int);
	uint64_t p = 0, n = 0;
	int listening = 0;
	uint16_t port;

	*out_fd = -1;
	if (!pid || !fds || !str_u64(str_c(pid), &p) || p != (uint64_t)getpid() || !str_u64(str_c(fds), &n) || n == 0)
		return RC_OK;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (n > 1)
		return fail(cx, RC_BAD, "%llu sockets were passed, one is wanted", (unsigned long long)n);
	if (getsockopt(LISTEN_FDS_START, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening)
		return fail(cx, RC_BAD, "the socket passed is not a listening one");
	TRY(http_socket_port(cx, LISTEN_FDS_START, &port));
	fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC);
	fcntl(LISTEN_FDS_START, F_SETFL, fcntl(LISTEN_FDS_START, F_GETFL) | O_NONBLOCK);
	*out_fd = LISTEN_FDS_START;
	return RC_OK;
}
