# Every command starts from nothing but Debian's git, make and python3: bin/bootstrap brings the rest.
PORT ?= 8000
DATA_DIR ?= var
ARGS ?=
ONLY ?=
PY := .venv/bin/python

.PHONY: help run test check soak pictures bench lock messages format

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## serve on http://localhost:8000 (PORT=, DATA_DIR=)
	@bin/bootstrap run
	@exec $(PY) manage.py run --port $(PORT) --data $(DATA_DIR)

test: ## everything, on SQLite and PostgreSQL (ARGS="-k name" narrows)
	@bin/bootstrap test
	@$(PY) bin/check; checked=$$?; $(PY) bin/test $(ARGS) && exit $$checked

check: ## format, lint, types, imports, translations, migrations, lock
	@bin/bootstrap check
	@exec $(PY) bin/check

soak: ## the long forms of the race and fault tests
	@bin/bootstrap test
	@exec $(PY) bin/test --soak $(ARGS)

pictures: ## every page and every step of the story as PNG, in var/screenshots/
	@bin/bootstrap test
	@PICTURES=1 exec $(PY) bin/test tests/browser $(ARGS)

bench: ## the benchmarks (ONLY=pdf,csv,xlsx narrows, ARGS=--full lengthens), written to var/bench.json
	@bin/bootstrap test
	@exec $(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

lock: ## write the lock files from pyproject.toml (UPGRADE=1 takes newer versions)
	@bin/bootstrap check
	@exec $(PY) bin/lock $(if $(UPGRADE),--upgrade)

messages: ## bring the translation catalogues in step with the source
	@bin/bootstrap check
	@exec $(PY) bin/messages update

format: ## format the source
	@bin/bootstrap check
	@$(PY) -m ruff check --fix --quiet . ; exec $(PY) -m ruff format .
