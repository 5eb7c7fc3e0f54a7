/* rules.h - handlers of notice lists, expressions of import, allowed lists, and of what does not correlate. */
#ifndef API_RULES_H
#define API_RULES_H

#include "api/api.h"

route_fn noticelists_index, noticelists_view, noticelists_preview, noticelists_enable, noticelists_toggle, noticelists_update, noticelists_delete;
route_fn regexp_index, regexp_view, regexp_add, regexp_edit, regexp_delete, regexp_clean_all;
route_fn allowedlists_index, allowedlists_add, allowedlists_edit, allowedlists_delete;
route_fn exclusions_index, exclusions_view, exclusions_add, exclusions_edit, exclusions_delete, exclusions_clean;
route_fn corr_rules_index, corr_rules_view, corr_rules_add, corr_rules_edit, corr_rules_delete;
route_fn correlations_top, correlations_generate_top, correlations_over, correlations_occurrences, correlations_switch;

#endif
