/* sys_log.h - lines to the system's log (syslog). One file, since the names of <syslog.h> are not for others. */
#ifndef BASE_SYS_LOG_H
#define BASE_SYS_LOG_H

#include "base/str.h"

/* ident: the name of the program in it, cut at 63 bytes. By one thread. */
void sys_log(struct str ident, struct str line);

#endif
