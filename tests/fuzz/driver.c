/* driver.c - replays a fuzz target without libFuzzer: every file given, and every file of a folder given, is one input.
 * Prints one TAP line a file. The empty input is always tried first. A crash ends the program, which fails the run. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count, bad;

static void report(bool ok, const char *path, const char *why)
{
	const char *base = strrchr(path, '/');

	printf("%sok %d - %s%s%s\n", ok ? "" : "not ", ++count, base ? base + 1 : path, *why ? ": " : "", why);
	bad += !ok;
	fflush(stdout);
}

static void replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	/* exactly as large as the input, so that a sanitizer sees a read past its end */
	uint8_t *data = malloc(size ? size : 1);

	if (!f || !data || fread(data, 1, size, f) != size) {
		report(false, path, errno ? strerror(errno) : "short read");
	} else {
		printf("# %s\n", path);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, size);
		report(true, path, "");
	}
	free(data);
	if (f)
		fclose(f);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void replay(const char *path)
{
	struct stat st;
	struct dirent **names;
	int n;

	if (stat(path, &st) != 0) {
		report(false, path, strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path, (size_t)st.st_size);
		return;
	}
	n = scandir(path, &names, visible, alphasort);
	if (n < 0) {
		report(false, path, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		char sub[4096];

		if (snprintf(sub, sizeof(sub), "%s/%s", path, names[i]->d_name) < (int)sizeof(sub))
			replay(sub);
		else
			report(false, names[i]->d_name, "path too long");
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	report(true, "empty input", "");
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("1..%d\n", count);
	return bad ? 1 : 0;
}
