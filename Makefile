.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo run test bench screenshots format lock messages

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(VENV)/runtime ## Try it in the browser, without Slack (PORT=3031 for another port, FRESH=1 to begin anew)
	$(BIN)/python -m bot demo $(if $(PORT),--port $(PORT)) $(if $(FRESH),--fresh)

run: $(VENV)/runtime ## Run the bot (settings come from the environment or .env)
	$(BIN)/python -m bot run

test: $(VENV)/development ## Lint, check types and run every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto

bench: $(VENV)/development ## Measure speed beside the baselines, as ratios in one run
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/development ## Make the pictures of the main screens anew
	$(BIN)/python -m tests.browser.screenshots

format: $(VENV)/development ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/development ## Extract every translatable text anew
	$(BIN)/pybabel extract --no-location --sort-output --omit-header -F templates/babel.cfg -o templates/locale/messages.pot .

lock: $(VENV)/development ## Pin every dependency anew, with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m bot faq learn
	touch $@

$(VENV)/development: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m bot faq learn
	touch $@ $(VENV)/runtime
