// SPDX-License-Identifier: Apache-2.0
// What a manifest says, as `mien inspect` prints it: YAML that is read back as the same manifest.
#include "host/manifest/bind.h"
#include "zoo/scalar.h"

#include <stdlib.h>
#include <string.h>

struct writer {
    FILE *file;
    int indent;
};

static void begin(const struct writer *writer, const mien_field *field) {
    fprintf(writer->file, "%*s%s:", writer->indent, "", field->name);
}

static void write_numbers(const struct writer *writer, const mien_manifest_numbers *numbers) {
    fputs(" [", writer->file);
    for (size_t i = 0; i < numbers->count; i++) {
        fprintf(writer->file, "%s%.9g", i ? ", " : "", numbers->items[i]);
    }
    fputs("]\n", writer->file);
}

static bool is_plain(const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char inner[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./ ";
    const size_t length = strlen(text);
    return length > 0 && strchr(letters, text[0]) && text[strspn(text, inner)] == '\0' &&
           text[length - 1] != ' ' && !mien_text_is_yaml_word(text);
}

/// A text such that it is read back as the same text. Control characters cannot be in it.
static void write_text(const struct writer *writer, const char *text) {
    if (is_plain(text)) {
        fputs(text, writer->file);
        return;
    }
    fputc('"', writer->file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', writer->file);
        }
        fputc(*text, writer->file);
    }
    fputc('"', writer->file);
}

/// A value whose type only the plugin knows: numbers, booleans and lists stay bare.
static void write_value_text(const struct writer *writer, const char *text) {
    double number;
    bool boolean;
    if (text[0] == '[' || mien_scalar_number(text, &number) ||
        mien_scalar_boolean(text, &boolean)) {
        fputs(text, writer->file);
    } else {
        write_text(writer, text);
    }
}

static void write_texts(const struct writer *writer, const mien_manifest_texts *texts) {
    fputs(" [", writer->file);
    for (size_t i = 0; i < texts->count; i++) {
        fputs(i ? ", " : "", writer->file);
        write_text(writer, texts->items[i].text);
    }
    fputs("]\n", writer->file);
}

static void write_pairs(const struct writer *writer, const mien_manifest_pairs *pairs) {
    fputs("\n", writer->file);
    for (size_t i = 0; i < pairs->count; i++) {
        fprintf(writer->file, "%*s", writer->indent + 2, "");
        write_text(writer, pairs->items[i].key.text);
        fputs(": ", writer->file);
        write_value_text(writer, pairs->items[i].value.text);
        fputs("\n", writer->file);
    }
}

static bool section_given(const mien_section *section, const char *object);

/// Whether the struct holds a value for a field, its own or a default. A number with a default was
/// said to be 0 when it is.
static bool given(const mien_field *field, const char *object) {
    const void *const member = object + field->offset;
    switch (field->type) {
    case MIEN_FIELD_TEXT:
        return ((const mien_manifest_text *)member)->text != NULL;
    case MIEN_FIELD_INTEGER:
        return field->default_text || *(const uint32_t *)member != 0;
    case MIEN_FIELD_NUMBER:
        return field->default_text || *(const double *)member != 0;
    case MIEN_FIELD_BOOLEAN:
        return true;
    case MIEN_FIELD_CHOICE:
        return *(const int32_t *)member >= 0;
    case MIEN_FIELD_NUMBERS:
        return ((const mien_manifest_numbers *)member)->count > 0;
    case MIEN_FIELD_TEXTS:
        return ((const mien_manifest_texts *)member)->count > 0;
    case MIEN_FIELD_PAIRS:
        return ((const mien_manifest_pairs *)member)->count > 0;
    case MIEN_FIELD_SECTION:
        return section_given(field->section, object);
    case MIEN_FIELD_SECTIONS:
        return *(const size_t *)(const void *)(object + field->count_offset) > 0;
    }
    return false;
}

static bool section_given(const mien_section *section, const char *object) {
    for (size_t i = 0; i < section->count; i++) {
        if (given(&section->fields[i], object)) {
            return true;
        }
    }
    return false;
}

static void write_section(struct writer *writer, const mien_section *section, const char *object);

static void write_sections(struct writer *writer, const mien_field *field, const char *object) {
    const char *items;
    memcpy(&items, object + field->offset, sizeof items);
    const size_t count = *(const size_t *)(const void *)(object + field->count_offset);
    fputs("\n", writer->file);
    for (size_t i = 0; i < count; i++) {
        fprintf(writer->file, "%*s-\n", writer->indent + 2, "");
        writer->indent += 4;
        write_section(writer, field->section, items + i * field->section->size);
        writer->indent -= 4;
    }
}

static void write_value(struct writer *writer, const mien_field *field, const char *object) {
    const void *const member = object + field->offset;
    switch (field->type) {
    case MIEN_FIELD_TEXT:
        fputs(" ", writer->file);
        write_text(writer, ((const mien_manifest_text *)member)->text);
        fputs("\n", writer->file);
        break;
    case MIEN_FIELD_INTEGER:
        fprintf(writer->file, " %u\n", *(const uint32_t *)member);
        break;
    case MIEN_FIELD_NUMBER:
        fprintf(writer->file, " %.9g\n", *(const double *)member);
        break;
    case MIEN_FIELD_BOOLEAN:
        fprintf(writer->file, " %s\n", *(const bool *)member ? "true" : "false");
        break;
    case MIEN_FIELD_CHOICE:
        fprintf(writer->file, " %s\n", field->choices[*(const int32_t *)member]);
        break;
    case MIEN_FIELD_NUMBERS:
        write_numbers(writer, member);
        break;
    case MIEN_FIELD_TEXTS:
        write_texts(writer, member);
        break;
    case MIEN_FIELD_PAIRS:
        write_pairs(writer, member);
        break;
    case MIEN_FIELD_SECTION:
        fputs("\n", writer->file);
        writer->indent += 2;
        write_section(writer, field->section, object);
        writer->indent -= 2;
        break;
    case MIEN_FIELD_SECTIONS:
        write_sections(writer, field, object);
        break;
    }
}

static void write_section(struct writer *writer, const mien_section *section, const char *object) {
    const size_t fields = mien_section_fields(section);
    for (size_t i = 0; i < fields; i++) {
        const mien_field *const field = mien_section_field(section, i);
        if (given(field, object)) {
            begin(writer, field);
            write_value(writer, field, object);
        }
    }
}

mien_status mien_manifest_describe(const mien_manifest *manifest, FILE *file, mien_error *error) {
    struct writer writer = {.file = file};
    write_section(&writer, mien_manifest_section(manifest->kind), (const char *)manifest);
    if (ferror(file)) {
        return mien_fail(error, MIEN_IO, "cannot write what %s says", manifest->path);
    }
    return MIEN_OK;
}

mien_status mien_manifest_describe_text(const mien_manifest *manifest, char **text,
                                        mien_error *error) {
    size_t size = 0;
    *text = NULL;
    FILE *const file = open_memstream(text, &size);
    if (!file) {
        return mien_fail_memory(error, "a manifest's text");
    }
    mien_status status = mien_manifest_describe(manifest, file, error);
    if (fclose(file) != 0 && status == MIEN_OK) {
        status = mien_fail_memory(error, "a manifest's text");
    }
    if (status != MIEN_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}
