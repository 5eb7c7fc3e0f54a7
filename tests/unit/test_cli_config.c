/* settings: the table, which source wins, errors with their place, masking */
#include "cli/config.h"
#include "unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/misp-config-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f)) {
		perror(path);
		exit(2);
	}
}

static void test_table(void)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];

		CHECKF(setting_find(str_c(r->name)) == i, "%s is found by its name", r->name);
		CHECKF(*r->help && !strchr(r->help, '\n'), "%s has one line of help", r->name);
		CHECKF(r->flags & (SET_FOR_DATA | SET_FOR_SERVE | SET_FOR_FETCH | SET_FOR_INIT), "%s is somebody's", r->name);
	}
	CHECK_INT(setting_find_flag(S("log-level")), SET_LOG_LEVEL);
	CHECK_INT(setting_find_flag(S("data")), SET_DATA);
	CHECK_INT(setting_find_flag(S("log_level")), -1);
	CHECK_INT(setting_find_flag(S("admin-password")), -1);
	CHECK_INT(setting_find(S("nothing")), -1);
}

static void test_order(struct ctx *cx)
{
	struct config cf;

	write_file("misp.conf", "# comment\n\nlisten = 192.0.2.1:1 \n  workers=7\nlog_level = debug\nproxies = 10.0.0.0/8, fd00::/8\n");
	setenv("MISP_WORKERS", "8", 1);
	setenv("MISP_LOG_LEVEL", "", 1); /* empty counts as not set */
	config_init(&cf);
	CHECK(config_flag(cx, &cf, SET_DATA, str_c(dir)) == RC_OK);
	CHECK(config_flag(cx, &cf, SET_TLS_SELFSIGNED, S("yes")) == RC_OK);
	CHECK(config_load(cx, &cf, S("")) == RC_OK);
	CHECK_STR(config_text(&cf, SET_LISTEN), S("192.0.2.1:1"));
	CHECK_INT(config_int(&cf, SET_WORKERS), 8);
	CHECK_STR(config_text(&cf, SET_LOG_LEVEL), S("debug"));
	CHECK(config_bool(&cf, SET_TLS_SELFSIGNED));
	CHECK_STR(config_source(cx->mem, &cf, SET_LISTEN), str_fmt(cx->mem, "%s/misp.conf:3", dir));
	CHECK_STR(config_source(cx->mem, &cf, SET_WORKERS), S("environment MISP_WORKERS"));
	CHECK_STR(config_source(cx->mem, &cf, SET_TLS_SELFSIGNED), S("flag --tls-selfsigned"));
	CHECK_STR(config_source(cx->mem, &cf, SET_READERS_MAX), S("default"));
	unsetenv("MISP_WORKERS");
	unsetenv("MISP_LOG_LEVEL");
}

static void test_file_of_choice(struct ctx *cx)
{
	struct str other = str_fmt(cx->mem, "%s/other.conf", dir);
	struct config cf;

	/* a named file is read instead, and may say where the data is */
	write_file("other.conf", "data = /nowhere\nworkers = 3\n");
	config_init(&cf);
	CHECK(config_load(cx, &cf, other) == RC_OK);
	CHECK_STR(config_text(&cf, SET_DATA), S("/nowhere"));
	CHECK_STR(config_text(&cf, SET_LISTEN), S("127.0.0.1:8080"));
	setenv("MISP_CONFIG", other.p, 1);
	config_init(&cf);
	CHECK(config_load(cx, &cf, S("")) == RC_OK);
	CHECK_INT(config_int(&cf, SET_WORKERS), 3);
	CHECK(config_load(cx, &cf, S("/nowhere/x.conf")) == RC_NOTFOUND);
	CHECK(strstr(cx->err.msg, "/nowhere/x.conf"));
	ctx_forgive(cx);
	unsetenv("MISP_CONFIG");
}

