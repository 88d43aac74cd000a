# Longwave. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# spinlet: the runtime built from this repository. spin: a Spin 4.1 or newer on the PATH.
RUNTIME ?= spinlet
LISTEN ?= 127.0.0.1:3000
STATE_DIR ?= .spin
LINES ?= 100
# The runtime-config file that places databases and stores elsewhere, such as deploy/scale-out.toml.
RUNTIME_CONFIG ?=

components := $(shell sed -n 's/^name = "\(.*\)"/\1/p' components/*/*/Cargo.toml)
guests := $(notdir $(wildcard crates/spinlet/guests/*))
target := $(or $(CARGO_TARGET_DIR),target)
# The packages that run natively: all but the components of the application and of spinlet's tests.
native := --workspace $(addprefix --exclude ,$(components) $(guests))
# The tests over HTTP, with the same packages: a different selection would compile dependencies again.
http_tests := $(native) --test http

LONGWAVE_URL ?= http://$(LISTEN)
test-quick: export LONGWAVE_URL := $(LONGWAVE_URL)

# The output of the last run of tests.
results := $(target)/test-results

# Runs tests and ends with the tables of scripts/test-table: $(call run_tests,commands that write to results).
run_tests = @echo "== tests"; rm -rf $(results); mkdir -p $(results); failed=0; \
	$(1) || failed=1; \
	scripts/test-table $(results)/* || failed=1; exit $$failed

# Tests that start a server of their own or take long are marked as ignored: only the quick targets leave them out.
rust_tests = cargo test --release --no-fail-fast $(1) 2>&1 | tee $(results)/$(or $(2),rust).txt
web_tests = scripts/test-web $(results)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: web serve-build ## build and serve the page and the API on 127.0.0.1:3000 (LISTEN=, STATE_DIR=, RUNTIME_CONFIG=, RUNTIME=spin)
	@exec scripts/up $(RUNTIME) $(LISTEN) $(STATE_DIR) $(RUNTIME_CONFIG)

.PHONY: test
test: web build lint ## set up, build, lint and run every test; without Node or Chromium, those of the client and the page are left out
	@scripts/schemathesis --version
	@scripts/redis --version
	@scripts/nginx --version
	$(call run_tests,$(call rust_tests,$(native) -- --include-ignored) || failed=1; \
	  echo "== the tests over HTTP on spinlet --as-spin"; \
	  SPINLET_AS_SPIN=true $(call rust_tests,$(http_tests) -- --include-ignored,rust-as-spin) || failed=1; \
	  if ! scripts/node || ! scripts/chromium > /dev/null; then echo "make test: the tests of the client and the page are left out; the reason is above" >&2; \
	  else $(web_tests); fi)

.PHONY: test-quick
test-quick: ## run the tests over HTTP against a running server (LONGWAVE_URL=; make server-bg starts one)
	@WAIT_SECONDS=5 scripts/wait-for-services.sh $(LONGWAVE_URL)/healthz
	$(call run_tests,$(call rust_tests,$(http_tests)))

.PHONY: test-specific
test-specific: build ## run the tests of one area, or one test, by a part of the name: TEST=auth, TEST=TestGroup_Create
	@[ -n "$(TEST)" ] || { echo "make test-specific: set TEST, as in TEST=auth or TEST=TestGroup_Create" >&2; exit 2; }
	$(call run_tests,$(call rust_tests,$(native) -- --include-ignored $(TEST)))

.PHONY: test-ci
test-ci: clean-caches test ## run make test without the caches of earlier runs

.PHONY: test-faults
test-faults: build ## run the tests with killed servers, two servers or a full disk
	$(call run_tests,$(call rust_tests,$(http_tests) -- --include-ignored faults::))

.PHONY: test-api
test-api: build ## check the server against openapi.yaml, by schemathesis and by a table of routes
	@scripts/schemathesis --version
	$(call run_tests,$(call rust_tests,$(http_tests) -- --include-ignored contract::schemathesis contract::document))

.PHONY: clean-caches
clean-caches: ## delete compiled components, tools of the tests and the state of servers for tests
	@[ ! -e .longwave/server.pid ] || { echo "make clean-caches: a server runs in the background; make server-stop first" >&2; exit 1; }
	rm -rf $(target)/release/spinlet-cache $(target)/schemathesis-* $(results) .longwave/server*

.PHONY: server-bg
server-bg: build ## start a server for tests in the background, with a new state folder (LISTEN=)
	@[ -e .longwave/server.pid ] || rm -rf .longwave/server
	@set -a; . tests/server.env; set +a; scripts/background start server $(LONGWAVE_URL)/healthz \
	  scripts/up spinlet $(LISTEN) .longwave/server
	@echo "its secrets are those of tests/server.env"

.PHONY: server-stop
server-stop: ## end the server of server-bg
	@scripts/background stop server

.PHONY: server-logs
server-logs: ## print the last 100 lines of the server of server-bg (LINES=)
	@tail -n $(LINES) .longwave/server.log

.PHONY: services-up
services-up: ## start the Redis of the scale-out profile on 127.0.0.1:6390; then make up RUNTIME_CONFIG=deploy/scale-out.toml
	@scripts/redis --version
	@scripts/background start services redis://127.0.0.1:6390 scripts/redis 6390 .longwave/services

.PHONY: services-down
services-down: ## end what services-up started; its data stays
	@scripts/background stop services

.PHONY: fuzz
fuzz: ## fuzz each parser for a minute; FUZZ='600 tokens' fuzzes one for 600 s
	@scripts/fuzz $(FUZZ)

.PHONY: coverage
coverage: ## list the lines of the shared crates that no native test runs
	@scripts/coverage

.PHONY: mutants
mutants: ## break the rules one at a time, to see that a test fails (hours)
	@scripts/mutants

# What `make up` needs, and nothing else.
.PHONY: serve-build
serve-build: setup
	@echo "== components (wasm)"
	@scripts/cargo-wasm build $(components:%=-p %)
	@echo "== the runtime"
	@cargo build --release -p spinlet

.PHONY: build
build: setup ## compile the components to wasm and the native programs
	@echo "== components (wasm)"
	@scripts/cargo-wasm build $(components:%=-p %) $(guests:%=-p %)
	@echo "== native programs"
	@cargo build --release $(native)

.PHONY: lint
lint: ## check formatting, clippy and docs, with warnings as errors
	@echo "== formatting"
	@cargo fmt --all --check
	@echo "== clippy"
	@cargo clippy --release --workspace --all-targets -- -D warnings
	@echo "== docs"
	@RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --quiet

.PHONY: bench
bench: build ## start a server and measure it; BENCH='--polls 1000 --seconds 20' passes options on
	@scripts/bench $(BENCH)

.PHONY: web
web: ## build the chat page, if Node is installed
	@scripts/web || echo "make web: the page could not be built (the reason is above); the API works without it" >&2

.PHONY: test-web
test-web: web build ## run the TypeScript client's tests, and the page's in Chromium
	@scripts/node && scripts/chromium
	$(call run_tests,$(web_tests))

.PHONY: setup
setup: ## find or install the toolchain for wasm32-wasip1
	@scripts/setup
