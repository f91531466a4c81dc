// SPDX-License-Identifier: Apache-2.0
#include "host/page/page.h"

#include "host/page/embedded.h"
#include "host/page/file.h"
#include "zoo/replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char title_mark[] = "{{title}}", data_mark[] = "{{data}}",
                  island_begin[] = "<script type=\"application/json\" id=\"data\">",
                  island_end[] = "</script>";

typedef struct content {
    const char *title, *data;
} content;

/// In JSON a "<" can only stand in a string, where it has another spelling: so no text can end the
/// script element or begin a comment.
static void put_data(FILE *file, const char *data) {
    for (; *data; data++) {
        if (*data == '<') {
            fputs("\\u003c", file);
        } else {
            fputc(*data, file);
        }
    }
}

static void put_title(FILE *file, const char *title) {
    for (; *title; title++) {
        if (*title == '<' || *title == '&') {
            fputs(*title == '<' ? "&lt;" : "&amp;", file);
        } else {
            fputc(*title, file);
        }
    }
}

/// Writes the template up to a mark; what is behind it is left.
static const char *put_up_to(FILE *file, const char *at, const char *mark) {
    const size_t left = (size_t)(mien_page_end - at);
    const char *const found = memmem(at, left, mark, strlen(mark));
    const size_t length = found ? (size_t)(found - at) : left;
    fwrite(at, 1, length, file);
    return found ? found + strlen(mark) : mien_page_end;
}

static bool write_page(FILE *file, const void *memory) {
    const content *const page = memory;
    const char *at = put_up_to(file, mien_page_begin, title_mark);
    put_title(file, page->title);
    at = put_up_to(file, at, data_mark);
    put_data(file, page->data);
    put_up_to(file, at, data_mark);
    return !ferror(file);
}

mien_status mien_page_write(const char *path, const char *title, const yyjson_mut_doc *data,
                            mien_error *error) {
    char *const text = data ? yyjson_mut_write(data, YYJSON_WRITE_NOFLAG, NULL) : NULL;
    if (!text) {
        return mien_fail_memory(error, "a report");
    }
    const content page = {title, text};
    const mien_status status = mien_replace_file(path, write_page, &page, error);
    free(text);
    return mien_error_context(error, status, "%s", path);
}

mien_status mien_page_read(const char *path, yyjson_doc **data, mien_error *error) {
    char *text = NULL;
    size_t length = 0;
    mien_status status = mien_page_file(path, &text, &length, error);
    if (status != MIEN_OK) {
        return status;
    }
    const char *const begin = strstr(text, island_begin);
    const char *const from = begin ? begin + sizeof island_begin - 1 : NULL;
    const char *const end = from ? strstr(from, island_end) : NULL;
    *data = end ? yyjson_read(from, (size_t)(end - from), YYJSON_READ_NOFLAG) : NULL;
    if (!*data) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: is no report that Mien wrote", path);
    }
    free(text);
    return status;
}
