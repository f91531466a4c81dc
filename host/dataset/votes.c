// SPDX-License-Identifier: Apache-2.0
// The table of votes, sorted by the names' ends: what shares the longest end with a path is then
// beside the place where that path would stand.
#include "host/dataset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MOST_BYTES = 1 << 28, MOST_COLUMNS = 64, NO_COLUMN = -1 };

struct mien_votes {
    mien_vote_row *rows;
    size_t count, capacity;
    char *text; // the file; rows' names point into it
};

/// A reader's place in the file.
struct reader {
    const char *path;
    char *next; // first byte not read
    size_t line;
    int file_column, vote_columns[MIEN_VOTE_COUNT];
    int columns;
    mien_votes *votes;
};

void mien_votes_free(mien_votes *votes) {
    if (votes) {
        free(votes->rows);
        free(votes->text);
        free(votes);
    }
}

size_t mien_votes_count(const mien_votes *votes) {
    return votes->count;
}

// --- The file ------------------------------------------------------------------------------------

static mien_status read_bytes(FILE *file, const char *path, char **text, size_t *size,
                              mien_error *error) {
    struct stat about;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a file of votes", path);
    }
    if (about.st_size > MOST_BYTES) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: has %lld bytes; at most %d are accepted", path,
                         (long long)about.st_size, MOST_BYTES);
    }
    char *bytes = malloc((size_t)about.st_size + 1);
    if (!bytes) {
        return mien_fail_memory(error, "a table of votes");
    }
    *size = fread(bytes, 1, (size_t)about.st_size, file);
    if (ferror(file)) {
        free(bytes);
        return mien_fail(error, MIEN_IO, "%s: cannot be read to its end", path);
    }
    *text = bytes;
    return MIEN_OK;
}

static mien_status cannot_open(const char *path, int cause, mien_error *error) {
    if (cause == ENOMEM) {
        return mien_fail_memory(error, "a table of votes");
    }
    return cause == ENOENT || cause == ENOTDIR
               ? mien_fail(error, MIEN_NOT_FOUND, "%s: there is no such file", path)
               : mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(cause));
}

static mien_status read_text(const char *path, char **text, size_t *size, mien_error *error) {
    FILE *file = fopen(path, "rbe");
    if (!file) {
        return cannot_open(path, errno, error);
    }
    mien_status status = read_bytes(file, path, text, size, error);
    fclose(file);
    return status;
}

// --- Lines ---------------------------------------------------------------------------------------

/// The next line without its end, or NULL.
static char *next_line(struct reader *reader) {
    char *line = reader->next;
    if (*line == '\0') {
        return NULL;
    }
    reader->line++;
    char *end = line + strcspn(line, "\n");
    reader->next = end + (*end == '\n');
    *end = '\0';
    if (end > line && end[-1] == '\r') {
        end[-1] = '\0';
    }
    return line;
}

/// Cuts a line at its commas; returns how many fields there are, at most MOST_COLUMNS + 1.
static int cut(char *line, char *fields[MOST_COLUMNS]) {
    int count = 0;
    for (char *field = line; field; count++) {
        char *comma = strchr(field, ',');
        if (comma) {
            *comma = '\0';
        }
        if (count == MOST_COLUMNS) {
            return count + 1;
        }
        fields[count] = field;
        field = comma ? comma + 1 : NULL;
    }
    return count;
}

static int find_column(char *const *fields, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        if (strcasecmp(fields[i], name) == 0) {
            return i;
        }
    }
    return NO_COLUMN;
}

static mien_status read_head(struct reader *reader, mien_error *error) {
    char *line = next_line(reader), *fields[MOST_COLUMNS];
    if (!line) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is empty; a line of column names is needed",
                         reader->path);
    }
    reader->columns = cut(line, fields);
    if (reader->columns > MOST_COLUMNS) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s:1: more than %d columns", reader->path,
                         MOST_COLUMNS);
    }
    reader->file_column = find_column(fields, reader->columns, "file");
    if (reader->file_column == NO_COLUMN) { // fer2013new.csv, as FER+ is published
        reader->file_column = find_column(fields, reader->columns, "Image name");
    }
    if (reader->file_column == NO_COLUMN) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s:1: there is no column \"file\"; a table of votes has file, neutral, "
                         "happiness and the others",
                         reader->path);
    }
    for (int i = 0; i < MIEN_VOTE_COUNT; i++) {
        const char *name = mien_vote_text((mien_vote)i);
        reader->vote_columns[i] = find_column(fields, reader->columns, name);
        if (i == MIEN_VOTE_NONFACE && reader->vote_columns[i] == NO_COLUMN) {
            reader->vote_columns[i] = find_column(fields, reader->columns, "NF"); // FER+'s own
        }
        if (reader->vote_columns[i] == NO_COLUMN) {
            return mien_fail(error, MIEN_BAD_INPUT, "%s:1: there is no column \"%s\"", reader->path,
                             name);
        }
    }
    return MIEN_OK;
}

static bool read_count(const char *text, uint32_t *count) {
    uint32_t value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 7 || text[digits]) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    *count = value;
    return value <= MIEN_VOTES_MOST;
}

