// SPDX-License-Identifier: Apache-2.0
#include "host/paths.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static void truncate_list(mien_paths *paths, size_t count) {
    while (paths->count > count) {
        free(paths->items[--paths->count]);
    }
}

void mien_paths_free(mien_paths *paths) {
    truncate_list(paths, 0);
    free(paths->items);
    *paths = (mien_paths){0};
}

static mien_status append(mien_paths *paths, const char *path, mien_error *error) {
    if (paths->count == paths->capacity) {
        size_t capacity, bytes;
        if (__builtin_mul_overflow(paths->capacity, (size_t)2, &capacity) ||
            __builtin_add_overflow(capacity, (size_t)16, &capacity) ||
            __builtin_mul_overflow(capacity, sizeof *paths->items, &bytes)) {
            return mien_fail_memory(error, "a list of pictures");
        }
        char **items = realloc(paths->items, bytes);
        if (!items) {
            return mien_fail_memory(error, "a list of pictures");
        }
        paths->items = items;
        paths->capacity = capacity;
    }
    char *copy = strdup(path);
    if (!copy) {
        return mien_fail_memory(error, "a list of pictures");
    }
    paths->items[paths->count++] = copy;
    return MIEN_OK;
}

bool mien_paths_is_picture(const char *path) {
    static const char *const endings[] = {".jpg", ".jpeg", ".png"};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name) { // ".png" is a hidden file without an ending
        return false;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(dot, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

// --- Folders -------------------------------------------------------------------------------------

static int compare_entries(const FTSENT **a, const FTSENT **b) {
    return strcmp((*a)->fts_name, (*b)->fts_name); // by bytes, so that no locale changes the order
}

// Follows links; fts finds those that would lead round and round.
static FTS *open_folder(const char *folder, mien_error *error) {
    char *copy = strdup(folder);
    if (!copy) {
        mien_fail_memory(error, "a folder's path");
        return NULL;
    }
    char *roots[] = {copy, NULL};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, compare_entries);
    if (!tree) {
        mien_fail(error, errno == ENOMEM ? MIEN_OUT_OF_MEMORY : MIEN_IO,
                  "%s: cannot be listed (%s)", folder, strerror(errno));
    }
    free(copy);
    return tree;
}

static mien_status visit(mien_paths *paths, FTS *tree, FTSENT *entry, mien_error *error) {
    if (entry->fts_level > FTS_ROOTLEVEL && entry->fts_name[0] == '.') {
        fts_set(tree, entry, FTS_SKIP);
        return MIEN_OK;
    }
    switch (entry->fts_info) {
    case FTS_F:
    case FTS_NS:     // what cannot be examined is listed, so that whoever reads it says so
    case FTS_SLNONE: // a link to nothing, too
        return mien_paths_is_picture(entry->fts_name) ? append(paths, entry->fts_path, error)
                                                      : MIEN_OK;
    case FTS_DNR:
    case FTS_ERR:
        return mien_fail(error, MIEN_IO, "%s: cannot be listed (%s)", entry->fts_path,
                         strerror(entry->fts_errno));
    default:
        return MIEN_OK;
    }
}

static mien_status add_folder(mien_paths *paths, const char *folder, mien_error *error) {
    mien_error cause = MIEN_ERROR_INIT;
    FTS *tree = open_folder(folder, &cause);
    if (!tree) {
        return mien_fail(error, cause.status, "%s", cause.message);
    }
    mien_status status = MIEN_OK;
    FTSENT *entry;
    errno = 0;
    while (status == MIEN_OK && (entry = fts_read(tree))) {
        status = visit(paths, tree, entry, error);
        errno = 0;
    }
    if (status == MIEN_OK && errno != 0) {
        status = mien_fail(error, errno == ENOMEM ? MIEN_OUT_OF_MEMORY : MIEN_IO,
                           "%s: cannot be listed (%s)", folder, strerror(errno));
    }
    fts_close(tree);
    return status;
}

// --- Patterns ------------------------------------------------------------------------------------

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static mien_status add_matches(mien_paths *paths, char **matches, size_t count, mien_error *error) {
    qsort(matches, count, sizeof *matches, compare_texts);
    for (size_t i = 0; i < count; i++) {
        struct stat about;
        mien_status status = MIEN_OK;
        if (stat(matches[i], &about) == 0 && S_ISDIR(about.st_mode)) {
            status = add_folder(paths, matches[i], error);
        } else if (mien_paths_is_picture(matches[i])) {
            status = append(paths, matches[i], error);
        }
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

static mien_status add_pattern(mien_paths *paths, const char *pattern, mien_error *error) {
    glob_t found = {0};
    mien_status status = MIEN_OK;
    size_t before = paths->count;
    switch (glob(pattern, GLOB_NOSORT, NULL, &found)) {
    case 0:
        status = add_matches(paths, found.gl_pathv, found.gl_pathc, error);
        break;
    case GLOB_NOMATCH:
        break;
    case GLOB_NOSPACE:
        status = mien_fail_memory(error, "a pattern's matches");
        break;
    default:
        status = mien_fail(error, MIEN_IO, "%s: cannot be matched (%s)", pattern, strerror(errno));
        break;
    }
    globfree(&found);
    if (status == MIEN_OK && paths->count == before) {
        status = mien_fail(error, MIEN_NOT_FOUND,
                           "%s: no .jpg, .jpeg or .png file matches this pattern", pattern);
    }
    return status;
}

// --- Arguments -----------------------------------------------------------------------------------

static mien_status add_standard_input(mien_paths *paths, mien_error *error) {
    for (size_t i = 0; i < paths->count; i++) {
        if (strcmp(paths->items[i], "-") == 0) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "-: standard input can be read only once, and stands here twice");
        }
    }
    return append(paths, "-", error);
}

static mien_status add_missing(mien_paths *paths, const char *argument, int cause,
                               mien_error *error) {
    if (cause != ENOENT && cause != ENOTDIR) {
        return mien_fail(error, MIEN_IO, "%s: cannot be examined (%s)", argument, strerror(cause));
    }
    if (strpbrk(argument, "*?[")) {
        return add_pattern(paths, argument, error);
    }
    return mien_fail(error, MIEN_NOT_FOUND, "%s: there is no such file or folder", argument);
}

static mien_status add_argument(mien_paths *paths, const char *argument, mien_error *error) {
    struct stat about;
    if (strcmp(argument, "-") == 0) {
        return add_standard_input(paths, error);
    }
    if (argument[0] == '\0') {
        return mien_fail(error, MIEN_BAD_INPUT, "an empty argument is no picture");
    }
    if (stat(argument, &about) != 0) {
        return add_missing(paths, argument, errno, error);
    }
    if (!S_ISDIR(about.st_mode)) {
        return append(paths, argument, error);
    }
    size_t before = paths->count;
    mien_status status = add_folder(paths, argument, error);
    if (status == MIEN_OK && paths->count == before) {
        status = mien_fail(error, MIEN_NOT_FOUND,
                           "%s: there is no .jpg, .jpeg or .png file in this folder", argument);
    }
    return status;
}

mien_status mien_paths_add(mien_paths *paths, const char *argument, mien_error *error) {
    size_t before = paths->count;
    mien_status status = add_argument(paths, argument, error);
    if (status != MIEN_OK) {
        truncate_list(paths, before);
    }
    return status;
}

mien_status mien_paths_expand(mien_paths *paths, const char *const *arguments, size_t count,
                              mien_error *error) {
    size_t before = paths->count;
    for (size_t i = 0; i < count; i++) {
        mien_status status = mien_paths_add(paths, arguments[i], error);
        if (status != MIEN_OK) {
            truncate_list(paths, before);
            return status;
        }
    }
    return MIEN_OK;
}

static mien_status add_children(mien_paths *names, FTS *tree, const char *folder,
                                mien_error *error) {
    FTSENT *root = fts_read(tree);
    if (!root || root->fts_info == FTS_NS) {
        return mien_fail(error, MIEN_NOT_FOUND, "%s: there is no such folder", folder);
    }
    if (root->fts_info != FTS_D) {
        return mien_fail(error, root->fts_info == FTS_DNR ? MIEN_IO : MIEN_BAD_INPUT,
                         "%s: is not a folder that can be listed", folder);
    }
    errno = 0;
    FTSENT *child = fts_children(tree, 0);
    if (!child && errno != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be listed (%s)", folder, strerror(errno));
    }
    for (; child; child = child->fts_link) {
        if (child->fts_info == FTS_D && child->fts_name[0] != '.') {
            mien_status status = append(names, child->fts_name, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
    }
    return MIEN_OK;
}

mien_status mien_paths_add_subfolders(mien_paths *names, const char *folder, mien_error *error) {
    mien_error cause = MIEN_ERROR_INIT;
    FTS *tree = open_folder(folder, &cause);
    if (!tree) {
        return mien_fail(error, cause.status, "%s", cause.message);
    }
    size_t before = names->count;
    mien_status status = add_children(names, tree, folder, error);
    if (status != MIEN_OK) {
        truncate_list(names, before);
    }
    fts_close(tree);
    return status;
}
