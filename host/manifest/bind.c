// SPDX-License-Identifier: Apache-2.0
#include "host/manifest/bind.h"
#include "zoo/nearest.h"
#include "zoo/scalar.h"

#include <stdlib.h>
#include <string.h>

enum { FIELD_NAME = 128 };

struct binder {
    mien_manifest *manifest;
    mien_error *error;
};

static mien_status bind_section(struct binder *binder, const mien_section *section,
                                const mien_yaml_node *node, char *object);

static mien_status memory(const struct binder *binder) {
    return mien_fail(binder->error, MIEN_OUT_OF_MEMORY, "%s: out of memory for the manifest",
                     binder->manifest->path);
}

#define FAIL(binder, at, ...)                                                                      \
    mien_manifest_fail((binder)->manifest, at, (binder)->error, MIEN_BAD_INPUT, __VA_ARGS__)

static mien_status wrong(const struct binder *binder, const mien_field *field,
                         const mien_yaml_node *node) {
    char expected[MIEN_EXPECTED_CAPACITY];
    mien_field_expected(field, expected);
    switch (node->kind) {
    case MIEN_YAML_LIST:
        return FAIL(binder, node->at, "%s is a list; it must be %s", field->name, expected);
    case MIEN_YAML_MAPPING:
        return FAIL(binder, node->at, "%s is a mapping; it must be %s", field->name, expected);
    case MIEN_YAML_SCALAR:
        break;
    }
    return FAIL(binder, node->at, "%s is %s\"%.64s\"; it must be %s", field->name,
                node->plain ? "" : "the text ", node->text, expected);
}

/// What a plain scalar would be to other YAML readers when it is not text: "a number", or NULL.
static const char *other_type(const mien_yaml_node *node) {
    double number;
    if (!node->plain) {
        return NULL;
    }
    if (mien_scalar_number(node->text, &number)) {
        return "a number";
    }
    return mien_text_is_yaml_word(node->text) ? "true, false or null to some readers of YAML"
                                              : NULL;
}

static mien_status bind_text(const struct binder *binder, const mien_field *field,
                             const mien_yaml_node *node, mien_manifest_text *text) {
    if (node->kind != MIEN_YAML_SCALAR) {
        return wrong(binder, field, node);
    }
    const char *const other = other_type(node);
    if (other && field->form != MIEN_FORM_VALUE) {
        return FAIL(binder, node->at, "%s is %s, which is %s; put it in quotes", field->name,
                    node->text, other);
    }
    const char *const objection =
        mien_text_objection(field->form, node->text, binder->manifest->allow_outside);
    if (objection) {
        return FAIL(binder, node->at, "%s \"%.64s\" is %s", field->name, node->text, objection);
    }
    *text = (mien_manifest_text){node->text, node->at};
    return MIEN_OK;
}

/// The row that a list's or mapping's entries follow, named so that messages say which.
static mien_field item_field(const mien_field *field, const char *first, const char *second,
                             mien_field_type type, char name[FIELD_NAME]) {
    mien_field one = *field;
    snprintf(name, FIELD_NAME, "%s %.64s", first, second);
    one.name = name;
    one.type = type;
    return one;
}

static mien_status read_number(const struct binder *binder, const mien_field *field,
                               const mien_yaml_node *node, double *number) {
    if (node->kind != MIEN_YAML_SCALAR || !node->plain || !mien_scalar_number(node->text, number) ||
        *number < field->minimum || *number > field->maximum) {
        return wrong(binder, field, node);
    }
    return MIEN_OK;
}

static mien_status bind_integer(const struct binder *binder, const mien_field *field,
                                const mien_yaml_node *node, uint32_t *integer) {
    int64_t value;
    if (node->kind != MIEN_YAML_SCALAR || !node->plain ||
        !mien_scalar_integer(node->text, &value) || (double)value < field->minimum ||
        (double)value > field->maximum) {
        return wrong(binder, field, node);
    }
    *integer = (uint32_t)value;
    return MIEN_OK;
}

static mien_status bind_boolean(const struct binder *binder, const mien_field *field,
                                const mien_yaml_node *node, bool *boolean) {
    return node->kind == MIEN_YAML_SCALAR && node->plain && mien_scalar_boolean(node->text, boolean)
               ? MIEN_OK
               : wrong(binder, field, node);
}

