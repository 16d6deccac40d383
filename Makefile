# make demo   train a small model with its run logged        make test   lint, types, import contracts, tests
# make bench  what a call costs                              make setup  only make the environment
# make docs   the documents as a site
#
# PYTHON chooses the interpreter: make test PYTHON=python3.13

PYTHON ?= python3
PYTEST_ARGS ?=
WORKERS ?= 2
KILLS ?= 100
FUZZ_EXAMPLES ?= 4000

# The default interpreter has .venv, any other an environment of its own, so that changing between them costs nothing.
VENV ?= $(if $(filter python3,$(notdir $(PYTHON))),.venv,.venv-$(notdir $(PYTHON)))
RUN := $(VENV)/bin/python
DEMO := demo

.PHONY: setup demo demo-remote pictures docs guarantees test test-integrations lint format types unit kill fuzz stress soak attack bench bench-peers bench-latency bench-reading bench-start bench-redact bench-store bench-server bench-check clean

# The stamps name what the environment was made from: another interpreter makes it anew, other requirements install again.
# A name that is there only as pyenv's shim is asked of the newest Python that pyenv has under it.
setup:
	@if ! $(PYTHON) -c '' 2>/dev/null && command -v pyenv >/dev/null; then \
	  export PYENV_VERSION="$$(pyenv whence $(PYTHON) | tail -n 1)"; \
	fi; \
	interpreter="$$($(PYTHON) -c 'import sys; print(sys.version.replace(chr(10), " "), sys.base_prefix)')" || exit 1; \
	requirements="$$(cksum < setup.py)"; \
	if [ ! -x $(RUN) ] || [ "$$(cat $(VENV)/.interpreter 2>/dev/null)" != "$$interpreter" ]; then \
	  echo "making $(VENV)"; \
	  rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) && echo "$$interpreter" > $(VENV)/.interpreter || exit 1; \
	fi; \
	if [ "$$(cat $(VENV)/.requirements 2>/dev/null)" != "$$requirements" ]; then \
	  echo "installing into $(VENV)"; \
	  $(RUN) -m pip install -qq --disable-pip-version-check --upgrade pip && \
	  $(RUN) -m pip install -qq --disable-pip-version-check --editable '.[dev]' && \
	  echo "$$requirements" > $(VENV)/.requirements; \
	fi

# In an environment with what the example needs and no more, unless the one for tests is there. Modules are compiled as they
# are imported: to compile all of scikit-learn would take longer than to train.
demo:
	@if [ -e $(VENV)/.requirements ]; then python=$(RUN); else \
	  python=.venv-demo/bin/python; requirements="$$(cksum < setup.py)"; \
	  if [ "$$(cat .venv-demo/.requirements 2>/dev/null)" != "$$requirements" ]; then \
	    echo "making .venv-demo with scikit-learn, which takes about half a minute"; \
	    rm -rf .venv-demo && $(PYTHON) -m venv .venv-demo && \
	    $$python -m pip install -qq --disable-pip-version-check --no-compile --editable '.[demo]' && \
	    echo "$$requirements" > .venv-demo/.requirements || exit 1; \
	  fi; \
	fi; \
	$$python examples/demo.py $(DEMO)

# The same with its run kept by a server, which is started for it.
demo-remote: setup
	@$(RUN) examples/demo_remote.py $(DEMO)-remote

# The terminal picture of the README, from what the commands print.
pictures: setup
	$(RUN) docs/pictures/make.py

# The documents as a site, in site/; a warning is an error. The theme's notice of its successor is no warning of ours.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

# docs/guarantees.md, from what the tests of processes find; the rows of torch need torch installed beside the rest.
guarantees: setup
	results="$$(mktemp -d)" && RUNLOG_TEST_GUARANTEES="$$results" $(RUN) -m pytest -n $(WORKERS) tests/processes/test_matrix.py \
	  -k however && $(RUN) tests/support/process_matrix.py "$$results" && rm -r "$$results"

