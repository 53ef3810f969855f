# Everything that one does in this checkout. `make check` is what CI runs.

CARGO ?= cargo
# For every command that may be given it; CI says --locked.
CARGO_ARGS ?=
# For `make bench`, for example BENCH_ARGS=--quick.
BENCH_ARGS ?=
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help
help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand --tabs=22

.PHONY: build
build: ## Build the program `portico`
	$(CARGO) build $(CARGO_ARGS) --release -p server --bin portico

.PHONY: run
run: ## Run the demo: a published API, a portal, a key, a line to try it with
	$(CARGO) run $(CARGO_ARGS) --release -p server --bin portico -- demo

.PHONY: tools
tools: ## Install what building and testing need and this machine lacks
	@scripts/install-test-tools

.PHONY: test
test: tools ## Run all tests, with what they need; installs what is missing
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} PORTICO_TEST_WORKATO_CLI="$$(scripts/python-client-folder)/bin/workato" \
		PORTICO_TEST_SCHEMATHESIS="$$(scripts/schemathesis-folder)/bin/schemathesis" \
		PORTICO_TEST_OIDC_PROVIDER="$$(scripts/oidc-provider-folder)/provider.js" \
		PORTICO_TEST_AXE="$$(scripts/axe-folder)/node_modules/axe-core/axe.min.js" \
		PORTICO_TEST_MAIL_SERVER="$$(scripts/mail-server-folder)" \
		scripts/with-postgres $(CARGO) test $(CARGO_ARGS) --workspace

.PHONY: lint
lint: tools ## Check format and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(CARGO_ARGS) --workspace --all-targets -- -D warnings

.PHONY: check
check: lint test ## Check everything, as CI does

.PHONY: bench
bench: ## Measure what a call costs, beside nginx, and how soon a change counts (see docs/benchmarks.md)
	scripts/install-bench-tools
	$(CARGO) build $(CARGO_ARGS) --profile dist -p server -p bench --bin portico --bin bench
	$(TARGET)/dist/bench run --portico $(TARGET)/dist/portico --out $(TARGET)/bench $(BENCH_ARGS)
	$(TARGET)/dist/bench changes --portico $(TARGET)/dist/portico --out $(TARGET)/bench $(CHANGES_ARGS)

.PHONY: framing
framing: ## Send oddly framed requests to Portico, nginx, HAProxy and Envoy, and write docs/framing.md
	scripts/install-framing-tools
	$(CARGO) build $(CARGO_ARGS) --release -p server -p bench --bin portico --bin bench
	$(TARGET)/release/bench framing --portico $(TARGET)/release/portico --envoy $(TARGET)/bench-tools/envoy \
		--out $(TARGET)/bench --write docs/framing.md

.PHONY: fuzz
fuzz: ## Feed what nobody would write to whatever reads what others send, for FUZZ_SECONDS (60) each
	scripts/fuzz all $${FUZZ_SECONDS:-60}

.PHONY: clean-test-services
clean-test-services: ## Remove test databases that a killed run has left behind
	scripts/clean-test-services