static mien_status bind_choice(const struct binder *binder, const mien_field *field,
                               const mien_yaml_node *node, int32_t *choice) {
    if (node->kind != MIEN_YAML_SCALAR) {
        return wrong(binder, field, node);
    }
    mien_nearest nearest = {.word = node->text};
    for (int32_t i = 0; field->choices[i]; i++) {
        if (strcmp(field->choices[i], node->text) == 0) {
            *choice = i;
            return MIEN_OK;
        }
        mien_nearest_offer(&nearest, field->choices[i]);
    }
    if (!nearest.best) {
        return wrong(binder, field, node);
    }
    return FAIL(binder, node->at, "%s is \"%.64s\"; did you mean \"%s\"?", field->name, node->text,
                nearest.best);
}

static mien_status check_count(const struct binder *binder, const mien_field *field,
                               const mien_yaml_node *node, mien_yaml_kind kind) {
    if (node->kind != kind) {
        return wrong(binder, field, node);
    }
    if (node->count >= field->least && node->count <= field->most) {
        return MIEN_OK;
    }
    char expected[MIEN_EXPECTED_CAPACITY];
    return FAIL(binder, node->at, "%s has %zu entries; it must be %s", field->name, node->count,
                mien_field_expected(field, expected));
}

static mien_status bind_numbers(const struct binder *binder, const mien_field *field,
                                const mien_yaml_node *node, mien_manifest_numbers *numbers) {
    mien_status status = check_count(binder, field, node, MIEN_YAML_LIST);
    if (status != MIEN_OK) {
        return status;
    }
    double *const items = mien_pool_alloc(binder->manifest->pool, node->count, sizeof *items);
    if (!items) {
        return memory(binder);
    }
    char each[FIELD_NAME];
    const mien_field one = item_field(field, "an entry of", field->name, MIEN_FIELD_NUMBER, each);
    size_t count = 0;
    for (const mien_yaml_node *item = node->first; item; item = item->next) {
        status = read_number(binder, &one, item, &items[count++]);
        if (status != MIEN_OK) {
            return status;
        }
    }
    *numbers = (mien_manifest_numbers){items, count, node->at};
    return MIEN_OK;
}

static mien_status bind_texts(const struct binder *binder, const mien_field *field,
                              const mien_yaml_node *node, mien_manifest_texts *texts) {
    mien_status status = check_count(binder, field, node, MIEN_YAML_LIST);
    if (status != MIEN_OK) {
        return status;
    }
    mien_manifest_text *const items =
        mien_pool_alloc(binder->manifest->pool, node->count, sizeof *items);
    if (!items) {
        return memory(binder);
    }
    char each[FIELD_NAME];
    const mien_field one = item_field(field, "an entry of", field->name, MIEN_FIELD_TEXT, each);
    size_t count = 0;
    for (const mien_yaml_node *item = node->first; item; item = item->next) {
        status = bind_text(binder, &one, item, &items[count]);
        if (status != MIEN_OK) {
            return status;
        }
        for (size_t i = 0; i < count; i++) {
            if (strcmp(items[i].text, items[count].text) != 0) {
                continue;
            }
            if (items[i].at.line == 0) { // the setting of one run, which has no lines
                return FAIL(binder, item->at, "%s has \"%.64s\" twice; remove or rename one",
                            field->name, item->text);
            }
            return FAIL(binder, item->at,
                        "%s has \"%.64s\" twice, first at line %u; remove or rename one",
                        field->name, item->text, items[i].at.line);
        }
        count++;
    }
    *texts = (mien_manifest_texts){items, count};
    return MIEN_OK;
}

