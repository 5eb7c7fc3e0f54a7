/* otp.c - see otp.h. */
#include "policy/otp.h"

#include <sodium.h>

#include "base/buf.h"
#include "base/sum.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void otp_secret(char out[OTP_SECRET + 1])
{
	for (int i = 0; i < OTP_SECRET; i++)
		out[i] = letters[randombytes_uniform(32)];
	out[OTP_SECRET] = 0;
}

/* Bytes of a base32 text into out[80]; 0 when it is none. */
static size_t bytes_of(struct str s, uint8_t out[80])
{
	uint32_t acc = 0;
	size_t n = 0;
	int bits = 0;

	if (s.n > 128)
		return 0;
	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		const char *at = s.p[i] ? strchr(letters, ch_to_upper((unsigned char)s.p[i])) : NULL;

		if (!at)
			return 0;
		acc = (acc << 5 | (uint32_t)(at - letters)) & 0xfff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	return n;
}

bool otp_at(struct str secret, uint64_t counter, char out[OTP_DIGITS + 1])
{
	uint8_t key[80], sum[SHA1_LEN], count[8];
	size_t n = bytes_of(secret, key);
	uint32_t v;
	int at;

	if (!n)
		return false;
	for (int i = 0; i < 8; i++)
		count[i] = (uint8_t)(counter >> (56 - 8 * i));
	sum_hmac_sha1(str_n((const char *)key, n), str_n((const char *)count, 8), sum);
	at = sum[SHA1_LEN - 1] & 15;
	v = ((uint32_t)(sum[at] & 0x7f) << 24 | (uint32_t)sum[at + 1] << 16 | (uint32_t)sum[at + 2] << 8 | sum[at + 3]) % 1000000;
	for (int i = OTP_DIGITS - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	out[OTP_DIGITS] = 0;
	return true;
}

static bool is_code_of(struct str secret, struct str code, int64_t counter)
{
	char want[OTP_DIGITS + 1];

	return counter >= 0 && otp_at(secret, (uint64_t)counter, want) && sodium_memcmp(want, code.p, OTP_DIGITS) == 0;
}

bool otp_by_time(struct str secret, struct str code, int64_t now_s, int64_t *step)
{
	int64_t now = now_s / OTP_STEP_S;
	bool found = false;

	if (code.n != OTP_DIGITS)
		return false;
	for (int64_t i = now - 1; i <= now + 1; i++)
		if (is_code_of(secret, code, i)) {
			*step = i;
			found = true;
		}
	return found;
}

bool otp_by_counter(struct str secret, struct str code, int64_t counter, int ahead, int64_t *used)
{
	if (code.n != OTP_DIGITS)
		return false;
	for (int i = 0; i <= ahead; i++)
		if (is_code_of(secret, code, counter + i)) {
			*used = counter + i;
			return true;
		}
	return false;
}

static void escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ch_alnum(c) || (c && strchr("-._~@", c)))
			buf_ch(b, (char)c);
		else
			buf_fmt(b, "%%%02X", c);
	}
}

struct str otp_uri(struct arena *a, struct str issuer, struct str account, struct str secret)
{
	struct buf b;
	struct str out;

	buf_init(&b, 1 << 16);
	buf_str(&b, S("otpauth://totp/"));
	escaped(&b, issuer);
	buf_ch(&b, ':');
	escaped(&b, account);
	buf_fmt(&b, "?secret=%.*s&issuer=", STR(secret));
	escaped(&b, issuer);
	out = str_dup(a, buf_view(&b));
	buf_clear(&b);
	return out;
}
