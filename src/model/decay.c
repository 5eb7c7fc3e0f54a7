/* decay.c - see decay.h. */
#include "model/decay.h"

#include <math.h>

#define DAY_S 86400.0
/* beyond this, times are taken as they are: 2^53 seconds, the last that a double holds exactly */
#define FAR_S 9007199254740992.0

static const struct str formulas[] = { [DECAY_POLYNOMIAL] = { "Polynomial", 10 }, [DECAY_EXTENDED] = { "PolynomialExtended", 18 },
				       [DECAY_SIGHTINGS] = { "Sightings", 9 } };

bool decay_formula_find(struct str name, enum decay_formula *out)
{
	for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++)
		if (str_eq_nocase(name, formulas[i])) {
			*out = (enum decay_formula)i;
			return true;
		}
	*out = DECAY_POLYNOMIAL;
	return name.n == 0;
}

struct str decay_formula_name(enum decay_formula f)
{
	return formulas[f];
}

/* ---- base score ---- */

/* "a:b" of a:b="c", "a" of a:b, the whole of anything else */
static struct str base_of(struct str tag)
{
	size_t colon = str_chr(tag, ':'), equal = str_chr(tag, '=');

	if (colon == STR_NONE || str_chr(str_from(tag, colon + 1), ':') != STR_NONE)
		return tag;
	if (equal == STR_NONE)
		return str_n(tag.p, colon);
	return equal > colon ? str_n(tag.p, equal) : tag;
}

static const struct decay_weight *weight_of(const struct decay_model *m, struct str base)
{
	for (size_t i = 0; i < m->weight_n; i++)
		if (str_eq(m->weights[i].base, base))
			return &m->weights[i];
	return NULL;
}

bool decay_weighs(const struct decay_model *m, struct str tag)
{
	return weight_of(m, base_of(tag)) || (m->formula == DECAY_EXTENDED && str_starts_nocase(tag, S("retention:")));
}

/* Of the event's tags of one taxonomy the first gives its place to the attribute's last, the others go; without any the attribute's all count. */
static bool counts(const struct decay_facts *f, size_t i, bool of_event)
{
	const struct decay_tag *t = of_event ? &f->event_tags[i] : &f->tags[i];
	struct str base = base_of(t->name);

	if (of_event) {
		for (size_t j = 0; j < f->tag_n; j++)
			if (str_eq(base_of(f->tags[j].name), base))
				return false;
		return true;
	}
	for (size_t j = 0; j < f->event_tag_n; j++)
		if (str_eq(base_of(f->event_tags[j].name), base)) {
			for (size_t k = i + 1; k < f->tag_n; k++)
				if (str_eq(base_of(f->tags[k].name), base))
					return false;
			break;
		}
	return true;
}

typedef void tag_fn(void *arg, const struct decay_tag *t);

static void each_tag(const struct decay_facts *f, tag_fn *fn, void *arg)
{
	for (size_t i = 0; i < f->event_tag_n; i++)
		if (counts(f, i, true))
			fn(arg, &f->event_tags[i]);
	for (size_t i = 0; i < f->tag_n; i++)
		if (counts(f, i, false))
			fn(arg, &f->tags[i]);
}

struct sum {
	const struct decay_model *m;
	double weights, score;
	bool any;
};

static void add_weight(void *arg, const struct decay_tag *t)
{
	struct sum *s = arg;
	const struct decay_weight *w = weight_of(s->m, base_of(t->name));

	if (w && t->has_value)
		s->weights += w->weight;
}

static void add_score(void *arg, const struct decay_tag *t)
{
	struct sum *s = arg;
	const struct decay_weight *w = weight_of(s->m, base_of(t->name));

	if (!w || !t->has_value)
		return;
	s->any = true;
	if (s->weights > 0)
		s->score += w->weight / s->weights * (double)t->value;
}

double decay_base(const struct decay_model *m, const struct decay_facts *f)
{
	struct sum s = { .m = m };

	if (!m->weight_n || (!f->event_tag_n && !f->tag_n))
		return m->default_base;
	each_tag(f, add_weight, &s);
	each_tag(f, add_score, &s);
	return s.any ? s.score : m->default_base;
}

/* ---- with time ---- */

static int64_t since(const struct decay_facts *f)
{
	int64_t t = f->last_sighting != DECAY_NEVER ? f->last_sighting : f->last_seen != DECAY_NEVER ? f->last_seen : f->timestamp;

	return f->timestamp > t ? (f->last_seen != DECAY_NEVER ? f->last_seen : f->timestamp) : t;
}

struct retention {
	int64_t days;
	bool any;
};

static void shortest(void *arg, const struct decay_tag *t)
{
	struct retention *r = arg;

	if (!t->has_value || !str_starts_nocase(t->name, S("retention:")))
		return;
	if (!r->any || t->value < r->days)
		r->days = t->value;
	r->any = true;
}

/* the second after which a retention tag ends it; INT64_MAX: none does */
static int64_t retained(const struct decay_facts *f)
{
	struct retention r = { 0 };

	each_tag(f, shortest, &r);
	if (!r.any || r.days > 100000000 || r.days < 0)
		return r.any && r.days < 0 ? INT64_MIN : INT64_MAX;
	return f->timestamp + r.days * 86400;
}

static double by_sightings(const struct decay_model *m, const struct decay_facts *f, double base)
{
	double total = (double)f->sightings, right = (double)f->true_sightings;

	if (total < m->sightings_min)
		return base;
	total += m->true_offset + m->false_offset;
	right += m->true_offset;
	return total > 0 ? right / total * base : base;
}

/* What lies ahead counts as now: an indicator last seen tomorrow has not begun to decay. */
static double polynomial(const struct decay_model *m, double base, double t)
{
	double score;

	if (t <= 0)
		return base > 0 ? base : 0;
	score = base * (1 - pow(t / (m->lifetime_days * DAY_S), 1 / m->speed));
	return score > 0 ? score : 0;
}

double decay_score(const struct decay_model *m, const struct decay_facts *f, double base, int64_t now_s)
{
	if (m->formula == DECAY_SIGHTINGS)
		return by_sightings(m, f, base);
	if (m->formula == DECAY_EXTENDED && now_s > retained(f))
		return 0;
	return polynomial(m, base, (double)now_s - (double)since(f));
}

int64_t decay_expiry(const struct decay_model *m, const struct decay_facts *f, double base)
{
	int64_t start = since(f), end, last;
	double t;

	if (!(m->threshold > 0)) /* no score is below it */
		return INT64_MAX;
	if (m->formula == DECAY_SIGHTINGS)
		return by_sightings(m, f, base) < m->threshold ? INT64_MIN : INT64_MAX;
	if (base < m->threshold)
		return INT64_MIN;
	last = m->formula == DECAY_EXTENDED ? retained(f) : INT64_MAX;
	t = m->lifetime_days * DAY_S * pow(1 - m->threshold / base, m->speed);
	if (!(t < FAR_S) || start > (int64_t)FAR_S || start < -(int64_t)FAR_S)
		return last;
	/* what the formula says of whole seconds decides, not its inverse */
	end = (int64_t)floor(t);
	while (end > 0 && polynomial(m, base, (double)end) < m->threshold)
		end--;
	while (polynomial(m, base, (double)end + 1) >= m->threshold)
		end++;
	end += start;
	return end < last ? end : last;
}
