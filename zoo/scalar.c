// SPDX-License-Identifier: Apache-2.0
#include "zoo/scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool mien_scalar_integer(const char *text, int64_t *value) {
    const char *const digits = text + (*text == '-' || *text == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    *value = strtoimax(text, NULL, 10);
    return errno == 0;
}

bool mien_scalar_number(const char *text, double *value) {
    // What strtod takes beyond YAML: hexadecimal, infinities, blanks in front.
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return false;
    }
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); // glibc's is static
    if (!c) {
        return false;
    }
    char *end;
    *value = strtod_l(text, &end, c);
    freelocale(c);
    return end != text && *end == '\0' && isfinite(*value);
}

bool mien_scalar_boolean(const char *text, bool *value) {
    *value = strcmp(text, "true") == 0;
    return *value || strcmp(text, "false") == 0;
}
