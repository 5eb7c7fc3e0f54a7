# Front door. Each target calls meson or one small program of tools/; everything is built below build*/.
#
#   make run      build and serve on 127.0.0.1 with a data folder in ./var (or $MISP_DATA)
#   make build    the program alone: ./misp        make install   to $(DESTDIR)$(PREFIX)
#   make test     all tests                        make check     layers, sizes, banned functions, clang-tidy, cppcheck
#   make bench    the benchmarks                   make check-all  every compiler, sanitizer, valgrind, 10 minutes of fuzzing
SHELL = /bin/sh
PREFIX ?= /usr/local
RELEASE = build-release
WERROR = -Dwerror=true
SANITIZE = -Doptimization=1 -Db_lundef=false

.PHONY: build run test check check-data check-all asan tsan fuzz bench install clean deps deps-test

build: deps $(RELEASE)/build.ninja
	@ninja -C $(RELEASE) --quiet src/misp
	@ln -f $(RELEASE)/src/misp misp 2>/dev/null || cp $(RELEASE)/src/misp misp

run: build
	@exec tools/run

test: deps-test build/build.ninja build-asan/build.ninja
	@ninja -C build --quiet
	@ninja -C build-asan --quiet
	@tests/run

check: deps-test build/build.ninja
	@tools/check

check-data: deps-test build/build.ninja
	@ninja -C build --quiet
	@tests/run --data "$(or $(DATA),../shared)"

check-all: deps-test
	@tools/install-deps check
	@tools/check-all

asan: deps-test build-asan/build.ninja
	@ninja -C build-asan --quiet
	@tests/run --only unit-asan,fuzz,api-asan

tsan: deps-test build-tsan/build.ninja
	@ninja -C build-tsan --quiet
	@tests/run --only unit-tsan,api-tsan

fuzz:
	@tools/install-deps check
	@tools/fuzz

bench: build
	@tools/install-deps bench
	@tools/bench

install: build
	@meson setup --reconfigure $(RELEASE) --prefix=$(PREFIX) >/dev/null
	@DESTDIR="$(DESTDIR)" meson install -C $(RELEASE) --no-rebuild --strip --quiet

clean:
	rm -rf build build-* misp

deps:
	@tools/install-deps run
deps-test:
	@tools/install-deps test

# Asserts stay on in every build; -O2 -g with the hardening flags of meson.build for the one that is shipped.
$(RELEASE)/build.ninja: | deps
	@meson setup $(RELEASE) --prefix=$(PREFIX) -Dbuildtype=custom -Doptimization=2 -Ddebug=true >/dev/null
build/build.ninja: | deps-test
	@meson setup build $(WERROR) >/dev/null
build-asan/build.ninja: | deps-test
	@meson setup build-asan $(SANITIZE) -Db_sanitize=address,undefined >/dev/null
build-tsan/build.ninja: | deps-test
	@meson setup build-tsan $(SANITIZE) -Db_sanitize=thread >/dev/null
