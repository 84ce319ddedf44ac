/* akolhook-server: the dashboard of Akol's webhooks as a page and a REST service, on the hub.

   Two hubs in two threads: the HTTP thread has one that makes webhooks and events and never delivers, the
   main thread has one that delivers. They share the database and nothing else; what must reach a delivery
   in flight goes by a mailbox. `make server` builds it, README.md says how to run it. */

#define AKOLHOOK_POSTGRES_LOCK_MS 2000
#define AKOLHOOK_POSTGRES_CALL_MS 5000

#include "akolhook.h"
#include "akolhook_hub.h"
#include "akolhook_openssl.h"
#include "akolhook_sqlite.h"
#ifdef SERVER_POSTGRES
#include "akolhook_postgres.h"
#include "pq.h"
#endif

#include "base.h"
#include "options.h"
#include "store.h"
#include "status.h"
#include "tokens.h"
#include "http.h"
#include "feed.h"
#include "worker.h"
#include "listen.h"
#include "state.h"
#include "assets.h"
#include "gate.h"
#include "input.h"
#include "api_webhooks.h"
#include "api_deliveries.h"
#include "api_server.h"
#include "serve.h"

static server the_server;
static volatile sig_atomic_t signals; /* SIGTERM or SIGINT, counted */

static void on_signal(int number) {
    (void)number;
    signals = signals + 1;
    wake();
}

static void signals_take(void) {
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

/* ---- the first token ---- */

static int write_token_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);
    int ok = fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, len) == (ssize_t)len &&
             write(fd, "\n", 1) == 1;

    if (fd >= 0 && close(fd) != 0) ok = 0;
    return ok || usage_error(path, strerror(errno));
}

/* The first line on stdout: the link, which signs in when the store is new. */
static int print_link(server *s) {
    char text[TOKEN_CHARS + 1];
    int64_t count = 0;
    token made;
    int ok;

    if (!db_run(&s->front, "SELECT count(*) FROM @tokens", NULL, 0, row_number, &count)) return 0;
    if (count) {
        printf("%s/\nakolhook-server token new makes a token for it\n", s->listener.url);
        return fflush(stdout) == 0 || usage_error("cannot write to stdout", strerror(errno));
    }
    if (token_make(&s->front, SCOPE_FULL, "first token", &made, text) != MAKE_DONE) return 0;
    ok = !s->opt.token_file || write_token_file(s->opt.token_file, text);
    printf("%s/#token=%s\n", s->listener.url, text);
    akolhook_wipe(text, sizeof text);
    if (fflush(stdout) != 0) return usage_error("cannot write to stdout", strerror(errno));
    return ok;
}

/* ---- serving ---- */

static int server_open(server *s) {
    feed_open(&s->feed);
    if (!worker_open(&s->worker, &s->opt, &s->feed)) return 0;
    signals_take();
    if (s->opt.is_worker) return 1;

    if (!state_open(s) || !store_open(&s->front, &s->opt)) return 0;
    s->front.desc.client.max_in_flight = 1; /* it never delivers */
    if (!store_hub(&s->front)) return 0;
    return listen_open(&s->listener, &s->opt) && sweeper_start(&s->listener) && print_link(s) &&
           serve_start(s);
}

/* What is in flight is finished, within the grace; a second signal ends that. */
static void server_drain(server *s) {
    int64_t until = monotonic_ms() + s->opt.grace_s * 1000;
    size_t left = 1;

    serve_quiesce(s);
    akolhook_hub_drain(s->worker.store.hub, 1);
    while (left && signals < 2 && monotonic_ms() < until) worker_turn(&s->worker, 200, &left);
}

static void server_close(server *s) {
    serve_stop(s, signals > 1);
    sweeper_stop(&s->listener);
    if (s->front.opt) store_close(&s->front);
    if (s->worker.feed) worker_close(&s->worker);
    akolhook_wipe(&s->tokens, sizeof s->tokens);
    state_close(s);
}

enum { TURN_MS = 10000 };

static int command_serve(server *s) {
    int ok = server_open(s);
    log_entry entry;
    akolhook_json_writer *json;
    size_t i;

    if (ok) {
        json = log_begin(&entry, "info", "started");
        json_c(json, "version", AKOLHOOK_VERSION);
        json_c(json, "address", s->opt.is_worker ? "" : s->listener.url);
        json_c(json, "store", s->opt.store ? "postgres" : "sqlite");
        akolhook_json_add_bool(json, "allowHttp", s->opt.allow_http);
        akolhook_json_key(json, akolhook_str_c("allowCidr"));
        akolhook_json_array_begin(json);
        for (i = 0; i < s->opt.network_count; i++)
            akolhook_json_string(json, akolhook_str_c(s->opt.network_texts[i]));
        akolhook_json_array_end(json);
        log_end(&entry);
        while (!signals) worker_turn(&s->worker, TURN_MS, NULL);
        log_say("info", "stopping", NULL, NULL);
        server_drain(s);
    }
    server_close(s);
    if (ok) log_say("info", "stopped", NULL, NULL);
    return ok ? 0 : 2;
}

