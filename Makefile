.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MODEL := handlers/faq/model.bin
LEARNT_FROM := $(addprefix handlers/faq/,phrasings.txt synonyms.txt normalising.py synonyms.py features.py training.py caution.py harm.py model.py)
SQL := storage/prepared/sqlite.json
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LINT := $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url

# The bot is started a few hundred times by the tests: what was compiled for one start is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo run check test chaos bench flood validate screenshots format lock messages shape

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(VENV)/runtime $(MODEL) $(SQL) ## Try it in the browser, without Slack (PORT=3031 for another port, FRESH=1 to begin anew, MANY=1 for two workspaces)
	$(BIN)/python -m bot demo $(if $(PORT),--port $(PORT)) $(if $(FRESH),--fresh) $(if $(MANY),--many)

run: $(VENV)/runtime $(MODEL) $(SQL) ## Run the bot (settings come from the environment or .env)
	$(BIN)/python -m bot run

check: $(VENV)/development $(SQL) ## Lint, check types and run the unit tests, without PostgreSQL and what is slow: for daily work
	$(LINT)
	$(BIN)/python -m pytest -p no:schemathesis -n auto --dist worksteal -q --hypothesis-profile=daily --quick tests/unit

test: $(VENV)/development $(SQL) ## Lint, check types and run every test
	$(LINT)
	$(BIN)/python -m pytest -n auto --dist worksteal

chaos: $(VENV)/development $(SQL) ## Let all fail for ten minutes, and compare what people saw with the ledger (MINUTES=, SEED=, DATABASE=)
	$(BIN)/python -m tests.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))

bench: $(VENV)/development $(SQL) ## Measure speed beside the baselines, as ratios in one run
	$(BIN)/python -m tests.bench

validate: $(VENV)/development ## Ask Slack whether it takes every screen (takes the bot's token; ONLY=home for some of them)
	$(BIN)/python -m tests.validate $(if $(ONLY),--only $(ONLY))

flood: $(VENV)/development $(SQL) ## Send the bot 5,000 malformed requests and a crowd of slow ones, and measure
	$(BIN)/python -m tests.faults.flood

screenshots: $(VENV)/development ## Make the pictures of the main screens anew
	$(BIN)/python -m tests.browser.screenshots

format: $(VENV)/development ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/development ## Extract every translatable text anew
	$(BIN)/pybabel extract --no-location --sort-output --omit-header -F templates/babel.cfg -o templates/locale/messages.pot .

shape: $(VENV)/development ## Write down anew what the tables are, after a migration
	$(BIN)/python -m tests.shapes

lock: $(VENV)/development ## Pin every dependency anew, with hashes
	$(COMPILE) --upgrade --extra trial pyproject.toml -o requirements.txt
	$(COMPILE) --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	echo scikit-learn | $(COMPILE) -c requirements-dev.txt - -o requirements-learn.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.txt | $(VENV)/bin/python
	$(INSTALL) -r requirements.txt
	touch $@

# scikit-learn and what it takes (200 MB) are there while the bot learns, and gone when it runs.
$(MODEL): $(LEARNT_FROM) | $(VENV)/runtime
	$(BIN)/python -c "import sklearn" 2>/dev/null || $(INSTALL) --target $(VENV)/learning -r requirements-learn.txt
	PYTHONPATH=$(VENV)/learning $(BIN)/python -m bot faq learn
	rm -rf $(VENV)/learning

# What SQLAlchemy makes of the ledger's statements: the bot starts without it then.
$(SQL): $(wildcard storage/*.py) | $(VENV)/runtime
	$(BIN)/python -m storage.compiling

$(VENV)/development: requirements-dev.txt | $(VENV)/bin/python
	$(INSTALL) -r requirements-dev.txt
	$(BIN)/python -m bot faq learn
	touch $@ $(VENV)/runtime
