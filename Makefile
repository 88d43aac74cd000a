# Longwave. `make help` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# spinlet: the runtime built from this repository. spin: a Spin 4.1 or newer on the PATH.
RUNTIME ?= spinlet
LISTEN ?= 127.0.0.1:3000
STATE_DIR ?= .spin
LINES ?= 100
# Where state is kept when not in the state folder, as in deploy/scale-out.toml.
RUNTIME_CONFIG ?=

components := $(shell sed -n 's/^name = "\(.*\)"/\1/p' components/*/*/Cargo.toml)
guests := $(notdir $(wildcard crates/spinlet/guests/*))
target := $(or $(CARGO_TARGET_DIR),target)
# What is not a component of this application or of a test, and runs natively.
native := --workspace $(addprefix --exclude ,$(components) $(guests))
# The tests over HTTP, out of the same build: a narrower choice of packages would compile others anew.
http_tests := $(native) --test http
secret := .longwave/auth_native_secret

# One instance can hold thousands of waiting polls, and costs less than many that hold a few.
reuse := --max-instance-reuse-count 1000000 --max-instance-concurrent-reuse-count 4096 --idle-instance-timeout 60s

# A server for tests in the background: its process id, what it writes, its state.
background := .longwave/server
LONGWAVE_URL ?= http://$(LISTEN)
test-quick: export LONGWAVE_URL := $(LONGWAVE_URL)

# What the last run of tests told.
results := $(target)/test-results

# Runs tests and ends with the tables of scripts/test-table: $(call run_tests,commands that tell in results).
run_tests = @echo "== tests"; rm -rf $(results); mkdir -p $(results); failed=0; \
	$(1) || failed=1; \
	scripts/test-table $(results)/* || failed=1; exit $$failed

# A test that starts a server of its own or takes long is marked as ignored: only the quick path leaves it out.
rust_tests = cargo test --release --no-fail-fast $(1) 2>&1 | tee $(results)/$(or $(2),rust).txt
web_tests = scripts/test-web $(results)

# Ends a process by the id in a file: $(call end,the file,who asks).
end = @[ -e $(1) ] || { echo "$(2): nothing was started" >&2; exit 1; }; \
	pid=$$(cat $(1)); rm $(1); \
	if kill $$pid 2>/dev/null; then \
	  while ps -o stat= -p $$pid | grep -q '^[^Z]'; do sleep 0.1; done; echo "process $$pid has ended"; else echo "process $$pid had ended already"; fi

runtime_config := $(if $(RUNTIME_CONFIG),--runtime-config-file $(RUNTIME_CONFIG))

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: web build $(secret) ## build everything and serve the page and the API on 127.0.0.1:3000 (LISTEN=, STATE_DIR=, RUNTIME_CONFIG=, RUNTIME=spin)
	@export SPIN_VARIABLE_AUTH_NATIVE_SECRET="$${SPIN_VARIABLE_AUTH_NATIVE_SECRET:-$$(cat $(secret))}"; \
	if [ "$(RUNTIME)" = spin ]; then \
	  version=$$(spin --version 2>/dev/null | cut -d' ' -f2) || { echo "make up: there is no spin on the PATH; leave out RUNTIME=spin" >&2; exit 1; }; \
	  [ "$$(printf '4.1\n%s\n' "$$version" | sort -V | head -n 1)" = 4.1 ] || { echo "make up: spin $$version is too old; 4.1 or newer runs these components" >&2; exit 1; }; \
	  export SPIN_MAX_INSTANCE_COUNT="$${SPIN_MAX_INSTANCE_COUNT:-10000}"; \
	  exec spin up --listen $(LISTEN) --state-dir $(STATE_DIR) $(reuse) $(runtime_config); \
	fi; \
	exec $(target)/release/spinlet up --listen $(LISTEN) --state-dir $(STATE_DIR) $(reuse) $(runtime_config)

.PHONY: test
test: web build lint ## set up, build, lint and run every test; without Node or Chromium, all but the page's
	@scripts/schemathesis --version
	@scripts/redis --version
	@scripts/nginx --version
	$(call run_tests,$(call rust_tests,$(native) -- --include-ignored) || failed=1; \
	  echo "== the tests over HTTP by a spinlet that does no better than Spin"; \
	  SPINLET_AS_SPIN=true $(call rust_tests,$(http_tests) -- --include-ignored,rust-as-spin) || failed=1; \
	  if ! scripts/node || ! scripts/chromium > /dev/null; then echo "make test: the tests of the client and the page are left out; the reason is above" >&2; \
	  else $(web_tests); fi)

.PHONY: test-quick
test-quick: ## the tests over HTTP against a server that runs (LONGWAVE_URL=; make server-bg starts one)
	@WAIT_SECONDS=5 scripts/wait-for-services.sh $(LONGWAVE_URL)/healthz
	$(call run_tests,$(call rust_tests,$(http_tests)))

.PHONY: test-specific
test-specific: build ## one area or one test by a part of its name: TEST=auth, TEST=TestGroup_Create
	@[ -n "$(TEST)" ] || { echo "make test-specific: say which, as in TEST=auth or TEST=TestGroup_Create" >&2; exit 2; }
	$(call run_tests,$(call rust_tests,$(native) -- --include-ignored $(TEST)))

.PHONY: test-ci
test-ci: clean-caches test ## make test without what an earlier run has left behind

.PHONY: test-faults
test-faults: build ## killed servers, doubled servers, a full disk
	$(call run_tests,$(call rust_tests,$(http_tests) -- --include-ignored faults::))

.PHONY: test-api
test-api: build ## hold the server against openapi.yaml, by schemathesis and by a table of routes
	@scripts/schemathesis --version
	$(call run_tests,$(call rust_tests,$(http_tests) -- --include-ignored contract::schemathesis contract::document))

.PHONY: clean-caches
clean-caches: ## forget compiled components, tools of the tests and the state of servers for tests
	@[ ! -e $(background).pid ] || { echo "make clean-caches: a server runs in the background; make server-stop first" >&2; exit 1; }
	rm -rf $(target)/release/spinlet-cache $(target)/schemathesis-* $(results) $(background)*

.PHONY: server-bg
server-bg: build ## a server for tests in the background, with a new state folder (LISTEN=)
	@[ ! -e $(background).pid ] || { echo "make server-bg: one was started already, process $$(cat $(background).pid); make server-stop ends it" >&2; exit 1; }
	@rm -rf $(background) && mkdir -p $(background)
	@set -a; . tests/server.env; set +a; \
	$(target)/release/spinlet up --listen $(LISTEN) --state-dir $(background) $(reuse) > $(background).log 2>&1 & \
	echo $$! > $(background).pid
	@LOG=$(background).log PID=$$(cat $(background).pid) scripts/wait-for-services.sh $(LONGWAVE_URL)/healthz || { rm $(background).pid; exit 1; }
	@echo "a server for tests is at $(LONGWAVE_URL), process $$(cat $(background).pid); its secrets are those of tests/server.env"

.PHONY: server-stop
server-stop: ## end the server of server-bg
	$(call end,$(background).pid,make server-stop)

.PHONY: server-logs
server-logs: ## what the server of server-bg has written, its last 100 lines (LINES=)
	@tail -n $(LINES) $(background).log

# The services of the scale-out profile, deploy/scale-out.toml.
services := .longwave/services

.PHONY: services-up
services-up: ## the scale-out profile's Redis in the background, on 127.0.0.1:6390; make up RUNTIME_CONFIG=deploy/scale-out.toml
	@[ ! -e $(services).pid ] || { echo "make services-up: Redis was started already, process $$(cat $(services).pid); make services-down ends it" >&2; exit 1; }
	@scripts/redis --version && mkdir -p $(services)
	@scripts/redis 6390 $(services) > $(services).log 2>&1 & echo $$! > $(services).pid
	@LOG=$(services).log PID=$$(cat $(services).pid) scripts/wait-for-services.sh redis://127.0.0.1:6390 || { rm $(services).pid; exit 1; }
	@echo "Redis is at redis://127.0.0.1:6390, process $$(cat $(services).pid); what it keeps is in $(services)"

.PHONY: services-down
services-down: ## end what services-up started; what it keeps stays
	$(call end,$(services).pid,make services-down)

.PHONY: fuzz
fuzz: ## look for input that breaks a parser, a minute each: FUZZ='600 tokens' is longer, and one
	@scripts/fuzz $(FUZZ)

.PHONY: coverage
coverage: ## which lines of the shared crates no native test runs
	@scripts/coverage

.PHONY: mutants
mutants: ## break the rules one at a time and see that a test fails (hours)
	@scripts/mutants

.PHONY: build
build: setup ## compile the components to wasm and the native programs
	@echo "== components (wasm)"
	@scripts/cargo-wasm build $(components:%=-p %) $(guests:%=-p %)
	@echo "== native programs"
	@cargo build --release $(native)

.PHONY: lint
lint: ## formatting, clippy and docs, with warnings as errors
	@echo "== formatting"
	@cargo fmt --all --check
	@echo "== clippy"
	@cargo clippy --release --workspace --all-targets -- -D warnings
	@echo "== docs"
	@RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --quiet

.PHONY: bench
bench: build ## measure a server of its own: BENCH='--polls 1000 --seconds 20' passes options on
	@state=$$(mktemp -d); \
	export LONGWAVE_BENCH_SERVICE_SECRET=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n'); \
	export LONGWAVE_BENCH_EXTERNAL_SECRET=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n'); \
	SPIN_VARIABLE_AUTH_NATIVE_SECRET=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n') \
	  SPIN_VARIABLE_INTERNAL_AUTH_SERVICES=bench SPIN_VARIABLE_INTERNAL_AUTH_SECRETS=$$LONGWAVE_BENCH_SERVICE_SECRET \
	  SPIN_VARIABLE_AUTH_EXTERNAL_SECRETS=$$LONGWAVE_BENCH_EXTERNAL_SECRET \
	  SPIN_VARIABLE_GROUP_MAX_MEMBERS=10000 \
	  SPIN_VARIABLE_REGISTER_PER_MINUTE=0 SPIN_VARIABLE_LOGIN_PER_MINUTE=0 SPIN_VARIABLE_MESSAGE_SEND_PER_MINUTE=0 SPIN_VARIABLE_CHANGE_PER_MINUTE=0 \
	  $(target)/release/spinlet up --quiet --listen 127.0.0.1:3999 --state-dir "$$state" $(reuse) > "$$state/output" 2>&1 & \
	server=$$!; \
	trap 'kill $$server; wait $$server || true; rm -rf "$$state"' EXIT; \
	$(target)/release/longwave-bench --url http://127.0.0.1:3999 --pid $$server $(BENCH)

.PHONY: web
web: ## build the chat page, where there is Node
	@scripts/web || echo "make web: the page could not be built (the reason is above); the API needs none" >&2

.PHONY: test-web
test-web: web build ## the TypeScript client's tests, and the page's in Chromium
	@scripts/node && scripts/chromium
	$(call run_tests,$(web_tests))

.PHONY: setup
setup: ## find or install the toolchain for wasm32-wasip1
	@scripts/setup

# The development secret: made once, kept out of git, never used by a deployment.
$(secret):
	@mkdir -p $(dir $@)
	@umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > $@
	@echo "made a development secret in $@"
