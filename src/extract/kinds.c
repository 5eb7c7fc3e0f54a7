/* kinds.c - recognisers of single values and the lists behind them. */
#include "extract/kinds.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>

struct str kind_hash_of_length(size_t n)
{
	switch (n) {
	case 32:
		return S("md5");
	case 40:
		return S("sha1");
	case 56:
		return S("sha224");
	case 64:
		return S("sha256");
	case 96:
		return S("sha384");
	case 128:
		return S("sha512");
	}
	return (struct str){ 0 };
}

bool kind_ipv4(struct str s)
{
	unsigned v = 0, digits = 0, dots = 0;

	if (s.n < 7 || s.n > 15)
		return false;
	for (size_t i = 0; i <= s.n; i++) {
		if (i == s.n || s.p[i] == '.') {
			if (digits == 0 || v > 255)
				return false;
			dots += i < s.n;
			digits = v = 0;
		} else if (ch_digit(s.p[i])) {
			if (digits && v == 0)
				return false; /* leading zero */
			v = v * 10 + (unsigned)(s.p[i] - '0');
			if (++digits > 3)
				return false;
		} else {
			return false;
		}
	}
	return dots == 3;
}

static bool base58check(struct str s)
{
	static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	uint8_t out[25] = { 0 };
	uint8_t h[32];

	for (size_t i = 0; i < s.n; i++) {
		const char *q = memchr(alphabet, s.p[i], sizeof(alphabet) - 1);
		unsigned carry;

		if (!q)
			return false;
		carry = (unsigned)(q - alphabet);
		for (int j = 24; j >= 0; j--) {
			carry += 58u * out[j];
			out[j] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	crypto_hash_sha256(h, out, 21);
	crypto_hash_sha256(h, h, 32);
	return memcmp(h, out + 21, 4) == 0 && (out[0] == 0 || out[0] == 5);
}

static int bech32_digit(int c)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	const char *q = c > 0 ? strchr(alphabet, c) : NULL;

	return q ? (int)(q - alphabet) : -1;
}

static bool bech32(struct str s)
{
	static const uint32_t gen[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	static const uint8_t prefix[5] = { 3, 3, 0, 2, 3 }; /* "bc" expanded */
	uint32_t chk = 1;

	for (size_t i = 0; i < 5 + s.n - 3; i++) {
		int d = i < 5 ? prefix[i] : bech32_digit(ch_to_lower(s.p[i - 5 + 3]));
		uint32_t top = chk >> 25;

		if (d < 0)
			return false;
		chk = (chk & 0x1ffffff) << 5 ^ (uint32_t)d;
		for (int k = 0; k < 5; k++)
			if (top >> k & 1)
				chk ^= gen[k];
	}
	return chk == 1 || chk == 0x2bc830a3;
}

bool kind_btc(struct str s)
{
	if (s.n >= 26 && s.n <= 35 && (s.p[0] == '1' || s.p[0] == '3'))
		return base58check(s);
	if (s.n >= 14 && s.n <= 74 && (str_starts(s, S("bc1")) || str_starts(s, S("BC1"))))
		return bech32(s);
	return false;
}

static size_t ssdeep_part(struct str s, size_t from)
{
	size_t i = from;

	while (i < s.n && (ch_alnum((unsigned char)s.p[i]) || s.p[i] == '/' || s.p[i] == '+'))
		i++;
	return i - from;
}

size_t kind_ssdeep(struct str s)
{
	size_t i = 0, a, b;
	uint64_t block = 0;

	while (i < s.n && i < 9 && ch_digit(s.p[i]))
		block = block * 10 + (uint64_t)(s.p[i++] - '0');
	if (i == 0 || i >= s.n || s.p[i] != ':' || block < 3)
		return 0;
	while (block % 2 == 0) /* block sizes are 3 * 2^k */
		block /= 2;
	if (block != 3)
		return 0;
	a = ssdeep_part(s, i + 1);
	if (a < 8 || a > 64 || i + 1 + a >= s.n || s.p[i + 1 + a] != ':')
		return 0;
	b = ssdeep_part(s, i + 1 + a + 1);
	if (b < 4 || b > 64)
		return 0;
	return i + 1 + a + 1 + b;
}

bool kind_as(struct str s)
{
	uint64_t n;

	return s.n >= 3 && s.n <= 12 && s.p[0] == 'A' && s.p[1] == 'S' && s.p[2] != '0' &&
		str_u64(str_from(s, 2), &n) && n <= UINT32_MAX;
}

size_t kind_cve(struct str s)
{
	size_t i = 9;

	if (s.n < 13 || !str_starts_nocase(s, S("cve-")) || s.p[8] != '-')
		return 0;
	for (size_t k = 4; k < 8; k++)
		if (!ch_digit(s.p[k]))
			return 0;
	while (i < s.n && ch_digit(s.p[i]))
		i++;
	return i >= 13 && i <= 28 ? i : 0;
}

bool kind_mac(struct str s)
{
	if (s.n != 17 || (s.p[2] != ':' && s.p[2] != '-'))
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s.p[i] != s.p[2] : ch_hex((unsigned char)s.p[i]) < 0)
			return false;
	return true;
}

/* clang-format off */
/* Sorted, lower case. A '*' in front: a top-level domain too. */
#define BOTH_COUNT 9
static const char *const exts[] = {
	"*ai", "*app", "*cab", "*md", "*mov", "*py", "*sh", "*so", "*zip", "7z", "ace", "apk", "appx", "arj",
	"asp", "aspx", "bak", "bat", "bin", "bmp", "bz2", "cfg", "cfm", "chm", "class", "cmd", "conf", "config",
	"cpl", "cpp", "crt", "csproj", "css", "csv", "dat", "db", "deb", "dex", "dll", "dmg", "doc", "docm",
	"docx", "dotm", "drv", "elf", "eml", "exe", "fon", "gif", "gz", "hta", "htm", "html", "hwp", "ico",
	"img", "inf", "ini", "iso", "jar", "java", "jnlp", "jpeg", "jpg", "js", "jse", "json", "jsp", "jspx",
	"key", "ko", "lnk", "log", "lzh", "mht", "msg", "msi", "msix", "msp", "nls", "ocx", "odt", "ova",
	"pcap", "pdb", "pdf", "pem", "php", "phtml", "pif", "plist", "png", "ppam", "ppt", "pptm", "pptx", "ps1",
	"psd1", "psm1", "pyc", "pyd", "rar", "reg", "rpm", "rtf", "scf", "scr", "sct", "service", "sfx", "sln",
	"sql", "svg", "swf", "sys", "tar", "tgz", "theme", "tmp", "ttf", "txt", "url", "vb", "vbe", "vbs", "vhd",
	"vhdx", "war", "wsc", "wsf", "wsh", "xlam", "xll", "xls", "xlsb", "xlsm", "xlsx", "xml", "xsl", "xz",
	"yaml", "yar", "yara", "yml", "zipx",
};
/* clang-format on */

static int ext_cmp(const void *k, const void *e)
{
	const struct str *key = k;
	const char *x = *(const char *const *)e;

	return str_cmp(*key, str_c(x));
}

enum ext_kind kind_ext(struct str ext)
{
	char low[9];
	struct str key = { low, ext.n + 1 };

	if (ext.n < 2 || ext.n > 7)
		return EXT_NONE;
	low[0] = '*';
	for (size_t i = 0; i < ext.n; i++)
		low[i + 1] = (char)ch_to_lower((unsigned char)ext.p[i]);
	if (bsearch(&key, exts, BOTH_COUNT, sizeof(*exts), ext_cmp))
		return EXT_BOTH;
	key = str_from(key, 1);
	return bsearch(&key, exts + BOTH_COUNT, sizeof(exts) / sizeof(*exts) - BOTH_COUNT, sizeof(*exts), ext_cmp)
		? EXT_FILE
		: EXT_NONE;
}

/* clang-format off */
static const char *const sites[] = {
	"abuse.ch", "alienvault.com", "any.run", "archive.org", "attack.mitre.org", "bleepingcomputer.com",
	"censys.io", "cisa.gov", "crowdstrike.com", "cve.org", "decoded.avast.io", "eset.com", "exploit-db.com",
	"facebook.com", "fireeye.com", "fortinet.com", "github.com", "hybrid-analysis.com", "infosec.exchange",
	"intezer.com", "joesandbox.com", "kaspersky.com", "krebsonsecurity.com", "linkedin.com",
	"malpedia.caad.fkie.fraunhofer.de", "malwarebytes.com", "mandiant.com", "mastodon.social", "medium.com",
	"microsoft.com", "mitre.org", "nist.gov", "paloaltonetworks.com", "proofpoint.com", "reddit.com",
	"securelist.com", "sentinelone.com", "shodan.io", "sophos.com", "symantec.com", "t.me",
	"talosintelligence.com", "trendmicro.com", "tria.ge", "twitter.com", "urlscan.io", "us-cert.gov",
	"virustotal.com", "welivesecurity.com", "wikipedia.org", "x.com", "youtube.com", "zscaler.com",
};
/* clang-format on */

static int site_cmp(const void *k, const void *e)
{
	const struct str *key = k;

	return str_cmp(*key, str_c(*(const char *const *)e));
}

bool kind_reference_site(struct str host)
{
	for (;;) {
		size_t dot;

		if (bsearch(&host, sites, sizeof(sites) / sizeof(*sites), sizeof(*sites), site_cmp))
			return true;
		dot = str_chr(host, '.');
		if (dot == STR_NONE)
			return false;
		host = str_from(host, dot + 1);
	}
}

bool kind_scheme(struct str s)
{
	static const char *const known[] = { "http", "https", "ftp", "ftps", "sftp", "tcp", "udp", "ws", "wss", "ssh",
		"smb", "ldap", "ldaps", "rtsp", "rtmp", "irc", "ircs", "stratum+tcp", "tftp", "rmi", "dns", "socks5" };

	if (s.n < 2)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if ((s.p[0] | 0x20) == known[i][0] && str_eq_nocase(s, str_c(known[i])))
			return true;
	return false;
}
