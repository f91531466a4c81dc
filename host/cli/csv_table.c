// SPDX-License-Identifier: Apache-2.0
#include "host/cli/csv_table.h"

#include "host/cli/results_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void mien_csv_put_text(FILE *file, const char *text) {
    const char *mark = text[strcspn(text, ",\"\r\n")] ? "\"" : "";
    fputs(mark, file);
    for (; *text; text++) {
        fputs(*text == '"' ? "\"" : "", file);
        fputc(*text, file);
    }
    fputs(mark, file);
}

void mien_csv_put_number(FILE *file, double value) {
    if (isnan(value)) {
        fputc(',', file);
    } else {
        bool whole = fabs(value) < 1e15 && value == floor(value);
        fprintf(file, whole ? ",%.0f" : ",%.7g", value);
    }
}

/// A table's file and what must begin it.
typedef struct {
    const char *path, *header, *writer;
    size_t header_length;
} target;

static mien_status cannot_read(const target *table, mien_error *error) {
    return mien_fail(error, MIEN_IO, "%s: cannot be read (%s)", table->path, strerror(errno));
}

/// `found`: as many bytes as the header has. Tables from before there was a schema are of the
/// first.
static mien_status other_columns(const target *table, const char *found, mien_error *error) {
    static const char schema[] = "schema,";
    const size_t length = sizeof schema - 1;
    if (strncmp(table->header, schema, length) == 0 &&
        strncmp(found, table->header + length, table->header_length - length) == 0) {
        return mien_fail(
            error, MIEN_BAD_INPUT,
            "%s: is a table that an earlier '%s' began, which lacks the column schema; "
            "add it, by sed -i '1s/^/schema,/; 2,$s/^/%d,/' '%s', or give another file",
            table->path, table->writer, MIEN_RESULTS_SCHEMA, table->path);
    }
    return mien_fail(error, MIEN_BAD_INPUT,
                     "%s: is not a table that '%s' began: its first line has other columns; give "
                     "another file",
                     table->path, table->writer);
}

/// A table that other columns started must not get rows of these.
static mien_status check_table(int file, const target *table, off_t *size, mien_error *error) {
    struct stat about;
    char last = '\n';
    if (fstat(file, &about) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be examined (%s)", table->path,
                         strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a file", table->path);
    }
    *size = about.st_size;
    if (about.st_size == 0) {
        return MIEN_OK;
    }
    char *found = calloc(1, table->header_length + 1);
    if (!found) {
        return mien_fail_memory(error, "a table");
    }
    mien_status status = MIEN_OK;
    if (pread(file, found, table->header_length, 0) < 0 ||
        pread(file, &last, 1, about.st_size - 1) != 1) {
        status = cannot_read(table, error);
    } else if (strcmp(found, table->header) != 0) {
        status = other_columns(table, found, error);
    } else if (last != '\n') {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s: its last line is not whole; mend that line or take it out, or give "
                           "another file",
                           table->path);
    }
    free(found);
    return status;
}

/// All or nothing: a write cut short, as by a full disk, is taken back.
static mien_status write_at(int file, const char *path, off_t size, const char *text, size_t length,
                            mien_error *error) {
    size_t written = 0;
    while (written < length) {
        ssize_t count = pwrite(file, text + written, length - written, size + (off_t)written);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            int cause = count < 0 ? errno : ENOSPC;
            bool restored = ftruncate(file, size) == 0;
            return mien_fail(error, MIEN_IO, "%s: cannot be written (%s)%s", path, strerror(cause),
                             restored ? "" : ", and what was written cannot be taken back");
        }
        written += (size_t)count;
    }
    return MIEN_OK;
}

static mien_status append_locked(int file, const target *table, const char *text, size_t length,
                                 mien_error *error) {
    off_t size = 0;
    if (flock(file, LOCK_EX) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be locked (%s)", table->path, strerror(errno));
    }
    mien_status status = check_table(file, table, &size, error);
    if (status != MIEN_OK || size > 0) {
        return status == MIEN_OK ? write_at(file, table->path, size, text, length, error) : status;
    }
    char *both = malloc(table->header_length + length + 1);
    if (!both) {
        return mien_fail_memory(error, "a table");
    }
    memcpy(both, table->header, table->header_length);
    memcpy(both + table->header_length, text, length);
    status = write_at(file, table->path, 0, both, table->header_length + length, error);
    free(both);
    return status;
}

mien_status mien_csv_check(const char *path, const char *header, const char *writer,
                           mien_error *error) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        char *copy = strdup(path);
        bool room = copy && access(dirname(copy), W_OK) == 0;
        int cause = errno;
        free(copy);
        return room ? MIEN_OK
                    : mien_fail(error, MIEN_IO, "%s: cannot be made (%s)", path, strerror(cause));
    }
    if (file < 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(errno));
    }
    const target table = {path, header, writer, strlen(header)};
    off_t size = 0;
    mien_status status = check_table(file, &table, &size, error);
    close(file);
    return status;
}

mien_status mien_csv_append(const char *path, const char *header, const char *writer,
                            const char *text, size_t length, mien_error *error) {
    const target table = {path, header, writer, strlen(header)};
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    mien_status status =
        file >= 0 ? append_locked(file, &table, text, length, error)
                  : mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(errno));
    if (file >= 0 && close(file) != 0 && status == MIEN_OK) {
        status = mien_fail(error, MIEN_IO, "%s: cannot be written (%s)", path, strerror(errno));
    }
    return status;
}
