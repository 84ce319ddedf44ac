/* The hub over the journal in a file, killed with SIGKILL at every store call, at every change of the file
   and at random moments, and on a full disk: what was accepted arrives, under one id and with the same bytes,
   and what was recorded is not sent again. LONG=1: 1,000 random moments. */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_journal.h"
#include <sys/socket.h>
#define CRASH_SHRINKS 1
#include "hub_crash.h"

static akolhook_journal_posix journal_file;
static akolhook_journal journal;
static akolhook_journal_file journal_killed;
static unsigned char journal_memory[16 << 20];

/* The file, with a place to die before, in the middle of and after each change. */
static int file_read(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    (void)user;
    return journal_file.file.read_fn(journal_file.file.user, at, data, len, got);
}
static int file_append(void *user, const void *data, size_t len) {
    int result;
    (void)user;
    if (crash_is_here(KILL_FILE)) crash_die();
    if (crash_is_here(KILL_FILE)) {
        journal_file.file.append_fn(journal_file.file.user, data, len / 2);
        crash_die();
    }
    result = journal_file.file.append_fn(journal_file.file.user, data, len);
    if (crash_is_here(KILL_FILE)) crash_die();
    return result;
}
#define FILE_HOOK(name) \
    static int file_##name(void *user) { \
        int result; \
        (void)user; \
        if (crash_is_here(KILL_FILE)) crash_die(); \
        result = journal_file.file.name##_fn(journal_file.file.user); \
        if (crash_is_here(KILL_FILE)) crash_die(); \
        return result; \
    }
FILE_HOOK(sync)
FILE_HOOK(rewrite_begin)
FILE_HOOK(rewrite_commit)
static void file_abort(void *user) {
    (void)user;
    journal_file.file.rewrite_abort_fn(journal_file.file.user);
}

static int crash_store_open(akolhook_store *store) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    where.memory.max_webhooks = 4;
    where.memory.max_pending = crash_pending;
    where.memory.pool_bytes = 210 * crash_pending;
    where.memory.now_ms_fn = crash_now;
    where.unix_ms_fn = crash_now;
    where.file = &journal_killed;
    where.rewrite_bytes = 16384; /* often */
    if (akolhook_journal_posix_open(&journal_file, crash_path) != AKOLHOOK_OK) return 0;
    memset(&journal_killed, 0, sizeof journal_killed);
    journal_killed.read_fn = file_read;
    journal_killed.append_fn = file_append;
    journal_killed.sync_fn = file_sync;
    journal_killed.rewrite_begin_fn = file_rewrite_begin;
    journal_killed.rewrite_commit_fn = file_rewrite_commit;
    journal_killed.rewrite_abort_fn = file_abort;
    return akolhook_journal_size(&where) <= sizeof journal_memory &&
           akolhook_journal_open(&journal, store, journal_memory, sizeof journal_memory, &where) ==
                   AKOLHOOK_OK;
}
static void crash_store_close(void) {
    akolhook_journal_close(&journal);
    akolhook_journal_posix_close(&journal_file);
}
static const char *crash_store_error(void) {
    return strerror(journal.error ? journal.error : journal_file.error);
}
static void crash_store_remove(void) {
    static const char *const ends[] = {"", ".damaged", ".new"};
    char name[120];
    int i;
    for (i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", crash_path, ends[i]);
        remove(name);
    }
}

int main(void) { return crash_run(); }
