/* The journal in a real file while the system fails: each call of each kind in turn, by an error, by a
   signal, by doing a part of it; damaged files that are kept, ends of any length that a crash left. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- system calls, of which one goes wrong ---- */

typedef enum fault_how { FAULT_NONE, FAULT_ERROR, FAULT_SIGNAL, FAULT_PART, FAULT_NOTHING } fault_how;
static struct {
    fault_how how;
    int error;
    long at, calls; /* of those that can go wrong so */
    int fired;
    int link_error, stat_error; /* of each call of link, of stat */
    int is_elsewhere;           /* stat tells of another device */
} file_fault;

static int fault_now(int in_pieces) {
    if (file_fault.how == FAULT_NONE || (file_fault.how != FAULT_ERROR && !in_pieces)) return 0;
    if (++file_fault.calls != file_fault.at) return 0;
    file_fault.fired = 1;
    errno = file_fault.how == FAULT_SIGNAL ? EINTR : file_fault.error;
    return 1;
}
static int fault_breaks(void) { return file_fault.how == FAULT_ERROR || file_fault.how == FAULT_SIGNAL; }

static ssize_t file_pread(int fd, void *data, size_t len, off_t at) {
    int now = fault_now(1);
    if (now && fault_breaks()) return -1;
    return pread(fd, data, now && len > 1 ? len / 2 : len, at);
}
static ssize_t file_write(int fd, const void *data, size_t len) {
    int now = fault_now(1);
    if (now && fault_breaks()) return -1;
    if (now && file_fault.how == FAULT_NOTHING) return 0;
    return write(fd, data, now && len > 1 ? len / 2 : len);
}
static int file_fsync(int fd) { /* no power fails here */
    (void)fd;
    return fault_now(0) ? -1 : 0;
}
static int file_open(const char *name, int flags, ...) { return fault_now(0) ? -1 : open(name, flags, 0600); }
static int file_rename(const char *from, const char *to) { return fault_now(0) ? -1 : rename(from, to); }
static int file_link(const char *from, const char *to) {
    if (file_fault.link_error) errno = file_fault.link_error;
    return file_fault.link_error || fault_now(0) ? -1 : link(from, to);
}
static int file_flock(int fd, int how) { return fault_now(0) ? -1 : flock(fd, how); }
static int file_fcntl(int fd, int command, int least) {
    return fault_now(0) ? -1 : fcntl(fd, command, least);
}
static int file_fstat(int fd, struct stat *info) { return fault_now(0) ? -1 : fstat(fd, info); }
static int file_stat(const char *name, struct stat *info) {
    int result = fault_now(0) || file_fault.stat_error ? -1 : stat(name, info);
    if (file_fault.stat_error) errno = file_fault.stat_error;
    if (file_fault.is_elsewhere) info->st_dev++;
    return result;
}

#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_HUB_IMPLEMENTATION
#include "akolhook_hub.h"
#define pread(fd, data, len, at) file_pread(fd, data, len, at)
#define write(fd, data, len) file_write(fd, data, len)
#define fsync(fd) file_fsync(fd)
#define open file_open
#define rename(from, to) file_rename(from, to)
#define link(from, to) file_link(from, to)
#define flock(fd, how) file_flock(fd, how)
#define fcntl(fd, command, least) file_fcntl(fd, command, least)
#define fstat(fd, info) file_fstat(fd, info)
#define stat(name, info) file_stat(name, info)
#define AKOLHOOK_JOURNAL_IMPLEMENTATION
#include "akolhook_journal.h"
#undef pread
#undef write
#undef fsync
#undef open
#undef rename
#undef link
#undef flock
#undef fcntl
#undef fstat
#undef stat
#include "hub_world.h"

/* ---- a hub over it ---- */

static char folder[64], path[96];
static akolhook_hub *hub;
static akolhook_hub_desc desc;
static akolhook_journal_posix file;
static akolhook_journal journal;
static akolhook_store store;
static unsigned char journal_memory[1 << 20], hub_memory[1 << 18];

