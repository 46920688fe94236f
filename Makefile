# The two commands of a fresh machine are `make conformance` and `make test`; the rest is for people who work here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# the bundled NumPy losses, and the four systems that the source documents describe
SYSTEMS := numpy paddle paddle-vectors focal-loss-torch imbalanced-losses focal-loss focal-loss-keras
# pip reads PIP_FIND_LINKS by itself; uv wants it under its own name.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt uv setuptools
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt \
	  --no-build-isolation --editable '.[environments,certify,report,cluster]' --group dev
	@touch $@

.PHONY: setup
setup: $(VENV)/ready ## build the development environment in .venv

.PHONY: types
types: $(VENV)/ready ## check the types with mypy
	@mkdir -p build/types/focalspec
	@for room in spec reference golden conformance; do ln -sfn ../../../$$room build/types/focalspec/$$room; done
	@MYPYPATH=build/types $(BIN)/mypy -p focalspec.spec -p focalspec.reference -p focalspec.golden -p focalspec.conformance

.PHONY: conformance
conformance: $(VENV)/ready ## judge the bundled NumPy losses and the four systems of the documents
	@$(BIN)/focalspec run $(SYSTEMS) --results results/conformance.jsonl

.PHONY: field
field: $(VENV)/ready ## judge every implementation that comes with the suite, and draw the site
	@$(BIN)/focalspec run --all --results results/field.jsonl; status=$$?; \
	  $(BIN)/focalspec report results/field.jsonl --html site/; exit $$status

.PHONY: field-page
field-page: $(VENV)/ready ## draw the table of docs/field.md from the adapters
	@$(BIN)/python -m focalspec.conformance.field_page docs/field.md

.PHONY: test
test: $(VENV)/ready ## run the tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

.PHONY: check
check: $(VENV)/ready types ## lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: golden
golden: $(VENV)/ready ## compute every golden value again and compare it with what is committed
	@$(BIN)/focalspec generate --check
	@$(BIN)/focalspec certify

.PHONY: power
power: $(VENV)/ready ## show which cases and clauses catch each deliberately wrong implementation
	@$(BIN)/python tests/zoo/power.py

.PHONY: mutation
mutation: $(VENV)/ready ## mutate the NumPy losses for an hour: what the golden set misses
	@$(BIN)/python tests/mutation/mutation.py

.PHONY: benchmark
benchmark: $(VENV)/ready ## time the NumPy losses against their peers, in turn, as ratios
	@$(BIN)/python benchmarks/speed.py

.PHONY: accuracy
accuracy: $(VENV)/ready ## measure the NumPy losses' error in ulp, by region
	@$(BIN)/python benchmarks/accuracy.py

.PHONY: sweep
sweep: $(VENV)/ready ## try every float16 and bfloat16 input there is with the bundled NumPy losses
	@$(BIN)/focalspec sweep numpy --dtype bfloat16 --dtype float16 --alpha off,0.25 \
	  --gamma 0,0.5,1,2,5 --within 0.5 --results results/sweep.jsonl

.PHONY: clean
clean: ## remove everything that make built
	rm -rf $(VENV) build dist results site ./*.egg-info
