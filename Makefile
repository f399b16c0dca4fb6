# make demo    builds bayplan without AWS's SDK and plans the bundled example
# make test    everything that must hold before a change is merged; .ci/run calls it
# make test-export  other people's validators on exports; needs python3, PyPI and npm's registry, .ci/run calls it
# make test-report  reports in a real browser and the notebooks; needs python3, PyPI and Chromium, .ci/run calls it
# make test-aws     snapshot and refresh against the local stand-in for AWS; needs python3 and PyPI, .ci/run calls it
# make lint-aws  clippy and rustdoc of what talks to AWS
# make check   the quick loop while editing, without AWS's SDK
# make bench   speed and solution quality

CARGO ?= cargo
EXAMPLE ?= data/examples/webshop-us-east-1.json

.PHONY: demo test lint-aws test-export test-report build-for-aws test-aws check bench setup

# Compiler, cmake and libclang for the HiGHS solver, where they are missing.
setup:
	@scripts/setup

demo: setup
	$(CARGO) build --release --locked --no-default-features
	target/release/bayplan plan $(EXAMPLE)

# The tests come last, so that their summary is what one sees. They alone build AWS's SDK: generating code for it and
# looking at its types only would be two builds of it. Unit tests are short: optimising the library with them in it takes
# four times the compiling and saves less. What plans whole clusters is optimised a little, by the profile.
test: setup
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --lib --no-default-features
	@scripts/cargo-deny || [ $$? -eq 3 ]
	CARGO_PROFILE_DEV_OPT_LEVEL=0 $(CARGO) test --locked --lib
	$(CARGO) test --locked --bins --examples --test '*'
	$(CARGO) test --locked --doc

# Lints of what talks to AWS; a build of AWS's SDK of its own, with 6 GB of memory free.
lint-aws: setup
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --lib

test-export: setup
	scripts/export-validators
	@skipped=; \
	  if ! command -v terraform >/dev/null; then skipped="--skip terraform_fmt"; \
	    echo "terraform is not installed: terraform fmt not checked"; fi; \
	  if [ ! -f target/export-validators/node/pins ]; then skipped="$$skipped --skip cdk:: --skip provider_schema::"; \
	    echo "npm's packages are not installed: CDK and the AWS provider's schema not checked"; fi; \
	  $(CARGO) test --locked --test export -- --ignored $$skipped

# `cargo test --no-run` builds the command with the features of the tests: `cargo build` would build AWS's SDK again.
test-report: build-for-aws
	scripts/report-browser
	target/report-browser/bin/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	target/report-browser/bin/check-jsonschema --builtin-schema vendor.github-workflows docs/examples/*.yml .github/workflows/*.yml
	$(CARGO) test --locked --test report_browser -- --ignored --test-threads 1
	BAYPLAN=target/debug/bayplan scripts/notebooks

# The command with the features of the tests, AWS's SDK among them.
build-for-aws: setup
	$(CARGO) test --locked --no-run --test cli

test-aws: build-for-aws
	scripts/aws-stand-in --install
	BAYPLAN=$(CURDIR)/target/debug/bayplan scripts/aws-stand-in --test

check:
	$(CARGO) fmt
	$(CARGO) clippy --lib --tests --no-default-features
	$(CARGO) test --lib --no-default-features

bench: setup
	$(CARGO) bench --locked
