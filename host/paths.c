// SPDX-License-Identifier: Apache-2.0
#include "host/paths.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
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

bool mien_paths_same(const char *a, const char *b) {
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
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

// What is being listed, from the inside out: a link that leads back to one of these is a circle.
typedef struct ancestor {
    dev_t device;
    ino_t inode;
    const struct ancestor *parent;
} ancestor;

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int compare_entries(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name); // by bytes, so that no locale changes the order
}

static void free_entries(struct dirent **entries, int count) {
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
}

static mien_status list_folder(const char *folder, struct dirent ***entries, int *count,
                               mien_error *error) {
    *count = scandir(folder, entries, is_visible, compare_entries);
    if (*count >= 0) {
        return MIEN_OK;
    }
    if (errno == ENOMEM) {
        return mien_fail_memory(error, "a folder's entries");
    }
    return mien_fail(error, MIEN_IO, "%s: cannot be listed (%s)", folder, strerror(errno));
}

static char *join(const char *folder, const char *name) {
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    char *path = NULL;
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

static mien_status add_folder(mien_paths *paths, const char *folder, const ancestor *parent,
                              mien_error *error);

// What cannot be examined is listed when its name is a picture's: whoever reads it will say why.
static mien_status add_entry(mien_paths *paths, const char *path, const ancestor *parent,
                             mien_error *error) {
    struct stat about;
    bool known = stat(path, &about) == 0;
    if (known && S_ISDIR(about.st_mode)) {
        return add_folder(paths, path, parent, error);
    }
    bool file = !known || S_ISREG(about.st_mode);
    return file && mien_paths_is_picture(path) ? append(paths, path, error) : MIEN_OK;
}

static mien_status add_folder(mien_paths *paths, const char *folder, const ancestor *parent,
                              mien_error *error) {
    struct stat about;
    if (stat(folder, &about) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be examined (%s)", folder, strerror(errno));
    }
    for (const ancestor *up = parent; up; up = up->parent) {
        if (up->device == about.st_dev && up->inode == about.st_ino) {
            return MIEN_OK;
        }
    }
    const ancestor self = {about.st_dev, about.st_ino, parent};
    struct dirent **entries = NULL;
    int count;
    mien_status status = list_folder(folder, &entries, &count, error);
    for (int i = 0; i < count && status == MIEN_OK; i++) {
        char *path = join(folder, entries[i]->d_name);
        status = path ? add_entry(paths, path, &self, error) : mien_fail_memory(error, "a path");
        free(path);
    }
    free_entries(entries, count);
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
            status = add_folder(paths, matches[i], NULL, error);
        } else if (mien_paths_is_picture(matches[i])) {
            status = append(paths, matches[i], error);
        }
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

// glob() gives its error function no argument of the caller's.
static _Thread_local int pattern_failure;

static int stop_at_failure(const char *folder, int cause) {
    (void)folder;
    if (cause == EACCES || cause == ENOENT || cause == ENOTDIR) {
        return 0; // a folder that may not be looked into matches nothing, as in a shell
    }
    pattern_failure = cause;
    return 1;
}

static mien_status fail_pattern(const char *pattern, int code, mien_error *error) {
    if (code == GLOB_NOSPACE || pattern_failure == ENOMEM) {
        return mien_fail_memory(error, "a pattern's matches");
    }
    return mien_fail(error, MIEN_IO, "%s: cannot be matched (%s)", pattern,
                     strerror(pattern_failure));
}

static mien_status add_pattern(mien_paths *paths, const char *pattern, mien_error *error) {
    glob_t found = {0};
    mien_status status = MIEN_OK;
    size_t before = paths->count;
    pattern_failure = 0;
    int code = glob(pattern, GLOB_NOSORT, stop_at_failure, &found);
    if (code == 0) {
        status = add_matches(paths, found.gl_pathv, found.gl_pathc, error);
    } else if (code != GLOB_NOMATCH || pattern_failure != 0) {
        status = fail_pattern(pattern, code, error);
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
    mien_status status = add_folder(paths, argument, NULL, error);
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

static mien_status add_if_folder(mien_paths *names, const char *folder, const char *name,
                                 mien_error *error) {
    char *path = join(folder, name);
    if (!path) {
        return mien_fail_memory(error, "a path");
    }
    struct stat about;
    bool is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    free(path);
    return is_folder ? append(names, name, error) : MIEN_OK;
}

mien_status mien_paths_add_subfolders(mien_paths *names, const char *folder, mien_error *error) {
    struct stat about;
    if (stat(folder, &about) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? mien_fail(error, MIEN_NOT_FOUND, "%s: there is no such folder", folder)
                   : mien_fail(error, MIEN_IO, "%s: cannot be examined (%s)", folder,
                               strerror(errno));
    }
    if (!S_ISDIR(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a folder", folder);
    }
    size_t before = names->count;
    struct dirent **entries = NULL;
    int count;
    mien_status status = list_folder(folder, &entries, &count, error);
    for (int i = 0; i < count && status == MIEN_OK; i++) {
        status = add_if_folder(names, folder, entries[i]->d_name, error);
    }
    if (status != MIEN_OK) {
        truncate_list(names, before);
    }
    free_entries(entries, count);
    return status;
}
