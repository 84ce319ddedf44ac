# akolhook.h is all there is to use; this file makes its tests and examples. Start with `make test` or `make demo`.
B = build
CFLAGS = -O1 -g
WARN = -Wall -Wextra
STD = -std=c99 -D_POSIX_C_SOURCE=200809L
INCLUDES = -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls
LIBS = -pthread
COMPILE = $(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) $(DEFINES) $(INCLUDES)
CORPORA =
CHECKS = tests/checks

# where the programs are; what some of them include is no program of its own
vpath %.c tests tests/hub tests/transports tests/platforms examples examples/tool examples/demo examples/gateway
INCLUDED = tests/transports/faultd.c tests/test_hash.c
HEADERS = akolhook.h $(filter-out examples/server/%,$(wildcard tests/*.h tests/*/*.h examples/*/*.h)) $(INCLUDED)
SOURCES = $(sort $< $(filter-out $(INCLUDED),$(filter %.c %.o,$^)))

# Optional libraries: each is asked for once, when a target needs to know. HAS_name links it, and is empty when it is missing.
LIBRARIES = openssl mbedtls bearssl wolfssl curl sqlite postgres microhttpd
define ask
HAS_$(1) = $$(eval HAS_$(1) := $$$$(shell sh $(CHECKS)/library.sh $(1) "$$(CC)" $$(B)))$$(HAS_$(1))
endef
$(foreach l,$(LIBRARIES),$(eval $(call ask,$(l))))

# test_hub_sqlite needs sqlite, by its name; all of them but the stores have a server of OpenSSL's on the other side
library_of = $(filter $(LIBRARIES),$(subst _, ,$(1)))
libraries_of = $(sort $(call library_of,$(1)) $(if $(filter sqlite postgres,$(call library_of,$(1))),,openssl))
missing_of = $(strip $(foreach l,$(call libraries_of,$(1)),$(if $(HAS_$(l)),,$(l))))
found = $(foreach t,$(1),$(if $(call missing_of,$(t)),,$(t)))
skips = $(foreach t,$(filter-out $(call found,$(1)),$(1)),echo "skipped: $(t) needs $(call missing_of,$(t))";)

ALL_TESTS := $(sort test_faults_openssl $(basename $(notdir $(wildcard tests/test_*.c tests/*/test_*.c))))
LIB_TESTS := $(strip $(foreach t,$(ALL_TESTS),$(if $(call library_of,$(t)),$(t))))
TESTS := $(filter-out $(LIB_TESTS),$(ALL_TESTS))

# Runs programs, each as soon as it is linked and the long ones first; they wait more than they work, so twice the processors.
FIRST = test_hub_postgres_load test_hub_crash_sqlite test_hub_crash test_slow test_faults test_hub_journal test_hub test_hub_hostile test_posix
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$$((2 * $$(nproc 2>/dev/null || echo 2))))
order = $(foreach f,$(FIRST),$(filter %/$(f),$(1))) $(filter-out $(FIRST:%=\%/%),$(1))
run = @$(2) rm -f $(1:%=%.ran); $(MAKE) -s -k $(PARALLEL) $(addsuffix .ran,$(call order,$(1))); sh tests/run.sh -s $(1)

help: ## this list (the default)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(B)/demo ## the 14 events of the dashboard over real sockets, what must fail, and a webhook's life in the hub
	@$(B)/demo

test: ## the tests; needs a C compiler and make, nothing else
	@echo "left to make check, as they need a library: $(LIB_TESTS)"
	$(call run,$(TESTS:%=$(B)/%))

check: ## everything, in its short form; a missing optional part is a failure
	@$(if $(CORPORA),,echo "conformance is left out: give CORPORA=dir";) MAKE="$(MAKE)" sh $(CHECKS)/check.sh $(STEPS)

evidence: ## everything in its long form, and the timing statistics: a night
	@$(if $(CORPORA),,echo "conformance is left out: give CORPORA=dir";) \
	JOBS=1 LONG=1 LIMIT=43200 FUZZ_SECONDS=1800 MAKE="$(MAKE)" sh $(CHECKS)/check.sh timing coverage $(STEPS)

bench: ## all figures on one page, each beside its peer's: bench-core, bench-deliver, bench-hub, sizes; PLOT=1 draws it
	@CC="$(CC)" PLOT="$(PLOT)" YYJSON="$(YYJSON)" sh tests/bench/page.sh $(B)/bench

cli: $(B)/akolhook ## the tool build/akolhook: listen, sign, verify, explain, trigger, and a sender (hub)

size: ## measures flash, RAM and stack on small processors and writes the table into the manual and the README
	@sh $(CHECKS)/size/size.sh $(B)/size write akolhook.h README.md

