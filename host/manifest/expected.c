// SPDX-License-Identifier: Apache-2.0
// What a field's value must be, in words.
#include "host/manifest/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *form_text(mien_text_form form) {
    switch (form) {
    case MIEN_FORM_LINE:
        return "a line of text";
    case MIEN_FORM_NAME:
        return "a name of lower-case letters, digits and hyphens, at most 64";
    case MIEN_FORM_PATH:
        return "a relative path inside the manifest's folder";
    case MIEN_FORM_MANIFEST:
        return "a manifest's name, or a relative path of its file inside the manifest's folder";
    case MIEN_FORM_SHA256:
        return "64 lower-case hexadecimal digits";
    case MIEN_FORM_VALUE:
        return "a value or a list of values";
    }
    return "text";
}

static void count_text(const mien_field *field, char text[64]) {
    if (field->least == field->most) {
        snprintf(text, 64, "%zu", field->least);
    } else {
        snprintf(text, 64, "%zu to %zu", field->least, field->most);
    }
}

const char *mien_section_keys(const mien_section *section, char text[MIEN_EXPECTED_CAPACITY]) {
    const size_t fields = mien_section_fields(section);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < fields && used < MIEN_EXPECTED_CAPACITY; i++) {
        used += (size_t)snprintf(text + used, MIEN_EXPECTED_CAPACITY - used, "%s%s", i ? ", " : "",
                                 mien_section_field(section, i)->name);
    }
    return text;
}

static void join_choices(const mien_field *field, char *text, size_t capacity) {
    size_t used = (size_t)snprintf(text, capacity, field->choices[1] ? "one of " : "");
    for (size_t i = 0; field->choices[i] && used < capacity; i++) {
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", i ? ", " : "",
                                 field->choices[i]);
    }
}

const char *mien_field_expected(const mien_field *field, char text[MIEN_EXPECTED_CAPACITY]) {
    const size_t capacity = MIEN_EXPECTED_CAPACITY;
    char count[64], keys[MIEN_EXPECTED_CAPACITY];
    count_text(field, count);
    switch (field->type) {
    case MIEN_FIELD_TEXT:
        snprintf(text, capacity, "%s", form_text(field->form));
        break;
    case MIEN_FIELD_INTEGER:
        if (field->minimum == field->maximum) {
            snprintf(text, capacity, "%.0f", field->minimum);
        } else {
            snprintf(text, capacity, "an integer from %.0f to %.0f", field->minimum,
                     field->maximum);
        }
        break;
    case MIEN_FIELD_NUMBER:
        snprintf(text, capacity, "a number from %g to %g", field->minimum, field->maximum);
        break;
    case MIEN_FIELD_BOOLEAN:
        snprintf(text, capacity, "true or false");
        break;
    case MIEN_FIELD_CHOICE:
        join_choices(field, text, capacity);
        break;
    case MIEN_FIELD_NUMBERS:
        snprintf(text, capacity, "a list of %s numbers from %g to %g", count, field->minimum,
                 field->maximum);
        break;
    case MIEN_FIELD_TEXTS:
        snprintf(text, capacity, "a list of %s different texts", count);
        break;
    case MIEN_FIELD_PAIRS:
        snprintf(text, capacity, "a mapping of %s keys, each with %s", count,
                 form_text(field->form));
        break;
    case MIEN_FIELD_SECTION:
        snprintf(text, capacity, "a mapping with keys out of %.400s",
                 mien_section_keys(field->section, keys));
        break;
    case MIEN_FIELD_SECTIONS:
        snprintf(text, capacity, "a list of %s mappings with keys out of %.400s", count,
                 mien_section_keys(field->section, keys));
        break;
    }
    return text;
}
