// SPDX-License-Identifier: Apache-2.0
#include "host/cli/text.h"

#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const char replacement[] = "\xEF\xBF\xBD"; // U+FFFD

/// Decodes one code point of at most `limit` bytes; returns its length, 0 when it is no UTF-8.
static size_t decode(const char *text, size_t limit, uint32_t *code) {
    const unsigned char *bytes = (const unsigned char *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = bytes[0];
    size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 0 || length > limit || first > 0xF4) {
        return 0;
    }
    uint32_t value = length == 1 ? first : first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[length] || value > 0x10FFFF || surrogate) {
        return 0;
    }
    *code = value;
    return length;
}

/// Control characters, and the marks that reorder the text around them.
static bool steers_terminal(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

char *mien_text_clean(const char *text, bool keep_lines) {
    size_t length = strlen(text);
    char *clean = malloc(length * 3 + 1);
    if (!clean) {
        return NULL;
    }
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t taken = decode(text + i, length - i, &code);
        bool bad = taken == 0 || (steers_terminal(code) && !(keep_lines && code == '\n'));
        taken = taken ? taken : 1;
        size_t given = bad ? sizeof replacement - 1 : taken;
        memcpy(clean + used, bad ? replacement : text + i, given);
        used += given;
        i += taken;
    }
    clean[used] = '\0';
    return clean;
}

void mien_text_print(FILE *file, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    char *clean = text ? mien_text_clean(text, true) : NULL;
    fputs(clean ? clean : "(out of memory)\n", file);
    free(clean);
    free(text);
}

static bool utf8_found;

static void look_at_locale(void) {
    locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (user != (locale_t)0) {
        utf8_found = strcmp(nl_langinfo_l(CODESET, user), "UTF-8") == 0;
        freelocale(user);
    }
}

bool mien_text_utf8(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look_at_locale);
    return utf8_found;
}

const char *mien_text_times(void) {
    return mien_text_utf8() ? "×" : "x";
}

static locale_t utf8_locale;

static void open_locale(void) {
    utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/// Columns of one code point. wcwidth() knows wide characters in a UTF-8 locale only, and the
/// user's need not be one.
static size_t columns_of(uint32_t code) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_locale);
    if (code < 0x7F || utf8_locale == (locale_t)0) {
        return 1;
    }
    locale_t before = uselocale(utf8_locale);
    int columns = wcwidth((wchar_t)code);
    uselocale(before);
    return columns < 0 ? 1 : (size_t)columns;
}

size_t mien_text_prefix(const char *text, size_t columns) {
    size_t length = strlen(text), width = 0, i = 0;
    while (i < length) {
        uint32_t code = 0;
        size_t taken = decode(text + i, length - i, &code);
        width += taken ? columns_of(code) : 1;
        if (width > columns) {
            break;
        }
        i += taken ? taken : 1;
    }
    return i;
}

static size_t word_columns(const char *word, size_t bytes) {
    size_t width = 0;
    for (size_t i = 0; i < bytes;) {
        uint32_t code = 0;
        size_t taken = decode(word + i, bytes - i, &code);
        width += taken ? columns_of(code) : 1;
        i += taken ? taken : 1;
    }
    return width;
}

size_t mien_text_width(const char *text) {
    return word_columns(text, strlen(text));
}

void mien_text_wrap(FILE *file, const char *text, size_t indent, size_t width, bool started) {
    size_t column = started ? indent : 0;
    while (*text) {
        size_t bytes = strcspn(text, " \n");
        size_t columns = word_columns(text, bytes);
        bool fresh = column <= indent;
        if (!fresh && column + 1 + columns > width) {
            fputc('\n', file);
            column = 0;
            fresh = true;
        }
        if (column == 0 && bytes) {
            fprintf(file, "%*s", (int)indent, "");
            column = indent;
        } else if (!fresh && bytes) {
            fputc(' ', file);
            column++;
        }
        fwrite(text, 1, bytes, file);
        column += columns;
        text += bytes;
        if (strncmp(text, "\n\n", 2) == 0) {
            fputs("\n\n", file);
            column = 0;
        }
        text += strspn(text, " \n");
    }
    fputc('\n', file);
}

static const char *with_prefix(uint64_t value, const char *unit, char text[MIEN_TEXT_NUMBER]) {
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
    size_t step = 0;
    double scaled = (double)value;
    while (scaled >= 999.5 && step + 1 < sizeof prefixes / sizeof *prefixes) {
        scaled /= 1000;
        step++;
    }
    int decimals = step == 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    bool space = *unit || *prefixes[step];
    snprintf(text, MIEN_TEXT_NUMBER, "%.*f%s%s%s", decimals, scaled, space ? " " : "",
             prefixes[step], unit);
    return text;
}

const char *mien_text_count(uint64_t value, char text[MIEN_TEXT_NUMBER]) {
    return with_prefix(value, "", text);
}

const char *mien_text_bytes(uint64_t value, char text[MIEN_TEXT_NUMBER]) {
    return with_prefix(value, "B", text);
}
