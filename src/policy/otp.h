/* otp.h - one-time passwords of six digits: by the clock (RFC 6238, 30 seconds, SHA-1) and by a counter (RFC 4226). Pure functions.
 *
 *     otp_secret(secret);                                   once, shown to the user as base32
 *     if (otp_by_time(S(secret), code, now_s, &step) && step > last_step) ...
 */
#ifndef POLICY_OTP_H
#define POLICY_OTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

enum { OTP_SECRET = 32, OTP_DIGITS = 6, OTP_STEP_S = 30 };

void otp_secret(char out[OTP_SECRET + 1]); /* 160 random bits as base32 */
/* False for a secret that is no base32. */
bool otp_at(struct str secret, uint64_t counter, char out[OTP_DIGITS + 1]);
/* The code of now, or of one step before or after; *step is the one. */
bool otp_by_time(struct str secret, struct str code, int64_t now_s, int64_t *step);
/* The code of counter, or of one of the next ahead; *used is the one. */
bool otp_by_counter(struct str secret, struct str code, int64_t counter, int ahead, int64_t *used);
/* otpauth://totp/ISSUER:ACCOUNT?secret=... for an app. */
struct str otp_uri(struct arena *a, struct str issuer, struct str account, struct str secret);

#endif
