# The platform's commands; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export JIANGMEN_VAR
PYTHON = $(or $(JIANGMEN_VENV),$(or $(JIANGMEN_VAR),var)/venv)/bin/python

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: services
services: ## Start PostgreSQL, Redis and Solr only
	@$(PYTHON) config/stack/up.py --services

.PHONY: test-env
test-env: ## Databases and cores of your own for pytest: make test-env SUFFIX=x
	@$(PYTHON) config/stack/test_env.py $(SUFFIX)
