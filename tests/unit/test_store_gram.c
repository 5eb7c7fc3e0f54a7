/* Lists of ids as bytes, and the grams of patterns. */
#include "base/buf.h"
#include "store/gram.h"
#include "tap.h"

static void lists(void)
{
	static const int64_t ids[] = { 1, 2, 130, 131, 40000, 9000000000, 9000000001 };
	enum { N = sizeof(ids) / sizeof(*ids) };
	int64_t out[64], some[] = { 2, 3, 131, 9000000001, 9000000002 };
	struct buf b;

	buf_init(&b, 1 << 10);
	for (size_t i = 0; i < N; i++)
		gram_list_add(&b, i ? ids[i - 1] : 0, ids[i]);
	CHECK_INT(gram_list_read(buf_view(&b), out), N);
	for (size_t i = 0; i < N; i++)
		CHECK_INT(out[i], ids[i]);
	CHECK_INT(gram_list_meet(buf_view(&b), some, 5), 3);
	CHECK_INT(some[0], 2);
	CHECK_INT(some[1], 131);
	CHECK_INT(some[2], 9000000001);
	CHECK_INT(gram_list_meet(buf_view(&b), some, 0), 0);
	CHECK_INT(gram_list_read(S("\x81"), out), 0); /* cut in the middle of a number */
	CHECK_INT(gram_list_read(S(""), out), 0);
	CHECK(gram_list_read(S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), out) <= 2);
	buf_clear(&b);
}

static void patterns(void)
{
	uint32_t g[8];

	CHECK_INT(gram_of_pattern(S("%foo%"), g, 8), 1);
	CHECK_INT(g[0], 'f' << 16 | 'o' << 8 | 'o');
	CHECK_INT(gram_of_pattern(S("%fo%ob%"), g, 8), 0);
	CHECK_INT(gram_of_pattern(S("aaaa%aaa"), g, 8), 1);
	CHECK_INT(gram_of_pattern(S("abcd%xyz"), g, 8), 3);
	CHECK_INT(gram_of_pattern(S("abcdefghijklmnop"), g, 8), 8);
	CHECK_INT(gram_of_pattern(S("%"), g, 8), 0);
	CHECK_INT(gram_of_pattern(S(""), g, 8), 0);
}

int main(void)
{
	lists();
	patterns();
	return tap_done();
}
