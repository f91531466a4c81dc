// SPDX-License-Identifier: Apache-2.0
#include "host/cli/companion.h"

#include "host/cli/exit_code.h"
#include "host/cli/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char prefix[] = "mien-";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
enum { PATH_CAPACITY = 4096, SUMMARY_CAPACITY = 256, SUMMARY_PATIENCE = 2000 };

static bool own_folder(char folder[PATH_CAPACITY]) {
    ssize_t length = readlink("/proc/self/exe", folder, PATH_CAPACITY - 1);
    if (length <= 0) {
        return false;
    }
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash) {
        *slash = '\0';
    }
    return slash != NULL;
}

static bool runnable(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/// A plain word: what may stand after "mien-" in a program's name.
static bool plain(const char *name) {
    return *name && strspn(name, letters) == strlen(name);
}

/// Calls `visit_folder` for mien's own folder and then for each of PATH, until it returns true.
static bool each_folder(bool (*visit_folder)(void *context, const char *folder, bool own),
                        void *context) {
    char folder[PATH_CAPACITY];
    if (own_folder(folder) && visit_folder(context, folder, true)) {
        return true;
    }
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        if (length > 0 && length < sizeof folder) {
            snprintf(folder, sizeof folder, "%.*s", (int)length, path);
            if (visit_folder(context, folder, false)) {
                return true;
            }
        }
        path += length + (path[length] == ':');
    }
    return false;
}

typedef struct {
    const char *name;
    char *found;
} search;

static bool look_in(void *context, const char *folder, bool own) {
    (void)own;
    search *looking = context;
    char path[PATH_CAPACITY + 128];
    snprintf(path, sizeof path, "%s/%s%s", folder, prefix, looking->name);
    if (runnable(path)) {
        looking->found = strdup(path);
    }
    return looking->found != NULL;
}

char *mien_companion_find(const char *name) {
    search looking = {.name = name};
    if (plain(name) && strlen(name) < 100) {
        each_folder(look_in, &looking);
    }
    return looking.found;
}

int mien_companion_become(const char *path, const char *name, char *const *words) {
    size_t count = 0;
    while (words[count]) {
        count++;
    }
    char **arguments = (char **)calloc(count + 2, sizeof *arguments);
    if (arguments) {
        arguments[0] = (char *)path;
        memcpy((void *)(arguments + 1), (const void *)words, count * sizeof *words);
        execv(path, arguments);
    }
    mien_complain(name, "%s cannot be run: %s", path, strerror(errno));
    free((void *)arguments);
    return MIEN_EXIT_FAILED;
}

/// Reads what the child prints until it ends, has said enough, or takes too long.
static void read_answer(int from, char *answer, size_t capacity) {
    size_t used = 0;
    struct pollfd waiting = {.fd = from, .events = POLLIN};
    while (used + 1 < capacity && poll(&waiting, 1, SUMMARY_PATIENCE) > 0) {
        ssize_t got = read(from, answer + used, capacity - 1 - used);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
    }
    answer[used] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
}

/// Asks a companion for its summary; "" when it does not say.
static void ask_summary(const char *path, char summary[SUMMARY_CAPACITY]) {
    int ends[2];
    *summary = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    char *const words[] = {(char *)path, "__summary", NULL};
    pid_t child;
    int failure = posix_spawn(&child, path, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failure == 0) {
        read_answer(ends[0], summary, SUMMARY_CAPACITY);
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
}

typedef struct {
    char *name;
    char summary[SUMMARY_CAPACITY];
} companion;

typedef struct {
    companion *items;
    size_t count;
} companions;

static void remember(companions *known, const char *folder, const char *name, bool own) {
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->items[i].name, name) == 0) {
            return;
        }
    }
    char path[PATH_CAPACITY + 300];
    snprintf(path, sizeof path, "%s/%s%s", folder, prefix, name);
    companion *items =
        runnable(path) ? realloc(known->items, (known->count + 1) * sizeof *known->items) : NULL;
    if (!items) {
        return;
    }
    known->items = items;
    companion *item = &items[known->count];
    item->name = strdup(name);
    item->summary[0] = '\0';
    if (own) {
        ask_summary(path, item->summary);
    }
    known->count += item->name != NULL;
}

static bool collect(void *context, const char *folder, bool own) {
    DIR *listing = opendir(folder);
    struct dirent *entry;
    while (listing && (entry = readdir(listing))) {
        const char *name = entry->d_name;
        if (strncmp(name, prefix, sizeof prefix - 1) == 0 && plain(name + sizeof prefix - 1)) {
            remember(context, folder, name + sizeof prefix - 1, own);
        }
    }
    if (listing) {
        closedir(listing);
    }
    return false;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const companion *)a)->name, ((const companion *)b)->name);
}

void mien_companion_each(mien_companion_visit visit, void *context) {
    companions known = {0};
    each_folder(collect, &known);
    if (known.count) {
        qsort(known.items, known.count, sizeof *known.items, by_name);
    }
    for (size_t i = 0; i < known.count; i++) {
        char *clean = mien_text_clean(known.items[i].summary, false);
        visit(context, known.items[i].name, clean ? clean : "");
        free(clean);
        free(known.items[i].name);
    }
    free(known.items);
}
