/* sys_log.c - see sys_log.h. */
#include "base/sys_log.h"

#include <string.h>
#include <syslog.h>

void sys_log(struct str ident, struct str line)
{
	static char name[64]; /* syslog keeps the pointer */

	ident = str_sub(ident, 0, sizeof(name) - 1);
	if (!str_eq(ident, str_c(name))) {
		closelog();
		memset(name, 0, sizeof(name));
		if (ident.n)
			memcpy(name, ident.p, ident.n);
		openlog(name, LOG_NDELAY | LOG_PID, LOG_USER);
	}
	syslog(LOG_INFO, "%.*s", STR(line));
}