test: lint unit

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --strict runlog
	$(VENV)/bin/lint-imports --no-cache

format: setup
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# Random order comes from pytest-randomly; -p no:randomly and a seed from its report repeat an order.
# Thousands of tests start processes: compiled ahead, runlog is not compiled in each where PYTHONDONTWRITEBYTECODE is set.
unit: setup
	$(RUN) -m compileall -q runlog
	$(RUN) -m pytest -n $(WORKERS) $(PYTEST_ARGS)

# The tests against large packages (wandb, Celery, PyInstaller...), each in an environment of its own under .integrations/.
test-integrations: setup
	$(RUN) -m pytest -n $(WORKERS) -m integration --timeout 0 -o faulthandler_timeout=0 $(PYTEST_ARGS) tests/integrations_large

# Kills (-9) a logging process KILLS times at random moments and reads back every call that had returned.
kill: setup
	RUNLOG_TEST_KILLS=$(KILLS) $(RUN) -m pytest -n 0 -m kill --timeout 0 -o faulthandler_timeout=0 $(PYTEST_ARGS)

# Damages journals at random and reads them, and has hostile values in every place of files, requests and answers; the suite
# does the same with fewer examples.
fuzz: setup
	RUNLOG_TEST_FUZZ=$(FUZZ_EXAMPLES) $(RUN) -m pytest -n $(WORKERS) -m fuzz --timeout 0 -o faulthandler_timeout=0 $(PYTEST_ARGS)

# Many processes and threads on one run and one file, and forks while other threads log: the suite does the same in small.
stress: setup
	RUNLOG_TEST_STRESS_RECORDS=20000 RUNLOG_TEST_STRESS_FORKS=200 $(RUN) -m pytest -n 0 -m stress --timeout 0 \
	  -o faulthandler_timeout=0 --durations 0 -s $(PYTEST_ARGS)

# A thousand runs through one server that is killed and restarted all the time: the suite does the same in small.
soak: setup
	RUNLOG_TEST_SOAK_RUNS=1000 RUNLOG_TEST_SOAK_SECONDS=120 RUNLOG_TEST_SOAK_KILLS=20 $(RUN) -m pytest -n 0 -m soak \
	  --timeout 0 -o faulthandler_timeout=0 --durations 0 -s $(PYTEST_ARGS)

# Every attack on a server at once, of 50,000 runs, for two minutes, while somebody logs and somebody reads; it fails where
# one of them waits longer than is promised, or a record is lost. The suite does the same in small.
attack: setup
	RUNLOG_TEST_ATTACK_RUNS=50000 RUNLOG_TEST_ATTACK_SECONDS=120 $(RUN) -m pytest -n 0 -m attack --timeout 0 \
	  -o faulthandler_timeout=0 --durations 0 -s $(PYTEST_ARGS)

bench: setup
	$(RUN) -m benchmarks calls

bench-peers: setup
	$(RUN) -m benchmarks peers

bench-latency: setup
	$(RUN) -m benchmarks latency

bench-reading: setup
	$(RUN) -m benchmarks reading

# From runlog.start() to the first run.log, in an empty folder and in a crowded one.
bench-start: setup
	$(RUN) -m benchmarks starting

# Looking for secrets: in a text of 120 characters, and in records, with redaction on and off.
bench-redact: setup
	$(RUN) -m benchmarks redact

# What one server takes in, and what those of others take of the same points.
bench-server: setup
	$(RUN) -m benchmarks server
	$(RUN) -m benchmarks peer-servers

# What the store answers, and the room that it takes.
bench-store: setup
	$(RUN) -m benchmarks store

# Exits with 1 where a promised figure is missed.
bench-check: setup
	$(RUN) -m benchmarks check

clean:
	rm -rf .venv* .integrations build dist *.egg-info $(DEMO) $(DEMO)-remote .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