static void folder_make(void) {
    strcpy(folder, "/tmp/akolhook_file.XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/journal", folder);
}
static void file_remove(const char *end) {
    char name[128];
    snprintf(name, sizeof name, "%s%s", path, end);
    remove(name);
}
static void folder_remove(void) {
    char end[32];
    int i;
    file_remove("");
    file_remove(".new");
    file_remove(".damaged");
    for (i = 2; i < 10; i++) {
        snprintf(end, sizeof end, ".damaged.%d", i);
        file_remove(end);
    }
    CHECK_INT(rmdir(folder), 0);
}

static akolhook_status journal_open(int salvage) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_status status = akolhook_journal_posix_open(&file, path);
    if (status != AKOLHOOK_OK) return status;

    where.memory.max_webhooks = 3;
    where.memory.max_pending = 400;
    where.memory.log_rows = 8;
    where.memory.pool_bytes = 131072;
    where.memory.log_bytes = 4096;
    where.memory.now_ms_fn = world_monotonic;
    where.unix_ms_fn = world_unix;
    where.salvage = (uint8_t)salvage;
    where.file = &file.file;
    status = akolhook_journal_open(&journal, &store, journal_memory, sizeof journal_memory, &where);
    if (status != AKOLHOOK_OK) akolhook_journal_posix_close(&file);
    return status;
}
static void journal_close(void) {
    akolhook_journal_close(&journal);
    akolhook_journal_posix_close(&file);
}
static akolhook_status hub_open(int salvage) {
    akolhook_status status = journal_open(salvage);
    if (status != AKOLHOOK_OK) return status;
    world_desc(&desc);
    desc.store = &store;
    desc.max_webhooks = 3;
    status = akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc);
    if (status != AKOLHOOK_OK) journal_close();
    return status;
}
static void hub_close(void) {
    akolhook_hub_close(hub);
    journal_close();
}

/* What a life was told is done; what was refused is not. */
typedef struct told_so {
    int created, emitted, refused; /* refused: calls that failed */
    char id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_HUB_SECRET_SIZE], message_id[AKOLHOOK_ID_SIZE], name[16];
} told_so;

static int is_done(told_so *told, akolhook_status status) {
    if (status == AKOLHOOK_OK) return 1;
    CHECK_STATUS(status, STORE_FAILED);
    told->refused++;
    return 0;
}
static akolhook_status emit(char (*id)[AKOLHOOK_ID_SIZE]) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    event.event = AKOLHOOK_CALL_ENDED;
    event.timestamp_ms = START_MS;
    event.data = akolhook_str_c("{\"callId\":\"c1\"}");
    return akolhook_hub_emit(hub, &event, id);
}
static void turns(told_so *told) {
    size_t left = 1;
    int i;
    for (i = 0; left && i < 50; i++) (void)is_done(told, akolhook_hub_poll(hub, 1000, &left));
}

/* A webhook, an event, a new secret, a new name, and the file written anew on the way. */
static void live(told_so *told) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    memset(told, 0, sizeof *told);
    if (!is_done(told, hub_open(0))) return;

    wanted.name = akolhook_str_c("first");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    if (is_done(told, akolhook_hub_create_webhook(hub, &wanted, &hook))) {
        told->created = 1;
        strcpy(told->id, hook.id);
        strcpy(told->secret, hook.secret);
        strcpy(told->name, "first");
    }
    if (is_done(told, emit(&told->message_id))) told->emitted = told->created;
    turns(told);
    if (told->created && is_done(told, akolhook_hub_rotate_secret(hub, told->id, secret)))
        strcpy(told->secret, secret);
    memset(&wanted, 0, sizeof wanted);
    wanted.name = akolhook_str_c("second");
    if (told->created && is_done(told, akolhook_hub_update_webhook(hub, told->id, &wanted)))
        strcpy(told->name, "second");
    hub_close();
}

