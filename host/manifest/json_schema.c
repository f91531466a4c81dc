// SPDX-License-Identifier: Apache-2.0
// The table as a JSON Schema (2020-12), for editors that check YAML while it is typed.
#include "host/manifest/table.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/// A failed allocation inside yyjson makes a call return NULL or false; later calls accept NULL, so
/// one look at the end (does the document have all its bytes?) is not enough: count the failures.
struct builder {
    yyjson_mut_doc *document;
    bool failed;
};

static yyjson_mut_val *object(struct builder *builder) {
    yyjson_mut_val *const value = yyjson_mut_obj(builder->document);
    builder->failed |= value == NULL;
    return value;
}

static void add_text(struct builder *builder, yyjson_mut_val *to, const char *key,
                     const char *text) {
    builder->failed |= !yyjson_mut_obj_add_str(builder->document, to, key, text);
}

static void add_number(struct builder *builder, yyjson_mut_val *to, const char *key,
                       double number) {
    const bool whole = number >= -1e9 && number <= 1e9 && number == (double)(int64_t)number;
    builder->failed |= whole ? !yyjson_mut_obj_add_int(builder->document, to, key, (int64_t)number)
                             : !yyjson_mut_obj_add_real(builder->document, to, key, number);
}

static void add_value(struct builder *builder, yyjson_mut_val *to, const char *key,
                      yyjson_mut_val *value) {
    builder->failed |= !yyjson_mut_obj_add_val(builder->document, to, key, value);
}

static yyjson_mut_val *typed(struct builder *builder, const char *type) {
    yyjson_mut_val *const value = object(builder);
    add_text(builder, value, "type", type);
    return value;
}

static void add_range(struct builder *builder, yyjson_mut_val *to, const mien_field *field) {
    add_number(builder, to, "minimum", field->minimum);
    add_number(builder, to, "maximum", field->maximum);
}

#define NAME "[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?"
// Not absolute, no part that is "..".
#define INSIDE "(?!/)(?!(.*/)?\\.\\.(/|$))"

static yyjson_mut_val *form_schema(struct builder *builder, mien_text_form form) {
    static const char *const patterns[] = {
        [MIEN_FORM_NAME] = "^" NAME "$",
        [MIEN_FORM_PATH] = "^" INSIDE ".+$",
        [MIEN_FORM_MANIFEST] = "^(" NAME "|" INSIDE "(.*/.*|.*\\.ya?ml))$",
        [MIEN_FORM_SHA256] = "^[0-9a-f]{64}$",
        [MIEN_FORM_VALUE] = NULL,
    };
    if (form == MIEN_FORM_VALUE) {
        yyjson_mut_val *const any = object(builder);
        yyjson_mut_val *const types = yyjson_mut_arr(builder->document);
        static const char *const names[] = {"string", "number", "boolean", "array"};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            builder->failed |= !yyjson_mut_arr_add_str(builder->document, types, names[i]);
        }
        add_value(builder, any, "type", types);
        return any;
    }
    yyjson_mut_val *const text = typed(builder, "string");
    add_number(builder, text, "minLength", 1);
    add_number(builder, text, "maxLength", 1000);
    if (patterns[form]) {
        add_text(builder, text, "pattern", patterns[form]);
    }
    return text;
}

static yyjson_mut_val *list_schema(struct builder *builder, const mien_field *field,
                                   yyjson_mut_val *item) {
    yyjson_mut_val *const list = typed(builder, "array");
    add_value(builder, list, "items", item);
    add_number(builder, list, "minItems", (double)field->least);
    add_number(builder, list, "maxItems", (double)field->most);
    return list;
}

static yyjson_mut_val *choice_schema(struct builder *builder, const mien_field *field) {
    yyjson_mut_val *const value = object(builder);
    yyjson_mut_val *const list = yyjson_mut_arr(builder->document);
    for (size_t i = 0; field->choices[i]; i++) {
        builder->failed |= !yyjson_mut_arr_add_str(builder->document, list, field->choices[i]);
    }
    add_value(builder, value, "enum", list);
    return value;
}

static yyjson_mut_val *section_schema(struct builder *builder, const mien_section *section,
                                      const char *kind);

static yyjson_mut_val *ranged(struct builder *builder, const char *type, const mien_field *field) {
    yyjson_mut_val *const value = typed(builder, type);
    add_range(builder, value, field);
    return value;
}

static yyjson_mut_val *pairs_schema(struct builder *builder, const mien_field *field) {
    yyjson_mut_val *const value = typed(builder, "object");
    add_value(builder, value, "additionalProperties", form_schema(builder, field->form));
    add_number(builder, value, "minProperties", (double)field->least);
    add_number(builder, value, "maxProperties", (double)field->most);
    return value;
}

