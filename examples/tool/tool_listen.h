/* listen: a receiver that shows what it gets, keeps it, passes it on to a server or a program. */
#ifndef TOOL_LISTEN_H
#define TOOL_LISTEN_H

#define SAVE_REFUSED_MAX 1000 /* files of requests that did not verify, in one run */
#define WORK_S 25             /* for --forward and --exec; a sender waits for 30 */
#define EXEC_MAX 16           /* programs at one time; the others wait for their turn */
#define EXEC_WORDS 64

/* Work for one verified request. */
typedef struct job {
    struct job *next;
    uint64_t ticket;
    int64_t started, deadline; /* monotonic ms */
    exchange *forward;
    pid_t pid;         /* of --exec; 0: waits for its turn, or has ended */
    akolhook_str body; /* of the connection, until the job is freed */
    akolhook_message message;
    akolhook_str id; /* its webhook-id header */
    const char *peer;
    int is_killed;
    int is_answered; /* the answer may still be on its way */
    char note[160];  /* how it ended */
} job;

typedef struct tally {
    listen_server *server;
    const akolhook_receiver *receiver, *other; /* of the scheme that is not judged by */
    const akolhook_transport *tls;
    akolhook_policy policy; /* of --forward: one's own servers */
    akolhook_url forward;
    char *words[EXEC_WORDS + 1]; /* of --exec */
    job *jobs;
    int running;
    long requests, accepted, duplicates, saved, refused_saved;
} tally;

static int child_pipe[2] = {-1, -1}; /* a byte for each child that has ended */

static void on_child(int number) {
    const int saved_errno = errno;

    (void)number;
    (void)!write(child_pipe[1], "", 1);
    errno = saved_errno;
}

/* ---- show ---- */

/* The lines of a transcript, each on its own. */
static void put_transcript(akolhook_json value) {
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_json line, found;

    if (akolhook_json_begin(value, &iter) != AKOLHOOK_OK) return;
    while (akolhook_json_next(&iter, NULL, &line)) {
        akolhook_text speaker = AKOLHOOK_INIT, text = AKOLHOOK_INIT;

        if (akolhook_json_get(line, "speaker", &found) == AKOLHOOK_OK)
            (void)!akolhook_json_get_text(found, &speaker);
        if (akolhook_json_get(line, "text", &found) == AKOLHOOK_OK)
            (void)!akolhook_json_get_text(found, &text);
        fputs("\n            ", stdout);
        put_text(speaker, 16);
        fputs(": ", stdout);
        put_text(text, 120);
    }
}

static void put_member(akolhook_text key, akolhook_json value) {
    akolhook_text text = AKOLHOOK_INIT;
    int is_transcript =
            value.type == AKOLHOOK_JSON_ARRAY && akolhook_text_equal(key, akolhook_str_c("transcript"));

    printf("          %s", dim);
    put_text(key, 16);
    fputs(plain, stdout);
    if (!is_transcript) printf("%*s", key.str.len < 16 ? (int)(17 - key.str.len) : 1, "");
    if (is_transcript)
        put_transcript(value);
    else if (akolhook_json_get_text(value, &text) == AKOLHOOK_OK)
        put_text(text, 120);
    else
        put_safe(stdout, value.str, 120);
    puts("");
}

static void put_message(const akolhook_message *message) {
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_json value;
    akolhook_text key;
    char when[AKOLHOOK_TIME_SIZE] = "";

    if (akolhook_time_format(message->timestamp_ms, when) != AKOLHOOK_OK) when[0] = '\0';
    printf("          %s, business ", when);
    put_text(message->business_id, 40);
    fputs(", webhook ", stdout);
    put_text(message->webhook_id, 40);
    if (message->message_id.len) fputs(", message ", stdout);
    put_safe(stdout, message->message_id, 64);
    puts("");
    if (akolhook_json_begin(message->data, &iter) == AKOLHOOK_OK)
        while (akolhook_json_next(&iter, &key, &value)) put_member(key, value);
}

/* Time, code, and the name of the event or of what was wrong. */
static void put_headline(const listen_request *request, const char *colour, akolhook_text name) {
    char clock[16] = "";
    time_t now = time(NULL);
    struct tm local;

    if (localtime_r(&now, &local)) strftime(clock, sizeof clock, "%H:%M:%S", &local);
    printf("%s%s%s  %s%3d  ", dim, clock, plain, colour, request->code);
    put_text(name, 40);
    fputs(plain, stdout);
}

