/* The formulas of decaying models, and that the stored expiry says the same as the score, second by second. */
#include "model/attr_type.h"
#include "model/decay_read.h"
#include "tap.h"

#include <math.h>
#include <stdio.h>

static struct decay_weight weights[] = { { S("phishing:state"), 0.25 }, { S("admiralty-scale"), 0.75 } };

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void test_base(void)
{
	struct decay_model m = { .default_base = 80, .weights = weights, .weight_n = 2 };
	struct decay_tag state = { S("phishing:state=\"active\""), true, 100 }, other = { S("phishing:state=\"down\""), true, 0 }, plain = { S("tlp:red"), false, 0 },
			 scale = { S("admiralty-scale:a"), true, 40 }, none = { S("phishing:state=\"unknown\""), false, 0 };
	const struct {
		const char *name;
		struct decay_tag event[3], attr[3];
		size_t event_n, attr_n;
		double want;
	} cases[] = {
		{ "no tags: the default", { { S(""), false, 0 } }, { { S(""), false, 0 } }, 0, 0, 80 },
		{ "tags of no weight: the default", { plain }, { plain }, 1, 1, 80 },
		{ "one taxonomy counts whole", { state }, { plain }, 1, 1, 100 },
		{ "two are weighed", { state, scale }, { plain }, 2, 0, 0.25 * 100 + 0.75 * 40 },
		{ "the attribute's stands for the event's", { state, scale }, { other }, 2, 1, 0.75 * 40 },
		{ "without a number it takes the place all the same", { state }, { none }, 1, 1, 80 },
		{ "of two on the attribute the last takes the place", { state }, { other, state }, 1, 2, 100 },
		{ "without one on the event both count", { plain }, { other, state }, 0, 2, 50 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct decay_facts f = { .event_tags = cases[i].event, .event_tag_n = cases[i].event_n, .tags = cases[i].attr, .tag_n = cases[i].attr_n,
					 .last_seen = DECAY_NEVER, .last_sighting = DECAY_NEVER };
		double got = decay_base(&m, &f);

		CHECKF(near(got, cases[i].want), "base score: %s (%g)", cases[i].name, got);
	}
}

static void test_score(void)
{
	struct decay_model m = { .lifetime_days = 10, .speed = 1, .threshold = 30 };
	struct decay_facts f = { .timestamp = 1000000, .last_seen = DECAY_NEVER, .last_sighting = DECAY_NEVER };
	const int64_t day = 86400;

	CHECKF(near(decay_score(&m, &f, 80, 1000000), 80), "at once it is the base score");
	CHECKF(near(decay_score(&m, &f, 80, 1000000 + 5 * day), 40), "linear at speed 1");
	CHECKF(near(decay_score(&m, &f, 80, 1000000 + 20 * day), 0), "never below 0");
	CHECKF(near(decay_score(&m, &f, 80, 999000), 80), "what lies ahead has not begun");
	m.speed = 2;
	CHECKF(near(decay_score(&m, &f, 100, 1000000 + 5 * day), 100 * (1 - sqrt(0.5))), "speed 2: sharp first");
	m.speed = 1;
	f.last_sighting = 1000000 + 5 * day;
	CHECKF(near(decay_score(&m, &f, 80, 1000000 + 5 * day), 80), "a sighting sets the clock back");
	f.timestamp = f.last_sighting + day;
	CHECKF(near(decay_score(&m, &f, 80, f.timestamp), 80), "a later change, too");
	f.last_seen = 1000000;
	CHECKF(near(decay_score(&m, &f, 80, 1000000 + 5 * day), 40), "then it counts from last_seen when there is one");
	m.formula = DECAY_SIGHTINGS;
	m.sightings_min = 2;
	f.sightings = 1;
	CHECKF(near(decay_score(&m, &f, 80, 0), 80), "by sightings: too few say nothing");
	f.sightings = 4;
	f.true_sightings = 1;
	CHECKF(near(decay_score(&m, &f, 80, 0), 20), "by sightings: the share of right ones");
}

static void test_retention(void)
{
	struct decay_tag t = { S("retention:5d"), true, 5 };
	struct decay_model m = { .formula = DECAY_EXTENDED, .lifetime_days = 100, .speed = 1, .threshold = 10 };
	struct decay_facts f = { .timestamp = 1000000, .last_seen = DECAY_NEVER, .last_sighting = DECAY_NEVER, .tags = &t, .tag_n = 1 };

	CHECKF(decay_score(&m, &f, 80, 1000000 + 5 * 86400) > 70, "kept for its five days");
	CHECKF(near(decay_score(&m, &f, 80, 1000001 + 5 * 86400), 0), "then nothing is left");
	CHECKF(decay_expiry(&m, &f, 80) == 1000000 + 5 * 86400, "and so says the expiry");
}

/* a small generator, the same on every machine */
static uint64_t state = 88172645463325252ull;
static uint64_t roll(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static void test_expiry(void)
{
	size_t wrong = 0, tried = 0;

	for (int i = 0; i < 20000; i++) {
		struct decay_tag t = { S("retention:x"), roll(2), (int64_t)roll(400) };
		struct decay_model m = { .formula = (enum decay_formula)roll(3), .lifetime_days = 0.01 * (double)(1 + roll(40000)), .speed = 0.05 * (double)(1 + roll(100)),
					 .threshold = (double)roll(100), .sightings_min = (double)roll(3), .true_offset = (double)roll(2) };
		struct decay_facts f = { .timestamp = (int64_t)roll(2000000000), .last_seen = roll(2) ? (int64_t)roll(2000000000) : DECAY_NEVER,
					 .last_sighting = roll(2) ? (int64_t)roll(2000000000) : DECAY_NEVER, .sightings = (int64_t)roll(5), .tags = &t, .tag_n = roll(2) };
		double base = (double)roll(1200) / 10;
		int64_t end, probes[8];

		f.true_sightings = f.sightings ? (int64_t)roll((uint64_t)f.sightings + 1) : 0;
		end = decay_expiry(&m, &f, base);
		for (int k = 0; k < 8; k++)
			probes[k] = k < 4 && end > INT64_MIN / 2 && end < INT64_MAX / 2 ? end - 1 + k : (int64_t)roll(4000000000);
		for (int k = 0; k < 8; k++) {
			tried++;
			wrong += (decay_score(&m, &f, base, probes[k]) >= m.threshold) != (probes[k] <= end);
		}
	}
	CHECKF(wrong == 0, "the expiry says what the score says (%zu of %zu differ)", wrong, tried);
}

static void test_read(void)
{
	struct decay_types types;
	struct decay_model m = { 0 };
	struct ctx cx;

	ctx_init(&cx, 0);
	CHECKF(decay_parameters_read(&cx, S("{\"lifetime\": \"3\", \"decay_speed\": 2.3, \"threshold\": 30, \"default_base_score\": 80, \"base_score_config\": "
					"\"{\\\"a:b\\\": 0.5}\"}"), &m) == RC_OK && near(m.speed, 2.3) && m.weight_n == 1, "numbers and objects as texts");
	CHECKF(decay_parameters_read(&cx, S("{\"lifetime\": 3, \"decay_speed\": 2, \"threshold\": 30, \"default_base_score\": 80, \"base_score_config\": []}"), &m) == RC_OK &&
		   m.weight_n == 0, "no weights");
	CHECKF(decay_parameters_read(&cx, S("{\"lifetime\": 0, \"decay_speed\": 2, \"threshold\": 30, \"default_base_score\": 80}"), &m) == RC_INVALID, "no lifetime");
	ctx_forgive(&cx);
	CHECKF(decay_parameters_read(&cx, S("{\"lifetime\": 3}"), &m) == RC_INVALID, "parts missing");
	ctx_forgive(&cx);
	CHECKF(decay_types_read(&cx, S("[\"ip-dst\", \"no such type\"]"), &types) == RC_OK && decay_types_has(&types, attr_type_find(S("ip-dst"))->id) &&
		   !decay_types_has(&types, attr_type_find(S("url"))->id), "types");
	ctx_clear(&cx);
}

int main(void)
{
	test_base();
	test_score();
	test_retention();
	test_expiry();
	test_read();
	return tap_done();
}
