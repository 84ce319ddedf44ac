# The steps of `make check`, each a target of its own; most are scripts beside this file.
STEPS = sanitize matrix libraries cross avr ct traces names size-check fuzz docs tsan lwip test poll hooks tool tool-hub interop nginx examples \
	demo $(patsubst $(CHECKS)/%.sh,%,$(wildcard $(CHECKS)/ways.sh $(CHECKS)/layout.sh)) packages cpp receivers wine cortexm riscv compilers stranger selftest server-test $(if $(CORPORA),conformance)
# what a security reviewer asks for
STEPS += rejected proof analyze soak mutation coverage-core

EXAMPLES = verify receive build send send_many stream sender verify_github verify_stripe
programs: $(addprefix $(B)/,akolhook demo probe $(EXAMPLES)) ## the tool, the demo, build/probe and the examples
probe: $(B)/probe
conformance: $(B)/probe ## the corpora over build/probe; CORPORA=dir
	@sh $(CHECKS)/conformance.sh $(B)/probe "$(CORPORA)"
libraries: ## the tests that need OpenSSL, mbedTLS, BearSSL, wolfSSL, libcurl, SQLite or PostgreSQL's libpq
	$(call run,$(addprefix $(B)/,$(call found,$(LIB_TESTS))),$(call skips,$(LIB_TESTS)))
poll: ## the posix layer without epoll
	$(call run,$(B)/test_posix_poll)
sanitize: export FULL = 1
sanitize: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer, those that need a library too; the pure ones under MemorySanitizer
	$(call run,$(addprefix $(B)/san/,$(TESTS) $(call found,$(LIB_TESTS))) $(call msan,$(MSAN:%=$(B)/msan/test_%)),\
	$(call skips,$(LIB_TESTS)) $(call msan,,echo "skipped: MemorySanitizer needs clang";))
# clang alone has it; nothing outside of the tests is linked, so that all memory is known
MSAN = hash hash_portable hash_small text event payload sign url http explain client
msan = $(if $(shell command -v clang),$(1),$(2))
$(B)/msan/%: CC = clang
$(B)/msan/%: SANITIZE = -fsanitize=memory -fno-sanitize-recover=all
$(B)/msan/%: %.c $(HEADERS)
	$(program)
tsan: ## the tests with threads under ThreadSanitizer
	$(call run,$(addprefix $(B)/tsan/,test_threads test_posix $(call found,test_openssl)),$(call skips,test_openssl))
HOOKS = hook_openssl hook_mbedtls hook_bearssl hook_wolfssl hook_curl
hooks: ## the conformance test of a transport, over each in examples/tls/
	@$(call skips,$(HOOKS)) $(MAKE) -s $(PARALLEL) $(addprefix $(B)/,$(call found,$(HOOKS)) faultd) && \
	sh tests/transports/hooks.sh $(B) $(patsubst hook_%,%,$(call found,$(HOOKS)))
lwip: ## the client over lwIP's sockets, on a tap device
	@CC="$(CC)" CXX="$(CXX)" sh tests/platforms/lwip/run.sh $(B)/lwip
tool: $(B)/akolhook $(B)/san/akolhook ## the tool from outside, with curl, openssl, servers behind it, shells; under the sanitizers too
	@sh $(CHECKS)/tool_all.sh $(B) tool tool_work tool_pages
tool-hub: $(B)/akolhook $(B)/san/akolhook $(B)/sender ## the tool's hub on a journal and on SQLite, and the example sender.c
	@sh $(CHECKS)/tool_all.sh $(B) tool_hub
examples: $(B)/verify_github $(B)/verify_stripe ## the receiver examples against published vectors
	@sh $(CHECKS)/examples.sh $(B)
interop: $(B)/akolhook $(B)/verify_github $(B)/verify_stripe ## both ways with node, Python, npm's webhook packages and curl
	@CC="$(CC)" sh $(CHECKS)/interop/run.sh $(B)
nginx: $(B)/akolhook ## deliveries to nginx over TLS
	@sh $(CHECKS)/nginx.sh $(B)
matrix: ## strict warnings in gcc and clang, C99 to C++20, under every switch
	@sh $(CHECKS)/matrix.sh $(B)/matrix
cross: ## the pure tests on big-endian s390x, the receiver half on a Cortex-M0+, the client on an AVR
	@sh $(CHECKS)/cross.sh $(B)/cross $(TESTS)
