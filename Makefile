# The developer's whole day. Needs Python 3.11+, pip, make and git; everything else goes into .venv/.

PYTHON ?= python3
UV_VERSION = 0.13.9
# One more than there are cores: the tests in a browser wait as often as they work.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")
BIN = .venv/bin
export UV_NO_PROGRESS = 1
# Tests start many processes: without compiled files each one would compile everything anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help demo check test prepared test-deploy soak siege sbom audit lint types messages bench lighthouse reset
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ ·/'

# The stamp is newer than the lock file as long as nothing new is to be installed.
.venv/installed: uv.lock pyproject.toml
	@echo "Installing into .venv …"
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@test -x $(BIN)/uv || $(PYTHON) -m pip --python $(BIN)/python install --quiet uv==$(UV_VERSION)
	@$(BIN)/uv sync --locked --quiet
	@touch $@

demo: .venv/installed ## run the portal with sample content until Ctrl-C; PORT=8123 make demo moves it
	@exec $(BIN)/python manage.py demo

check: .venv/installed ## before each commit: lint, types, contracts, and the tests without browser and slow faults
	@$(MAKE) --no-print-directory --jobs 2 lint types
	@$(BIN)/python -m pytest --numprocesses auto -m "not browser and not slow and not soak" $(ARGS)

# Of a test with many cases one in eight is asked here, of the slow and browser tests of a file every second one; all of
# them where CI is set, and by pytest itself.
test: .venv/installed ## everything: lint, types, contracts, migrations, catalogues, unit, integration and browser tests
	@$(MAKE) --no-print-directory --jobs 3 lint types prepared
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) -m "not soak" $(if $(CI),,--in-turn) $(ARGS)

# Programs of the machine, for which one waits; the database that each process of a run copies.
prepared: .venv/installed
	@$(BIN)/python -m tests.provision
	@$(BIN)/python -m tests.template_database

soak: .venv/installed ## what other tests ask in brief, asked for long
	@$(BIN)/python -m pytest -m soak $(ARGS)

test-deploy: .venv/installed ## docs/operations.md, command by command, on a fresh Debian; needs root and Debian's mirror
	@$(BIN)/python -m tests.deployment

siege: .venv/installed ## readers, writers, moderators and an issue while part after part fails; SECONDS=600
	@$(BIN)/python -m tests.siege $(or $(SECONDS),600)

sbom: .venv/installed ## what production is made of, with licences, as CycloneDX in var/sbom.json
	@mkdir -p var && $(BIN)/python -m scn_portal.sbom var/sbom.json && echo "var/sbom.json"

audit: .venv/installed ## whether known faults touch the locked packages (asks api.osv.dev)
	@$(BIN)/uv audit --locked --preview-features audit-command $(ARGS) || \
		{ test $$? -ne 2 || echo "Nothing was audited: the list of known faults could not be reached."; exit 1; }

lint: .venv/installed ## style of Python and templates, the direction of imports, migrations that would stop the pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --check --quiet
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.lint_migrations

types: .venv/installed ## types
	@$(BIN)/mypy

messages: .venv/installed ## bring the French catalogue up to date with the code (needs gettext)
	@$(BIN)/python manage.py makemessages --locale fr --no-obsolete --no-wrap \
		--add-location file --ignore '.venv/*' --ignore 'var/*' --ignore 'tests/*' --ignore 'bench/*'
	@sed -i.old '/^"POT-Creation-Date/d' locale/fr/LC_MESSAGES/django.po && rm locale/fr/LC_MESSAGES/django.po.old
	@$(BIN)/python -m scn_portal.compile_messages

bench: .venv/installed ## all benchmarks into bench/results.json; ARGS="floor caches" takes some
	@$(BIN)/python -m bench.run $(ARGS)

lighthouse: .venv/installed ## what Lighthouse says of the public pages (needs node and Chromium, and the demo running)
	@PYTHONPATH=. $(BIN)/python bench/lighthouse/measure.py $(ARGS)

reset: .venv/installed ## forget the state of the demo: database, mail, logs
	@$(BIN)/python manage.py demo --forget
