/* event_reports.h - what the files about event reports share. */
#ifndef API_EVENT_REPORTS_H
#define API_EVENT_REPORTS_H

#include "api/api.h"
#include "format/misp_write.h"
#include "policy/report_save.h"

/* The members of a report into the open object. */
void report_write(struct jw *w, const struct report *r);
/* {"EventReport", "Event", "SharingGroup"}; analyst: what people said about it, too. */
MUST_USE enum rc report_row_write(struct ctx *cx, struct jw *w, const struct report_row *r, bool analyst);
/* That of one report, as it is now. */
MUST_USE enum rc report_answer(struct req *rq, struct resp *rs, int64_t id, bool analyst);
/* The report that the path names first; to_edit: with its event, and RC_DENIED unless the user may change that. */
MUST_USE enum rc api_report(struct req *rq, struct report *out);
MUST_USE enum rc api_report_to_edit(struct req *rq, struct report *r, struct event *e);

#endif