avr: ## the pure tests where int has 16 bits: AVR under simavr
	@sh $(CHECKS)/avr.sh $(B)/avr hash text event payload sign url http
ct: ## constant time, and each block function of the hash: valgrind, disassembly, ARM, the corpus
	@LONG="$(LONG)" sh $(CHECKS)/ct/run.sh $(B)/ct "$(CORPORA)"
names: ## each header behind names that other headers define as macros
	@CC="$(CC)" CXX="$(CXX)" sh $(CHECKS)/names.sh $(B)/names
traces: ## what calls that take a key leave on the stack: gcc and clang, each level; LONG=1 for more
	@LONG="$(LONG)" sh $(CHECKS)/traces.sh $(B)/traces
timing: ## statistics of the time that verifying takes: no difference may show; LONG=1 for a million of each
	@mkdir -p $(B) && $(CC) $(STD) $(WARN) -O2 -I. -o $(B)/timing $(CHECKS)/ct/timing.c && $(B)/timing $(if $(LONG),1000000)
size-check: ## the table of sizes is what size would write
	@sh $(CHECKS)/size/size.sh $(B)/size check akolhook.h README.md
docs: ## every code block of the manual and the README, compiled and run
	@CC="$(CC)" CXX="$(CXX)" sh $(CHECKS)/docs.sh $(B)/docs
fuzz: ## libFuzzer over every parser, beside Python's and node's, and over the client; FUZZ_SECONDS=n for so long each
	@SEED="$(SEED)" sh tests/fuzz/run.sh $(B)/fuzz $(FUZZ_SECONDS)
ways layout: ## each extension compiled in its four ways; the layout of the sources
	@CC="$(CC)" CXX="$(CXX)" sh $(CHECKS)/$@.sh $(B)/$@
receivers: $(B)/akolhook ## examples/receivers, each built as it says, started and posted to
	@CC="$(CC)" CXX="$(CXX)" sh $(CHECKS)/receivers.sh $(B)/receivers $(B)/akolhook
selftest: ## akolhook_selftest on a hash that is broken in many ways; its flash
	@CC="$(CC)" sh $(CHECKS)/selftest.sh $(B)/selftest
cortexm: ## Cortex-M under qemu: the pure tests, the client over a simulated modem, the painted stack
	@sh $(CHECKS)/cortexm.sh $(B)/cortexm
riscv: ## RISC-V of 32 bits under qemu: the pure tests, the client over a simulated modem
	@sh $(CHECKS)/riscv.sh $(B)/riscv
compilers: ## musl, tcc, i386, other enums and chars, link-time optimisation: the header, the pure tests, the client's
	@sh $(CHECKS)/compilers.sh $(B)/compilers
stranger: ## from the archive alone: each row of README's table of servers, as a newcomer follows it
	@MAKE="$(MAKE)" sh $(CHECKS)/stranger.sh $(B)/stranger
wine: ## Windows: akolhook_winsock.h, the pure tests and the client, by MinGW-w64 under wine
	@CC="$(CC)" sh $(CHECKS)/wine.sh $(B)/wine
cpp: ## examples/cpp with g++ and clang++ under the warnings of C++ projects
	@CC="$(CC)" sh $(CHECKS)/cpp.sh $(B)/cpp
packages: ## make install and dist; a program over pkg-config, CMake, Meson, Zephyr's layout, the compiled library
	@CC="$(CC)" CXX="$(CXX)" MAKE="$(MAKE)" sh $(CHECKS)/packages.sh $(B)/packages
uninstall: ## removes what make install put into PREFIX
	@sh examples/packages/install.sh uninstall "$(DESTDIR)" "$(PREFIX)" $(B)/release/akolhook
dist: ## build/dist/akolhook-VERSION.tar.gz, the same from the same tree everywhere, with checksums
	@sh examples/packages/dist.sh $(B)/dist
bench-core: ## HMAC and JSON beside other libraries, many MACs, instructions, compile time; PLOT=1 draws it, YYJSON=dir has its source
	@CC="$(CC)" PLOT="$(PLOT)" YYJSON="$(YYJSON)" sh tests/bench/run.sh $(B)/bench-core
bench-deliver: ## deliveries beside a raw loop, wrk and libcurl, plain and TLS; LONG=1 for more
	@CC="$(CC)" LONG="$(LONG)" sh tests/bench/deliver.sh $(B)/bench-deliver
