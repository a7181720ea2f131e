# Two targets do all set-up on a machine with python3, venv and make: `make demo` and `make test`.
# Targets are what CI runs (.ci/run); `make help` lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps

.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 22

# --- set-up -----------------------------------------------------------------------------------------------------------

$(VENV)/.runtime: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing Dateline's packages into $(VENV) (once) …"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing the packages that the tests need (once) …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.runtime ## .venv with .venv/bin/dateline
install-dev: $(VENV)/.dev ## the same, with what tests and checks need

lock: ## write the lock files anew (needs uv)
	for extra in "" "--extra dev"; do uv pip compile pyproject.toml --extra build $$extra --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --strip-extras --upgrade --quiet \
	  --output-file requirements$${extra:+-dev}.lock; done

# --- use ----------------------------------------------------------------------------------------------------------------

demo: install ## the demonstration newsroom: two scheduled rounds of the real service, then a report
	@$(BIN)/dateline demo $(DEMO)

# --- checks -------------------------------------------------------------------------------------------------------------

check: install-dev ## format, lint, types, layers, unit tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest tests/unit

test: install-dev ## all tests
	@$(BIN)/python tests/run.py

audit: ## known vulnerabilities of the locked packages (needs pip-audit and its data from PyPI; CI without a way there leaves it out)
	@command -v pip-audit >/dev/null || { echo "pip-audit is not installed: pipx install pip-audit"; exit 1; }
	@pip-audit --require-hashes --disable-pip -r requirements-dev.lock

# --- benchmarks: each prints a table and writes build/bench/NAME.json --------------------------------------------------------

SHARED ?= ../shared
CORPUS ?= $(SHARED)/corpus/extraction
ARTICLES ?= 1000000

bench-pipeline: install-dev ## pages/s from fetch to commit, beside a bound and a naive spider (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.pipeline.pipeline --corpus $(CORPUS)

bench-extraction: install-dev ## text and metadata against annotated pages, beside stock trafilatura (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.extraction.extraction --corpus $(CORPUS)

bench-copies: install-dev ## copies and traps made of real articles, through the database (SHARED=FOLDER)
	@$(BIN)/python -m benchmarks.copies.copies --shared $(SHARED) --through database --phrases none --seeds 7

fuzz: install-dev ## hostile inputs by the ten thousand: none may crash, hang, stay without a fate, or cost its neighbours
	@$(BIN)/python -m benchmarks.fuzz.fuzz

bench-bombs: install-dev ## 16 bombs of 1 GB at once: how much memory all processes together take over idle
	@$(BIN)/python -m benchmarks.fuzz.bombs

bench-export: install-dev ## rows/s and memory of exports, beside naive ones
	@$(BIN)/python -m benchmarks.archive.export

bench-scale: install-dev ## look-up of copies and the store transaction at 10 k to 1 M articles (ARTICLES=NUMBER)
	@$(BIN)/python -m benchmarks.archive.scale --articles $(ARTICLES)

bench-console: install-dev ## every page on 500,000 articles, and what twenty readers cost ingestion
	@$(BIN)/python -m benchmarks.archive.console

bench-search: install-dev ## search, facets and roll-up on 500,000 synthetic articles (made once, kept in build/)
	@$(BIN)/python -m benchmarks.archive.search

bench-stories: install-dev ## stories found against events known, beside single-pass TF-IDF (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.copies.stories --corpus $(CORPUS)

MINUTES ?= 60
RATE ?= 10
soak: install-dev ## the service for MINUTES at RATE pages/s: slopes of memory, descriptors and connections (MINUTES=60 RATE=10)
	@$(BIN)/python -m benchmarks.service.soak --minutes $(MINUTES) --rate $(RATE)

bench-cadence: install-dev ## when feeds are visited, against the peers' rules and an optimum, at equal requests (HISTORIES=FILE)
	@$(BIN)/python -m benchmarks.cadence.cadence $(if $(HISTORIES),--histories $(HISTORIES))

bench-alarms: install-dev ## false alarms of healthy sources, and how soon a stop or a break is told
	@$(BIN)/python -m benchmarks.cadence.alarms

bench-visits: install-dev ## CPU of an unchanged visit over scheduler, worker and PostgreSQL, on 10,000 loopback feeds
	@$(BIN)/python -m benchmarks.service.visits

bench-workers: install-dev ## visits/s of four workers beside one against slow servers, and whether each host's pace held
	@$(BIN)/python -m benchmarks.service.workers

TIMES ?= 20
kill-matrix: install-dev ## real signals to the real service, each fault TIMES times, and once without its protection (Linux, root; KILLS="--seed 7 --resume" goes on)
	@$(BIN)/python -m benchmarks.kills.matrix --times $(TIMES) $(KILLS)

kill-matrix-cut: install-dev ## the same with four runs of each fault, none without protection: what CI plays
	@$(BIN)/python -m benchmarks.kills.matrix --times 4 --no-bare

crawl-corpus: install-dev ## saved real pages served over loopback, crawled into a database (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.pipeline.crawl_corpus --corpus $(CORPUS)

# --- containers and CI ----------------------------------------------------------------------------------------------------

test-containers: install-dev ## Dockerfile and docker-compose.yml in real containers (Debian, root, podman)
	@$(BIN)/python -m tests.containers.run $(CONTAINERS)

ci-packages: install-dev ## Debian packages that tests need: container tools, Chromium, promtool, systemd (root)
	@apt-get update -qq
	@DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -y \
	  $$($(BIN)/python -c 'from tests.containers.engine import DEBIAN_PACKAGES; print(*DEBIAN_PACKAGES)') chromium prometheus systemd >/dev/null

format: install-dev ## ruff format and the safe fixes
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

# every target with a help line is one of work, not a file
.PHONY: $(shell sed -n "s/^\([a-z-]*\):.*\#\# .*/\1/p" Makefile)
