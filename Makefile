# The platform's commands; `make` lists them. What each does: config/stack/<command>.py
SHELL := /bin/bash
.DEFAULT_GOAL := help
export JIANGMEN_VAR SEED

.PHONY: help up services down status logs clean test test-env lint bench prove

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

up: ## Install what is missing, start both sites, mend what is broken
	@config/stack/prepare.sh up

services: ## Start PostgreSQL, Redis and Solr only
	@config/stack/prepare.sh up --services

down: ## Stop everything
	@config/stack/prepare.sh down

status: ## Show what runs and how well
	@config/stack/prepare.sh status

logs: ## Follow the logs, of one process with NAME=open
	@config/stack/prepare.sh logs $(NAME)

clean: ## Stop everything and delete data, logs and secrets
	@config/stack/prepare.sh clean

test: ## Run all tests, or with ARGS="pure share" some, or with options of pytest
	@config/stack/prepare.sh test $(ARGS)

test-env: ## Make databases and cores for pytest by hand: SUFFIX=x
	@config/stack/prepare.sh test_env $(SUFFIX)

lint: ## Check style, format and types
	@config/stack/prepare.sh lint

bench: ## Measure speed, or with ARGS="tables" one part
	@config/stack/prepare.sh bench $(ARGS)

prove: ## Run the large counts, with SEED=n; writes docs/proof/
	@config/stack/prepare.sh prove $(ARGS)
