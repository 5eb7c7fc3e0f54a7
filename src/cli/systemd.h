/* systemd.h - telling the service manager how far we are (sd_notify's protocol: one datagram to $NOTIFY_SOCKET). */
#ifndef CLI_SYSTEMD_H
#define CLI_SYSTEMD_H

/* "READY=1", "STOPPING=1", "STATUS=..." with line feeds between. Nothing when there is no such socket. */
void systemd_notify(const char *state);
/* RELOADING=1 with the time systemd wants beside it; READY=1 ends it. */
void systemd_reloading(void);

#endif