bench-hub: ## the hub beside the bare client, fairness, each store, PostgreSQL beside pg-boss; EVENTS=20 for a short form
	@CC="$(CC)" EVENTS="$(EVENTS)" sh tests/bench/hub.sh $(B)/bench-hub
coverage: ## lines and branches that the tests reach, by layer (gcov); pages in build/coverage/html
	@sh $(CHECKS)/coverage.sh $(B)/coverage "$(TESTS)" "$(LIB_TESTS)"
coverage-core: ## the same for akolhook.h and the transports alone, whose tests are short
	@sh $(CHECKS)/coverage.sh $(B)/coverage-core "$(filter-out test_hub%,$(TESTS))" "$(filter-out test_hub%,$(LIB_TESTS))" \
		akolhook.h $(notdir $(wildcard examples/tls/akolhook_*.h))
rejected: ## inputs that this header and the npm packages or curl judge differently, as the README has them; WRITE=write
	@CC="$(CC)" sh $(CHECKS)/rejected.sh $(B)/rejected $(WRITE)
MUTANTS = $(if $(LONG),1000,60)
mutation: ## changes the code at MUTANTS=60 places, one at a time, and runs the tests of the layer; SEED=1
	@sh $(CHECKS)/mutation.sh $(B)/mutation $(MUTANTS) $(or $(SEED),1)

# ---- the server: the page is embedded; libmicrohttpd, OpenSSL and SQLite are needed, PostgreSQL where it is ----
SERVER = examples/server
SERVER_PARTS = openssl sqlite postgres microhttpd
SERVER_HAS = $(foreach l,$(SERVER_PARTS),$(HAS_$(l)))
SERVER_LACKS = $(foreach l,openssl sqlite microhttpd,$(if $(HAS_$(l)),,lib$(subst openssl,ssl,$(subst sqlite,sqlite3,$(l)))-dev))
SERVER_STRICT = -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror
server: $(B)/akolhook-server ## the dashboard as a page and a REST service: build/akolhook-server
$(B)/embed: $(SERVER)/embed.c $(SERVER)/shrink.h akolhook.h
	$(program)
$(B)/server_assets.h: $(B)/embed $(wildcard $(SERVER)/page/*) $(SERVER)/openapi.yaml
	@$(B)/embed $(sort $(filter-out $<,$^)) >$@.part && mv $@.part $@
$(B)/akolhook-server $(B)/san/akolhook-server $(B)/tsan/akolhook-server: $(SERVER)/server.c $(HEADERS) $(wildcard $(SERVER)/*.h) $(B)/server_assets.h
	@mkdir -p $(@D)
	@$(if $(strip $(SERVER_LACKS)),echo "the server needs $(strip $(SERVER_LACKS)): apt-get install $(strip $(SERVER_LACKS))" >&2; exit 1)
	$(COMPILE) $(SERVER_STRICT) -D_DEFAULT_SOURCE -DAKOLHOOK_IMPLEMENT_ALL $(if $(HAS_postgres),-DSERVER_POSTGRES) -I$(B) -o $@.part$$$$ $< $(LIBS) $(SERVER_HAS) && mv $@.part$$$$ $@
$(B)/akolhook-server: CFLAGS = -O2
server-test: $(B)/akolhook-server $(B)/san/akolhook-server ## the server and its page from outside; LONG=1 for more
	@CC="$(CC)" LONG="$(LONG)" sh tests/server/run.sh $(B)
server-bench: $(B)/akolhook-server ## figures of the server: GETs beside deliveries, memory, an idle server, the page
	@BUILD=$(B) python3 tests/server/bench.py
proof: ## all short inputs to the parsers of responses and URLs, Frama-C over hex, base64, compare, times; LONG=1 SHA-256 too
	@LONG="$(LONG)" sh $(CHECKS)/proof.sh $(B)/proof
analyze: $(B)/server_assets.h ## clang's, gcc's and two more analysers over headers, tool and server, valgrind over the tests; LONG=1 for more
	@LONG="$(LONG)" sh $(CHECKS)/analyze.sh $(B)/analyze
soak: ## the hub over SQLite against faults, restarts, rotations, jumps of the clock, full disks, for a minute; LONG=1 30; SEED=n
	@CC="$(CC)" sh $(CHECKS)/soak.sh $(B)/soak $(if $(LONG),1800,60) $(SEED)