PREFIX = /usr/local
install: ## headers, the tool where it can be built, pkg-config and CMake files into PREFIX, /usr/local by default; DESTDIR
	-@$(MAKE) -s B=$(B)/release CFLAGS=-O2 cli
	@sh examples/packages/install.sh install "$(DESTDIR)" "$(PREFIX)" $(B)/release/akolhook

clean: ## removes build/
	rm -rf $(B)

include $(CHECKS)/steps.mk

# ---- programs ----

# A test that needs no private name is linked with the implementation, which is compiled once; TEST_LINKED tells it so.
# Tests run once: their compile time counts more than their speed.
$(B)/test_% $(B)/core.o $(B)/receiver.o: CFLAGS = -O0 -g
$(B)/san/test_% $(B)/san/core.o $(B)/san/receiver.o: CFLAGS = -O0 -g
$(B)/san/test_hub_%: CFLAGS = -O1 -g
$(B)/test_guard_file: CFLAGS = -O2 -g
$(B)/san/%: SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
$(B)/tsan/%: SANITIZE = -fsanitize=thread
define linked
$(foreach t,$(3),$(1)/$(t)): $(1)/$(2).o
$(foreach t,$(3),$(1)/$(t)): DEFINES = -DTEST_LINKED
endef
$(foreach d,$(B) $(B)/san,$(eval $(call linked,$(d),core,test_arguments test_event test_http test_payload test_slow test_url test_faults test_tls)))
$(foreach d,$(B) $(B)/san,$(eval $(call linked,$(d),receiver,test_sign test_text test_explain)))
$(B)/test_include $(B)/san/test_include: DEFINES = -DTEST_INCLUDE_OTHER -DTEST_INCLUDE_IMPLEMENT
$(B)/test_include $(B)/san/test_include: tests/include_other.c
$(foreach t,$(LIB_TESTS),$(eval $(B)/$(t) $(B)/san/$(t) $(B)/tsan/$(t): LIBS += $(foreach l,$(call libraries_of,$(t)),$$(HAS_$(l)))))
$(foreach d,$(B) $(B)/san $(B)/tsan,$(addprefix $(d)/test_,openssl mbedtls bearssl wolfssl)): tests/transports/tls_server.c
$(B)/faultd: DEFINES = -DFAULTD_TLS
$(B)/faultd: LIBS += $(HAS_openssl)
$(B)/akolhook $(B)/san/akolhook $(B)/demo $(B)/sender: DEFINES = $(if $(HAS_openssl),-DAKOLHOOK_EXAMPLE_OPENSSL)
$(B)/akolhook $(B)/san/akolhook $(B)/demo $(B)/sender: LIBS += $(HAS_openssl)
$(B)/akolhook $(B)/san/akolhook: DEFINES += $(if $(HAS_sqlite),-DAKOLHOOK_EXAMPLE_SQLITE)
$(B)/akolhook $(B)/san/akolhook: LIBS += $(HAS_sqlite)

# whole or not at all, as steps of `make check` that run beside each other may both make it
define program
	@mkdir -p $(@D)
	$(COMPILE) -o $@.part$$$$ $(SOURCES) $(LIBS) && mv $@.part$$$$ $@
endef
$(B)/hook_%: hook_conformance.c hook_transports.c $(HEADERS)
	@mkdir -p $(@D)
	$(COMPILE) -DHOOK_$(shell echo $* | tr a-z A-Z) -o $@ $(SOURCES) $(LIBS) $(HAS_$*)
$(B)/test_posix_poll: DEFINES = -DAKOLHOOK_NO_EPOLL
$(B)/test_posix_poll: test_posix.c $(HEADERS)
	$(program)
$(B)/test_faults_openssl $(B)/san/test_faults_openssl: DEFINES = -DFAULTD_TLS
$(B)/test_faults_openssl $(B)/san/test_faults_openssl: test_faults.c $(HEADERS)
	$(program)
$(B)/%: %.c $(HEADERS)
	$(program)
$(B)/san/%: %.c $(HEADERS)
	$(program)
$(B)/tsan/%: %.c $(HEADERS)
	$(program)
%/core.o: akolhook.h
	@mkdir -p $(@D)
	$(COMPILE) -DAKOLHOOK_IMPLEMENTATION -x c -c -o $@ akolhook.h
%/receiver.o: akolhook.h
	@mkdir -p $(@D)
	$(COMPILE) -DAKOLHOOK_IMPLEMENTATION -DAKOLHOOK_RECEIVER_ONLY -x c -c -o $@ akolhook.h
$(B)/%.ran: $(B)/%
	@sh tests/run.sh -1 $<

.PHONY: help demo test check evidence bench cli server size install uninstall dist clean programs probe $(STEPS) conformance timing mutation coverage bench-core bench-deliver bench-hub server-bench ways layout
.SECONDARY:
