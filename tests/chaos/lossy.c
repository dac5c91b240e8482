/* A disk that loses what was not synced, for a process that it is preloaded into.
 *
 * Writes to files whose path begins with LOSSY_PREFIX are noted with what stood there before, until
 * the file is synced. SIGUSR1 is a power cut: what was noted is undone and the process is gone.
 * SIGUSR2 leaves the files as a power cut would leave them now, in the folder LOSSY_CUTS/N with N
 * counted from 0; a file `done` comes last. Of the writes that were not synced a part survives, as
 * on a disk that reorders: LOSSY_SEED chooses, and without it none does.
 * LOSSY_IGNORE=1: syncs are believed, and wrongly so.
 * LOSSY_PAGE is a file of 64 bytes that is looked at while the process runs: four 64-bit words,
 * syncs so far, writes fail with ENOSPC when not 0, syncs fail with EIO when not 0, and
 * microseconds a sync takes. Real syncs are done only where LOSSY_REAL is set.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct note {
    struct note *older;
    int cut;                /* the file got shorter: never survives */
    off_t at, length;       /* what was written, and the file's length before */
    size_t held, written;   /* bytes that stood there, bytes written */
    unsigned char *bytes;   /* those that stood there, then those written */
};

struct file {
    struct file *next;
    dev_t dev;
    ino_t ino;
    char path[PATH_MAX];
    struct note *newest;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static const char *prefix;
static int ignore_syncs, real_syncs;
static uint64_t seed, none[8];
static volatile uint64_t *page = none;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_truncate)(int, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);

static uint64_t chance(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}

/* Called with the lock held; null for files that are nobody's business. */
static struct file *file_of(int fd, off_t *length) {
    struct stat is;
    char link[64], path[PATH_MAX];
    if (!prefix || fstat(fd, &is) || !S_ISREG(is.st_mode)) return NULL;
    *length = is.st_size;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return NULL;
    path[n] = 0;
    if (strncmp(path, prefix, strlen(prefix)) || strstr(path, "-shm")) return NULL;
    for (struct file *it = files; it; it = it->next)
        if (it->dev == is.st_dev && it->ino == is.st_ino && !strcmp(it->path, path)) return it;
    struct file *new = calloc(1, sizeof *new);
    new->dev = is.st_dev, new->ino = is.st_ino, new->next = files, files = new;
    strcpy(new->path, path);
    return new;
}

static void note(struct file *file, off_t at, const void *data, size_t count, off_t length, int cut) {
    struct note *new = calloc(1, sizeof *new);
    size_t stood = at < length ? (size_t)(length - at) : 0;
    new->held = !cut && stood > count ? count : stood;
    new->written = cut ? 0 : count, new->at = at, new->length = length, new->cut = cut;
    new->bytes = malloc(new->held + new->written + 1);
    /* The descriptor may be for writing only. */
    int from = open(file->path, O_RDONLY | O_CLOEXEC);
    if (new->held && pread(from, new->bytes, new->held, at) != (ssize_t)new->held) abort();
    close(from);
    if (new->written) memcpy(new->bytes + new->held, data, new->written);
    new->older = file->newest, file->newest = new;
}

static void forget(struct note *it) {
    while (it) {
        struct note *older = it->older;
        free(it->bytes), free(it);
        it = older;
    }
}

/* Makes the file at fd what a power cut would leave of it. */
static void cut(struct file *file, int fd) {
    size_t count = 0;
    for (struct note *it = file->newest; it; it = it->older, count++) {
        if (it->held && real_pwrite(fd, it->bytes, it->held, it->at) < 0) abort();
        if (real_truncate(fd, it->length)) abort();
    }
    if (!seed) return;
    struct note **oldest_last = malloc((count + 1) * sizeof *oldest_last);
    size_t n = 0;
    for (struct note *it = file->newest; it; it = it->older) oldest_last[n++] = it;
    while (n--) {
        struct note *it = oldest_last[n];
        if (!it->cut && chance() % 2 && real_pwrite(fd, it->bytes + it->held, it->written, it->at) < 0) abort();
    }
    free(oldest_last);
}

static void copy(const char *path, const char *name, const char *folder) {
    static char buffer[1 << 20];
    char copied[PATH_MAX + 16];
    struct stat is;
    ssize_t n;
    snprintf(copied, sizeof copied, "%s/%s", folder, name);
    int from = open(path, O_RDONLY), to = open(copied, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (from < 0 || fstat(from, &is)) abort();
    while ((n = read(from, buffer, sizeof buffer)) > 0)
        if (real_write(to, buffer, n) != n) abort();
    close(from);
    for (struct file *it = files; it; it = it->next)
        if (it->dev == is.st_dev && it->ino == is.st_ino) cut(it, to);
    close(to);
}

/* All files that stand where the watched ones do, also those that nobody has written to. */
static void copies(const char *folder) {
    char from[PATH_MAX], path[PATH_MAX + 300];
    strcpy(from, prefix), *strrchr(from, '/') = 0;
    DIR *all = opendir(from);
    for (struct dirent *it; all && (it = readdir(all));) {
        snprintf(path, sizeof path, "%s/%s", from, it->d_name);
        if (!strncmp(path, prefix, strlen(prefix)) && !strstr(path, "-shm")) copy(path, it->d_name, folder);
    }
    closedir(all);
}

static void *watch(void *signals) {
    const char *cuts = getenv("LOSSY_CUTS");
    for (int number = 0, sig; !sigwait(signals, &sig);) {
        pthread_mutex_lock(&lock);
        if (sig == SIGUSR1) {
            for (struct file *it = files; it; it = it->next) {
                int fd = open(it->path, O_RDWR);
                if (fd >= 0) cut(it, fd);
            }
            _exit(137);
        }
        char folder[PATH_MAX - 300], done[PATH_MAX];
        snprintf(folder, sizeof folder, "%s/%d", cuts ? cuts : "/nowhere", number++);
        mkdir(folder, 0700);
        copies(folder);
        snprintf(done, sizeof done, "%s/done", folder);
        close(open(done, O_CREAT | O_WRONLY, 0600));
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

__attribute__((constructor)) static void begin(void) {
    static sigset_t signals;
    pthread_t thread;
    real_write = dlsym(RTLD_NEXT, "write"), real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_truncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync"), real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    ignore_syncs = getenv("LOSSY_IGNORE") != NULL, real_syncs = getenv("LOSSY_REAL") != NULL;
    if (getenv("LOSSY_SEED")) seed = strtoull(getenv("LOSSY_SEED"), NULL, 10) * 2654435761u + 1;
    int fd = getenv("LOSSY_PAGE") ? open(getenv("LOSSY_PAGE"), O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) page = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), close(fd);
    prefix = getenv("LOSSY_PREFIX");
    /* What this process starts has a disk of its own. */
    unsetenv("LD_PRELOAD");
    sigemptyset(&signals), sigaddset(&signals, SIGUSR1), sigaddset(&signals, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    pthread_create(&thread, NULL, watch, &signals);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off_t at) {
    off_t length;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd, &length);
    if (file && page[1]) {
        pthread_mutex_unlock(&lock);
        errno = ENOSPC;
        return -1;
    }
    if (file && !real_syncs) note(file, at, data, count, length, 0);
    ssize_t wrote = real_pwrite(fd, data, count, at);
    pthread_mutex_unlock(&lock);
    return wrote;
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t at) { return pwrite64(fd, data, count, at); }

ssize_t write(int fd, const void *data, size_t count) {
    struct stat is;
    off_t at = !real_write || fstat(fd, &is) || !S_ISREG(is.st_mode) ? -1 : lseek(fd, 0, SEEK_CUR);
    if (!real_write) real_write = dlsym(RTLD_NEXT, "write");
    if (at < 0) return real_write(fd, data, count);
    off_t length;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd, &length);
    if (file && !real_syncs) note(file, at, data, count, length, 0);
    ssize_t wrote = real_write(fd, data, count);
    pthread_mutex_unlock(&lock);
    return wrote;
}

int ftruncate64(int fd, off_t to) {
    off_t length;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd, &length);
    if (file && !real_syncs) note(file, to, NULL, 0, length, 1);
    int done = real_truncate(fd, to);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t to) { return ftruncate64(fd, to); }

static int synced(int fd, int (*real)(int)) {
    off_t length;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd, &length);
    struct note *covered = file ? file->newest : NULL;
    pthread_mutex_unlock(&lock);
    if (!file) return real(fd);
    __sync_fetch_and_add(page, 1);
    if (page[2]) {
        errno = EIO;
        return -1;
    }
    if (real_syncs) return real(fd);
    if (page[3]) usleep(page[3]);
    if (ignore_syncs || !covered) return 0;
    pthread_mutex_lock(&lock);
    /* Written while the disk was at it: may be lost still. */
    struct note **it = &file->newest;
    while (*it && *it != covered) it = &(*it)->older;
    if (*it) *it = NULL, forget(covered);
    pthread_mutex_unlock(&lock);
    return 0;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }
