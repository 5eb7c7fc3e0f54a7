/* one-time passwords: the vectors of RFC 4226 and RFC 6238, the windows of time and counter, what is no secret */
#include "policy/otp.h"
#include "unit/tap.h"

/* base32 of "12345678901234567890" */
#define SECRET S("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

static void vectors(void)
{
	static const struct {
		uint64_t counter;
		const char *code;
	} t[] = {
		{ 0, "755224" }, { 1, "287082" }, { 2, "359152" }, { 9, "520489" }, /* RFC 4226, appendix D */
		{ 59 / 30, "287082" }, { 1111111109 / 30, "081804" }, { 1234567890 / 30, "005924" }, { 20000000000ull / 30, "353130" }, /* RFC 6238 */
	};
	char code[OTP_DIGITS + 1];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		CHECK(otp_at(SECRET, t[i].counter, code));
		CHECK_STR(str_c(code), str_c(t[i].code));
	}
	CHECK(otp_at(S("gezdgnbvgy3tqojqgezdgnbvgy3tqojq===="), 0, code) && strcmp(code, "755224") == 0);
	CHECK(!otp_at(S(""), 0, code) && !otp_at(S("1"), 0, code) && !otp_at(S("A"), 0, code) && !otp_at(S("ABC DEF"), 0, code));
}

static void windows(void)
{
	int64_t step = -1;

	CHECK(otp_by_time(SECRET, S("287082"), 59, &step) && step == 1);
	CHECK(otp_by_time(SECRET, S("287082"), 60, &step) && step == 1);  /* the one before */
	CHECK(otp_by_time(SECRET, S("287082"), 29, &step) && step == 1);  /* the one behind */
	CHECK(!otp_by_time(SECRET, S("287082"), 90, &step));
	CHECK(!otp_by_time(SECRET, S("28708"), 59, &step) && !otp_by_time(SECRET, S("2870822"), 59, &step) && !otp_by_time(SECRET, S(""), 59, &step));
	CHECK(otp_by_counter(SECRET, S("359152"), 0, 4, &step) && step == 2);
	CHECK(!otp_by_counter(SECRET, S("359152"), 3, 4, &step));
	CHECK(!otp_by_counter(SECRET, S("520489"), 0, 4, &step));
}

static void made(void)
{
	char a[OTP_SECRET + 1], b[OTP_SECRET + 1], code[OTP_DIGITS + 1];
	struct arena *m = arena_new(0);

	otp_secret(a);
	otp_secret(b);
	CHECK(strlen(a) == OTP_SECRET && strcmp(a, b) != 0 && otp_at(str_c(a), 1, code));
	CHECK_STR(otp_uri(m, S("A & B"), S("u@x.test"), SECRET),
		S("otpauth://totp/A%20%26%20B:u@x.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B"));
	arena_free(m);
}

int main(void)
{
	vectors();
	windows();
	made();
	return tap_done();
}
