// SPDX-License-Identifier: Apache-2.0
#include "host/cli/text_table.h"

#include "host/cli/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, NARROWEST = 12 };

typedef struct {
    char *text; ///< clean
    size_t width;
    mien_style style;
    bool last;     ///< the row ends with this cell
    bool overflow; ///< and it does not count for its column's width
} cell;

struct mien_text_table {
    mien_text_column *columns;
    size_t column_count;
    cell *cells; ///< the headings first
    size_t count, capacity;
    size_t column; ///< of the next cell
    bool out_of_memory, titled;
};

static void add(mien_text_table *table, mien_style style, char *text) {
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 64;
        cell *cells = realloc(table->cells, capacity * sizeof *cells);
        if (!cells) {
            free(text);
            table->out_of_memory = true;
            return;
        }
        table->cells = cells;
        table->capacity = capacity;
    }
    text[strcspn(text, "\n")] = '\0';
    bool last = table->column + 1 == table->column_count;
    table->cells[table->count++] =
        (cell){.text = text, .width = mien_text_width(text), .style = style, .last = last};
    table->column = last ? 0 : table->column + 1;
}

static void add_copy(mien_text_table *table, mien_style style, const char *text) {
    char *clean = mien_text_clean(text, true);
    if (clean) {
        add(table, style, clean);
    } else {
        table->out_of_memory = true;
    }
}

mien_text_table *mien_text_table_create(const mien_text_column *columns, size_t count) {
    mien_text_table *table = calloc(1, sizeof *table);
    if (!table) {
        return NULL;
    }
    table->columns = calloc(count, sizeof *columns);
    if (!table->columns) {
        free(table);
        return NULL;
    }
    memcpy(table->columns, columns, count * sizeof *columns);
    table->column_count = count;
    for (size_t i = 0; i < count; i++) {
        table->titled = table->titled || *columns[i].title;
        add_copy(table, MIEN_STYLE_HEADING, columns[i].title);
        table->columns[i].title = NULL; // the heading cell has the copy
    }
    return table;
}

void mien_text_table_free(mien_text_table *table) {
    if (table) {
        for (size_t i = 0; i < table->count; i++) {
            free(table->cells[i].text);
        }
        free(table->cells);
        free(table->columns);
        free(table);
    }
}

void mien_text_table_cell(mien_text_table *table, mien_style style, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
        table->out_of_memory = true;
    }
    va_end(arguments);
    if (text) {
        add_copy(table, style, text);
        free(text);
    }
}

void mien_text_table_end_row(mien_text_table *table) {
    if (table->column != 0) {
        table->cells[table->count - 1].last = true;
        table->cells[table->count - 1].overflow = true;
        table->column = 0;
    }
}

static void measure(const mien_text_table *table, size_t *widths) {
    size_t column = 0;
    for (size_t i = 0; i < table->count; i++) {
        const cell *each = &table->cells[i];
        if (!each->overflow && each->width > widths[column]) {
            widths[column] = each->width;
        }
        column = each->last ? 0 : column + 1;
    }
}

/// Narrows the columns that may be, from the last, until the table fits `limit` columns; then
/// leaves out, with a width of 0, those that may go.
static void fit(const mien_text_table *table, size_t *widths, size_t limit) {
    size_t total = GAP * (table->column_count - 1);
    for (size_t i = 0; i < table->column_count; i++) {
        total += widths[i];
    }
    for (size_t i = table->column_count; limit && i-- > 0 && total > limit;) {
        if (table->columns[i].shrinks && widths[i] > NARROWEST) {
            size_t spare = widths[i] - NARROWEST, wanted = total - limit;
            size_t taken = spare < wanted ? spare : wanted;
            widths[i] -= taken;
            total -= taken;
        }
    }
    for (size_t i = table->column_count; limit && i-- > 0 && total > limit;) {
        if (table->columns[i].may_go) {
            total -= widths[i] + GAP;
            widths[i] = 0;
        }
    }
}

/// Writes a cell after `*blank` spaces, and leaves there those that follow it, so that lines do not
/// end in spaces.
static void write_cell(const cell *each, const mien_text_column *column, size_t width, bool colour,
                       size_t *blank, FILE *file) {
    bool cut = column->shrinks && each->width > width && !each->overflow;
    size_t bytes = cut ? mien_text_prefix(each->text, width - 1) : strlen(each->text);
    size_t shown = cut ? width : each->width;
    size_t padding = shown < width ? width - shown : 0;
    if (!*each->text) {
        *blank += width;
        return;
    }
    const char *cut_mark = mien_text_utf8() ? "…" : "~";
    const char *start = colour ? mien_style_start(each->style) : "";
    fprintf(file, "%*s%s%.*s%s%s", (int)(*blank + (column->right ? padding : 0)), "", start,
            (int)bytes, each->text, cut ? cut_mark : "", *start ? MIEN_STYLE_END : "");
    *blank = column->right ? 0 : padding;
}

mien_status mien_text_table_write(const mien_text_table *table, FILE *file, mien_error *error) {
    size_t *widths = calloc(table->column_count, sizeof *widths);
    if (!widths || table->out_of_memory) {
        free(widths);
        return mien_fail_memory(error, "a table");
    }
    measure(table, widths);
    fit(table, widths, mien_terminal_width(file));
    bool colour = mien_terminal_colour(file);
    size_t column = 0, blank = 0;
    for (size_t i = table->titled ? 0 : table->column_count; i < table->count; i++) {
        const cell *each = &table->cells[i];
        if (widths[column] || each->overflow) {
            write_cell(each, &table->columns[column], widths[column], colour, &blank, file);
            blank += GAP;
        }
        column++;
        if (each->last) {
            fputc('\n', file);
            column = blank = 0;
        }
    }
    free(widths);
    return MIEN_OK;
}

mien_status mien_text_table_write_and_free(mien_text_table *table, FILE *file, mien_error *error) {
    mien_status status =
        table ? mien_text_table_write(table, file, error) : mien_fail_memory(error, "a table");
    mien_text_table_free(table);
    return status;
}
