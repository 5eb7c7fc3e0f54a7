/* rules_int.h - the rules a row of the type table names; shared by attr_type.c, normalise.c and validate.c only (and by the check
 * that compares the table with the published contract). Columns: name in C, name in the contract. */
#ifndef MODEL_RULES_INT_H
#define MODEL_RULES_INT_H

#include "base/arena.h"
#include "base/str.h"

/* Normalisation, applied in this order, each a bit of attr_type.norm; trimming comes first and for every type. */
#define NORM_TABLE(X) \
	X(SCHEME, "refang-scheme", norm_scheme) \
	X(DOT, "refang-dot", norm_dot) \
	X(AT, "refang-at", norm_at) \
	X(COLON, "refang-colon", norm_colon) \
	X(LOWER, "lower", norm_lower) \
	X(UPPER, "upper", norm_upper) \
	X(LOWER_SECOND, "lower-second", norm_lower_second) \
	X(IP, "ip", norm_ip) \
	X(DOMAIN, "domain", norm_domain) \
	X(DOMAIN_IP, "domain-ip", norm_domain_ip) \
	X(VULN, "vuln", norm_vuln) \
	X(DASH_UPPER, "dash-upper", norm_dash_upper) \
	X(DIGITS, "digits", norm_digits) \
	X(ALNUM_UPPER, "alnum-upper", norm_alnum_upper) \
	X(PHONE, "phone", norm_phone) \
	X(FINGERPRINT, "fingerprint", norm_fingerprint) \
	X(IP_PORT, "ip-port", norm_ip_port) \
	X(MAC, "mac", norm_mac) \
	X(HOST_PORT, "host-port", norm_host_port) \
	X(BOOLEAN, "boolean", norm_boolean) \
	X(DATETIME, "datetime", norm_datetime) \
	X(AS, "as", norm_as)

enum norm_rule {
#define X(name, text, fn) NORM_##name,
	NORM_TABLE(X)
#undef X
	NORM_COUNT
};

#define HINT " Please double check the value or select another type."
#define BAD_HASH(n) "Checksum must be " #n " hexadecimal characters." HINT
#define BAD_NAME_HASH(n) "Value must be a file name, \"|\" and " #n " hexadecimal characters in lower case." HINT

