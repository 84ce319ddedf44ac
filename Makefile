# akolhook.h is all there is to use; this file makes its tests and examples. Start with `make test` or `make demo`.
B = build
CFLAGS = -O1 -g
WARN = -Wall -Wextra
STD = -std=c99 -D_POSIX_C_SOURCE=200809L
LIBS = -pthread
CORPORA =
FUZZ_SECONDS ?= 60
PROBE = $(B)/probe
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all

INCLUDED = tests/transports/faultd.c tests/transports/test_faults.c
HEADERS = akolhook.h $(wildcard tests/*.h tests/*/*.h examples/*/*.h) $(INCLUDED)
vpath %.c tests tests/hub tests/transports tests/platforms examples examples/tool examples/demo
SOURCES = $(sort $< $(filter-out $(INCLUDED),$(filter %.c,$^)))
INCLUDES = -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls
COMPILE = $(CC) $(STD) $(WARN) $(CFLAGS) $(DEFINES) $(INCLUDES)

# Optional libraries: each is asked for once, when a target needs to know. HAS_name links it, and is empty when it is missing.
LIBRARIES = openssl mbedtls bearssl wolfssl curl sqlite postgres
define ask
HAS_$(1) = $$(eval HAS_$(1) := $$$$(shell sh tests/checks/library.sh $(1) "$$(CC)" $$(B)))$$(HAS_$(1))
endef
$(foreach l,$(LIBRARIES),$(eval $(call ask,$(l))))

# test_hub_sqlite needs sqlite, by its name
library_of = $(filter $(LIBRARIES),$(subst _, ,$(1)))
ALL_TESTS := $(sort $(basename $(notdir $(wildcard tests/test_*.c tests/*/test_*.c))))
LIB_TESTS := $(strip $(foreach t,$(ALL_TESTS),$(if $(call library_of,$(t)),$(t))))
TESTS := $(filter-out $(LIB_TESTS),$(ALL_TESTS))
NET_TESTS := $(basename $(notdir $(shell grep -l 'sys/socket\.h' tests/test_*.c tests/*/test_*.c)))
# all of them but the stores have a server of OpenSSL's on the other side
libraries_of = $(sort $(call library_of,$(1)) $(if $(filter sqlite postgres,$(call library_of,$(1))),,openssl))
missing_of = $(strip $(foreach l,$(call libraries_of,$(1)),$(if $(HAS_$(l)),,$(l))))
found = $(foreach t,$(1),$(if $(call missing_of,$(t)),,$(t)))
absent = $(filter-out $(call found,$(1)),$(1))

EXAMPLE_SSL = $(if $(HAS_openssl),-DAKOLHOOK_EXAMPLE_OPENSSL)
EXAMPLE_LIBS = $(HAS_openssl) $(LIBS)
$(B)/akolhook: EXAMPLE_SSL += $(if $(HAS_sqlite),-DAKOLHOOK_EXAMPLE_SQLITE)
$(B)/akolhook: EXAMPLE_LIBS += $(HAS_sqlite)

help: ## this list (the default)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

test: $(addprefix $(B)/,$(TESTS)) ## the tests; needs a C compiler and make, nothing else
	@echo "left to make check, as they need a library: $(LIB_TESTS)"
	@sh tests/run.sh $^

demo: $(B)/demo ## the 14 events of the dashboard over real sockets, what must fail, and a webhook's life in the hub
	@$(B)/demo

cli: $(B)/akolhook ## the tool build/akolhook: listen, sign, verify, explain, trigger, and a sender (hub)

probe: $(B)/probe ## build/probe, the pure layers as a command

conformance: $(PROBE) ## the corpora over build/probe; CORPORA=dir
	@sh tests/checks/conformance.sh $(PROBE) "$(CORPORA)"

examples: $(B)/verify_github $(B)/verify_stripe ## the receiver examples against published vectors
	@sh tests/checks/examples.sh $(B)

libraries: ## the tests that need OpenSSL, mbedTLS, BearSSL, wolfSSL, libcurl, SQLite or PostgreSQL's libpq
	@$(foreach t,$(call absent,$(LIB_TESTS)),echo "skipped: $(t) needs $(call missing_of,$(t))";)
	@$(MAKE) --no-print-directory libraries-run RUN="$(call found,$(LIB_TESTS))"
libraries-run: $(addprefix $(B)/,$(RUN))
	@sh tests/run.sh $^

HOOKS = $(call found,hook_openssl hook_mbedtls hook_bearssl hook_wolfssl hook_curl)
hooks: ## the conformance test of a transport, over each in examples/tls/ and the one on libcurl
	@$(foreach t,openssl mbedtls bearssl wolfssl curl,$(if $(call missing_of,$(t)),echo "skipped: hook_$(t) needs $(call missing_of,$(t))";))
	@$(MAKE) --no-print-directory hooks-run RUN="$(HOOKS)"
hooks-run: $(addprefix $(B)/,$(RUN) $(if $(RUN),faultd))
	@sh tests/transports/hooks.sh $(B) $(RUN:hook_%=%)
$(B)/faultd: DEFINES = -DFAULTD_TLS
$(B)/faultd: LIBS += $(HAS_openssl)

$(B)/hook_%: hook_conformance.c hook_%.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $(SOURCES) $(LIBS) $(HAS_$*)

lwip: ## the client over lwIP's sockets, on a tap device
	@CC="$(CC)" CXX="$(CXX)" sh tests/platforms/lwip/run.sh $(B)/lwip

tool: $(B)/akolhook ## the tool from outside, with curl and openssl
	@sh tests/checks/tool.sh $(B)/akolhook

tool-hub: $(B)/akolhook $(B)/sender ## the tool's hub on a journal and on SQLite, and the example sender.c
	@sh tests/checks/tool_hub.sh $(B)/akolhook $(B)/sender

interop: $(B)/akolhook $(B)/verify_github $(B)/verify_stripe ## both ways with node, Python, npm's webhook packages and curl
	@CC="$(CC)" sh tests/checks/interop/run.sh $(B)

nginx: $(B)/akolhook ## deliveries to nginx over TLS
	@sh tests/checks/nginx.sh $(B)

poll: $(B)/test_posix_poll # the posix layer without epoll
	@sh tests/run.sh $^

sanitize: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer, those that need a library too
	@$(foreach t,$(call absent,$(LIB_TESTS)),echo "skipped: $(t) needs $(call missing_of,$(t))";)
	@$(MAKE) --no-print-directory sanitize-run RUN="$(TESTS) $(call found,$(LIB_TESTS))"
sanitize-run: $(addprefix $(B)/san/,$(RUN)) $(B)/san/probe
	@sh tests/run.sh $(filter-out %/probe,$^)

tsan: $(B)/tsan/test_threads $(B)/tsan/test_posix ## the tests with threads under ThreadSanitizer
	@sh tests/run.sh $^

matrix: ## strict warnings in gcc and clang, C99 to C++20, under every switch
	@sh tests/checks/matrix.sh $(B)/matrix

cross: ## the pure tests on big-endian s390x, the receiver half on a Cortex-M0+
	@sh tests/checks/cross.sh $(B)/cross $(filter-out $(NET_TESTS) test_hub_journal,$(TESTS))

ct: ## constant time, and each block function of the hash: valgrind, disassembly, MemorySanitizer, ARM, the corpus
	@sh tests/checks/ct/run.sh $(B)/ct "$(CORPORA)"

size: ## measures flash, RAM and stack on small processors and writes the table into the manual and the README
	@sh tests/checks/size/size.sh $(B)/size write akolhook.h README.md

size-check: # the table is what size would write
	@sh tests/checks/size/size.sh $(B)/size check akolhook.h README.md

bench: ## HMAC and JSON beside other libraries, many MACs, instructions, compile time; PLOT=1 draws it, YYJSON=dir has its source
	@CC="$(CC)" PLOT="$(PLOT)" YYJSON="$(YYJSON)" sh tests/bench/run.sh $(B)/bench

bench-deliver: ## deliveries beside a raw loop, wrk and libcurl, plain and TLS; LONG=1 for more
	@CC="$(CC)" LONG="$(LONG)" sh tests/bench/deliver.sh $(B)/bench-deliver

bench-hub: ## the hub under load beside the bare client, 1,000 webhooks; EVENTS=20 for a short form
	@CC="$(CC)" EVENTS="$(EVENTS)" sh tests/bench/hub.sh $(B)/bench-hub

docs: ## every code block of the manual and the README, compiled and run
	@CC="$(CC)" CXX="$(CXX)" sh tests/checks/docs.sh $(B)/docs

fuzz: ## libFuzzer over the JSON reader, beside Python's, and the writer; FUZZ_SECONDS=60 each
	@sh tests/fuzz/run.sh $(B)/fuzz $(FUZZ_SECONDS)

timing: ## statistics of the time that verifying takes: no difference may show
	@mkdir -p $(B) && $(CC) $(STD) $(WARN) -O2 -I. -o $(B)/timing tests/checks/ct/timing.c && $(B)/timing

STEPS = test poll sanitize tsan matrix cross ct size-check docs fuzz examples cli demo tool tool-hub libraries hooks lwip interop nginx
check: ## everything, in its short form; a missing optional part is a failure
	@$(if $(CORPORA),,echo "conformance is left out: give CORPORA=dir";) \
	MAKE="$(MAKE)" sh tests/checks/check.sh $(STEPS) $(if $(CORPORA),conformance)

evidence: ## everything in its long form, and the timing statistics: an hour or more
	@$(if $(CORPORA),,echo "conformance is left out: give CORPORA=dir";) \
	LONG=1 LIMIT=7200 FUZZ_SECONDS=900 MAKE="$(MAKE)" sh tests/checks/check.sh timing $(STEPS) $(if $(CORPORA),conformance)

PREFIX = /usr/local
install: ## akolhook.h into PREFIX/include, /usr/local by default; the tool into PREFIX/bin when make cli has built it
	mkdir -p $(DESTDIR)$(PREFIX)/include
	cp akolhook.h $(DESTDIR)$(PREFIX)/include/
	if [ -x $(B)/akolhook ]; then mkdir -p $(DESTDIR)$(PREFIX)/bin && cp $(B)/akolhook $(DESTDIR)$(PREFIX)/bin/; fi

clean: ## removes build/
	rm -rf $(B)

$(B)/test_include: tests/test_include.c tests/include_other.c
$(B)/test_include $(B)/san/test_include: DEFINES = -DTEST_INCLUDE_OTHER -DTEST_INCLUDE_IMPLEMENT
$(B)/san/test_include: tests/include_other.c

$(foreach t,$(LIB_TESTS),$(eval $(B)/$(t) $(B)/san/$(t): LIBS += $(foreach l,$(call libraries_of,$(t)),$$(HAS_$(l)))))
TLS_TESTS = test_openssl test_mbedtls test_bearssl test_wolfssl
$(foreach d,$(B) $(B)/san,$(TLS_TESTS:%=$(d)/%)): tests/transports/tls_server.c

$(B)/%: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $(SOURCES) $(LIBS)

$(B)/test_posix_poll: DEFINES = -DAKOLHOOK_NO_EPOLL
$(B)/test_posix_poll: test_posix.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $< $(LIBS)

$(B)/san/%: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZE) -o $@ $(SOURCES) $(LIBS)

$(B)/tsan/%: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -fsanitize=thread -o $@ $(SOURCES) $(LIBS)

$(B)/akolhook $(B)/demo $(B)/sender: $(B)/%: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) $(EXAMPLE_SSL) -o $@ $< $(EXAMPLE_LIBS)

.PHONY: help test poll demo cli probe conformance examples libraries libraries-run hooks hooks-run lwip tool tool-hub interop nginx sanitize sanitize-run tsan matrix cross ct size size-check bench bench-deliver bench-hub docs fuzz timing check evidence install clean