/* The next process finds what the last one was told, and goes on. */
static void check_kept(const told_so *told, const char *what) {
    akolhook_webhook hook;
    akolhook_status status;
    told_so now = AKOLHOOK_INIT;
    size_t i, tried = 0;
    file_fault.how = FAULT_NONE;
    status = hub_open(0);
    CHECK_STATUS(status, OK);
    if (status != AKOLHOOK_OK) {
        printf("%s, call %ld\n", what, file_fault.at);
        return;
    }
    if (told->created) {
        CHECK_STATUS(akolhook_hub_get_webhook(hub, told->id, &hook), OK);
        CHECK_TEXT(hook.name, told->name);
    }
    turns(&now);
    for (i = 0; i < w.count; i++) tried += strcmp(w.requests[i].id, told->message_id) == 0;
    CHECK(!told->emitted || tried >= 1);
    if (told->created) {
        CHECK_STATUS(emit(NULL), OK);
        turns(&now);
        CHECK(w.count > 0 &&
                akolhook_verify(told->secret, w.requests[w.count - 1].signature, w.requests[w.count - 1].body,
                        w.requests[w.count - 1].body_len) == AKOLHOOK_OK);
    }
    CHECK_INT(now.refused, 0);
    if (check_bad) printf("%s, call %ld\n", what, file_fault.at);
    hub_close();
}

/* Call after call, until a life has no more of them; 1 when nothing may be refused. */
static void each_call(fault_how how, int error, int is_harmless, const char *what) {
    told_so told;
    long at, refused = 0;
    for (at = 1; at < 500 && !check_bad; at++) {
        folder_make();
        world_start();
        memset(&file_fault, 0, sizeof file_fault);
        file_fault.how = how;
        file_fault.error = error;
        file_fault.at = at;
        live(&told);
        if (is_harmless) CHECK(told.created && told.emitted && !told.refused);
        refused += told.refused;
        check_kept(&told, what);
        folder_remove();
        if (!file_fault.fired) break;
    }
    CHECK(at > 5 && at < 500 && (is_harmless || refused > 5));
}

static void test_errors(void) { each_call(FAULT_ERROR, EIO, 0, "EIO"); }
static void test_no_room(void) { each_call(FAULT_ERROR, ENOSPC, 0, "ENOSPC"); }
static void test_signals(void) { each_call(FAULT_SIGNAL, 0, 1, "EINTR"); }
static void test_parts(void) { each_call(FAULT_PART, 0, 1, "a part"); }
static void test_nothing_written(void) {
    told_so told;
    folder_make();
    world_start();
    memset(&file_fault, 0, sizeof file_fault);
    file_fault.how = FAULT_NOTHING; /* a write that takes nothing is a full disk, not a loop for ever */
    file_fault.at = 2;
    live(&told);
    CHECK(file_fault.fired);
    check_kept(&told, "nothing");
    folder_remove();
}

/* ---- damaged and torn files ---- */

static long file_size(const char *end) {
    struct stat info;
    char name[128];
    snprintf(name, sizeof name, "%s%s", path, end);
    return stat(name, &info) == 0 ? (long)info.st_size : -1;
}
static void file_change(long at) {
    int fd = open(path, O_RDWR);
    char byte = 0;
    CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 1;
    CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

/* Changes one byte of a change that others stand behind, all of them durable. */
static void file_damage(void) {
    long size;
    int i;
    if (hub_open(0) != AKOLHOOK_OK) abort();
    CHECK_STATUS(emit(NULL), OK);
    size = file_size("");
    for (i = 0; i < 3; i++) CHECK_STATUS(emit(NULL), OK);
    hub_close();
    file_change(size + 20);
}

/* Salvage keeps the damaged file under another name, nine of them at most, and touches nothing where it
   cannot. */
static void test_damaged(void) {
    akolhook_status status;
    char end[20];
    told_so told;
    long size;
    int i;
    folder_make();
    world_start();
    memset(&file_fault, 0, sizeof file_fault);
    live(&told);
    for (i = 1; i <= 9; i++) {
        file_damage();
        size = file_size("");
        CHECK_STATUS(journal_open(0), JOURNAL_DAMAGED);

        file_fault.link_error = EPERM; /* the file stays as it is */
        CHECK_STATUS(journal_open(1), STORE_FAILED);
        CHECK_INT(journal.error, EPERM);
        file_fault.link_error = 0;
        CHECK_INT(file_size(""), size);

        snprintf(end, sizeof end, i == 1 ? ".damaged" : ".damaged.%d", i);
        CHECK_INT(file_size(end), -1);
        CHECK_STATUS(status = hub_open(1), OK);
        if (status != AKOLHOOK_OK) break;
        CHECK(journal.error_at > 0 && journal.dropped > 0);
        CHECK_INT(file_size(end), size);
        CHECK_STATUS(emit(NULL), OK);
        hub_close();
    }
    file_damage();
    CHECK_STATUS(journal_open(1), STORE_FAILED);
    CHECK_INT(journal.error, EEXIST);
    folder_remove();
}

/* A crash leaves an end of any length, with line ends and without, longer than any line that is kept in
   memory. */
static void test_torn(void) {
    static char end[300000];
    static const size_t lengths[] = {1, 100, 4096, 8192, 65536, 150000, sizeof end};
    told_so told;
    size_t i;
    long size;
    int fd, with_line_end;
    for (with_line_end = 0; with_line_end < 2; with_line_end++)
        for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            folder_make();
            world_start();
            memset(&file_fault, 0, sizeof file_fault);
            live(&told);
            size = file_size("");
            memset(end, 'x', sizeof end);
            if (with_line_end) end[lengths[i] - 1] = '\n';
            fd = open(path, O_WRONLY | O_APPEND);
            CHECK(fd >= 0 && write(fd, end, lengths[i]) == (ssize_t)lengths[i]);
            close(fd);
            CHECK_STATUS(journal_open(0), OK);
            CHECK_INT(journal.dropped, lengths[i]);
            CHECK_INT(journal.error_at, size);
            journal_close();
            check_kept(&told, "torn");
            folder_remove();
        }
}