/* ---- tokens and backup from the command line ---- */

static void print_token(const token *t) {
    char made[AKOLHOOK_TIME_SIZE] = "";

    (void)!akolhook_time_format(t->created_ms, made);
    printf("%s  %-4s  %s  %s\n", t->id, scope_names[t->scope], made, t->name);
}

static int command_token_new(server *s) {
    const char *name = s->opt.name ? s->opt.name : "made by command";
    char text[TOKEN_CHARS + 1];
    token made;
    making result;

    if (!is_token_name(akolhook_str_c(name)))
        return usage_error("--name has 1 to 100 characters, none of them a control character", NULL);
    result = token_make(&s->front, scope_find(s->opt.scope), name, &made, text);
    if (result == MAKE_FULL) (void)usage_error("there are 100 tokens: revoke one first", NULL);
    if (result == MAKE_DONE) printf("%s\n", text);
    akolhook_wipe(text, sizeof text);
    return result == MAKE_DONE;
}

static int command_token(server *s) {
    const char *what = s->opt.word_count > 1 ? s->opt.words[1] : "";
    const int is_new = strcmp(what, "new") == 0, is_list = strcmp(what, "list") == 0;
    revoked result;
    size_t i;
    int ok = 0;

    if (!is_new && !is_list && (strcmp(what, "revoke") != 0 || s->opt.word_count != 3))
        return usage_error("token new, token list or token revoke ID", NULL) + 2;
    /* a token in a file that is made here would be one of no server's */
    if (!s->opt.store && access(s->opt.db, F_OK) != 0 && errno == ENOENT)
        return usage_error(s->opt.db, "no server has made it yet; --db FILE names another") + 2;
    if (!store_open(&s->front, &s->opt)) return 2;
    if (is_new) {
        ok = command_token_new(s);
    } else if (is_list) {
        ok = tokens_refresh(&s->front, &s->tokens, 0);
        for (i = 0; i < s->tokens.count; i++) print_token(&s->tokens.tokens[i]);
    } else {
        result = token_revoke(&s->front, s->opt.words[2]);
        ok = result == REVOKE_DONE;
        if (result == REVOKE_NONE) (void)usage_error("there is no token", s->opt.words[2]);
        if (result == REVOKE_LAST) (void)usage_error("this is the last token of scope full", NULL);
    }
    store_close(&s->front);
    return ok ? 0 : 2;
}

/* A copy as of one moment, by SQLite itself, so that servers may go on. */
static int command_backup(const options *opt) {
    const char *to = opt->word_count == 2 ? opt->words[1] : NULL;
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    struct stat there;
    int result;

    if (opt->store) return usage_error("backup is for SQLite; PostgreSQL has pg_dump", NULL) + 2;
    if (!to) return usage_error("backup FILE", NULL) + 2;
    if (lstat(to, &there) == 0) return usage_error("is there already", to) + 2;
    result = sqlite3_open_v2(opt->db, &db, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_OK) (void)sqlite3_busy_timeout(db, BUSY_MS);
    if (result == SQLITE_OK) result = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &statement, NULL);
    if (result == SQLITE_OK) result = sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
    if (result == SQLITE_OK) result = sqlite3_step(statement);
    if (result != SQLITE_DONE) (void)usage_error(opt->db, sqlite3_errmsg(db));
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    if (result != SQLITE_DONE) (void)unlink(to); /* what there is of it is no copy */
    return result == SQLITE_DONE ? 0 : 2;
}

/* A standard stream that is closed would be the next descriptor, that of a database or of a client, and what
   is printed would go there. It is opened so that its use fails, as before. 0 when it cannot be. */
static int hold_streams(void) {
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return 0;
    return 1;
}

int main(int argc, char **argv) {
    server *s = &the_server;
    const char *command;

    if (!hold_streams()) return usage_error("a standard stream is closed", strerror(errno)) + 2;
    (void)umask(077);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) return puts("akolhook-server " AKOLHOOK_VERSION) < 0;
    if (!options_read(&s->opt, argc, argv)) return 2;

    command = s->opt.command;
    if (strcmp(command, "help") == 0) return fputs(usage_text, stdout) < 0;
    if (strcmp(command, "statuses") == 0) return status_print();
    if (strcmp(command, "token") == 0) return command_token(s);
    if (strcmp(command, "backup") == 0) return command_backup(&s->opt);
    if (strcmp(command, "serve") == 0 && s->opt.word_count < 2) return command_serve(s);
    return usage_unknown("there is no command", command) + 2;
}
