# Each target says in a comment what it is for; `make help` prints them.
.DEFAULT_GOAL := help
.PHONY: help demo test up down bench paper fmt check proto images images-twice k8s k8s-test tiny-model clean
MVN = JAVA_HOME="$$(bin/find-jdk)" && export JAVA_HOME && ./mvnw -q -B

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## train 13 numbers on the bundled model through broker and four services, and show what they gained
	@bin/system demo

test: ## run every test, the system tests included
	@bin/test

up: ## start broker and services, or what has ended of them, and leave them running (DATA=demo: on the demo's data)
	@bin/system up --data $(or $(DATA),system)

down: ## stop what `make up` started; its data stays
	@bin/system down

bench: ## measure the engine beside Hugging Face and PEFT, and vLLM's figures (ONLY=name,name: some measures)
	@bin/bench "$(ONLY)"

paper: ## repeat the paper's figures in miniature into docs/paper (FULL=1: every arm; CHECK=1: print the grid, train nothing; RESUME=1: go on with runs that stopped, too)
	@bin/paper $(if $(CHECK),--check) $(if $(RESUME),--resume) "docs/paper/$(if $(FULL),full,paper).yaml"

fmt: ## format Java and proto
	@$(MVN) spotless:apply
	@if command -v npx >/dev/null; then bin/buf format -w; else echo "no node: protos left as they are"; fi

check: ## lint protos, check the format, Checkstyle, Error Prone and NullAway
	@if command -v npx >/dev/null; then bin/buf lint && bin/buf format -d --exit-code && bin/readable; else echo "no node: protos not linted"; fi
	@$(MVN) spotless:check checkstyle:check
	@$(MVN) -Pstrict clean compile
	@echo "check: all well"

proto: ## generate the Java of the protos again
	@$(MVN) -pl proto clean package -DskipTests

images: ## make the container images as archives in target/images, without a container engine (docs/images.md)
	@bin/images

images-twice: ## make the images twice, the second time in another folder, and compare their digests (minutes)
	@bin/images-twice

k8s: ## render the chart into k8s/, for kubectl apply -k
	@bin/k8s

k8s-test: ## install the chart into the cluster that kubectl reaches and try it there (ONLY='name name': some checks)
	@bin/k8s-test $(ONLY)

tiny-model: ## make models/tiny-arithmetic again from nothing (over an hour on two cores)
	@bin/build cli && bin/thirteen-tiny-model

clean: ## delete everything that was built, and the demo's data
	@if [ -f .thirteen/endpoints.json ]; then echo "a system is running: make down first" >&2; exit 1; fi
	@rm -rf ./*/target .thirteen/build .thirteen/demo
