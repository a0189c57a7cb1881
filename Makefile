# make lab    opens Lab 01 in JupyterLab (LAB=NN_name for another lab, PORT=8888)
# The other targets need the instructors' repository:
# make test   proves everything: lint, drift, tests, answers, every notebook
# make release, make bench, make clean: see docs/authors.md there
PYTHON ?= python3
LAB ?= 01_backprop
PORT ?= 8888

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Containers often set it. Without its bytecode, every process compiles PyTorch anew before it starts.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := pyproject.toml $(wildcard solutions solutions/*.py course/*.py)
BROWSER := $(shell [ "$$(uname)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || echo --no-browser)
SMOKE := LABS_PRESET=smoke HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1

.PHONY: lab test release bench clean environment

lab: environment
	@test -f labs/$(LAB)/$(LAB).ipynb || { echo "There is no lab $(LAB). The labs are: $(notdir $(wildcard labs/*))"; exit 1; }
	@[ ! -d solutions ] || $(MAKE) --no-print-directory build/up-to-date || echo "JupyterLab starts all the same."
	@jupyter lab --allow-root --ip=127.0.0.1 --port=$(PORT) $(BROWSER) --log-level=WARN \
		--LabApp.default_url=/lab/tree/labs/$(LAB)/$(LAB).ipynb

# Files start in their own order: xdist's puts the browser and the notebooks, few and long, last, on one core.
test: environment build/up-to-date
	ruff check
	ruff format --check
	python -m course release --check
	$(SMOKE) pytest -n 2 --dist loadfile --no-loadscope-reorder --nbval-lax tests build/source

release: environment
	@python -m course release

bench: environment build/up-to-date
	python -m course run --all --json build/bench.json
	python -m course table build/bench.json

# Never grading/: it holds the gradebook.
clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis

environment:
	@$(PYTHON) course/install.py

build/up-to-date: $(SOURCES) | environment
	@python -m course build
	@mkdir -p build
	@touch $@
