// SPDX-License-Identifier: Apache-2.0
// Verdicts as JUnit XML, which continuous integration reads. A dozen fixed tags need no library;
// what stands in them may be anything, so it is made valid and escaped here.
#include "host/cli/gates.h"

#include "host/cli/text.h"
#include "zoo/replace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const mien_verdicts *verdicts;
    const char *command;
    bool complete; ///< memory sufficed
} report;

/// What XML 1.0 has no way to say was replaced already but for two code points, U+FFFE and U+FFFF.
static void put_character(const char **at, FILE *file) {
    const char *text = *at;
    const char *entity = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '>' ? "&gt;"
                         : *text == '"' ? "&quot;"
                                        : NULL;
    if (entity) {
        fputs(entity, file);
    } else if (strncmp(text, "\xEF\xBF\xBE", 3) == 0 || strncmp(text, "\xEF\xBF\xBF", 3) == 0) {
        fputs("\xEF\xBF\xBD", file);
        *at += 2;
    } else {
        fputc(*text, file);
    }
    ++*at;
}

static void put_attribute(report *written, const char *name, const char *text, FILE *file) {
    char *clean = mien_text_clean(text, false);
    written->complete = written->complete && clean;
    fprintf(file, " %s=\"", name);
    for (const char *at = clean; at && *at;) {
        put_character(&at, file);
    }
    fputc('"', file);
    free(clean);
}

static void put_counts(const mien_verdict *first, size_t count, FILE *file) {
    size_t failures = 0, errors = 0;
    for (size_t i = 0; i < count; i++) {
        errors += first[i].problem && first[i].failed;
        failures += first[i].problem && !first[i].failed;
    }
    fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", count, failures, errors);
}

static void put_case(report *written, const mien_verdict *each, FILE *file) {
    fputs("    <testcase", file);
    put_attribute(written, "classname", each->model, file);
    put_attribute(written, "name", each->check, file);
    if (each->problem) {
        fputs(each->failed ? ">\n      <error" : ">\n      <failure", file);
        put_attribute(written, "message", each->problem, file);
        fputs("/>\n    </testcase>\n", file);
    } else {
        fputs("/>\n", file);
    }
}

/// How many verdicts from the first on are about its model.
static size_t suite_length(const mien_verdict *first, size_t most) {
    size_t length = 1;
    while (length < most && strcmp(first[length].model, first->model) == 0) {
        length++;
    }
    return length;
}

static bool write_report(FILE *file, const void *content) {
    report written = *(const report *)content;
    const mien_verdicts *verdicts = written.verdicts;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", file);
    put_attribute(&written, "name", written.command, file);
    put_counts(verdicts->items, verdicts->count, file);
    fputs(">\n", file);
    for (size_t i = 0; i < verdicts->count;) {
        const mien_verdict *first = &verdicts->items[i];
        size_t length = suite_length(first, verdicts->count - i);
        fputs("  <testsuite", file);
        put_attribute(&written, "name", first->model, file);
        put_counts(first, length, file);
        fputs(">\n", file);
        for (size_t k = 0; k < length; k++) {
            put_case(&written, first + k, file);
        }
        fputs("  </testsuite>\n", file);
        i += length;
    }
    fputs("</testsuites>\n", file);
    errno = written.complete ? errno : ENOMEM;
    return written.complete && !ferror(file);
}

mien_status mien_verdicts_write_junit(const mien_verdicts *verdicts, const char *command,
                                      const char *path, mien_error *error) {
    const report content = {.verdicts = verdicts, .command = command, .complete = true};
    mien_status status = mien_replace_file(path, write_report, &content, error);
    return mien_error_context(error, status, "%s", path);
}
