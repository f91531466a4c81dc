// SPDX-License-Identifier: Apache-2.0
// Which bytes a manifest may hold, checked before libyaml sees them, so that the message has a line
// and a column.
#include "host/manifest/document.h"

/// Bytes of the UTF-8 character at `bytes`, and the character; 0 when there is none.
static size_t decode(const unsigned char *bytes, size_t size, uint32_t *character) {
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t extra = 0; extra < sizeof forms / sizeof forms[0]; extra++) {
        if ((bytes[0] & forms[extra].mask) != forms[extra].lead) {
            continue;
        }
        if (extra >= size) {
            return 0;
        }
        uint32_t value = bytes[0] & (unsigned char)~forms[extra].mask;
        for (size_t i = 1; i <= extra; i++) {
            if ((bytes[i] & 0xc0) != 0x80) {
                return 0;
            }
            value = (value << 6) | (bytes[i] & 0x3fu);
        }
        *character = value;
        const bool surrogate = value >= 0xd800 && value < 0xe000;
        return value < forms[extra].least || value > 0x10ffff || surrogate ? 0 : extra + 1;
    }
    return 0;
}

static const char *objection(uint32_t character, bool first) {
    if (character == 0) {
        return "a NUL byte; YAML is text";
    }
    const bool blank = character == '\t' || character == '\n' || character == '\r';
    if ((character < 0x20 && !blank) || (character >= 0x7f && character < 0xa0)) {
        return "a control character; remove it, or write it as an escape in double quotes";
    }
    if ((character == 0xfeff && !first) || character == 0xfffe || character == 0xffff) {
        return "a character that YAML does not allow; remove it";
    }
    return NULL;
}

bool mien_yaml_check_bytes(const unsigned char *bytes, size_t size, mien_position *at,
                           const char **what) {
    *at = (mien_position){1, 1};
    for (size_t i = 0; i < size;) {
        uint32_t character = 0;
        const size_t length = decode(bytes + i, size - i, &character);
        *what = length == 0 ? "not UTF-8; save the file as UTF-8" : objection(character, i == 0);
        if (at->column == 1 && character == '%') { // libyaml's time grows with their square
            *what = "a line that starts with %; Mien takes no directives, remove it";
        }
        if (*what) {
            return false;
        }
        i += length;
        at->column++;
        if (character == '\n') {
            *at = (mien_position){at->line + 1, 1};
        }
    }
    return true;
}
