# `make help` lists the targets. `make demo` and `make test` install what they need: python3, venv and make are enough.
# CI runs the same targets (.ci/run).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps

# tests start several hundred processes of Dateline: its modules are compiled once, whatever the environment says
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

help: ## list the targets
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

install: $(VENV)/.runtime ## install Dateline into .venv (.venv/bin/dateline)
install-dev: $(VENV)/.dev ## also install what tests and checks need

lock: ## update the lock files (needs uv)
	for lock in "" "-dev --extra dev" "-image --extra s3 --extra mcp --extra parquet"; do set -- $$lock; \
	  case "$$1" in -dev|-image) name=$$1; shift;; *) name=;; esac; uv pip compile pyproject.toml --extra build "$$@" --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --strip-extras --upgrade --quiet \
	  --output-file requirements$$name.lock; done

# --- use ----------------------------------------------------------------------------------------------------------------

demo: install ## run the real service on a bundled newsroom for two rounds, then print a report (DEMO=--keep leaves it running)
	@$(BIN)/dateline demo $(DEMO)

screenshots: install-dev ## take pictures of the console for the documentation, from the demonstration (needs Chromium)
	@$(BIN)/python -m tests.browser.screenshots

# --- checks -------------------------------------------------------------------------------------------------------------

lint: install-dev ## check format, lint, types and import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint ## do that and run the unit tests
	@$(BIN)/pytest tests/unit

test: install-dev ## run all tests
	@$(BIN)/python tests/run.py

SWEPT := tests/acceptance/test_browser_canaries.py tests/browser/test_pages.py tests/browser/test_http.py
sweep: install-dev ## run whole what `make test` runs a cut of: every address in the browser, every form of an address, every hostile string
	@SWEEP=1 $(BIN)/python tests/run.py $(SWEPT)

audit: ## look for known vulnerabilities in the locked packages (needs pip-audit and access to PyPI)
	@command -v pip-audit >/dev/null || { echo "pip-audit is not installed: pipx install pip-audit"; exit 1; }
	@pip-audit --require-hashes --disable-pip -r requirements-dev.lock

# --- benchmarks: each prints a table and writes build/bench/NAME.json --------------------------------------------------------

SHARED ?= ../shared
CORPUS ?= $(SHARED)/corpus/extraction
ARTICLES ?= 1000000

bench-pipeline: install-dev ## measure pages/s from fetch to commit, against an upper bound and a naive spider (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.pipeline.pipeline --corpus $(CORPUS)

bench-extraction: install-dev ## score text and metadata by folds, against stock trafilatura (CORPUS=FOLDER; ABLATE=1: without each rule)
	@$(BIN)/python -m benchmarks.extraction.extraction --corpus $(CORPUS) $(if $(ABLATE),--ablate)

fit-article-score: install-dev ## fit the weights that tell articles from other pages, and score them out of fold (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.extraction.fit_article_score --corpus $(CORPUS)

bench-copies: install-dev ## score copy detection on copies and look-alikes made from real articles (SHARED=FOLDER)
	@$(BIN)/python -m benchmarks.copies.copies --shared $(SHARED) --through database --phrases none --seeds 7

fuzz: install-dev ## feed 26,000 hostile inputs: none may crash, hang, stay without a final state, or harm others
	@$(BIN)/python -m benchmarks.fuzz.fuzz

test-api-fuzz: install-dev ## have schemathesis make over 5,000 calls of /api/v1: no 500, and answers as the OpenAPI description says
	@$(BIN)/python -m benchmarks.fuzz.openapi

growth: install-dev ## time every public function that takes foreign text on adversarial texts of up to 1,000,000 characters (GROWTH="--only urls")
	@$(BIN)/python -m benchmarks.fuzz.growth $(GROWTH)

bench-bombs: install-dev ## measure memory while 16 decompression bombs of 1 GB arrive at once
	@$(BIN)/python -m benchmarks.fuzz.bombs

bench-export: install-dev ## measure rows/s and memory of exports, against naive ones
	@$(BIN)/python -m benchmarks.archive.export

bench-scale: install-dev ## measure copy look-up and the store transaction at 10 k to 1 M articles (ARTICLES=NUMBER)
	@$(BIN)/python -m benchmarks.archive.scale --articles $(ARTICLES)

ARTICLES_BEFORE ?= 10000 100000
bench-archive: install-dev ## compare pages/s from fetch to commit into archives of several sizes (CORPUS=FOLDER ARTICLES_BEFORE="10000 1000000")
	@$(BIN)/python -m benchmarks.archive.end_to_end --corpus $(CORPUS) --articles $(ARTICLES_BEFORE)

bench-console: install-dev ## time every console page on 500,000 articles, and what twenty readers cost ingestion
	@$(BIN)/python -m benchmarks.archive.console

bench-api: install-dev ## time each question of /api/v1 beside the console's page of the same thing, on 500,000 articles
	@$(BIN)/python -m benchmarks.archive.api

