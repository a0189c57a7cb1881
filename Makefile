# make lab    opens Lab 01 in JupyterLab (LAB=NN_name for another lab, PORT=8888)
# Without make, on Windows for one: python lab.py NN_name --port 8888
# What authors call, make test and others, stands in course/author.mk; students have no such file.
PYTHON ?= python3
LAB ?= 01_backprop
PORT ?= 8888

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# lab.py says why it leaves the first out; the others would import from elsewhere.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := lab
.PHONY: lab environment

lab: environment
	@$(PYTHON) lab.py $(LAB) --port=$(PORT) --no-install

environment:
	@$(PYTHON) lab.py --environment

-include course/author.mk