/* What is to be done about a refusal; NULL: nothing that the status does not say. */
static const char *hint(const listen_request *request) {
    static const char tls_came[] = "TLS came";

    if (request->why && request->code == 413) return "to take it: --max-body BYTES";
    if (request->why && strncmp(request->why, tls_came, strlen(tls_came)) == 0)
        return "to speak it: --tls CERT KEY; else the URL begins with http://";
    return NULL;
}

/* 1 when a request that was refused carries the signature of the scheme that is not judged by; *verifies: it
   is right. */
static int is_of_other_scheme(const tally *t, const listen_request *request, int *verifies) {
    akolhook_message message;
    const akolhook_str signature =
            opt.standard ? request->headers->signature : request->headers->standard_signature;

    if (request->why || request->status == AKOLHOOK_OK || !signature.len) return 0;
    *verifies = akolhook_authenticate(t->other, request->headers, request->body.ptr, request->body.len,
                        (int64_t)time(NULL), &message) == AKOLHOOK_OK;
    return *verifies || request->status == AKOLHOOK_MISSING_SIGNATURE;
}

static const char *other_scheme_text(int verifies) {
    if (opt.standard)
        return verifies ? "it verifies under Akol's scheme: leave --standard out"
                        : "it is signed under Akol's scheme, with another secret";
    return verifies ? "it verifies under Standard Webhooks: give --standard"
                    : "it is signed under Standard Webhooks, with another secret";
}

/* Why a request was refused, beyond its status; NULL: no more is known. */
static const char *refusal_cause(const tally *t, const listen_request *request) {
    static akolhook_explanation why;
    int verifies;

    if (is_of_other_scheme(t, request, &verifies)) return other_scheme_text(verifies);
    if (request->why || request->status != AKOLHOOK_SIGNATURE_MISMATCH) return NULL;
    if (explain_all(request->headers, request->body.ptr, request->body.len, akolhook_posix_now(), &why) !=
            AKOLHOOK_OK)
        return NULL;
    return cause_text(&why);
}

/* The header that a refusal is about; "" when it is about none. */
static const char *refused_header(const tally *t, const listen_request *request) {
    akolhook_explanation why;

    if (request->why || !secret_count || request->status == AKOLHOOK_SIGNATURE_MISMATCH) return "";
    if (akolhook_explain_receive(t->receiver, akolhook_str_c(secrets[0].text), request->headers,
                request->body.ptr, request->body.len, akolhook_posix_now(), &why) != AKOLHOOK_OK ||
            why.status != request->status || !why.error_header)
        return "";
    return why.error_header;
}

static void put_refused(const tally *t, const listen_request *request) {
    const char *name = request->why ? listen_reason(request->code) : akolhook_status_name(request->status);
    const char *cause = refusal_cause(t, request), *header = refused_header(t, request);

    put_headline(request, red, akolhook_text_c(request->code ? name : "no request"));
    fputs("  ", stdout);
    put_safe(stdout, request->method, 16);
    fputs(request->method.len ? " " : "", stdout);
    put_safe(stdout, request->target, 60);
    printf("%s%lu bytes from %s\n", request->method.len ? ", " : "", (unsigned long)request->body.len,
            request->peer);
    printf("          %s", request->why ? request->why : advice(request->status));
    printf(*header ? " (%s)\n" : "%s\n", header);
    if (hint(request)) printf("          %s\n", hint(request));
    if (cause) printf("          likely cause: %s%s%s\n", yellow, cause, plain);
}

/* All header lines, as they came. */
static void put_headers(const listen_request *request) {
    akolhook_str text = request->head, line;

    (void)next_line(&text, &line);
    while (next_line(&text, &line) && line.len) {
        printf("          %s", dim);
        put_safe(stdout, line, 400);
        puts(plain);
    }
}

/* ---- show, as JSON ---- */

static void json_headers(const listen_request *request) {
    akolhook_str text = request->head, line, name, value;
    int count = 0;

    json_name("headers");
    putchar('[');
    (void)next_line(&text, &line);
    while (next_line(&text, &line) && line.len) {
        if (!split_field(line, &name, &value)) continue;
        fputs(count++ ? ",[" : "[", stdout);
        json_chars(name);
        putchar(',');
        json_chars(value);
        putchar(']');
    }
    putchar(']');
}

