# The commands of this project. `make` alone lists them.
# Only Python 3.11 or newer, git and make are needed: uv is installed into .uv when it is not on PATH.

UV_VERSION := 0.13.9
PYTHON3 ?= python3
# One test process more than two cores: many tests wait for a service to start or to be killed. A machine with more cores may say
# `make test TEST_PROCESSES=16`.
TEST_PROCESSES ?= 3
TEST_OPTIONS ?=

# An environment that the caller has activated must not decide what runs here.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH UV_PROJECT UV_NO_DEV UV_SYSTEM_PYTHON
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
# Trust what the machine trusts: networks with a certificate authority of their own are common.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= 1
endif

OWN_UV := .uv/$(UV_VERSION)/bin/uv
UV := $(or $(shell uv --version >/dev/null 2>&1 && command -v uv),$(OWN_UV))
BIN := .venv/bin
READY := .venv/.ready
# The benchmarks have an environment of their own: the solvers they compare with are no part of the product or its tests.
BENCH_BIN := .venv-bench/bin
BENCH_READY := .venv-bench/.ready
LOAD_BIN := .venv-load/bin
LOAD_READY := .venv-load/.ready

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## solve a built-in realistic brief and print the plan with its proof
	@$(BIN)/creatormix demo

.PHONY: serve
serve: $(READY) ## run the service on http://127.0.0.1:8000 (Swagger UI at /docs)
	@$(BIN)/creatormix serve

.PHONY: test
test: $(READY) ## run all tests; TEST_OPTIONS="-k waste" passes options on to pytest
	@# One thread for matrices, as in the processes that solve: several test processes share the cores.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=$(TEST_PROCESSES) --dist=worksteal $(TEST_OPTIONS)

.PHONY: check
check: lint test ## everything a change must pass: lint and test

.PHONY: lint
lint: $(READY) ## formatting, ruff, mypy --strict, the import rules and the Dockerfile; no tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint Dockerfile

.PHONY: format
format: $(READY) ## rewrite the code as ruff wants it
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: bench-quick
bench-quick: $(BENCH_READY) ## measure the claims beside other solvers, in under 5 minutes
	@$(BENCH_BIN)/python -m benchmarks.suite quick

.PHONY: bench
bench: $(BENCH_READY) ## measure every family and size beside other solvers, half an hour; writes docs/benchmarks.md
	@$(BENCH_BIN)/python -m benchmarks.suite whole

.PHONY: bench-small
bench-small: $(READY) ## time a brief of 50 creators with 2 offers each, step by step
	@$(BIN)/python -m benchmarks.small_brief

.PHONY: bench-answers
bench-answers: $(READY) ## time the answers around a plan, in solves of the same problem
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.answers  # as in a process of the service that solves

.PHONY: bench-over-http
bench-over-http: $(READY) ## time what a caller waits for: the answers around a plan, in posts of the same brief
	@$(BIN)/python -m benchmarks.over_http

.PHONY: fuzz
fuzz: $(READY) ## post 10 000 fuzzed bodies to a service process and walk along its links; FUZZ=1000 SEED=7
	@$(BIN)/python -m tests.fuzz $(or $(FUZZ),10000) $(SEED)

.PHONY: faults
faults: $(READY) ## kill, pause, stop and restart processes and databases under 1 000 briefs, and count; BRIEFS=100 KILLS=5
	@$(BIN)/python -m tests.faults $(or $(BRIEFS),1000) $(or $(KILLS),20)

.PHONY: load
load: $(LOAD_READY) ## 10 minutes of mixed load on a service, beside an endpoint that only parses; MINUTES=1 LOAD_DATABASE=postgresql
	@$(LOAD_BIN)/python -m tests.load $(or $(MINUTES),10) $(or $(USERS),8) $(or $(LOAD_DATABASE),sqlite)

.PHONY: openapi
openapi: $(READY) ## write docs/openapi.json, the committed copy of the OpenAPI document
	@$(BIN)/creatormix openapi > docs/openapi.json.new
	@mv docs/openapi.json.new docs/openapi.json

.PHONY: picture
picture: $(READY) ## take the pictures of the report in README.md again; needs Chromium
	@$(BIN)/python .ci/report-picture

.PHONY: reference
reference: $(READY) ## write the pages of docs/reference that come from code: commands, settings, problem codes, default figures
	@$(BIN)/python -m documentation

# The theme says at each build until when it is maintained, and names its successor. Versions are locked and the pages are static, so
# nothing changes under us; a build is to print what is wrong with the pages alone. The variable is the theme's own switch for that notice.
.PHONY: docs
docs: $(READY) ## build the pages of docs/ into site/; open site/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

.PHONY: docs-serve
docs-serve: $(READY) ## show the pages of docs/ on http://127.0.0.1:8001 while they are edited
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:8001

.PHONY: migrate
migrate: $(READY) ## bring the database of CREATORMIX_DATABASE_URL to the newest schema
	@$(BIN)/creatormix db upgrade

.PHONY: wheel-check
wheel-check: $(READY) ## build the wheel, install it alone into an empty environment and run it there
	@UV="$(abspath $(UV))" .ci/check-wheel

.PHONY: image-check
image-check: $(READY) ## do what the Dockerfile says without a Docker engine, and run the result as it would run; needs root
	@.ci/check-image

.PHONY: hooks
hooks: $(READY) ## let git run lint before each commit and check before each push
	$(BIN)/pre-commit install

.PHONY: clean
clean: ## remove environments, caches and build results
	rm -rf .venv .venv-bench .venv-load .uv dist build site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: made again when the dependencies change. uv itself locks it against a second make.
$(READY): pyproject.toml uv.lock | $(UV)
	@echo "Installing the locked dependencies into .venv ..." >&2
	@$(UV) sync --locked --quiet $(if $(filter-out python3,$(PYTHON3)),--python $(PYTHON3))
	@touch $@

$(BENCH_READY): pyproject.toml uv.lock | $(UV)
	@echo "Installing the solvers of the benchmarks into .venv-bench ..." >&2
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-bench \
	  $(UV) sync --locked --quiet --no-default-groups --group bench $(if $(filter-out python3,$(PYTHON3)),--python $(PYTHON3))
	@touch $@

$(LOAD_READY): pyproject.toml uv.lock | $(UV)
	@echo "Installing what makes the load into .venv-load ..." >&2
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-load \
	  $(UV) sync --locked --quiet --no-default-groups --group load $(if $(filter-out python3,$(PYTHON3)),--python $(PYTHON3))
	@touch $@

# Only the program is kept of the environment that pip installs it into, and it is moved into place in one step.
$(OWN_UV):
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON3) is older or missing. Say PYTHON3=/path/to/python3." >&2; exit 1; }
	@mkdir -p $(@D)
	@building="$$(mktemp -d .uv/building.XXXXXX)"; trap 'rm -rf "$$building"' EXIT; \
	  $(PYTHON3) -m venv "$$building" \
	    || { echo "$(PYTHON3) cannot make environments; on Debian and Ubuntu install python3-venv." >&2; exit 1; }; \
	  "$$building/bin/python" -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	    && mv "$$building/bin/uv" $@
