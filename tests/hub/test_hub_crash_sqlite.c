/* The hub over SQLite, killed with SIGKILL at every store call, within the file's writes and at random
   moments, and on a full disk: what was accepted arrives, under one id and with the same bytes, and what was
   recorded is not sent again. LONG=1: every write, 1,000 random moments. */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#define CRASH_STEP 7
#define CRASH_LIMIT 500000
#include <sys/socket.h>
#include "hub_crash.h"

static akolhook_sqlite *lite;
static unsigned char lite_memory[AKOLHOOK_SQLITE_SIZE];
static akolhook_platform lite_clocks; /* both jump from life to life */

/* SQLite's own access to files, with a place to die before, in the middle of and after each change. */
static sqlite3_vfs lite_vfs;
static sqlite3_io_methods lite_methods[2], lite_real[2]; /* of the database, and of files without locks */
static int (*lite_open_fn)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static const sqlite3_io_methods *lite_real_of(const sqlite3_file *file) {
    return &lite_real[file->pMethods == &lite_methods[1]];
}
static int lite_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at) {
    int result;
    if (crash_is_here(KILL_FILE)) crash_die();
    if (crash_is_here(KILL_FILE)) {
        lite_real_of(file)->xWrite(file, data, len / 2, at);
        crash_die();
    }
    result = lite_real_of(file)->xWrite(file, data, len, at);
    if (crash_is_here(KILL_FILE)) crash_die();
    return result;
}
static int lite_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int result;
    if (crash_is_here(KILL_FILE)) crash_die();
    result = lite_real_of(file)->xTruncate(file, size);
    if (crash_is_here(KILL_FILE)) crash_die();
    return result;
}
static int lite_sync(sqlite3_file *file, int flags) {
    int result;
    if (crash_is_here(KILL_FILE)) crash_die();
    result = lite_real_of(file)->xSync(file, flags);
    if (crash_is_here(KILL_FILE)) crash_die();
    return result;
}
static int lite_open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    int result = lite_open_fn(vfs, name, file, flags, out), which = !(flags & SQLITE_OPEN_MAIN_DB);
    if (result != SQLITE_OK) return result;
    lite_real[which] = lite_methods[which] = *file->pMethods;
    lite_methods[which].xWrite = lite_write;
    lite_methods[which].xTruncate = lite_truncate;
    lite_methods[which].xSync = lite_sync;
    file->pMethods = &lite_methods[which];
    return result;
}

static int crash_store_open(akolhook_store *store) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    if (kill_point.kind == KILL_FILE) {
        lite_vfs = *sqlite3_vfs_find(NULL);
        lite_vfs.zName = "killed";
        lite_open_fn = lite_vfs.xOpen;
        lite_vfs.xOpen = lite_open_file;
        if (sqlite3_vfs_register(&lite_vfs, 1) != SQLITE_OK) return 0;
    }
    where.path = crash_path;
    lite_clocks.monotonic_ms_fn = lite_clocks.unix_ms_fn = crash_now;
    where.platform = &lite_clocks;
    if (akolhook_sqlite_open(&lite, lite_memory, sizeof lite_memory, &where) != AKOLHOOK_OK) return 0;
    *store = *akolhook_sqlite_store(lite);
    return 1;
}
static void crash_store_close(void) { akolhook_sqlite_close(lite); }
static const char *crash_store_error(void) { return lite ? akolhook_sqlite_error(lite) : ""; }
static void crash_store_remove(void) {
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[120];
    int i;
    for (i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", crash_path, ends[i]);
        remove(name);
    }
}

int main(void) { return crash_run(); }