static void json_message(const akolhook_message *message) {
    json_number("secret", (int64_t)message->secret_index + 1);
    json_of_text("event", message->event_name);
    json_time("timestamp", message->timestamp_ms);
    json_of_text("businessId", message->business_id);
    json_of_text("webhookId", message->webhook_id);
    if (message->message_id.len) json_str("messageId", message->message_id);
    json_flag("test", message->is_test);
    json_as_is("data", message->data.str);
}

static void json_request(const tally *t, const listen_request *request, const char *note) {
    const char *cause = request->message ? NULL : refusal_cause(t, request);
    const char *header = request->message ? "" : refused_header(t, request);
    const int is_duplicate = !request->why && request->status == AKOLHOOK_DUPLICATE;

    json_time("at", akolhook_posix_platform()->unix_ms_fn(NULL));
    json_number("code", request->code);
    json_flag("verified", request->message != NULL);
    json_text("status", request->why ? "HTTP" : akolhook_status_name(request->status));
    json_text("peer", request->peer);
    json_str("method", request->method);
    json_str("target", request->target);
    json_count("bytes", request->body.len);
    if (request->message) json_message(request->message);
    if (!request->message && !is_duplicate)
        json_text("text", request->why ? request->why : advice(request->status));
    if (cause) json_text("cause", cause);
    if (*header) json_text("header", header);
    if (note && *note) json_text("work", note);
    if (opt.show_headers) json_headers(request);
    json_end();
}

/* ---- keep ---- */

static int is_framing(akolhook_str name) {
    return listen_same(name, "content-length") || listen_same(name, "transfer-encoding") ||
           listen_same(name, "trailer");
}

/* The request as it came, but for chunks, which are put together. */
static int save_to(FILE *file, const listen_request *request) {
    akolhook_str text = request->head, line, name, value;

    if (!next_line(&text, &line)) return 0;
    fwrite(line.ptr, 1, line.len, file);
    fputs("\r\n", file);
    while (next_line(&text, &line) && line.len) {
        if (!split_field(line, &name, &value) || is_framing(name)) continue;
        fwrite(line.ptr, 1, line.len, file);
        fputs("\r\n", file);
    }
    fprintf(file, "Content-Length: %lu\r\n\r\n", (unsigned long)request->body.len);
    fwrite(request->body.ptr, 1, request->body.len, file);
    return !ferror(file);
}

/* Time, number, event or status: nothing of a name comes from the network. */
static void save_name(const tally *t, const listen_request *request, char *path, size_t size) {
    const char *what = akolhook_status_name(request->status);
    char when[32] = "";
    time_t now = time(NULL);
    struct tm utc;

    if (request->message)
        what = request->message->event ? akolhook_event_name(request->message->event) : "unknown";
    if (gmtime_r(&now, &utc)) strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(path, size, "%s/%s-%05ld-%s.http", opt.save, when, t->saved, what);
}

