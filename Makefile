# Longwave. `make help` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# spinlet: the runtime built from this repository. spin: a Spin 4.1 or newer on the PATH.
RUNTIME ?= spinlet
LISTEN ?= 127.0.0.1:3000
STATE_DIR ?= .spin

components := $(notdir $(wildcard components/*))
guests := $(notdir $(wildcard crates/spinlet/guests/*))
target := $(or $(CARGO_TARGET_DIR),target)
# What is not a component of this application or of a test, and runs natively.
native := --workspace $(addprefix --exclude ,$(components) $(guests))
secret := .longwave/auth_native_secret

# One instance can hold thousands of waiting polls, and costs less than many that hold a few.
reuse := --max-instance-reuse-count 1000000 --max-instance-concurrent-reuse-count 4096 --idle-instance-timeout 60s

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: build $(secret) ## build everything and serve on 127.0.0.1:3000 (LISTEN=, STATE_DIR=, RUNTIME=spin)
	@export SPIN_VARIABLE_AUTH_NATIVE_SECRET="$${SPIN_VARIABLE_AUTH_NATIVE_SECRET:-$$(cat $(secret))}"; \
	if [ "$(RUNTIME)" = spin ]; then \
	  version=$$(spin --version 2>/dev/null | cut -d' ' -f2) || { echo "make up: there is no spin on the PATH; leave out RUNTIME=spin" >&2; exit 1; }; \
	  [ "$$(printf '4.1\n%s\n' "$$version" | sort -V | head -n 1)" = 4.1 ] || { echo "make up: spin $$version is too old; 4.1 or newer runs these components" >&2; exit 1; }; \
	  exec spin up --listen $(LISTEN) --state-dir $(STATE_DIR) $(reuse); \
	fi; \
	exec $(target)/release/spinlet up --listen $(LISTEN) --state-dir $(STATE_DIR) $(reuse)

.PHONY: test
test: build lint ## set up, build, lint and run every test
	@scripts/schemathesis --version
	@echo "== tests"
	@cargo test --release $(native)

.PHONY: test-api
test-api: build ## hold the server against openapi.yaml, by schemathesis and by a table of routes
	@scripts/schemathesis --version
	@cargo test --release -p longwave-tests -- api:: document::

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
	  SPIN_VARIABLE_REGISTER_PER_MINUTE=0 SPIN_VARIABLE_LOGIN_PER_MINUTE=0 SPIN_VARIABLE_MESSAGE_SEND_PER_MINUTE=0 \
	  $(target)/release/spinlet up --quiet --listen 127.0.0.1:3999 --state-dir "$$state" $(reuse) > "$$state/output" 2>&1 & \
	server=$$!; \
	trap 'kill $$server; wait $$server || true; rm -rf "$$state"' EXIT; \
	$(target)/release/longwave-bench --url http://127.0.0.1:3999 --pid $$server $(BENCH)

.PHONY: setup
setup: ## find or install the toolchain for wasm32-wasip1
	@scripts/setup

# The development secret: made once, kept out of git, never used by a deployment.
$(secret):
	@mkdir -p $(dir $@)
	@umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > $@
	@echo "made a development secret in $@"
