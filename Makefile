# make lab    opens Lab 01 in JupyterLab (LAB=NN_name for another lab, PORT=8888)
# What authors call, make test and others, stands in course/author.mk; students have no such file.
PYTHON ?= python3
LAB ?= 01_backprop
PORT ?= 8888

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Containers often set it. Without its bytecode, every process compiles PyTorch anew before it starts.
unexport PYTHONDONTWRITEBYTECODE
# With =, so that a shell is asked only where a browser is wanted.
BROWSER = $(shell [ "$$(uname)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || echo --no-browser)

.DEFAULT_GOAL := lab
.PHONY: lab environment

lab: environment
	@test -f labs/$(LAB)/$(LAB).ipynb || { echo "There is no lab $(LAB). The labs are: $(notdir $(wildcard labs/*))"; exit 1; }
	@jupyter lab --allow-root --ip=127.0.0.1 --port=$(PORT) $(BROWSER) --log-level=WARN \
		--LabApp.default_url=/lab/tree/labs/$(LAB)/$(LAB).ipynb

environment:
	@$(PYTHON) course/install.py

-include course/author.mk