static void test_errors(struct ctx *cx)
{
	static const struct {
		const char *text, *says;
	} files[] = {
		{ "listen 1\n", "misp.conf:1: \"name = value\"" },
		{ "\n\nnothing = 1\n", "misp.conf:3: unknown setting \"nothing\"" },
		{ "workers = many\n", "misp.conf:1: workers: a number from 1 to 64" },
		{ "workers = 65\n", "misp.conf:1: workers" },
		{ "#\ntls_selfsigned = perhaps\n", "misp.conf:2: tls_selfsigned: yes or no" },
		{ "proxies = 10.0.0.0/99\n", "misp.conf:1: proxies: networks" },
		{ "log_level = loud\n", "misp.conf:1: log_level" },
		{ "log_format = xml\n", "misp.conf:1: log_format" },
		{ "data = /x\n", "misp.conf:1: \"data\" cannot be set" },
		{ "org_name = \xff\n", "not UTF-8" },
	};
	struct config cf;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		write_file("misp.conf", files[i].text);
		config_init(&cf);
		CHECK(config_flag(cx, &cf, SET_DATA, str_c(dir)) == RC_OK);
		CHECKF(config_load(cx, &cf, S("")) == RC_BAD && strstr(cx->err.msg, files[i].says), "\"%s\" for file %zu", cx->err.msg, i);
		ctx_forgive(cx);
	}
	write_file("misp.conf", "");
	setenv("MISP_WORKERS", "x", 1);
	config_init(&cf);
	CHECK(config_load(cx, &cf, S("")) == RC_BAD && strstr(cx->err.msg, "MISP_WORKERS"));
	ctx_forgive(cx);
	unsetenv("MISP_WORKERS");
	CHECK(config_flag(cx, &cf, SET_STOP_SECONDS, S("-1")) == RC_BAD && strstr(cx->err.msg, "--stop-seconds"));
	ctx_forgive(cx);
	/* a value that a higher source hides is checked all the same */
	write_file("misp.conf", "workers = x\n");
	config_init(&cf);
	CHECK(config_flag(cx, &cf, SET_DATA, str_c(dir)) == RC_OK && config_flag(cx, &cf, SET_WORKERS, S("2")) == RC_OK);
	CHECK(config_load(cx, &cf, S("")) == RC_BAD);
	ctx_forgive(cx);
}

static void test_masks(struct ctx *cx)
{
	static const struct {
		const char *url, *shown;
	} urls[] = {
		{ "", "" },
		{ "postgresql:///misp", "postgresql:///misp" },
		{ "postgresql://misp@db/misp", "postgresql://misp@db/misp" },
		{ "postgresql://misp:pw@db:5432/misp", "postgresql://misp:*****@db:5432/misp" },
		{ "postgresql://misp:p@:w@db/misp?sslmode=require", "postgresql://misp:*****@db/misp?sslmode=require" },
		{ "postgresql://db/misp?user=a&password=secret&x=1", "postgresql://db/misp?user=a&password=*****&x=1" },
		{ "postgresql://db/misp?password=secret", "postgresql://db/misp?password=*****" },
	};
	struct config cf;

	config_init(&cf);
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		CHECK(config_flag(cx, &cf, SET_DB, str_c(urls[i].url)) == RC_OK);
		CHECK_STR(config_shown(cx->mem, &cf, SET_DB), str_c(urls[i].shown));
	}
	CHECK_STR(config_shown(cx->mem, &cf, SET_ADMIN_KEY), S(""));
	cf.v[SET_ADMIN_KEY].text = S("abc");
	CHECK_STR(config_shown(cx->mem, &cf, SET_ADMIN_KEY), S("*****"));
}

int main(void)
{
	char path[200];
	struct ctx cx;

	for (int i = 0; i < SETTING_COUNT; i++)
		unsetenv(setting_rows[i].env);
	unsetenv("MISP_CONFIG");
	if (!mkdtemp(dir)) {
		perror(dir);
		return 2;
	}
	ctx_init(&cx, 0);
	test_table();
	test_order(&cx);
	test_file_of_choice(&cx);
	test_errors(&cx);
	test_masks(&cx);
	ctx_clear(&cx);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "misp.conf" : "other.conf");
		unlink(path);
	}
	rmdir(dir);
	return tap_done();
}
