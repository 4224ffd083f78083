# Two commands are enough on a fresh machine with Python 3.11 and make:
#   make serve   installs, builds the graph and serves it
#   make test    installs and runs all tests, in two processes (JOBS=1 for one)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
EDITOR := kgservice/pages/query/editor_package

.PHONY: help install tools build serve test check lint types data format clean

help:
	@echo "make serve  - install, build the graph, serve it   安装、构建并启动服务"
	@echo "make test   - install, run all tests               安装并运行全部测试"
	@echo "make check  - lint, types, tests, data             代码检查、类型、测试、数据"
	@echo "make build  - build a release                      构建一个版本"
	@echo "make tools  - install the programs that tests run  安装测试所用的程序"

install: $(STAMP) $(EDITOR)/dist/codemirror.js

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 …  需要 Python 3.11 或更新版本"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "venv is missing: apt-get install python3-venv  缺少 venv 模块"; exit 1; }
	@echo "installing into $(VENV) … 正在安装"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# The editor of the SPARQL page, where Node.js is present. Without it the page has a plain one (docs/editor.md).
$(EDITOR)/dist/codemirror.js: $(EDITOR)/package-lock.json $(EDITOR)/codemirror.js $(EDITOR)/completion.js
	@if ! command -v npm >/dev/null; then \
	  echo "left out: the query editor (needs Node.js 18): npm ci --prefix $(EDITOR)  未安装查询编辑器（需 Node.js 18）"; \
	else \
	  echo "installing the query editor … 正在安装查询编辑器"; \
	  (npm ci --prefix $(EDITOR) --loglevel=error --no-audit --no-fund --fetch-retries=1 >/dev/null && touch $@) || \
	  echo "left out: the query editor: npm ci --prefix $(EDITOR)  未能安装查询编辑器"; \
	fi

build: install
	$(BIN)/kg build

serve: build
	$(BIN)/kg serve

# Programs that tests run besides Python's: tests/system-packages.txt, tests/clients/package.json.
tools: install
	@$(BIN)/python tests/install_tools.py

test: install
	@$(BIN)/python tests/install_tools.py --once
	$(BIN)/python -m pytest -n $(JOBS)

check: lint types test data

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

data: install
	$(BIN)/kg check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) releases $(EDITOR)/dist $(EDITOR)/node_modules