static yyjson_mut_val *value_schema(struct builder *builder, const mien_field *field) {
    yyjson_mut_val *list;
    switch (field->type) {
    case MIEN_FIELD_TEXT:
        return form_schema(builder, field->form);
    case MIEN_FIELD_INTEGER:
        return ranged(builder, "integer", field);
    case MIEN_FIELD_NUMBER:
        return ranged(builder, "number", field);
    case MIEN_FIELD_BOOLEAN:
        return typed(builder, "boolean");
    case MIEN_FIELD_CHOICE:
        return choice_schema(builder, field);
    case MIEN_FIELD_NUMBERS:
        return list_schema(builder, field, ranged(builder, "number", field));
    case MIEN_FIELD_TEXTS:
        list = list_schema(builder, field, form_schema(builder, field->form));
        builder->failed |= !yyjson_mut_obj_add_bool(builder->document, list, "uniqueItems", true);
        return list;
    case MIEN_FIELD_PAIRS:
        return pairs_schema(builder, field);
    case MIEN_FIELD_SECTION:
        return section_schema(builder, field->section, NULL);
    case MIEN_FIELD_SECTIONS:
        return list_schema(builder, field, section_schema(builder, field->section, NULL));
    }
    return NULL;
}

static void add_default(struct builder *builder, yyjson_mut_val *to, const mien_field *field) {
    if (!field->default_text) {
        return;
    }
    if (field->type == MIEN_FIELD_CHOICE || field->type == MIEN_FIELD_TEXT) {
        add_text(builder, to, "default", field->default_text);
    } else if (field->type == MIEN_FIELD_BOOLEAN) {
        const bool initial = strcmp(field->default_text, "true") == 0;
        builder->failed |= !yyjson_mut_obj_add_bool(builder->document, to, "default", initial);
    } else {
        add_number(builder, to, "default", strtod(field->default_text, NULL));
    }
}

/// `kind` is what the key "kind" must be here, or NULL in a section without one.
static yyjson_mut_val *section_schema(struct builder *builder, const mien_section *section,
                                      const char *kind) {
    yyjson_mut_val *const whole = typed(builder, "object");
    yyjson_mut_val *const properties = object(builder);
    yyjson_mut_val *const required = yyjson_mut_arr(builder->document);
    const size_t fields = mien_section_fields(section);
    for (size_t i = 0; i < fields; i++) {
        const mien_field *const field = mien_section_field(section, i);
        const bool is_kind = kind && strcmp(field->name, "kind") == 0;
        yyjson_mut_val *const value = is_kind ? object(builder) : value_schema(builder, field);
        if (is_kind) {
            add_text(builder, value, "const", kind);
        }
        add_text(builder, value, "description", field->help);
        add_default(builder, value, field);
        add_value(builder, properties, field->name, value);
        if (field->required) {
            builder->failed |= !yyjson_mut_arr_add_str(builder->document, required, field->name);
        }
    }
    add_value(builder, whole, "properties", properties);
    add_value(builder, whole, "required", required);
    builder->failed |=
        !yyjson_mut_obj_add_bool(builder->document, whole, "additionalProperties", false);
    return whole;
}

/// "if kind is X then X's schema" gives editors one set of keys and one message, where "one of"
/// would give three.
static yyjson_mut_val *conditional(struct builder *builder, mien_manifest_kind kind) {
    const char *const name = mien_manifest_kind_text(kind);
    yyjson_mut_val *const kind_schema = object(builder);
    yyjson_mut_val *const properties = object(builder);
    yyjson_mut_val *const condition = object(builder);
    yyjson_mut_val *const whole = object(builder);
    add_text(builder, kind_schema, "const", name);
    add_value(builder, properties, "kind", kind_schema);
    add_value(builder, condition, "properties", properties);
    add_value(builder, whole, "if", condition);
    add_value(builder, whole, "then", section_schema(builder, mien_manifest_section(kind), name));
    return whole;
}

static void build(struct builder *builder) {
    yyjson_mut_val *const root = typed(builder, "object");
    yyjson_mut_doc_set_root(builder->document, root);
    add_text(builder, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    add_text(builder, root, "title", "Mien manifest");
    add_text(builder, root, "$comment", "Generated from host/manifest/table.c; do not edit.");
    yyjson_mut_val *const required = yyjson_mut_arr(builder->document);
    builder->failed |= !yyjson_mut_arr_add_str(builder->document, required, "kind");
    add_value(builder, root, "required", required);
    yyjson_mut_val *const kind = object(builder);
    const mien_field kinds = {.choices = mien_manifest_kinds};
    add_value(builder, kind, "kind", choice_schema(builder, &kinds));
    add_value(builder, root, "properties", kind);
    yyjson_mut_val *const all = yyjson_mut_arr(builder->document);
    for (int i = 0; i < MIEN_KIND_COUNT; i++) {
        builder->failed |= !yyjson_mut_arr_append(all, conditional(builder, (mien_manifest_kind)i));
    }
    add_value(builder, root, "allOf", all);
}

mien_status mien_schema_write(FILE *file, mien_error *error) {
    struct builder builder = {.document = yyjson_mut_doc_new(NULL)};
    if (!builder.document) {
        return mien_fail_memory(error, "the JSON Schema");
    }
    build(&builder);
    char *text = NULL;
    if (!builder.failed) {
        text = yyjson_mut_write(builder.document, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    }
    mien_status status = MIEN_OK;
    if (!text) {
        status = mien_fail_memory(error, "the JSON Schema");
    } else if (fprintf(file, "%s\n", text) < 0) {
        status = mien_fail(error, MIEN_IO, "cannot write the JSON Schema");
    }
    free(text);
    yyjson_mut_doc_free(builder.document);
    return status;
}
