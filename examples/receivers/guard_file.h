/* guard_file.h - a replay guard in a mapped file, for receivers of several processes or of a process for each
   request: all of them see the same messages, and a restart forgets none. A lock on the file excludes the
   others; it ends with its process. For one thread in each process; include it after akolhook.h. POSIX. */
#ifndef GUARD_FILE_H
#define GUARD_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int guard_file = -1;

static void guard_file_set(short type) {
    struct flock lock;

    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    while (fcntl(guard_file, F_SETLKW, &lock) != 0 && errno == EINTR) {}
}
static void guard_file_lock(void *user) {
    (void)user;
    guard_file_set(F_WRLCK);
}
static void guard_file_unlock(void *user) {
    (void)user;
    guard_file_set(F_UNLCK);
}

/* Fills a new file with zeros. They take their place on the disk now: a page of a map that finds none when it
   is written ends the process. Returns 0, or -1. */
static int guard_file_fill(size_t size) {
    void *zeros = calloc(1, size);
    const int good = zeros && write(guard_file, zeros, size) == (ssize_t)size;

    free(zeros);
    if (good) return 0;
    (void)!ftruncate(guard_file, 0); /* the next start begins anew */
    return -1;
}

/* Opens the file, or makes it with room for count messages; it keeps the size that it was made with. A worker
   that is not done taken_s seconds after it began counts as dead, and the sender's retry is let in: give more
   than your work ever takes and than a sender waits. Not for network file systems. Returns 0, or -1. */
static int guard_file_open(akolhook_guard *ring, const char *path, size_t count, uint32_t taken_s) {
    struct stat file;
    void *memory;
    int good;

    guard_file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (guard_file < 0) return -1;

    /* the first process gives it its size */
    guard_file_lock(NULL);
    good = fstat(guard_file, &file) == 0;
    if (good && file.st_size == 0)
        good = guard_file_fill(count * sizeof(akolhook_guard_entry)) == 0 && fstat(guard_file, &file) == 0;
    guard_file_unlock(NULL);
    ring->count = good ? (size_t)file.st_size / sizeof(akolhook_guard_entry) : 0;
    if (!ring->count) return -1;

    memory = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, guard_file, 0);
    if (memory == MAP_FAILED) return -1;
    ring->entries = (akolhook_guard_entry *)memory;
    ring->taken_s = taken_s;
    ring->lock_fn = guard_file_lock;
    ring->unlock_fn = guard_file_unlock;
    return 0;
}

#endif
