# akolhook.h is all there is to use; this file makes its tests and examples. Start with `make test` or `make demo`.
B = build
CFLAGS = -O1 -g
WARN = -Wall -Wextra
STD = -std=c99 -D_POSIX_C_SOURCE=200809L
LIBS = -pthread
CORPORA =
PROBE = $(B)/probe
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all

HEADERS = akolhook.h $(wildcard tests/*.h examples/*.h examples/*/*.h)
COMPILE = $(CC) $(STD) $(WARN) $(CFLAGS) $(DEFINES) -I.

ALL_TESTS := $(sort $(wildcard tests/test_*.c))
SSL_TESTS := $(if $(ALL_TESTS),$(shell grep -l 'akolhook_openssl\.h' $(ALL_TESTS)))
NET_TESTS := $(if $(ALL_TESTS),$(shell grep -l 'sys/socket\.h' $(ALL_TESTS)))
TESTS := $(filter-out $(SSL_TESTS),$(ALL_TESTS))
names = $(patsubst tests/%.c,%,$(1))

# OpenSSL 3: asked for once, when a target needs to know
SSL_PROBE = printf '\#include <openssl/ssl.h>\nint main(void) { return OPENSSL_VERSION_MAJOR < 3 || !TLS_client_method(); }\n'
SSL = $(eval SSL := $$(shell mkdir -p $(B); $$(SSL_PROBE) | $$(CC) -x c -o $(B)/ssl - -lssl -lcrypto 2>/dev/null && $(B)/ssl && echo yes))$(SSL)
SSL_LIBS = -lssl -lcrypto
EXAMPLE_SSL = $(if $(SSL),-DAKOLHOOK_EXAMPLE_OPENSSL)
EXAMPLE_LIBS = $(if $(SSL),$(SSL_LIBS)) $(LIBS)

help: ## this list (the default)
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

test: $(addprefix $(B)/,$(call names,$(TESTS))) ## the tests; needs a C compiler and make, nothing else
	@$(if $(SSL_TESTS),echo "needs OpenSSL and is left to make check: $(call names,$(SSL_TESTS))")
	@sh tests/run.sh $^

demo: $(B)/demo ## all events over real sockets, and what must fail
	@$(B)/demo

cli: $(B)/akolhook ## the tool build/akolhook: listen, sign, verify, explain, trigger

probe: $(B)/probe ## build/probe, the pure layers as a command

conformance: $(PROBE) ## the corpora over build/probe; CORPORA=dir
	@sh tests/conformance.sh $(PROBE) "$(CORPORA)"

examples: $(B)/verify_github $(B)/verify_stripe ## the receiver examples against published vectors
	@sh tests/examples.sh $(B)

tls: ## the tests that need OpenSSL
	@$(if $(SSL),$(MAKE) --no-print-directory tls-run,echo "skipped: OpenSSL 3 is missing: $(call names,$(SSL_TESTS))")
tls-run: $(addprefix $(B)/,$(call names,$(SSL_TESTS)))
	@sh tests/run.sh $^

tool: $(B)/akolhook ## the tool from outside, with curl and openssl
	@sh tests/tool.sh $(B)/akolhook

interop: $(B)/akolhook $(B)/verify_github $(B)/verify_stripe ## both ways with node, npm's webhook packages and curl
	@sh tests/interop/run.sh $(B)

nginx: $(B)/akolhook ## deliveries to nginx over TLS
	@sh tests/nginx.sh $(B)

sanitize: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer, those that need OpenSSL too
	@$(MAKE) --no-print-directory sanitize-run SAN_TESTS="$(TESTS) $(if $(SSL),$(SSL_TESTS))"
	@$(if $(SSL),,echo "skipped: OpenSSL 3 is missing: $(call names,$(SSL_TESTS))")
sanitize-run: $(addprefix $(B)/san/,$(call names,$(SAN_TESTS))) $(B)/san/probe
	@sh tests/run.sh $(filter-out %/probe,$^)

tsan: $(B)/tsan/test_threads $(B)/tsan/test_posix ## the tests with threads under ThreadSanitizer
	@sh tests/run.sh $^

matrix: ## strict warnings in gcc and clang, C99 to C++20, under every switch
	@sh tests/matrix.sh $(B)/matrix

cross: ## the pure tests on big-endian s390x, the receiver half on a Cortex-M0+
	@sh tests/cross.sh $(B)/cross $(filter-out $(NET_TESTS),$(TESTS))

ct: ## constant time, and each block function of the hash: valgrind, disassembly, MemorySanitizer, ARM, the corpus
	@sh tests/ct/run.sh $(B)/ct "$(CORPORA)"

size: ## measures flash, RAM and stack on small processors and writes the table into the manual and the README
	@sh tests/embedded/size.sh $(B)/size write akolhook.h README.md

size-check: # the table is what size would write
	@sh tests/embedded/size.sh $(B)/size check akolhook.h README.md

bench: ## HMAC and JSON beside other libraries, many MACs, instructions, compile time; PLOT=1 draws it
	@CC="$(CC)" PLOT="$(PLOT)" YYJSON="$(YYJSON)" sh tests/bench/run.sh $(B)/bench

docs: ## every code block of the manual and the README, compiled and run
	@CC="$(CC)" CXX="$(CXX)" sh tests/docs.sh $(B)/docs

check: ## everything; a missing optional part is a failure
	@$(if $(CORPORA),,echo "conformance is left out: give CORPORA=dir";) \
	MAKE="$(MAKE)" sh tests/check.sh test sanitize tsan matrix cross ct size-check docs examples cli demo tool tls interop nginx $(if $(CORPORA),conformance)

clean: ## removes build/
	rm -rf $(B)

$(B)/test_include: tests/test_include.c tests/include_other.c
$(B)/test_include $(B)/san/test_include: DEFINES = -DTEST_INCLUDE_OTHER -DTEST_INCLUDE_IMPLEMENT
$(B)/san/test_include: tests/include_other.c

$(foreach d,$(B) $(B)/san,$(addprefix $(d)/,$(call names,$(SSL_TESTS)))): LIBS += $(SSL_LIBS)

$(B)/%: tests/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $(filter %.c,$^) $(LIBS)

$(B)/san/%: tests/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZE) -o $@ $(filter %.c,$^) $(LIBS)

$(B)/tsan/%: tests/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -fsanitize=thread -o $@ $(filter %.c,$^) $(LIBS)

$(B)/akolhook $(B)/demo: $(B)/%: examples/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) $(EXAMPLE_SSL) -o $@ $< $(EXAMPLE_LIBS)

$(B)/%: examples/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $< $(LIBS)

.PHONY: help test demo cli probe conformance examples tls tls-run tool interop nginx sanitize sanitize-run tsan matrix cross ct size size-check bench docs check clean
