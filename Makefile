# The two main commands are `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help actionlint package reference demo demo-down cluster cluster-down lint shellcheck test test-all test-unit test-loopback test-engine test-browser screenshots test-faults test-e2e build format bench

INSTANCE ?= demo
NPM := npm run --silent
SCRIPTS = .ci/run $(shell git ls-files '*.sh')

node_modules: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: node_modules ## Bring the whole gateway up on this machine and prove that it works
	@dev/hugePages.sh $(NPM) demo -- up

demo-down: node_modules ## Take the demo down with everything on it
	@$(NPM) demo -- down

cluster: node_modules ## Start a cluster only (INSTANCE=demo)
	@dev/hugePages.sh $(NPM) cluster -- up --instance $(INSTANCE)

cluster-down: node_modules ## Take a cluster down (INSTANCE=demo)
	@$(NPM) cluster -- down --instance $(INSTANCE)

test: node_modules ## Everything that must hold before a change lands, with the time of each part
	@INSTANCE=test dev/hugePages.sh test/all.sh

test-all: node_modules ## make test, and what a release publishes: the packed library, the examples, the SDKs
	@ALL=1 INSTANCE=test dev/hugePages.sh test/all.sh

lint: node_modules shellcheck ## Types, eslint, prettier, shellcheck, actionlint
	@$(NPM) lint
	@$(MAKE) --no-print-directory actionlint

shellcheck:
	@command -v shellcheck >/dev/null || { echo "installing the Debian package shellcheck"; \
		dev/installPackages.sh shellcheck; }
	@shellcheck --severity=warning $(SCRIPTS)

# With the flags of dev/node/binaries.ts, Go's standard library is compiled once for both.
actionlint:
	@cd dev/actionlint && CGO_ENABLED=0 go build -trimpath -gcflags=all=-dwarf=false -o ../../.portcullis/actionlint \
		github.com/rhysd/actionlint/cmd/actionlint
	@.portcullis/actionlint .github/workflows/*.yml

package: node_modules ## Pack what npm would get, and look for what would go wrong for those that install it
	@$(NPM) package:check

reference: node_modules ## The reference of the API as HTML, in .portcullis/reference
	@$(NPM) reference

test-unit: node_modules ## Pure builders, and components under mocks
	@$(NPM) test:unit

test-loopback: node_modules ## A proxy pod's own servers on loopback, without a cluster; needs root
	@$(NPM) test:loopback

test-engine: node_modules ## The Pulumi engine and plugins against a real API server
	@$(NPM) test:engine

test-browser: node_modules ## Sign-in and all that follows it, in Chromium
	@$(NPM) test:browser

screenshots: node_modules ## The browser tests, which then also make the pictures in docs/images
	@PORTCULLIS_SCREENSHOTS=true $(NPM) test:browser

test-faults: node_modules ## Put 100 faults into the code, one at a time, and list those that no unit test sees
	@$(NPM) test:faults

test-e2e: node_modules ## The dev stack on a real cluster, over HTTP
	@$(NPM) test:e2e

bench: node_modules ## Measure everything, in turns, on a quiet machine; docs/benchmarks/ is rewritten
	@$(NPM) bench

build: node_modules ## The library as JavaScript with types, in dist/, and the policy pack in policy/dist/
	@$(NPM) build
	@$(NPM) policy:build

format: node_modules ## Let prettier and eslint mend what they can
	@$(NPM) format