/// A list of scalars as text in flow style: "[32, 64]".
static mien_status flow_text(const struct binder *binder, const mien_field *field,
                             const mien_yaml_node *node, mien_manifest_text *text) {
    size_t length = sizeof "[]";
    for (const mien_yaml_node *item = node->first; item; item = item->next) {
        if (item->kind != MIEN_YAML_SCALAR) {
            return wrong(binder, field, item);
        }
        length += strlen(item->text) + 2; // bounded by the manifest's bytes
    }
    char *const flow = mien_pool_alloc(binder->manifest->pool, length, 1);
    if (!flow) {
        return memory(binder);
    }
    char *end = stpcpy(flow, "[");
    for (const mien_yaml_node *item = node->first; item; item = item->next) {
        end = stpcpy(stpcpy(end, item == node->first ? "" : ", "), item->text);
    }
    stpcpy(end, "]");
    *text = (mien_manifest_text){flow, node->at};
    return MIEN_OK;
}

static mien_status bind_pairs(const struct binder *binder, const mien_field *field,
                              const mien_yaml_node *node, mien_manifest_pairs *pairs) {
    mien_status status = check_count(binder, field, node, MIEN_YAML_MAPPING);
    if (status != MIEN_OK) {
        return status;
    }
    mien_manifest_pair *const items =
        mien_pool_alloc(binder->manifest->pool, node->count, sizeof *items);
    if (!items) {
        return memory(binder);
    }
    size_t count = 0;
    char each[FIELD_NAME];
    for (const mien_yaml_node *item = node->first; item; item = item->next, count++) {
        const mien_field one = item_field(field, field->name, item->key, MIEN_FIELD_TEXT, each);
        items[count].key = (mien_manifest_text){item->key, item->key_at};
        if (mien_text_objection(MIEN_FORM_LINE, item->key, false)) {
            return FAIL(binder, item->key_at, "%s has an empty or overlong key", field->name);
        }
        const bool list = field->form == MIEN_FORM_VALUE && item->kind == MIEN_YAML_LIST;
        status = list ? flow_text(binder, &one, item, &items[count].value)
                      : bind_text(binder, &one, item, &items[count].value);
        if (status != MIEN_OK) {
            return status;
        }
    }
    *pairs = (mien_manifest_pairs){items, count};
    return MIEN_OK;
}

static mien_status bind_sections(struct binder *binder, const mien_field *field,
                                 const mien_yaml_node *node, char *object) {
    mien_status status = check_count(binder, field, node, MIEN_YAML_LIST);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_section *const section = field->section;
    char *const items = mien_pool_alloc(binder->manifest->pool, node->count, section->size);
    if (!items) {
        return memory(binder);
    }
    char *next = items;
    for (const mien_yaml_node *item = node->first; item; item = item->next) {
        if (item->kind != MIEN_YAML_MAPPING) {
            return wrong(binder, field, item);
        }
        if (section->at_offset != SIZE_MAX) {
            memcpy(next + section->at_offset, &item->at, sizeof item->at);
        }
        status = bind_section(binder, section, item, next);
        if (status != MIEN_OK) {
            return status;
        }
        next += section->size;
    }
    memcpy(object + field->offset, &items, sizeof items);
    memcpy(object + field->count_offset, &node->count, sizeof node->count);
    return MIEN_OK;
}

static mien_status bind_field(struct binder *binder, const mien_field *field,
                              const mien_yaml_node *node, char *object) {
    void *const member = object + field->offset;
    switch (field->type) {
    case MIEN_FIELD_TEXT:
        return bind_text(binder, field, node, member);
    case MIEN_FIELD_INTEGER:
        return bind_integer(binder, field, node, member);
    case MIEN_FIELD_NUMBER:
        return read_number(binder, field, node, member);
    case MIEN_FIELD_BOOLEAN:
        return bind_boolean(binder, field, node, member);
    case MIEN_FIELD_CHOICE:
        return bind_choice(binder, field, node, member);
    case MIEN_FIELD_NUMBERS:
        return bind_numbers(binder, field, node, member);
    case MIEN_FIELD_TEXTS:
        return bind_texts(binder, field, node, member);
    case MIEN_FIELD_PAIRS:
        return bind_pairs(binder, field, node, member);
    case MIEN_FIELD_SECTION:
        return node->kind == MIEN_YAML_MAPPING ? bind_section(binder, field->section, node, object)
                                               : wrong(binder, field, node);
    case MIEN_FIELD_SECTIONS:
        return bind_sections(binder, field, node, object);
    }
    return MIEN_INTERNAL;
}