/* Validation: function, its argument, the message when it refuses. A function sees a value that is not empty. */
#define VALID_TABLE(X) \
	X(ANY, "any", v_any, 0, "Value cannot be empty.") \
	X(NONEMPTY, "nonempty", v_any, 0, "Value cannot be empty.") \
	X(ONE_LINE, "one-line", v_one_line, 0, "Value must not contain a line break.") \
	X(HEX32, "hex32", v_hex_n, 32, BAD_HASH(32)) \
	X(HEX40, "hex40", v_hex_n, 40, BAD_HASH(40)) \
	X(HEX56, "hex56", v_hex_n, 56, BAD_HASH(56)) \
	X(HEX62, "hex62", v_hex_n, 62, BAD_HASH(62)) \
	X(HEX64, "hex64", v_hex_n, 64, BAD_HASH(64)) \
	X(HEX96, "hex96", v_hex_n, 96, BAD_HASH(96)) \
	X(HEX128, "hex128", v_hex_n, 128, BAD_HASH(128)) \
	X(NAME_HEX32, "name-hex32", v_name_hex, 32, BAD_NAME_HASH(32)) \
	X(NAME_HEX40, "name-hex40", v_name_hex, 40, BAD_NAME_HASH(40)) \
	X(NAME_HEX56, "name-hex56", v_name_hex, 56, BAD_NAME_HASH(56)) \
	X(NAME_HEX64, "name-hex64", v_name_hex, 64, BAD_NAME_HASH(64)) \
	X(NAME_HEX96, "name-hex96", v_name_hex, 96, BAD_NAME_HASH(96)) \
	X(NAME_HEX128, "name-hex128", v_name_hex, 128, BAD_NAME_HASH(128)) \
	X(CDHASH, "cdhash", v_cdhash, 0, "Checksum must be at least 40 hexadecimal characters in lower case." HINT) \
	X(HEX, "hex", v_hex, 0, "Value must be hexadecimal characters only.") \
	X(SSDEEP, "ssdeep", v_ssdeep, 0, "Not an ssdeep hash (block size:hash:hash)." HINT) \
	X(IMPFUZZY, "impfuzzy", v_impfuzzy, 0, "Not an impfuzzy hash (number:hash:hash)." HINT) \
	X(TLSH, "tlsh", v_tlsh, 0, "Not a TLSH hash (at least 36 hexadecimal characters, \"t1\" before them allowed)." HINT) \
	X(TELFHASH, "telfhash", v_telfhash, 0, "Not a telfhash (70 or 72 hexadecimal characters)." HINT) \
	X(NAME_ANY, "name-any", v_name_any, 0, "Value must be a file name, \"|\" and a hash on one line." HINT) \
	X(NAME_SSDEEP, "name-ssdeep", v_name_ssdeep, 0, "Value must be a file name, \"|\" and an ssdeep hash." HINT) \
	X(NAME_IMPFUZZY, "name-impfuzzy", v_name_impfuzzy, 0, "Value must be a file name, \"|\" and an impfuzzy hash." HINT) \
	X(NAME_TLSH, "name-tlsh", v_name_tlsh, 0, "Value must be a file name, \"|\" and a TLSH hash." HINT) \
	X(IP_CIDR, "ip-cidr", v_ip, 0, "IP address or network has an invalid format.") \
	X(IP_PORT, "ip-port", v_ip_port, 0, "Value must be an IP address, \"|\" and a port number from 1 to 65535.") \
	X(DNS, "dns", v_dns, 0, "Host name has an invalid format." HINT) \
	X(DNS_IP, "dns-ip", v_dns_ip, 0, "Value must be a domain, \"|\" and an IP address.") \
	X(DNS_PORT, "dns-port", v_dns_port, 0, "Value must be a host name, \"|\" and a port number from 1 to 65535.") \
	X(PORT, "port", v_port, 0, "Port must be a whole number from 1 to 65535.") \
	X(ASN, "asn", v_asn, 0, "AS number must be a whole number from 1 to 4294967295.") \
	X(MAC48, "mac48", v_mac, 6, "MAC address must be six pairs of hexadecimal characters.") \
	X(MAC64, "mac64", v_mac, 8, "EUI-64 address must be eight pairs of hexadecimal characters.") \
	X(LINK, "link", v_link, 0, "Link must be a complete URL with a scheme and a host.") \
	X(ONION, "onion", v_onion, 0, "Onion address has an invalid format." HINT) \
	X(MAIL, "mail", v_mail, 0, "E-mail address has an invalid format." HINT) \
	X(HTTP_METHOD, "http-method", v_http_method, 0, "Unknown HTTP method.") \
	X(SSH_FP, "ssh-fp", v_ssh_fp, 0, "SSH fingerprint must be SHA256 in base64 or MD5 in hexadecimal form.") \
	X(VULN, "vuln", v_vuln, 0, "Vulnerability identifier has an invalid format, expected for example CVE-2024-12345.") \
	X(CWE, "cwe", v_cwe, 0, "Weakness must have the form CWE- and a number.") \
	X(SERVICE, "service", v_service, 0, "Service name must be at most 256 characters without slashes.") \
	X(NUMERIC, "numeric", v_numeric, 0, "Value must be a number.") \
	X(UINT, "uint", v_uint, 0, "Value must be a whole number of 0 or more.") \
	X(INT, "int", v_int, 0, "Value must be a whole number.") \
	X(ALNUM, "alnum", v_alnum, 0, "Value must be letters and digits only.") \
	X(BOOLEAN, "boolean", v_boolean, 0, "Value must be 0 or 1.") \
	X(DATETIME, "datetime", v_datetime, 0, "Date and time cannot be read, expected for example 2024-01-31T12:00:00+0000.") \
	X(UUID, "uuid", v_uuid, 0, "UUID has an invalid format.") \
	X(JSON, "json", v_json, 0, "Value must be valid JSON.")

enum valid_rule {
#define X(name, text, fn, arg, msg) VALID_##name,
	VALID_TABLE(X)
#undef X
	VALID_COUNT
};

/* Names in the contract, for the data check. */
const char *norm_rule_name(enum norm_rule r);
const char *valid_rule_name(enum valid_rule r);

#endif