/* For their owner alone, as bodies hold what callers said. */
static void save(tally *t, const listen_request *request) {
    char path[2048];
    FILE *file = NULL;
    int fd, failed;

    if (request->why || !request->head.len || request->status == AKOLHOOK_DUPLICATE) return;
    if (!request->message && t->refused_saved == SAVE_REFUSED_MAX) return;
    do { /* another listen of the same second may have taken the name */
        t->saved++;
        save_name(t, request, path, sizeof path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd >= 0) file = fdopen(fd, "wb");
    if (!file) {
        usage_error("--save: cannot make '%s': %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return;
    }
    failed = !save_to(file, request);
    if (fclose(file) != 0 || failed) {
        usage_error("--save: cannot write '%s': %s", path, strerror(errno));
        unlink(path); /* half a request is none */
        return;
    }
    if (!request->message && ++t->refused_saved == SAVE_REFUSED_MAX)
        usage_error(
                "--save: %d requests that do not verify were kept; no more of them are", SAVE_REFUSED_MAX);
}

static int need_folder(void) {
    struct stat folder;

    if (!opt.save) return 0;
    if (strlen(opt.save) > 1000) return usage_error("--save: the name of the folder is too long");
    if (mkdir(opt.save, 0700) == 0) return 0;
    if (errno == EEXIST && stat(opt.save, &folder) == 0 && S_ISDIR(folder.st_mode)) {
        if (access(opt.save, W_OK | X_OK) == 0) return 0;
    } else if (errno == EEXIST) {
        errno = ENOTDIR;
    }
    return usage_error("--save: cannot keep files in '%s': %s", opt.save, strerror(errno));
}

/* ---- work: --exec ---- */

/* Words between blanks; quotes of either kind hold a word together. Cut in place. */
static int need_words(tally *t) {
    static char text[4096];
    char *from = text, *to = text, quote;
    int count = 0;

    if (strlen(opt.exec) >= sizeof text) return usage_error("--exec: the command is too long");
    memcpy(text, opt.exec, strlen(opt.exec) + 1);
    for (;;) {
        while (*from == ' ' || *from == '\t' || *from == '\n') from++;
        if (!*from) break;
        if (count == EXEC_WORDS) return usage_error("--exec: more than %d words", EXEC_WORDS);
        t->words[count++] = to;
        for (quote = 0; *from && (quote || !strchr(" \t\n", *from)); from++) {
            if (quote ? *from == quote : *from == '\'' || *from == '"')
                quote = quote ? 0 : *from;
            else
                *to++ = *from;
        }
        if (quote) return usage_error("--exec: a quote %c is not closed", quote);
        if (*from) from++;
        *to++ = '\0';
    }
    if (count == 0) return usage_error("--exec: the command is empty");
    if (strchr(t->words[0], '/') && access(t->words[0], X_OK) != 0)
        return usage_error("--exec: cannot run '%s': %s", t->words[0], strerror(errno));
    return 0;
}

static void set_text(const char *name, akolhook_text text) {
    static char decoded[AKOLHOOK_MAX_BODY];
    size_t len = 0;

    if (akolhook_text_decode(text, decoded, sizeof decoded - 1, &len) != AKOLHOOK_OK) len = 0;
    if (memchr(decoded, '\0', len)) len = 0; /* an environment cannot hold it */
    decoded[len] = '\0';
    setenv(name, decoded, 1);
}

/* The message id; under Akol's scheme nothing signs it, so only one of the right form is passed on. */
static akolhook_text message_id(const akolhook_message *message, akolhook_str header) {
    akolhook_str id = message->message_id.len ? message->message_id : header;
    size_t i;

    for (i = 0; i < id.len && id.ptr[i] > ' ' && id.ptr[i] < 0x7f && id.ptr[i] != '.'; i++) continue;
    return i == id.len && i <= SAVED_ID_MAX ? akolhook_text_n(id.ptr, id.len) : akolhook_text_c("");
}

/* In the child: never returns. */
static void exec_child(const tally *t, const job *j, int input_fd) {
    char when[AKOLHOOK_TIME_SIZE] = "";
    sigset_t none;
    int i;
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGCHLD};

    (void)setpgid(0, 0);
    for (i = 0; i < (int)COUNT_OF(signals); i++) signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(input_fd, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) _exit(126);

    unsetenv("AKOLHOOK_SECRET");
    if (akolhook_time_format(j->message.timestamp_ms, when) != AKOLHOOK_OK) *when = '\0';
    set_text("AKOLHOOK_EVENT", j->message.event_name);
    set_text("AKOLHOOK_TIMESTAMP", akolhook_text_c(when));
    set_text("AKOLHOOK_BUSINESS_ID", j->message.business_id);
    set_text("AKOLHOOK_WEBHOOK_ID", j->message.webhook_id);
    set_text("AKOLHOOK_MESSAGE_ID", message_id(&j->message, j->id));
    set_text("AKOLHOOK_PEER", akolhook_text_c(j->peer));
    setenv("AKOLHOOK_TEST", j->message.is_test ? "1" : "0", 1);

    execvp(t->words[0], t->words);
    fprintf(stderr, "akolhook listen: --exec: cannot run '%s': %s\n", t->words[0], strerror(errno));
    _exit(127);
}

/* The body in a file without a name: a child that does not read it blocks nobody. NULL with errno. */
static FILE *body_file(akolhook_str body) {
    FILE *file = tmpfile();

    if (!file) return NULL;
    if (fwrite(body.ptr, 1, body.len, file) != body.len || fflush(file) != 0 ||
            lseek(fileno(file), 0, SEEK_SET) != 0 || fcntl(fileno(file), F_SETFD, FD_CLOEXEC) < 0) {
        int why = errno;
        fclose(file);
        errno = why;
        return NULL;
    }
    return file;
}

/* Starts the program of a job. 0, or -1 with j->note. */
static int exec_start(tally *t, job *j) {
    FILE *file = body_file(j->body);

    fflush(stdout);
    if (file) j->pid = fork();
    if (file && j->pid == 0) exec_child(t, j, fileno(file));
    if (!file || j->pid < 0) {
        snprintf(j->note, sizeof j->note, "cannot be started: %s", strerror(errno));
        j->pid = 0;
        if (file) fclose(file);
        return -1;
    }
    fclose(file);
    (void)setpgid(j->pid, j->pid); /* whoever comes first */
    t->running++;
    return 0;
}

/* ---- work: jobs ---- */

static void job_free(tally *t, job *j) {
    job **at = &t->jobs;

    while (*at != j) at = &(*at)->next;
    *at = j->next;
    if (j->pid > 0) { /* its request is gone */
        kill(-j->pid, SIGKILL);
        while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR) continue;
        t->running--;
    }
    exchange_free(j->forward);
    free(j);
}

