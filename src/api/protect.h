/* protect.h - handlers of protected events and their keys. */
#ifndef API_PROTECT_H
#define API_PROTECT_H

#include "api/api.h"

route_fn events_protect, events_unprotect, crypt_keys_index, crypt_keys_view, crypt_keys_add, crypt_keys_delete, crypt_keys_sign;

#endif
