# make test     proves everything: lint, types, drift, tests, answers, every notebook
# make format   puts code into its form
# make release, make bench, make site, make clean: see docs/authors.md
SOURCES := pyproject.toml $(wildcard solutions solutions/* solutions/*/*.py solutions/*/figures/* course/*.py course/*/*.py)
SMOKE := LABS_PRESET=smoke HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1

.PHONY: test lint types layers style drift format release bench site clean built-if-possible

# nbgrader's formgrader and its Validate button work on what was built.
lab: built-if-possible
built-if-possible: environment
	@$(MAKE) --no-print-directory build/up-to-date || echo "JupyterLab starts all the same."

# Files start in their own order: xdist's puts the browser and the notebooks, few and long, last, on one core.
test:
	@$(MAKE) --no-print-directory -j2 lint drift
	$(SMOKE) pytest -n 2 --dist loadfile --no-loadscope-reorder --nbval-lax tests build/source

lint: types layers style

types layers style drift: environment build/up-to-date

types:
	mypy

layers:
	lint-imports --no-logo

# The sections of a lab share their names, so unknown ones are looked for in the joined notebooks.
style:
	ruff check
	ruff format --check || { echo "make format puts code into its form."; exit 1; }
	ruff check --select F build/source/*/*.ipynb

drift:
	python -m course release --check

format: environment
	ruff check --fix-only
	ruff format

release: environment
	@python -m course release

bench: environment build/up-to-date
	python -m course run --all --json build/bench.json
	python -m course table build/bench.json

# With the outputs that `make bench`, or `course run`, left under build/.
site: environment
	@python -m course site

# Never grading/: it holds the gradebook.
clean:
	rm -rf build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis

build/up-to-date: $(SOURCES) | environment
	@python -m course build
	@mkdir -p build
	@touch $@