static job *job_find(const tally *t, uint64_t ticket) {
    job *j = t->jobs;

    while (j && j->ticket != ticket) j = j->next;
    return j;
}

/* Answers the request of a job; on_request frees it when the answer has left, or cannot. */
static void job_end(tally *t, job *j, const listen_reply *reply) {
    const uint64_t ticket = j->ticket;

    j->is_answered = 1;
    if (listen_finish(t->server, ticket, reply) != 0) job_free(t, j);
}

static void job_end_with(tally *t, job *j, int code) {
    listen_reply reply = AKOLHOOK_INIT;

    reply.code = code;
    job_end(t, j, &reply);
}

/* The answer of --forward: passed back, unless there is none. */
static void forward_end(tally *t, job *j) {
    const exchange *e = j->forward;
    const long ms = (long)(clock_ms() - j->started);
    const char *native = native_text(e->status, e->native_error);
    listen_reply reply = AKOLHOOK_INIT;

    if (!e->response.head_done || e->status != AKOLHOOK_OK) {
        snprintf(j->note, sizeof j->note, "not forwarded: %s%s%s%s in the phase %s",
                akolhook_status_name(e->status), *native ? " (" : "", native, *native ? ")" : "",
                akolhook_phase_name(e->failed_in));
        job_end_with(t, j, e->status == AKOLHOOK_DEADLINE ? 504 : 502);
        return;
    }
    reply.code = e->response.code;
    reply.type = exchange_field(e, "content-type");
    reply.retry = akolhook_str_c(e->response.retry_after);
    if (!e->is_cut) reply.content = akolhook_str_n(e->content, e->content_len);
    snprintf(j->note, sizeof j->note, "forwarded, answered %d after %ld ms, %lu bytes%s", reply.code, ms,
            (unsigned long)e->content_len,
            !e->is_cut                           ? ""
            : e->content_len == EXCHANGE_CONTENT ? ", too many to pass back"
                                                 : ", cut, so not passed back");
    if (reply.code > 599) reply.code = 502;
    job_end(t, j, &reply);
}

/* 1 when the job has ended, so that the list has changed. */
static int exec_check(tally *t, job *j) {
    int ended, how = 0;

    if (j->pid == 0 && clock_ms() >= j->deadline) {
        snprintf(j->note, sizeof j->note, "waited in vain for its turn");
        job_end_with(t, j, 503);
        return 1;
    }
    if (j->pid == 0 && t->running < EXEC_MAX && exec_start(t, j) != 0) {
        job_end_with(t, j, 500);
        return 1;
    }
    if (j->pid == 0) return 0;
    if (clock_ms() >= j->deadline && !j->is_killed) {
        j->is_killed = 1;
        kill(-j->pid, SIGKILL);
    }
    do ended = (int)waitpid(j->pid, &how, WNOHANG);
    while (ended < 0 && errno == EINTR);
    if (ended == 0) return 0;

    j->pid = 0;
    t->running--;
    if (j->is_killed)
        snprintf(j->note, sizeof j->note, "killed after %ld s: its time was over",
                (long)((clock_ms() - j->started) / 1000));
    else if (WIFSIGNALED(how))
        snprintf(j->note, sizeof j->note, "ended by signal %d", WTERMSIG(how));
    else
        snprintf(j->note, sizeof j->note, "exit status %d after %ld ms", WEXITSTATUS(how),
                (long)(clock_ms() - j->started));
    job_end_with(t, j, !j->is_killed && WIFEXITED(how) && WEXITSTATUS(how) == 0 ? 200 : 500);
    return 1;
}

