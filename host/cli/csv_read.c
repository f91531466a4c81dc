// SPDX-License-Identifier: Apache-2.0
// Tables that anybody may have written, read whole: fields are cut in place.
#include "host/cli/csv_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 1 << 26, MOST_COLUMNS = 1024 };

struct mien_csv {
    char *text;          ///< the file; fields point into it
    const char **fields; ///< row by row, the header first
    size_t count, capacity;
    size_t columns;
};

/// A reader's place.
typedef struct {
    const char *path;
    char *at; ///< first byte not read
    size_t line;
    mien_csv *table;
} reader;

void mien_csv_free(mien_csv *table) {
    if (table) {
        free((void *)table->fields);
        free(table->text);
        free(table);
    }
}

size_t mien_csv_rows(const mien_csv *table) {
    return table->count / table->columns - 1;
}

int mien_csv_column(const mien_csv *table, const char *name) {
    for (size_t i = 0; i < table->columns; i++) {
        if (strcmp(table->fields[i], name) == 0) {
            return (int)i;
        }
    }
    return MIEN_CSV_NO_COLUMN;
}

int mien_csv_columns(const mien_csv *table) {
    return (int)table->columns;
}

const char *mien_csv_name(const mien_csv *table, int column) {
    return table->fields[column];
}

const char *mien_csv_field(const mien_csv *table, size_t row, int column) {
    return table->fields[(row + 1) * table->columns + (size_t)column];
}

// --- The file ------------------------------------------------------------------------------------

static mien_status read_bytes(FILE *file, const char *path, char **bytes, size_t *size,
                              mien_error *error) {
    struct stat about;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a table", path);
    }
    if (about.st_size > MOST_BYTES) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: has %lld bytes; at most %d are accepted", path,
                         (long long)about.st_size, MOST_BYTES);
    }
    *bytes = malloc((size_t)about.st_size + 1);
    if (!*bytes) {
        return mien_fail_memory(error, "a table");
    }
    *size = fread(*bytes, 1, (size_t)about.st_size, file);
    return ferror(file) ? mien_fail(error, MIEN_IO, "%s: cannot be read to its end", path)
                        : MIEN_OK;
}

/// `*bytes` is the caller's to free(), also after an error.
static mien_status open_and_read(const char *path, char **bytes, size_t *size, mien_error *error) {
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { // a pipe would be waited for
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a table", path);
    }
    FILE *file = fopen(path, "rbe");
    if (!file) {
        return errno == ENOENT || errno == ENOTDIR
                   ? mien_fail(error, MIEN_NOT_FOUND, "%s: there is no such file", path)
                   : mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(errno));
    }
    mien_status status = read_bytes(file, path, bytes, size, error);
    fclose(file);
    return status;
}

// --- Fields --------------------------------------------------------------------------------------

static mien_status add_field(reader *state, const char *field, mien_error *error) {
    mien_csv *table = state->table;
    if (table->count == table->capacity) {
        size_t capacity = table->capacity * 2 + 256;
        const char **fields =
            (const char **)reallocarray((void *)table->fields, capacity, sizeof *fields);
        if (!fields) {
            return mien_fail_memory(error, "a table");
        }
        table->fields = fields;
        table->capacity = capacity;
    }
    table->fields[table->count++] = field;
    return MIEN_OK;
}

/// A quoted field: `at` stands behind the first mark. Pairs of marks become one.
static mien_status read_quoted(reader *state, mien_error *error) {
    char *from = state->at, *to = state->at;
    size_t first = state->line;
    while (*from && (*from != '"' || from[1] == '"')) {
        state->line += *from == '\n';
        from += *from == '"';
        *to++ = *from++;
    }
    if (!*from) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s:%zu: a quoted field has no end", state->path,
                         first);
    }
    *to = '\0';
    state->at = from + 1;
    return MIEN_OK;
}

/// The next field; `*more`: another one follows in the line.
static mien_status read_field(reader *state, bool *more, mien_error *error) {
    bool quoted = *state->at == '"';
    state->at += quoted;
    const char *field = state->at;
    mien_status status = quoted ? read_quoted(state, error) : MIEN_OK;
    if (status != MIEN_OK) {
        return status;
    }
    char *end = state->at + strcspn(state->at, ",\r\n");
    if (quoted && end > state->at) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s:%zu: text follows a quoted field", state->path,
                         state->line);
    }
    *more = *end == ',';
    size_t taken = end[0] == '\r' && end[1] == '\n' ? 2 : *end != '\0';
    state->line += taken > 0 && !*more;
    *end = '\0';
    state->at = end + taken;
    return add_field(state, field, error);
}

static mien_status read_line(reader *state, mien_error *error) {
    size_t line = state->line, before = state->table->count, most = state->table->columns;
    bool more = true;
    mien_status status = MIEN_OK;
    while (more && status == MIEN_OK && state->table->count - before < MOST_COLUMNS) {
        status = read_field(state, &more, error);
    }
    size_t columns = state->table->count - before;
    if (status == MIEN_OK && (more || (most && columns != most))) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s:%zu: has %zu fields%s, where %zu are expected", state->path, line,
                           columns, more ? " or more" : "", most ? most : (size_t)MOST_COLUMNS);
    }
    state->table->columns = columns;
    return status;
}

static mien_status read_lines(reader *state, const char *bytes, size_t size, mien_error *error) {
    if (size == 0 || memchr(bytes, '\0', size)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: %s", state->path,
                         size ? "is not a table; it holds zero bytes"
                              : "is empty; a line of column names is needed");
    }
    state->at = state->table->text = strndup(bytes, size);
    mien_status status = state->at ? MIEN_OK : mien_fail_memory(error, "a table");
    while (status == MIEN_OK && *state->at) {
        status = read_line(state, error);
    }
    return status;
}

mien_status mien_csv_parse(const void *bytes, size_t size, const char *path, mien_csv **table,
                           mien_error *error) {
    mien_csv *read = calloc(1, sizeof *read);
    if (!read) {
        return mien_fail_memory(error, "a table");
    }
    reader state = {.path = path, .line = 1, .table = read};
    mien_status status = read_lines(&state, bytes, size, error);
    if (status != MIEN_OK) {
        mien_csv_free(read);
        return status;
    }
    *table = read;
    return MIEN_OK;
}

mien_status mien_csv_read(const char *path, mien_csv **table, mien_error *error) {
    char *bytes = NULL;
    size_t size = 0;
    mien_status status = open_and_read(path, &bytes, &size, error);
    if (status == MIEN_OK) {
        status = mien_csv_parse(bytes, size, path, table, error);
    }
    free(bytes);
    return status;
}
