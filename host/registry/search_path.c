// SPDX-License-Identifier: Apache-2.0
#include "host/registry/internal.h"
#include "zoo/nearest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mien_status add(mien_search_path *path, const char *folder, size_t length,
                       mien_error *error) {
    if (length == 0) {
        return MIEN_OK; // an empty part of a colon list
    }
    for (size_t i = 0; i < path->count; i++) {
        if (strlen(path->folders[i]) == length && memcmp(path->folders[i], folder, length) == 0) {
            return MIEN_OK;
        }
    }
    char **const more = realloc(path->folders, (path->count + 1) * sizeof *more);
    if (more) {
        path->folders = more;
        more[path->count] = strndup(folder, length);
    }
    if (!more || !more[path->count]) {
        return mien_fail_memory(error, "a search path");
    }
    path->count++;
    return MIEN_OK;
}

static mien_status add_list(mien_search_path *path, const char *list, mien_error *error) {
    mien_status status = MIEN_OK;
    while (list && status == MIEN_OK) {
        const char *const colon = strchr(list, ':');
        status = add(path, list, colon ? (size_t)(colon - list) : strlen(list), error);
        list = colon ? colon + 1 : NULL;
    }
    return status;
}

/// `relative` to the folder of the running program.
static mien_status add_beside(mien_search_path *path, const char *relative, mien_error *error) {
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return MIEN_OK; // no /proc: the other folders remain
    }
    program[length] = '\0';
    char *const slash = strrchr(program, '/');
    if (!slash) {
        return MIEN_OK;
    }
    *slash = '\0';
    char *joined = NULL;
    if (asprintf(&joined, "%s/%s", program, relative) < 0) {
        return mien_fail_memory(error, "a search path");
    }
    char *const real =
        realpath(joined, NULL); // shows better; a folder that is not there is left out
    free(joined);
    mien_status status = real ? add(path, real, strlen(real), error) : MIEN_OK;
    free(real);
    return status;
}

mien_status mien_search_path_make(const mien_search_rule *rule, mien_search_path *path,
                                  mien_error *error) {
    mien_status status = add_list(path, rule->given ? rule->given : getenv(rule->variable), error);
    if (rule->only_given || status != MIEN_OK) {
        return status;
    }
    status = add_list(path, rule->here, error);
    if (status == MIEN_OK) {
        status = add_beside(path, rule->beside, error);
    }
    return status == MIEN_OK ? add(path, rule->install, strlen(rule->install), error) : status;
}

mien_status mien_search_path_behind(const mien_search_path *path, const char *folder,
                                    mien_search_path *made, mien_error *error) {
    mien_status status = add(made, folder, strlen(folder), error);
    for (size_t i = 0; i < path->count && status == MIEN_OK; i++) {
        status = add(made, path->folders[i], strlen(path->folders[i]), error);
    }
    return status;
}

void mien_search_path_free(mien_search_path *path) {
    for (size_t i = 0; i < path->count; i++) {
        free(path->folders[i]);
    }
    free(path->folders);
    *path = (mien_search_path){0};
}

const char *mien_search_path_text(const mien_search_path *path, char text[MIEN_SEARCH_TEXT]) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < path->count && used < MIEN_SEARCH_TEXT; i++) {
        used += (size_t)snprintf(text + used, MIEN_SEARCH_TEXT - used, "%s%s", i ? ", " : "",
                                 path->folders[i]);
    }
    return path->count ? text : "no folder at all";
}

mien_status mien_search_path_find(const mien_search_path *path, const char *name,
                                  const char *ending, bool nested, char **found,
                                  mien_error *error) {
    *found = NULL;
    for (size_t i = 0; i < path->count; i++) {
        const char *const inner[] = {"", name, "sweeps"};
        for (int form = 0; form < (nested ? 3 : 1); form++) {
            char *file = NULL;
            const int length = asprintf(&file, "%s/%s%s%s%s", path->folders[i], inner[form],
                                        *inner[form] ? "/" : "", name, ending);
            if (length < 0) {
                return mien_fail_memory(error, "a path");
            }
            if (access(file, F_OK) == 0) {
                *found = file;
                return MIEN_OK;
            }
            free(file);
        }
    }
    return MIEN_OK;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static mien_status add_stem(const char *file, size_t length, char ***stems, size_t *count,
                            mien_error *error) {
    char **const more = realloc(*stems, (*count + 1) * sizeof *more);
    if (more) {
        *stems = more;
        more[*count] = strndup(file, length);
    }
    if (!more || !more[*count]) {
        return mien_fail_memory(error, "a list of files");
    }
    ++*count;
    return MIEN_OK;
}

/// NAME of NAME.yaml, or of NAME/NAME.yaml; 0 when the entry is neither.
static size_t stem_length(DIR *folder, const char *entry, const char *ending) {
    const size_t length = strlen(entry), end = strlen(ending);
    if (entry[0] == '.') {
        return 0;
    }
    if (length > end && strcmp(entry + length - end, ending) == 0) {
        return length - end;
    }
    char inner[600];
    struct stat about;
    const int needed = snprintf(inner, sizeof inner, "%s/%s%s", entry, entry, ending);
    return needed < (int)sizeof inner && fstatat(dirfd(folder), inner, &about, 0) == 0 ? length : 0;
}

mien_status mien_folder_stems(const char *folder, const char *ending, char ***stems, size_t *count,
                              mien_error *error) {
    *stems = NULL;
    *count = 0;
    DIR *const opened = opendir(folder);
    if (!opened) {
        return errno == ENOENT || errno == ENOTDIR
                   ? MIEN_OK
                   : mien_fail(error, errno == ENOMEM ? MIEN_OUT_OF_MEMORY : MIEN_IO,
                               "folder %s: %s", folder, strerror(errno));
    }
    mien_status status = MIEN_OK;
    const struct dirent *entry;
    while (status == MIEN_OK && (entry = readdir(opened))) {
        const size_t length = stem_length(opened, entry->d_name, ending);
        if (length > 0) {
            status = add_stem(entry->d_name, length, stems, count, error);
        }
    }
    closedir(opened);
    if (status != MIEN_OK) {
        mien_folder_stems_free(*stems, *count);
        *stems = NULL;
        *count = 0;
        return status;
    }
    if (*count > 1) {
        qsort(*stems, *count, sizeof **stems, compare);
    }
    return MIEN_OK;
}

void mien_folder_stems_free(char **stems, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(stems[i]);
    }
    free(stems);
}

char *mien_search_path_nearest(const mien_search_path *path, const char *ending, const char *name) {
    char *best = NULL;
    mien_nearest nearest = {.word = name};
    for (size_t i = 0; i < path->count; i++) {
        char **stems;
        size_t count;
        if (mien_folder_stems(path->folders[i], ending, &stems, &count, NULL) != MIEN_OK) {
            continue;
        }
        const char *const before = nearest.best;
        for (size_t j = 0; j < count; j++) {
            mien_nearest_offer(&nearest, stems[j]);
        }
        if (nearest.best != before) {
            free(best);
            nearest.best = best = strdup(nearest.best);
        }
        mien_folder_stems_free(stems, count);
    }
    return best;
}