static int job_check(tally *t, job *j) {
    if (j->is_answered) return 0;
    if (!j->forward) return exec_check(t, j);
    exchange_drive(j->forward);
    if (j->forward->phase != AKOLHOOK_PHASE_DONE) return 0;
    forward_end(t, j);
    return 1;
}

/* Ending a job may let another begin, so the list is walked anew. */
static void jobs_check(tally *t) {
    job *j = t->jobs;

    while (j) j = job_check(t, j) ? t->jobs : j->next;
}

/* What to wait for; returns the longest time in ms. */
static int jobs_gather(const tally *t, struct pollfd *polls, size_t *count) {
    const int64_t now = clock_ms();
    int timeout = 1000;
    const job *j;

    polls[0].fd = child_pipe[0];
    polls[0].events = POLLIN;
    *count = 1;
    for (j = t->jobs; j; j = j->next) {
        int64_t left = j->deadline - now;

        if (j->is_answered) continue; /* the server waits for it */
        if (j->forward) {
            left = exchange_timeout(j->forward);
            polls[*count].fd = exchange_fd(j->forward);
            polls[(*count)++].events = j->forward->events;
        } else if (j->is_killed) {
            left = 1000; /* SIGCHLD tells */
        }
        if (left < timeout) timeout = left > 0 ? (int)left : 0;
    }
    return timeout;
}

/* decide_fn: --status, --forward, --exec. */
static int decide(void *user, const listen_request *request) {
    tally *t = (tally *)user;
    job *j;

    if (opt.status) return (int)opt.status;
    j = (job *)calloc(1, sizeof *j);
    if (!j) return 503;
    j->ticket = request->ticket;
    j->started = clock_ms();
    j->deadline = j->started + opt.work * 1000;
    j->body = request->body;
    j->message = *request->message;
    j->id = request->headers->id;
    j->peer = request->peer;
    if (opt.forward) {
        j->forward = exchange_new(
                &t->forward, &t->policy, t->tls, request->head, pass_all, "", j->body, opt.work * 1000);
        if (!j->forward) {
            free(j);
            return 503;
        }
    }
    j->next = t->jobs;
    t->jobs = j;
    return 0;
}

/* ---- requests ---- */

static void put_request(tally *t, const listen_request *request, const char *note) {
    akolhook_message seen;

    if (request->message) {
        put_headline(request, request->code / 100 == 2 ? green : yellow, request->message->event_name);
        printf("  verified with secret %u%s, %lu bytes from %s\n", request->message->secret_index + 1,
                request->message->is_test ? ", a test" : "", (unsigned long)request->body.len, request->peer);
        if (*note) printf("          %s\n", note);
    } else if (!request->why && request->status == AKOLHOOK_DUPLICATE) {
        if (akolhook_envelope_parse(request->body.ptr, request->body.len, &seen, NULL) != AKOLHOOK_OK)
            seen.event_name = akolhook_text_c("message");
        put_headline(request, yellow, seen.event_name);
        printf("  DUPLICATE, answered and not handled again, from %s\n", request->peer);
    } else {
        put_refused(t, request);
    }
    if (opt.show_headers) put_headers(request);
    if (request->message) put_message(request->message);
}

static int on_request(void *user, const listen_request *request) {
    tally *t = (tally *)user;
    job *j = job_find(t, request->ticket);
    const char *note = j ? j->note : "";

    if (request->code) t->requests++;
    if (request->message) t->accepted++;
    if (!request->why && request->status == AKOLHOOK_DUPLICATE) t->duplicates++;
    if (opt.json)
        json_request(t, request, note);
    else
        put_request(t, request, note);
    if (opt.save) save(t, request);
    if (j) job_free(t, j);
    if (opt.count && t->requests >= opt.count) t->server->stopped = 1;
    return 0;
}

