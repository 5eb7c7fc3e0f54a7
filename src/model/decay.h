/* decay.h - how the worth of an attribute goes down with time: MISP's decaying models. Pure functions of a model and of what is known about the attribute.
 *
 *     base = decay_base(&model, &facts);
 *     score = decay_score(&model, &facts, base, now_s);       decayed: score < model.threshold
 *     last = decay_expiry(&model, &facts, base);              not decayed up to and with this second, exactly as the score says
 *
 * Base score: tags of the taxonomies that the model weighs, each with its numerical value, the weights scaled to those present; a tag of the attribute takes
 * the place of the event's tags of its taxonomy. No such tag: the model's default.
 * Score: base * (1 - (t / lifetime)^(1 / speed)), t since the last sighting, else since last_seen, else since the attribute's change; a change after the last
 * sighting counts for more. Extended: retention tags end it at once. Sightings: base * share of the sightings that were no false positives.
 */
#ifndef MODEL_DECAY_H
#define MODEL_DECAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum decay_formula { DECAY_POLYNOMIAL, DECAY_EXTENDED, DECAY_SIGHTINGS };

struct decay_weight {
	struct str base; /* namespace, or namespace:predicate */
	double weight;
};

struct decay_model {
	int64_t id;
	struct str name;
	enum decay_formula formula;
	double lifetime_days, speed, threshold, default_base;
	struct decay_weight *weights;
	size_t weight_n;
	double sightings_min, true_offset, false_offset; /* of DECAY_SIGHTINGS */
};

struct decay_tag {
	struct str name;
	bool has_value;
	int64_t value;
};

#define DECAY_NEVER INT64_MIN
struct decay_facts {
	int64_t timestamp;      /* of the attribute, seconds */
	int64_t last_seen;      /* seconds; DECAY_NEVER: not set */
	int64_t last_sighting;  /* of type 0; DECAY_NEVER: none */
	int64_t sightings, true_sightings;
	const struct decay_tag *event_tags, *tags;
	size_t event_tag_n, tag_n;
};

/* "polynomial", "PolynomialExtended", "Sightings" in any case; "" is the first. */
bool decay_formula_find(struct str name, enum decay_formula *out);
struct str decay_formula_name(enum decay_formula f);

/* A base score or an expiry depends on tags of this name. */
bool decay_weighs(const struct decay_model *m, struct str tag);

double decay_base(const struct decay_model *m, const struct decay_facts *f);
double decay_score(const struct decay_model *m, const struct decay_facts *f, double base, int64_t now_s);
/* INT64_MAX: by its time alone it never decays; INT64_MIN: it has decayed already. */
int64_t decay_expiry(const struct decay_model *m, const struct decay_facts *f, double base);

#endif