/// Gives every field of a section what it has when the manifest does not say.
static mien_status bind_defaults(struct binder *binder, const mien_section *section, char *object) {
    const size_t fields = mien_section_fields(section);
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < fields && status == MIEN_OK; i++) {
        const mien_field *const field = mien_section_field(section, i);
        if (field->type == MIEN_FIELD_SECTION) {
            status = bind_defaults(binder, field->section, object);
        } else if (field->default_text) {
            const mien_yaml_node node = {
                .kind = MIEN_YAML_SCALAR, .text = field->default_text, .plain = true};
            status = bind_field(binder, field, &node, object);
        } else if (field->type == MIEN_FIELD_CHOICE) {
            memcpy(object + field->offset, &(int32_t){-1}, sizeof(int32_t));
        }
    }
    return status;
}

static const mien_field *find_field(const mien_section *section, const char *name) {
    const size_t fields = mien_section_fields(section);
    for (size_t i = 0; i < fields; i++) {
        const mien_field *const field = mien_section_field(section, i);
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static mien_status unknown_key(const struct binder *binder, const mien_section *section,
                               const mien_yaml_node *node) {
    mien_nearest nearest = {.word = node->key};
    const size_t fields = mien_section_fields(section);
    for (size_t i = 0; i < fields; i++) {
        mien_nearest_offer(&nearest, mien_section_field(section, i)->name);
    }
    if (nearest.best) {
        return FAIL(binder, node->key_at, "unknown key \"%.64s\" in %s; did you mean \"%s\"?",
                    node->key, section->title, nearest.best);
    }
    char keys[MIEN_EXPECTED_CAPACITY];
    return FAIL(binder, node->key_at, "unknown key \"%.64s\" in %s; its keys are %s", node->key,
                section->title, mien_section_keys(section, keys));
}

static const mien_yaml_node *find_entry(const mien_yaml_node *mapping, const char *key) {
    const mien_yaml_node *entry = mapping->first;
    while (entry && strcmp(entry->key, key) != 0) {
        entry = entry->next;
    }
    return entry;
}

static mien_status check_required(const struct binder *binder, const mien_section *section,
                                  const mien_yaml_node *node) {
    const size_t fields = mien_section_fields(section);
    for (size_t i = 0; i < fields; i++) {
        const mien_field *const field = mien_section_field(section, i);
        if (field->required && !find_entry(node, field->name)) {
            char expected[MIEN_EXPECTED_CAPACITY];
            return FAIL(binder, node->at, "%s lacks the key \"%s\"; add %s: %s", section->title,
                        field->name, field->name, mien_field_expected(field, expected));
        }
    }
    return MIEN_OK;
}

static mien_status bind_section(struct binder *binder, const mien_section *section,
                                const mien_yaml_node *node, char *object) {
    mien_status status = bind_defaults(binder, section, object);
    for (const mien_yaml_node *entry = node->first; entry && status == MIEN_OK;
         entry = entry->next) {
        const mien_field *const field = find_field(section, entry->key);
        status =
            field ? bind_field(binder, field, entry, object) : unknown_key(binder, section, entry);
    }
    return status == MIEN_OK ? check_required(binder, section, node) : status;
}

mien_status mien_manifest_bind(mien_manifest *manifest, const mien_yaml_node *root,
                               mien_error *error) {
    struct binder binder = {manifest, error};
    if (root->kind != MIEN_YAML_MAPPING) {
        return FAIL(&binder, root->at,
                    "not a mapping; a manifest starts with \"schema: 1\" and \"kind: model\"");
    }
    // The kind decides which keys there are, so it is read first, wherever it stands.
    const mien_section *const any = mien_manifest_section(MIEN_KIND_MODEL)->base;
    const mien_yaml_node *const kind = find_entry(root, "kind");
    if (!kind) {
        return FAIL(&binder, root->at, "a manifest lacks the key \"kind\"; add kind: model");
    }
    int32_t chosen = 0;
    mien_status status = bind_choice(&binder, find_field(any, "kind"), kind, &chosen);
    if (status != MIEN_OK) {
        return status;
    }
    return bind_section(&binder, mien_manifest_section((mien_manifest_kind)chosen), root,
                        (char *)manifest);
}
