/* check_libraries DATA | --galaxies DIR: reads clones of misp-taxonomies and misp-galaxy, prints counts and times. DATA is the folder of test data; the
 * counts must then be the ones known for it. With --galaxies a clone of misp-galaxy is counted only. */
#include <stdio.h>
#include <time.h>

#include "base/arena.h"
#include "lists/galaxy.h"
#include "lists/taxonomy.h"

struct counts {
	size_t taxonomies, predicates, tags, numbers, exclusive;
	size_t galaxies, files, clusters, elements, relations, relation_tags;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum rc taxonomy(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct counts *n = arg;
	struct taxonomy_file f;
	enum rc rc = taxonomy_read(cx, text, &f);

	if (rc != RC_OK)
		fprintf(stderr, "in %.*s:\n", STR(name));
	TRY(rc);
	n->taxonomies++;
	n->predicates += f.predicate_n;
	n->tags += f.tag_n;
	n->exclusive += f.t.exclusive;
	for (size_t i = 0; i < f.predicate_n; i++)
		n->numbers += f.predicates[i].has_numerical;
	for (size_t i = 0; i < f.tag_n; i++)
		n->numbers += f.tags[i].value.p && f.tags[i].has_numerical;
	return RC_OK;
}

static enum rc galaxy(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct counts *n = arg;
	struct galaxy g;
	enum rc rc = galaxy_read(cx, text, &g);

	if (rc != RC_OK)
		fprintf(stderr, "in %.*s:\n", STR(name));
	n->galaxies += rc == RC_OK;
	return rc;
}

static enum rc clusters(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct counts *n = arg;
	struct clusters_file f;
	enum rc rc = clusters_read(cx, text, &f);

	if (rc != RC_OK)
		fprintf(stderr, "in %.*s:\n", STR(name));
	TRY(rc);
	n->files++;
	n->clusters += f.n;
	for (size_t i = 0; i < f.n; i++) {
		n->elements += f.clusters[i].element_n;
		n->relations += f.clusters[i].relation_n;
		for (size_t k = 0; k < f.clusters[i].relation_n; k++)
			n->relation_tags += f.clusters[i].relations[k].tag_n;
	}
	return RC_OK;
}

static enum rc read_all(struct ctx *cx, const char *data, const char *galaxy_dir, struct counts *n)
{
	double at = now();

	if (data) {
		TRY(library_each(cx, str_fmt(cx->mem, "%s/misp/misp-taxonomies", data).p, TAXONOMY_DIR, TAXONOMY_LEAF, taxonomy, n));
		printf("%zu taxonomies, %zu of them exclusive: %zu predicates, %zu tags, %zu numbers; %.0f ms\n", n->taxonomies, n->exclusive, n->predicates, n->tags,
		       n->numbers, (now() - at) * 1000);
	}
	at = now();
	TRY(library_files(cx, galaxy_dir, "galaxies", galaxy, n));
	TRY(library_files(cx, galaxy_dir, "clusters", clusters, n));
	printf("%zu galaxies, %zu files: %zu clusters, %zu elements, %zu links with %zu tags; %.0f ms\n", n->galaxies, n->files, n->clusters, n->elements, n->relations,
	       n->relation_tags, (now() - at) * 1000);
	return RC_OK;
}

int main(int argc, char **argv)
{
	bool only = argc == 3 && str_eq(str_c(argv[1]), S("--galaxies"));
	struct counts n = { 0 };
	struct ctx cx;
	enum rc rc;
	bool ok;

	if (argc != 2 && !only) {
		fprintf(stderr, "usage: check_libraries DATA | --galaxies DIR\n");
		return 2;
	}
	ctx_init(&cx, (size_t)512 << 20);
	rc = read_all(&cx, only ? NULL : argv[1], only ? argv[2] : str_fmt(cx.mem, "%s/misp/misp-galaxy", argv[1]).p, &n);
	if (rc != RC_OK)
		fprintf(stderr, "%s\n", cx.err.msg);
	ctx_clear(&cx);
	ok = rc == RC_OK && (only || (n.taxonomies == 183 && n.predicates == 1309 && n.exclusive == 14 && n.numbers == 2571 && n.galaxies == 131 && n.files == 49 &&
				      n.clusters == 11729 && n.elements == 66771 && n.relations == 24870 /* two lead to no uuid */));
	if (rc == RC_OK && !ok)
		printf("these are not the counts known for the test data\n");
	return ok ? 0 : 1;
}
