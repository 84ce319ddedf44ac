/* The whole program's state. The HTTP thread has front, tokens and all of the second group to itself. */

enum { LOGIN_PLACES = 256, TEST_PLACES = 64, PARAMETERS_MOST = 16 };

/* Failed logins of one address. */
typedef struct login_place {
    uint8_t address[16];
    rate rate;
} login_place;

/* A test of a webhook that may still run. */
typedef struct test_place {
    char webhook_id[AKOLHOOK_ID_SIZE];
    int64_t since_ms; /* unix time */
    uint32_t samples;
    uint64_t until; /* the webhook's counter of tests when all have ended */
} test_place;
enum { TEST_OVER_MS = 120000 }; /* after that it is no longer waited for */

struct server {
    options opt;
    worker worker;
    feed feed;
    listener listener;
    struct MHD_Daemon *daemon;

    /* of the HTTP thread */
    store front;
    token_table tokens;
    akolhook_json_writer json;
    char *memory;  /* ANSWER_MOST bytes that answers are written into, */
    char *scratch; /* and SCRATCH_MOST behind them for texts on the way */
    login_place logins[LOGIN_PLACES];
    test_place tests[TEST_PLACES];
    size_t next_test;
    uint64_t answers[6]; /* by the first digit of their codes */
    uint64_t failed_logins;
    int64_t ready_at; /* monotonic ms of the last look; 0: never */
    int is_ready;
    int64_t stalled_at; /* monotonic ms; 0: the database answers, see store_stalls */
};

static int state_open(server *s) {
    void *memory = mmap(NULL, ANSWER_MOST + SCRATCH_MOST, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED) return usage_error("no memory", strerror(errno));
    s->memory = (char *)memory;
    s->scratch = s->memory + ANSWER_MOST;
    return 1;
}
static void state_close(server *s) {
    if (s->memory) (void)munmap(s->memory, ANSWER_MOST + SCRATCH_MOST);
}

/* ---- JSON out ---- */

static akolhook_json_writer *json_of(request *r) { return &r->server->json; }

static akolhook_json_writer *json_begin(request *r) {
    akolhook_json_writer *json = json_of(r);

    akolhook_json_init(json, r->server->memory, ANSWER_MOST, AKOLHOOK_JSON_ESCAPE_HTML);
    akolhook_json_object_begin(json);
    akolhook_json_add_bool(json, "success", 1);
    akolhook_json_key(json, akolhook_str_c("data"));
    return json;
}

static void json_send(request *r, int http, const char *header, const char *value) {
    akolhook_json_writer *json = json_of(r);
    akolhook_status status;
    size_t len = 0;

    akolhook_json_object_end(json);
    status = akolhook_json_finish(json, &len);
    if (status != AKOLHOOK_OK)
        fail_status(r, status);
    else if (len > ANSWER_KEPT && answers_held + len > ANSWERS_MOST)
        fail(r, 503, "ANSWERS_FULL", "large answers are being read slowly: ask again when they are taken");
    else
        answer_bytes(r, http, "application/json", r->server->memory, len, header, value);

    /* it may hold a secret; and what a large answer took is given back */
    akolhook_wipe(r->server->memory, len < ANSWER_MOST ? len : ANSWER_MOST);
    if (len > ANSWER_KEPT) (void)madvise(r->server->memory, ANSWER_MOST + SCRATCH_MOST, MADV_DONTNEED);
}

/* Bytes of a receiver's; NULL: null. */
static void json_foreign(request *r, const char *key, akolhook_str bytes) {
    if (!bytes.len) {
        akolhook_json_add_null(json_of(r), key);
        return;
    }
    akolhook_json_add_string(json_of(r), key,
            akolhook_str_n(r->server->scratch, make_utf8(bytes, r->server->scratch, SCRATCH_MOST)));
}

/* ---- a database that hangs ----

   The HTTP thread waits for the store, up to its bounds. So that it does not do so again for each request, it
   asks no more once that was in vain: the worker's connection tries on by itself, and when it came round the
   store is asked again. Meanwhile calls are refused at once, and what needs no store is served. */

enum { STALL_MS = 2000, STALL_RETRY_MS = 30000 };

/* Something of the store was asked, which began then. */
static void store_took(server *s, int64_t began_ms, int ok) {
    int64_t now = monotonic_ms();

    if (!s->opt.store || ok || now - began_ms < STALL_MS) return;
    s->stalled_at = now;
    log_say("error", "the database does not answer: calls are refused until it does", NULL, NULL);
}

static int store_is_stalled(server *s) {
    int64_t polled_at;

    if (!s->stalled_at) return 0;
    (void)pthread_mutex_lock(&s->worker.lock);
    polled_at = s->worker.polled_at;
    (void)pthread_mutex_unlock(&s->worker.lock);
    if (polled_at <= s->stalled_at && monotonic_ms() - s->stalled_at < STALL_RETRY_MS) return 1;
    s->stalled_at = 0;
    return 0;
}