static mien_status add_row(struct reader *reader, char *const *fields, mien_error *error) {
    mien_votes *votes = reader->votes;
    if (votes->count == votes->capacity) {
        size_t capacity = votes->capacity * 2 + 1024;
        mien_vote_row *rows = reallocarray(votes->rows, capacity, sizeof *rows);
        if (!rows) {
            return mien_fail_memory(error, "a table of votes");
        }
        votes->rows = rows;
        votes->capacity = capacity;
    }
    mien_vote_row *row = &votes->rows[votes->count];
    row->file = fields[reader->file_column];
    for (int i = 0; i < MIEN_VOTE_COUNT; i++) {
        const char *text = fields[reader->vote_columns[i]];
        if (!read_count(text, &row->counts[i])) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s:%zu: \"%.64s\" people voted for %s; it must be a number from 0 to "
                             "%d",
                             reader->path, reader->line, text, mien_vote_text((mien_vote)i),
                             MIEN_VOTES_MOST);
        }
    }
    // FER+ leaves the name out where a picture was taken out of the set.
    votes->count += row->file[0] != '\0';
    return MIEN_OK;
}

static mien_status read_rows(struct reader *reader, mien_error *error) {
    mien_status status = read_head(reader, error);
    char *line;
    while (status == MIEN_OK && (line = next_line(reader))) {
        char *fields[MOST_COLUMNS] = {0};
        if (line[0] == '\0') {
            continue;
        }
        if (strchr(line, '"')) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s:%zu: quotation marks are not read; give names without commas",
                             reader->path, reader->line);
        }
        int columns = cut(line, fields);
        if (columns != reader->columns) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s:%zu: there are %d fields; the first line names %d columns",
                             reader->path, reader->line, columns, reader->columns);
        }
        status = add_row(reader, fields, error);
    }
    return status;
}

// --- Looking up ----------------------------------------------------------------------------------

/// Compares two texts from their ends.
static int compare_ends(const char *a, const char *b) {
    size_t i = strlen(a), j = strlen(b);
    while (i > 0 && j > 0) {
        i--, j--;
        if (a[i] != b[j]) {
            return (unsigned char)a[i] < (unsigned char)b[j] ? -1 : 1;
        }
    }
    return (i > 0) - (j > 0);
}

static int compare_rows(const void *a, const void *b) {
    return compare_ends(((const mien_vote_row *)a)->file, ((const mien_vote_row *)b)->file);
}

static mien_status sort_rows(mien_votes *votes, const char *path, mien_error *error) {
    if (votes->count == 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: names no picture", path);
    }
    qsort(votes->rows, votes->count, sizeof *votes->rows, compare_rows);
    for (size_t i = 1; i < votes->count; i++) {
        if (strcmp(votes->rows[i].file, votes->rows[i - 1].file) == 0) {
            return mien_fail(error, MIEN_BAD_INPUT, "%s: names \"%.256s\" twice", path,
                             votes->rows[i].file);
        }
    }
    return MIEN_OK;
}

mien_status mien_votes_parse(const void *bytes, size_t size, const char *path, mien_votes **votes,
                             mien_error *error) {
    if (memchr(bytes, '\0', size)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: has a zero byte, so it is no table", path);
    }
    mien_votes *made = calloc(1, sizeof *made);
    if (!made || !(made->text = strndup(bytes, size))) {
        mien_votes_free(made);
        return mien_fail_memory(error, "a table of votes");
    }
    struct reader reader = {.path = path, .next = made->text, .votes = made};
    mien_status status = read_rows(&reader, error);
    if (status == MIEN_OK) {
        status = sort_rows(made, path, error);
    }
    if (status != MIEN_OK) {
        mien_votes_free(made);
        return status;
    }
    *votes = made;
    return MIEN_OK;
}

mien_status mien_votes_read(const char *path, mien_votes **votes, mien_error *error) {
    char *text = NULL;
    size_t size = 0;
    mien_status status = read_text(path, &text, &size, error);
    if (status == MIEN_OK) {
        status = mien_votes_parse(text, size, path, votes, error);
    }
    free(text);
    return status;
}

/// How many whole names, from the end, two paths have in common.
static size_t common_names(const char *a, const char *b) {
    size_t i = strlen(a), j = strlen(b), names = 0;
    while (i > 0 && j > 0 && a[i - 1] == b[j - 1]) {
        i--, j--;
        bool begins = (i == 0 || a[i - 1] == '/') && (j == 0 || b[j - 1] == '/');
        names += begins && a[i] != '/';
    }
    return names;
}

static size_t near(const mien_votes *votes, size_t index, const char *path) {
    return index < votes->count ? common_names(votes->rows[index].file, path) : 0;
}

const mien_vote_row *mien_votes_find(const mien_votes *votes, const char *path) {
    size_t low = 0, high = votes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_ends(votes->rows[middle].file, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t after = near(votes, low, path), before = low > 0 ? near(votes, low - 1, path) : 0;
    size_t best = after >= before ? low : low - 1;
    size_t names = after >= before ? after : before;
    if (names == 0) {
        return NULL;
    }
    bool alone =
        (best == 0 || near(votes, best - 1, path) < names) && near(votes, best + 1, path) < names;
    const mien_vote_row *row = &votes->rows[best];
    bool whole = names >= 2 || !strchr(row->file, '/');
    return alone && whole ? row : NULL;
}