/* A connection that never came to a request. */
static void on_broken(void *user, const char *peer, const char *why) {
    char clock[16] = "";
    time_t now = time(NULL);
    struct tm local;

    (void)user;
    if (opt.json) {
        json_time("at", akolhook_posix_platform()->unix_ms_fn(NULL));
        json_text("status", "TLS_FAILED");
        json_text("peer", peer);
        json_text("text", why);
        json_end();
        return;
    }
    if (localtime_r(&now, &local)) strftime(clock, sizeof clock, "%H:%M:%S", &local);
    printf("%s%s%s  %s---  no TLS%s  from %s\n          %s\n", dim, clock, plain, red, plain, peer, why);
}

/* ---- run ---- */

#ifdef AKOLHOOK_EXAMPLE_OPENSSL
static listen_openssl server_tls;

/* Which of the two files cannot be used, and why. */
static int tls_error(const char *reason) {
    FILE *file = fopen(opt.tls[0], "r");
    X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = NULL;
    const int cert_errno = file ? 0 : errno, has_cert = cert != NULL;
    int has_key, key_errno;

    if (file) fclose(file);
    X509_free(cert);
    file = fopen(opt.tls[1], "r");
    key_errno = file ? 0 : errno;
    if (file) key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (file) fclose(file);
    has_key = key != NULL;
    EVP_PKEY_free(key);
    ERR_clear_error();

    if (cert_errno) return usage_error("--tls: cannot open '%s': %s", opt.tls[0], strerror(cert_errno));
    if (!has_cert) return usage_error("--tls: '%s' holds no certificate in PEM form", opt.tls[0]);
    if (key_errno) return usage_error("--tls: cannot open '%s': %s", opt.tls[1], strerror(key_errno));
    if (!has_key) return usage_error("--tls: '%s' holds no private key in PEM form", opt.tls[1]);
    return usage_error("--tls: cannot use '%s' with '%s': %s", opt.tls[0], opt.tls[1], reason);
}

static int need_stream(const listen_stream **stream) {
    const char *reason;

    if (!opt.tls[0]) return 0;
    *stream = &server_tls.stream;
    if (listen_openssl_init(&server_tls, opt.tls[0], opt.tls[1]) == 0) return 0;
    reason = ERR_reason_error_string(ERR_peek_error());
    return tls_error(reason ? reason : "not in PEM form");
}
#else
static int need_stream(const listen_stream **stream) {
    (void)stream;
    return opt.tls[0] ? usage_error("--tls: this tool was built without OpenSSL: install its headers and "
                                    "build again")
                      : 0;
}
#endif

