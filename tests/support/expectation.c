// SPDX-License-Identifier: Apache-2.0
#include "support/expectation.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *read_expectation(const char *path, const char *comment) {
    FILE *const file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    char *line = NULL, *text = NULL;
    size_t capacity = 0, length = 0;
    for (ssize_t got; (got = getline(&line, &capacity, file)) > 0;) {
        line[strcspn(line, "\n")] = '\0';
        const char *const mark = strstr(line, "expected: ");
        if (!text && !mark) {
            continue;
        }
        if (text && strncmp(line, comment, strlen(comment)) != 0) {
            break;
        }
        const char *const part = text ? line + strlen(comment) : mark + strlen("expected: ");
        text = realloc(text, length + strlen(part) + 2);
        ck_assert_ptr_nonnull(text);
        length += (size_t)sprintf(text + length, "%s%s", length ? " " : "", part);
    }
    free(line);
    fclose(file);
    ck_assert_msg(text != NULL, "%s does not say what is expected", path);
    return text;
}

static char *joined(const char *variable, const char *name) {
    const char *const folder = getenv(variable);
    ck_assert_msg(folder != NULL, "set %s, as ctest does", variable);
    char *path = NULL;
    ck_assert_int_ge(asprintf(&path, "%s/%s", folder, name), 0);
    return path;
}

char *source_path(const char *name) {
    return joined("MIEN_SOURCE", name);
}

char *build_path(const char *name) {
    return joined("MIEN_BUILD", name);
}

char **match_paths(const char *pattern, size_t *count) {
    char *const whole = source_path(pattern);
    glob_t matches;
    ck_assert_msg(glob(whole, 0, NULL, &matches) == 0, "no file matches %s", whole);
    *count = matches.gl_pathc;
    char **const paths = calloc(*count, sizeof *paths);
    ck_assert_ptr_nonnull(paths);
    for (size_t i = 0; i < *count; i++) {
        paths[i] = strdup(matches.gl_pathv[i]);
    }
    globfree(&matches);
    free(whole);
    return paths;
}

void free_paths(char **paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(paths[i]);
    }
    free(paths);
}