bench-api-paging: install-dev ## page through 100,000 articles over /api/v1 while others are stored: none lost, none doubled
	@$(BIN)/python -m benchmarks.archive.api_paging

bench-search: install-dev ## time search, facets and roll-up on 500,000 synthetic articles (made once, kept in build/)
	@$(BIN)/python -m benchmarks.archive.search

bench-names: install-dev ## time finding 10,000 names in pages, and score it on labelled mentions in eight languages
	@$(BIN)/python -m benchmarks.copies.names

bench-stories: install-dev ## score stories against known events, and against single-pass TF-IDF (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.copies.stories --corpus $(CORPUS)

MINUTES ?= 60
RATE ?= 10
soak: install-dev ## run the service for MINUTES at RATE pages/s and measure the growth of memory, descriptors and connections
	@$(BIN)/python -m benchmarks.service.soak --minutes $(MINUTES) --rate $(RATE)

bench-cadence: install-dev ## compare visit times with other readers' rules and an optimum, at equal requests (HISTORIES=FILE)
	@$(BIN)/python -m benchmarks.cadence.cadence $(if $(HISTORIES),--histories $(HISTORIES))

bench-alarms: install-dev ## measure false alarms of healthy sources, and how soon a stop or a fault raises one
	@$(BIN)/python -m benchmarks.cadence.alarms

bench-visits: install-dev ## measure the CPU of an unchanged visit in all processes, on 10,000 loopback feeds
	@$(BIN)/python -m benchmarks.service.visits

bench-workers: install-dev ## compare visits/s of four workers with one on slow servers, and check each host's pace
	@$(BIN)/python -m benchmarks.service.workers

SOURCES ?= 30
bench-fairness: install-dev ## measure the delay of healthy sources' articles alone and beside ten kinds of hostile sources (SOURCES=100)
	@$(BIN)/python -m benchmarks.service.fairness --sources $(SOURCES)

TIMES ?= 20
kill-matrix: install-dev ## inject each fault TIMES times into the real service, and once without its protection (Linux, root; KILLS="--seed 7 --resume" continues)
	@$(BIN)/python -m benchmarks.kills.matrix --times $(TIMES) $(KILLS)

kill-matrix-cut: install-dev ## inject each fault once, always with its protection: CI fails on damage, and on faults not played after 30 minutes
	@$(BIN)/python -m benchmarks.kills.matrix --times 1 --no-bare --limit-s 1800

kill-mail: install-dev ## kill the sender of mail TIMES times in the middle of a digest: none lost, doubles under one Message-ID
	@MAIL_KILLS=$(TIMES) $(BIN)/pytest tests/integration/scheduler/mail -k kill_9

kill-render: install-dev ## kill a crawl TIMES times while its browser draws a page: none goes on, the page is stored once
	@RENDER_KILLS=$(TIMES) $(BIN)/pytest tests/acceptance/service/kill_while_rendering.py

backfill-drill: install-dev ## backfill a synthetic archive of 30,000 articles, killed five times: each stored once, the budget held (DRILL="--items 3000")
	@$(BIN)/python -m benchmarks.kills.backfill_drill $(DRILL)

upgrade-drill: install-dev ## upgrade a running service without a pause from an older checkout: no article lost or doubled (DRILL="--from REVISION")
	@$(BIN)/python -m benchmarks.kills.upgrade $(DRILL)

attack: install-dev ## play hostile sites against the real service, and once more without each protection (ATTACKS="--only redirect")
	@$(BIN)/python -m benchmarks.attacks.matrix $(ATTACKS)

crawl-corpus: install-dev ## crawl saved real pages over loopback into a database (CORPUS=FOLDER)
	@$(BIN)/python -m benchmarks.pipeline.crawl_corpus --corpus $(CORPUS)

# --- packages, containers and CI ----------------------------------------------------------------------------------------

wheel: install-dev ## build the wheel and the source distribution into dist/
	@$(BIN)/python -c 'from setuptools import build_meta as b; print("dist/" + b.build_sdist("dist")); print("dist/" + b.build_wheel("dist"))' | grep ^dist/

test-wheel: install-dev ## build both, install the wheel into an empty environment, and run the demonstration from it
	@$(BIN)/pytest -m wheel tests/wheel

test-containers: install-dev ## test Dockerfile and docker-compose.yml in real containers (Debian, root, podman)
	@$(BIN)/python -m tests.containers.run $(CONTAINERS)

ci-packages: install-dev ## install Debian packages that tests need: container tools, Chromium, promtool, systemd (root)
	@apt-get update -qq
	@DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -y \
	  $$($(BIN)/python -c 'from tests.containers.engine import DEBIAN_PACKAGES; print(*DEBIAN_PACKAGES)') chromium prometheus systemd >/dev/null

format: install-dev ## run ruff format and its safe fixes
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

# no target with a help line is a file
.PHONY: $(shell sed -n "s/^\([a-z-]*\):.*\#\# .*/\1/p" Makefile)