/* --forward, --exec, --status: one of them. */
static int need_work(tally *t) {
    struct sigaction action;
    akolhook_status status;

    if ((opt.forward != NULL) + (opt.exec != NULL) + (opt.status != 0) > 1)
        return usage_error("--forward, --exec and --status exclude each other, as each decides the answer");
    if (opt.work && !opt.forward && !opt.exec) return usage_error("--work is for --forward and --exec");
    if (!opt.work) opt.work = WORK_S;
#ifdef _WIN32
    if (opt.exec) return usage_error("--exec is not available on Windows: --forward passes requests on");
#endif
    if (opt.exec && need_words(t) != 0) return USAGE;
    if (opt.forward) {
        t->policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
        status = akolhook_url_parse(akolhook_str_c(opt.forward), AKOLHOOK_ALLOW_HTTP, &t->forward);
        if (status == AKOLHOOK_OK) status = akolhook_policy_url(&t->policy, &t->forward);
        if (status != AKOLHOOK_OK) return usage_error("--forward '%s': %s", opt.forward, advice(status));
        if (t->forward.https && need_tls(&t->tls) != 0) return USAGE;
        if (t->forward.https && !t->tls) return say_no(AKOLHOOK_TLS_REQUIRED, USAGE);
    }

    /* a byte in a pipe wakes poll when a child ends */
    if (pipe(child_pipe) != 0) return usage_error("no pipe: %s", strerror(errno));
    (void)fcntl(child_pipe[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(child_pipe[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(child_pipe[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(child_pipe[1], F_SETFL, O_NONBLOCK);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_child;
    action.sa_flags = SA_NOCLDSTOP | SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    return 0;
}

static void put_start(const listen_server *server, const char *scheme_name) {
    char url[128];

    snprintf(url, sizeof url, strchr(server->desc.address, ':') ? "%s://[%s]:%u/" : "%s://%s:%u/",
            scheme_name, server->desc.address, (unsigned)server->port);
    if (opt.json) {
        json_text("listening", url);
        json_end();
    } else {
        printf("listening on %s\n", url);
    }
}

static void put_end(const tally *t) {
    const long refused = t->requests - t->accepted - t->duplicates;

    if (opt.json) {
        json_number("requests", t->requests);
        json_number("accepted", t->accepted);
        json_number("duplicates", t->duplicates);
        json_number("refused", refused);
        json_end();
        return;
    }
    printf("%ld request%s: %ld accepted, %ld duplicate%s, %ld refused\n", t->requests,
            t->requests == 1 ? "" : "s", t->accepted, t->duplicates, t->duplicates == 1 ? "" : "s", refused);
}

static int serve(listen_server *server, const char *scheme_name, tally *t, struct pollfd *extra) {
    char bytes[64];
    size_t count;
    int timeout, result = YES;

    catch_signals();
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    put_start(server, scheme_name);
    while (!server->stopped && !interrupted && !ferror(stdout) && result == YES) {
        timeout = jobs_gather(t, extra, &count);
        if (listen_poll_with(server, timeout, extra, count) != 0) {
            usage_error("waiting for requests: %s", strerror(errno));
            result = NO;
        }
        while (read(child_pipe[0], bytes, sizeof bytes) > 0) continue;
        jobs_check(t);
    }
    listen_close(server);
    while (t->jobs) job_free(t, t->jobs);
    put_end(t);
    return result;
}

/* The receiver of the other scheme, to say that a request is one of its. A secret that it cannot read is left
   out. */
static void other_receiver(akolhook_receiver *other, const akolhook_receiver *receiver) {
    int i;

    other->schemes = opt.standard ? AKOLHOOK_SCHEME_AKOL : AKOLHOOK_SCHEME_STANDARD;
    other->flags = AKOLHOOK_CLOCK_NONE; /* how old it is does not matter here */
    other->max_body = receiver->max_body;
    for (i = 0; i < secret_count; i++) (void)!akolhook_receiver_add_secret(other, secrets[i].text);
}

static int run_server(listen_desc *desc, tally *t) {
    static listen_server server;
    struct pollfd *extra;
    void *memory;
    int result;

    t->server = &server;
    desc->slots = 64;
    desc->extra = desc->slots + 1;
    memory = malloc(listen_size(desc));
    extra = (struct pollfd *)calloc(desc->extra, sizeof *extra);
    if (extra && listen_open(&server, desc, memory, listen_size(desc)) == 0)
        result = serve(&server, opt.tls[0] ? "https" : "http", t, extra);
    else
        result = usage_error("cannot listen on %s port %u: %s; choose with --address and --port",
                server.desc.address, (unsigned)desc->port, strerror(errno));
    free(memory);
    free(extra);
    return result;
}

static int run_listen(void) {
    static akolhook_guard_entry seen[4096];
    static akolhook_receiver receiver, other;
    akolhook_guard guard = AKOLHOOK_INIT;
    listen_desc desc = AKOLHOOK_INIT;
    tally t = AKOLHOOK_INIT;
    int result;

    if (need_receiver(&receiver) != 0 || need_stream(&desc.stream) != 0) return USAGE;
    if (need_folder() != 0 || need_work(&t) != 0) return USAGE;
    guard.entries = seen;
    guard.count = COUNT_OF(seen);
    guard.taken_s = (uint32_t)opt.work + 60; /* no retry is let in beside its work */
    receiver.guard = &guard;
    receiver.max_body = (size_t)opt.max_body;
    receiver.webhook_id = akolhook_str_c(opt.webhook);
    other_receiver(&other, &receiver);
    t.receiver = &receiver;
    t.other = &other;
    desc.receiver = &receiver;
    desc.on_request_fn = on_request;
    desc.broken_fn = on_broken;
    if (opt.forward || opt.exec || opt.status) desc.decide_fn = decide;
    desc.user = &t;
    desc.address = opt.address;
    desc.port = (uint16_t)(opt.port < 0 ? 8787 : opt.port);
    desc.deadline_ms = (uint32_t)opt.timeout * 1000;
    result = run_server(&desc, &t);

#ifdef AKOLHOOK_EXAMPLE_OPENSSL
    listen_openssl_free(&server_tls);
#endif
    tls_free(t.tls);
    akolhook_wipe(&receiver, sizeof receiver);
    akolhook_wipe(&other, sizeof other);
    return result;
}

#endif