/* Files that cannot be opened: the status, and the error of the system. */
static void test_opening(void) {
    static char long_path[1100];
    akolhook_journal_posix other;
    long at;
    folder_make();
    world_start();
    memset(long_path, 'a', 1001);
    CHECK_STATUS(akolhook_journal_posix_open(&other, long_path), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_journal_posix_open_read(&other, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_journal_posix_open(NULL, path), INVALID_ARGUMENT);
    akolhook_journal_posix_close(NULL);
    CHECK_STATUS(akolhook_journal_posix_open_read(&other, path), STORE_FAILED);
    CHECK_INT(other.error, ENOENT);
    akolhook_journal_posix_close(&other);
    for (at = 1; at <= 2; at++) {
        memset(&file_fault, 0, sizeof file_fault);
        file_fault.how = FAULT_ERROR;
        file_fault.error = at == 1 ? EMFILE : ENOLCK;
        file_fault.at = at;
        CHECK_STATUS(akolhook_journal_posix_open(&other, path), STORE_FAILED);
        CHECK_INT(other.error, file_fault.error);
    }
    for (at = 0; at < 3; at++) {
        static const int locked[] = {EWOULDBLOCK, EAGAIN, EACCES};
        memset(&file_fault, 0, sizeof file_fault);
        file_fault.how = FAULT_ERROR;
        file_fault.error = locked[at];
        file_fault.at = 2;
        CHECK_STATUS(akolhook_journal_posix_open(&other, path), JOURNAL_LOCKED);
    }
    memset(&file_fault, 0, sizeof file_fault);
    file_fault.how = FAULT_ERROR; /* the file was replaced between opening and locking: once more */
    file_fault.error = ENOENT;
    file_fault.at = 4;
    CHECK_STATUS(akolhook_journal_posix_open(&other, path), OK);
    CHECK(file_fault.calls > 4);
    file_fault.how = FAULT_NONE;
    akolhook_journal_posix_close(&other);

    file_fault.stat_error = ENOENT; /* it is replaced again and again: that ends */
    CHECK_STATUS(akolhook_journal_posix_open(&other, path), STORE_FAILED);
    CHECK_INT(other.error, ESTALE);
    file_fault.stat_error = 0;
    file_fault.is_elsewhere = 1; /* what has its name is on another device */
    CHECK_STATUS(akolhook_journal_posix_open(&other, path), STORE_FAILED);
    CHECK_INT(other.error, ESTALE);
    file_fault.is_elsewhere = 0;
    folder_remove();
}

/* A path without a folder: the one of the process, in which the new file takes the old one's place, too. */
static void test_relative(void) {
    char here[512];
    told_so told;
    folder_make();
    world_start();
    memset(&file_fault, 0, sizeof file_fault);
    CHECK(getcwd(here, sizeof here) && chdir(folder) == 0);
    strcpy(path, "journal");
    live(&told);
    CHECK(told.created && told.emitted && !told.refused);
    CHECK_TEXT(file.folder, "./");
    check_kept(&told, "a path without a folder");
    CHECK(chdir(here) == 0);
    snprintf(path, sizeof path, "%s/journal", folder);
    CHECK(file_size("") > 0);
    folder_remove();
}

/* A file that is read in pieces, or over signals, says what it says at once; where reading fails, opening
   does. */
static void test_reading(void) {
    static const fault_how hows[] = {FAULT_PART, FAULT_SIGNAL, FAULT_ERROR};
    akolhook_gauges gauges;
    akolhook_status status;
    told_so told;
    size_t i;
    long at;
    folder_make();
    world_start();
    memset(&file_fault, 0, sizeof file_fault);
    live(&told);
    CHECK(told.created && told.emitted);
    for (i = 0; i < 3; i++) {
        for (at = 1; at < 100 && !check_bad; at++) {
            memset(&file_fault, 0, sizeof file_fault);
            file_fault.how = hows[i];
            file_fault.error = EIO;
            file_fault.at = at + (i == 2 ? 5 : 0); /* open, flock, fstat, stat, a look come first */
            if (i == 2) {
                status = journal_open(0);
                CHECK_INT(status, file_fault.fired ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
                file_fault.how = FAULT_NONE;
                if (file_fault.fired) CHECK_INT(journal.error, EIO);
                if (!file_fault.fired) journal_close();
            } else {
                CHECK_STATUS(journal_open(0), OK);
                file_fault.how = FAULT_NONE;
                CHECK_STATUS(store.gauges_fn(store.user, &gauges), OK);
                CHECK(gauges.webhooks == 1 && gauges.events == 1);
                journal_close();
            }
            if (!file_fault.fired) break;
        }
        CHECK(at > 3 && at < 100);
    }
    folder_remove();
}

/* Each step of writing a file anew, and of going on in it: whichever call of the system fails, the step says
   so by its error. */
static int steps_run(void) {
    const akolhook_journal_file *f = &file.file;
    int error = f->rewrite_begin_fn(f->user);
    if (!error) error = f->append_fn(f->user, "a new file\n", 11);
    if (!error) error = f->sync_fn(f->user);
    if (!error) error = f->rewrite_commit_fn(f->user);
    if (error) f->rewrite_abort_fn(f->user);
    if (!error) error = f->append_fn(f->user, "more\n", 5);
    if (!error) error = f->sync_fn(f->user);
    return error;
}
static void test_steps(void) {
    char data[64];
    size_t got;
    long at;
    int error;
    folder_make();
    world_start();
    memset(&file_fault, 0, sizeof file_fault);
    CHECK_STATUS(akolhook_journal_posix_open(&file, path), OK);
    CHECK_INT(file.file.append_fn(&file, "the old one\n", 12), 0);
    for (at = 1; at < 100 && !check_bad; at++) {
        memset(&file_fault, 0, sizeof file_fault);
        file_fault.how = FAULT_ERROR;
        file_fault.error = EIO;
        file_fault.at = at;
        error = steps_run();
        CHECK_INT(error, file_fault.fired ? EIO : 0);
        CHECK(file.next_fd == -1 && !file.is_rewriting && file.fd >= 0);
        file_fault.how = FAULT_NONE;
        CHECK_INT(file_size(".new"), -1);
        CHECK_INT(file.file.read_fn(&file, 0, data, sizeof data, &got), 0);
        if (at == 1) CHECK_MEM(data, got, "the old one\n", 12);
        if (!file_fault.fired) break;
    }
    CHECK(at > 10 && at < 100);
    CHECK_MEM(data, got, "a new file\nmore\n", 16);
    CHECK_INT(file.file.read_fn(&file, 6, data, 4, &got), 0);
    CHECK_MEM(data, got, "file", 4);
    CHECK_INT(file.file.read_fn(&file, 16, data, 4, &got), 0);
    CHECK_INT(got, 0);
    for (error = 0; error < 2; error++) { /* a write that takes nothing, whatever errno says */
        memset(&file_fault, 0, sizeof file_fault);
        file_fault.how = FAULT_NOTHING;
        file_fault.error = error ? EINTR : 0;
        file_fault.at = 1;
        CHECK_INT(file.file.append_fn(&file, "lost", 4), ENOSPC);
    }
    file_fault.how = FAULT_NONE;
    akolhook_journal_posix_close(&file);
    akolhook_journal_posix_close(&file); /* once */
    folder_remove();
}

/* The folder that is synced is the one that has the file; a path of up to 1,000 bytes. */
static void test_paths(void) {
    static const struct {
        const char *path, *folder;
    } paths[] = {
            {"x", "./"}, {"/x", "/"}, {"./x", "./"}, {"a/x", "a/"}, {"/a/b/x.y", "/a/b/"}, {"a//x", "a//"}};
    akolhook_journal_posix p;
    char text[1002], next[1010];
    size_t i;
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        memset(&p, 0x5a, sizeof p);
        CHECK(akolhook_journal_i_posix_init(&p, paths[i].path));
        CHECK_TEXT(p.folder, paths[i].folder);
        CHECK_TEXT(p.path, paths[i].path);
        sprintf(next, "%s.new", paths[i].path);
        CHECK_TEXT(p.next, next);
        CHECK(p.fd == -1 && p.next_fd == -1 && !p.is_read_only && !p.is_rewriting);
    }
    memset(text, 'a', sizeof text);
    text[1001] = 0;
    CHECK(!akolhook_journal_i_posix_init(&p, text));
    CHECK(akolhook_journal_i_posix_init(&p, text + 1));
    sprintf(next, "%s.new", text + 1);
    CHECK_TEXT(p.next, next);
    CHECK(!akolhook_journal_i_posix_init(&p, "") && !akolhook_journal_i_posix_init(&p, NULL));
    CHECK(!akolhook_journal_i_posix_init(NULL, "x"));
}

/* What is opened is for its owner alone, written at its end, and no child that is executed has it. */
static void check_private(int fd) {
    struct stat about;
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK((fcntl(fd, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_RDWR));
    CHECK_INT(fstat(fd, &about), 0);
    CHECK_INT(about.st_mode & 0777, 0600);
}
static void test_private(void) {
    folder_make();
    CHECK_STATUS(akolhook_journal_posix_open(&file, path), OK);
    check_private(file.fd);
    CHECK_INT(file.file.rewrite_begin_fn(file.file.user), 0);
    check_private(file.next_fd);
    CHECK_INT(file.file.append_fn(file.file.user, "x", 1), 0);
    CHECK_INT(file.file.rewrite_commit_fn(file.file.user), 0);
    check_private(file.fd);
    akolhook_journal_posix_close(&file);
    folder_remove();
}

/* A journal that others could read is theirs no longer; a file that is none stays as it is. */
static void test_mode(void) {
    static const struct {
        const char *text;
        int mode;
    } rows[] = {{"", 0600}, {"{\"akolhook\":\"journal\",", 0600}, {"{\"akolhook\"", 0600},
            {"{\"akolhook\":\"else\"}\n", 0644}, {"127.0.0.1 localhost\n", 0644}, {"x", 0644}};
    struct stat about;
    size_t i;
    FILE *out;

    folder_make();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        out = fopen(path, "w");
        CHECK(out && fputs(rows[i].text, out) >= 0 && fclose(out) == 0);
        CHECK_INT(chmod(path, 0644), 0);
        CHECK_STATUS(akolhook_journal_posix_open(&file, path), OK);
        akolhook_journal_posix_close(&file);
        CHECK_INT(stat(path, &about), 0);
        CHECK_INT(about.st_mode & 0777, rows[i].mode);
    }
    folder_remove();
}

/* A path that is a link: a rewrite takes the place of the file that it leads to, made when it is not there,
   and not the link's. */
static void test_link(void) {
    char target[128], said[128], long_name[1000];
    struct stat about;
    const char *name;
    int is_whole;
    ssize_t len;

    for (is_whole = 0; is_whole < 2; is_whole++) {
        folder_make();
        snprintf(target, sizeof target, "%s/target", folder);
        name = is_whole ? target : "target";
        CHECK_INT(symlink(name, path), 0);
        CHECK_STATUS(akolhook_journal_posix_open(&file, path), OK);
        CHECK_INT(file.file.append_fn(file.file.user, "old", 3), 0);
        CHECK_INT(file.file.sync_fn(file.file.user), 0);
        CHECK_INT(file.file.rewrite_begin_fn(file.file.user), 0);
        CHECK_INT(file.file.append_fn(file.file.user, "anew", 4), 0);
        CHECK_INT(file.file.sync_fn(file.file.user), 0);
        CHECK_INT(file.file.rewrite_commit_fn(file.file.user), 0);
        CHECK_INT(file.file.sync_fn(file.file.user), 0);
        akolhook_journal_posix_close(&file);

        len = readlink(path, said, sizeof said);
        CHECK(len == (ssize_t)strlen(name) && memcmp(said, name, strlen(name)) == 0);
        CHECK_INT(lstat(target, &about), 0);
        CHECK(S_ISREG(about.st_mode) && about.st_size == 4);
        remove(target);
        folder_remove();
    }

    folder_make(); /* one that leads to a name of more than 1000 bytes */
    for (len = 0; len < 990; len++) long_name[len] = len % 2 ? '/' : '.';
    strcpy(long_name + len, "target");
    CHECK_INT(symlink(long_name, path), 0);
    CHECK_STATUS(akolhook_journal_posix_open(&file, path), STORE_FAILED);
    CHECK_INT(file.error, ENAMETOOLONG);
    snprintf(target, sizeof target, "%s/target", folder);
    CHECK_INT(remove(target), 0);
    folder_remove();

    folder_make(); /* one that leads to itself */
    CHECK_INT(symlink(path, path), 0);
    CHECK_STATUS(akolhook_journal_posix_open(&file, path), STORE_FAILED);
    CHECK_INT(file.error, ELOOP);
    folder_remove();
}

/* In a process without a standard stream neither the file nor the new one has its number: what is printed
   would get into the journal. The folder that is synced may have it, as it is closed at once. */
static void test_streams(void) {
    enum { FILE_FIRST, NEXT_FIRST, FOLDER_FIRST, CASES };
    int which, stream, saved;

    for (stream = 0; stream <= 2; stream++) {
        for (which = 0; which < CASES; which++) {
            folder_make();
            saved = fcntl(stream, F_DUPFD, 10);
            if (which == FILE_FIRST) close(stream);
            CHECK_STATUS(akolhook_journal_posix_open(&file, path), OK);
            if (which == NEXT_FIRST) close(stream);
            CHECK_INT(file.file.rewrite_begin_fn(file.file.user), 0);
            if (which == FOLDER_FIRST) close(stream);
            CHECK(file.fd > 2 && file.next_fd > 2);
            CHECK_INT(fcntl(stream, F_GETFD), -1);
            check_private(file.next_fd);

            CHECK_INT(file.file.append_fn(file.file.user, "x", 1), 0);
            CHECK_INT(file.file.rewrite_commit_fn(file.file.user), 0);
            CHECK_INT(file.file.append_fn(file.file.user, "y", 1), 0);
            CHECK_INT(file.file.sync_fn(file.file.user), 0);
            check_private(file.fd);
            akolhook_journal_posix_close(&file);
            CHECK_INT(dup2(saved, stream), stream);
            close(saved);
            folder_remove();
        }
    }

    /* there is no other number */
    folder_make();
    saved = fcntl(0, F_DUPFD, 10);
    close(0);
    memset(&file_fault, 0, sizeof file_fault);
    file_fault.how = FAULT_ERROR;
    file_fault.error = EMFILE;
    file_fault.at = 2;
    CHECK_STATUS(akolhook_journal_posix_open(&file, path), STORE_FAILED);
    CHECK_INT(file.error, EMFILE);
    CHECK_INT(fcntl(0, F_GETFD), -1);
    file_fault.how = FAULT_NONE;
    CHECK_INT(dup2(saved, 0), 0);
    close(saved);
    folder_remove();
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    RUN(test_errors);
    RUN(test_no_room);
    RUN(test_signals);
    RUN(test_parts);
    RUN(test_nothing_written);
    RUN(test_damaged);
    RUN(test_torn);
    RUN(test_opening);
    RUN(test_relative);
    RUN(test_reading);
    RUN(test_steps);
    RUN(test_private);
    RUN(test_mode);
    RUN(test_link);
    RUN(test_streams);
    RUN(test_paths);
    return check_end();
}
