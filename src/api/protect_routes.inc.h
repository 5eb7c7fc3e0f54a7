/* protect_routes.inc.h - rows of the route table for protected events and their keys; included by routes.c. */
{ HTTP_POST, "/events/protect/:id", events_protect, PERM(ADD), ROUTE_WRITE, 1 << 16, "Saved" },
{ HTTP_POST, "/events/unprotect/:id", events_unprotect, PERM(ADD), ROUTE_WRITE, 1 << 16, "Saved" },
{ HTTP_GET | HTTP_POST, "/cryptographic_keys", crypt_keys_index, 0, ROUTE_READ, 1 << 16, "CryptographicKeyList" },
{ HTTP_GET | HTTP_POST, "/cryptographic_keys/index/:event?", crypt_keys_index, 0, ROUTE_READ, 1 << 16, "CryptographicKeyList" },
{ HTTP_GET, "/cryptographic_keys/view/:id", crypt_keys_view, 0, ROUTE_READ, 0, "CryptographicKey" },
{ HTTP_POST, "/cryptographic_keys/add/Event/:event", crypt_keys_add, PERM(ADD), ROUTE_WRITE, 2 << 20, "CryptographicKey" },
{ HTTP_POST | HTTP_DELETE, "/cryptographic_keys/delete/:id", crypt_keys_delete, PERM(ADD), ROUTE_WRITE, 1 << 16, "Saved" },
{ HTTP_POST, "/cryptographic_keys/serverSign", crypt_keys_sign, PERM(SITE_ADMIN), ROUTE_READ, 16 << 20, "Text" },
