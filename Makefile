# Thin names for the real commands. The README says what to do where there is no make.

VENV := .venv
PY := $(VENV)/bin/python
UV_VENV := .venv-uv

# PYTHON=/path/to/python chooses the interpreter that .venv is made from.
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)

# The stamp's name says what .venv was made from: a changed lock or a moved folder gives another
# name and so a new set-up; an unchanged one costs nothing.
MADE_FROM := requirements.lock pyproject.toml content/jupyter/*.json
STAMP := $(VENV)/ready-$(shell (pwd; cat $(MADE_FROM)) | cksum | tr ' ' '-')
# A Python that was upgraded away leaves a dead link behind.
$(shell test -x $(PY) || rm -f $(VENV)/ready-*)

FIRST := $(firstword $(wildcard notebooks/00_*.ipynb))

# Nothing that is started here sees the AWS settings of the person at the keyboard.
unexport $(filter AWS_%,$(.VARIABLES))

.PHONY: help lab test setup notebooks bench scorecard trails doctor lock

help:
	@echo 'make lab        open the course in JupyterLab (LAB_ARGS="--no-browser --port 8899")'
	@echo 'make test       lint, types and all tests (TEST_ARGS="-k trust")'
	@echo 'make setup      only prepare .venv (PYTHON=python3.12)'
	@echo 'make doctor     check this installation'
	@echo 'make notebooks  rebuild notebooks/ and labs/ from content/'
	@echo 'make bench      measure, and print the tables'
	@echo 'make scorecard  compare the account with AWS, case by case (about three minutes)'
	@echo 'make trails     write the month of CloudTrail records anew (about five minutes)'
	@echo 'make lock       write requirements.lock anew (LOCK_ARGS=--upgrade)'

# Root is allowed because in a container there may be nobody else; the server is on loopback only.
lab: setup
	@$(PY) -m jupyterlab --ServerApp.root_dir="$(CURDIR)" --ServerApp.allow_root=True \
	  --LabApp.default_url="/lab$(if $(FIRST),/tree/$(FIRST))" $(LAB_ARGS)

test: setup
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal $(TEST_ARGS)

notebooks: setup
	@$(PY) -m content.build

bench: setup
	@$(PY) -m bench $(BENCH_ARGS)

scorecard: setup
	@$(PY) -m scorecard $(SCORECARD_ARGS)

trails: setup
	@$(PY) -m rolelab.trails data/trails $(TRAILS_ARGS)

doctor: setup
	@$(PY) -m rolelab doctor

setup: $(STAMP)
	@:

# Two runs of pip, because pip takes no editable package where it requires hashes.
$(STAMP): $(PY)
	@echo 'Installing the pinned packages into $(VENV) (once; one to three minutes) ...'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PY) -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements.lock
	@$(PY) -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/ready-*
	@touch $@

$(PY):
	@set -e; chosen=; newest=; \
	for candidate in $(CANDIDATES); do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; \
	    then chosen=$$candidate; break; fi; \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then newest=$$candidate; fi; \
	done; \
	if [ -z "$$chosen" ] && [ -n "$$newest" ]; then \
	  chosen=$$newest; \
	  echo "$$chosen is newer than the pinned packages were made for (Python 3.11 to 3.14)."; \
	  echo 'If the installation fails, take an older one: make setup PYTHON=python3.14'; \
	fi; \
	if [ -z "$$chosen" ]; then \
	  echo 'rolelab needs Python 3.11 or newer. Looked for: $(CANDIDATES).' >&2; \
	  echo 'Install one, or name one: make setup PYTHON=/path/to/python3.12' >&2; \
	  exit 1; \
	fi; \
	if ! $$chosen -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$chosen cannot make virtual environments: its venv or ensurepip is missing." >&2; \
	  echo 'On Debian and Ubuntu: sudo apt install python3-venv' >&2; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$chosen --version) ..."; \
	$$chosen -m venv --clear $(VENV)

# uv resolves for every platform and Python at once. It gets an environment of its own.
lock: $(UV_VENV)/bin/uv
	@env -u UV_FIND_LINKS $(UV_VENV)/bin/uv pip compile --quiet --universal --generate-hashes \
	  --all-extras --no-annotate --no-header --python-version 3.11 $(LOCK_ARGS) \
	  pyproject.toml -o requirements.lock
	@{ echo '# Every version pinned, with its hashes, for Linux, macOS and Windows: make lock'; \
	  cat requirements.lock; } > requirements.new && mv requirements.new requirements.lock
	@{ echo '# The versions of requirements.lock without its hashes (make lock writes both): conda'; \
	  echo '# installs the project in the same run of pip, and pip cannot check a hash of that.'; \
	  sed -e '/^#/d' -e '/^ *--hash/d' -e 's/ *\\$$//' requirements.lock; } > requirements.txt

$(UV_VENV)/bin/uv: $(PY)
	@$(PY) -m venv $(UV_VENV)
	@$(UV_VENV)/bin/python -m pip --disable-pip-version-check install --quiet uv
