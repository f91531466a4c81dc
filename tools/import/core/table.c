// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/table.h"

#include "tools/import/core/file.h"
#include "tools/import/core/pattern.h"

#include "host/manifest/document.h"
#include "zoo/nearest.h"
#include "zoo/scalar.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct table_reading {
    const char *path;
    mien_error *error;
} table_reading;

static mien_status MIEN_PRINTF(3, 4)
    fail_at(const table_reading *reading, mien_position at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    mien_status status = mien_fail_v(reading->error, MIEN_BAD_INPUT, format, arguments);
    va_end(arguments);
    return mien_error_context(reading->error, status, "%s:%u:%u", reading->path, at.line,
                              at.column);
}

static mien_status read_text(const table_reading *reading, const mien_yaml_node *node,
                             const char **text) {
    if (node->kind != MIEN_YAML_SCALAR || !*node->text ||
        strlen(node->text) > MIEN_PATTERN_MAX_NAME) {
        return fail_at(reading, node->at, "%s must be a name or pattern of 1 to %d bytes",
                       node->key, MIEN_PATTERN_MAX_NAME);
    }
    if (mien_pattern_stars(node->text) > MIEN_PATTERN_MAX_STARS) {
        return fail_at(reading, node->at, "%s has more than %d stars; use fewer", node->key,
                       MIEN_PATTERN_MAX_STARS);
    }
    if (strstr(node->text, "***")) { // could part a character's bytes
        return fail_at(reading, node->at, "three stars in a row; write * or **");
    }
    *text = node->text;
    return MIEN_OK;
}

static mien_status read_fill(const table_reading *reading, const mien_yaml_node *node,
                             mien_table_rule *rule) {
    rule->fill = true;
    if (node->kind != MIEN_YAML_SCALAR || !node->plain ||
        !mien_scalar_number(node->text, &rule->value) || fabs(rule->value) > (double)FLT_MAX) {
        return fail_at(reading, node->at, "fill must be a number that a float can hold");
    }
    return MIEN_OK;
}

static mien_status read_list(const table_reading *reading, const mien_yaml_node *node,
                             int64_t minimum, int64_t list[MIEN_MAX_RANK], uint32_t *count) {
    if (node->kind != MIEN_YAML_LIST || node->count == 0 || node->count > MIEN_MAX_RANK) {
        return fail_at(reading, node->at, "%s must be a list of 1 to %d whole numbers", node->key,
                       MIEN_MAX_RANK);
    }
    *count = 0;
    for (const mien_yaml_node *item = node->first; item; item = item->next) {
        int64_t *number = &list[(*count)++];
        if (item->kind != MIEN_YAML_SCALAR || !item->plain ||
            !mien_scalar_integer(item->text, number) || *number < minimum) {
            return fail_at(reading, item->at, "%s holds whole numbers of at least %d", node->key,
                           (int)minimum);
        }
    }
    return MIEN_OK;
}

static mien_status read_permute(const table_reading *reading, const mien_yaml_node *node,
                                mien_table_rule *rule) {
    int64_t list[MIEN_MAX_RANK];
    mien_status status = read_list(reading, node, 0, list, &rule->permute_count);
    uint32_t seen = 0;
    for (uint32_t i = 0; status == MIEN_OK && i < rule->permute_count; i++) {
        if (list[i] >= rule->permute_count || seen >> list[i] & 1) {
            return fail_at(reading, node->at,
                           "permute must hold each of 0 to %u once, in the order wanted",
                           rule->permute_count - 1);
        }
        seen |= 1u << list[i];
        rule->permute[i] = (uint32_t)list[i];
    }
    return status;
}

static mien_status read_reshape(const table_reading *reading, const mien_yaml_node *node,
                                mien_table_rule *rule) {
    mien_status status = read_list(reading, node, -1, rule->shape, &rule->reshape_count);
    uint32_t rest = 0;
    for (uint32_t i = 0; status == MIEN_OK && i < rule->reshape_count; i++) {
        rest += rule->shape[i] == -1;
        if (rule->shape[i] == 0 || rest > 1) {
            return fail_at(reading, node->at, "reshape holds sizes of at least 1, or -1 once");
        }
    }
    rule->reshape = true;
    return status;
}

static mien_status read_drop(const table_reading *reading, const mien_yaml_node *node,
                             mien_table_rule *rule) {
    if (node->kind != MIEN_YAML_SCALAR || !node->plain || strcmp(node->text, "true") != 0) {
        return fail_at(reading, node->at, "drop can only be true");
    }
    rule->drop = true;
    return MIEN_OK;
}

enum { KEY_FROM, KEY_TO, KEY_PERMUTE, KEY_RESHAPE, KEY_FILL, KEY_DROP, KEY_COUNT };
static const char *const key_names[KEY_COUNT] = {"from",    "to",   "permute",
                                                 "reshape", "fill", "drop"};

static mien_status unknown_key(const table_reading *reading, const mien_yaml_node *value) {
    mien_nearest nearest = {.word = value->key};
    for (int i = 0; i < KEY_COUNT; i++) {
        mien_nearest_offer(&nearest, key_names[i]);
    }
    if (nearest.best) {
        return fail_at(reading, value->key_at,
                       "unknown key \"%.64s\" in a rule; did you mean \"%s\"?", value->key,
                       nearest.best);
    }
    return fail_at(reading, value->key_at,
                   "unknown key \"%.64s\" in a rule; it takes from, to, permute, reshape, fill and "
                   "drop",
                   value->key);
}

static mien_status read_key(const table_reading *reading, const mien_yaml_node *value,
                            mien_table_rule *rule) {
    int index = 0;
    while (index < KEY_COUNT && strcmp(value->key, key_names[index]) != 0) {
        index++;
    }
    switch (index) {
    case KEY_FROM:
        return read_text(reading, value, &rule->from);
    case KEY_TO:
        return read_text(reading, value, &rule->to);
    case KEY_PERMUTE:
        return read_permute(reading, value, rule);
    case KEY_RESHAPE:
        return read_reshape(reading, value, rule);
    case KEY_FILL:
        return read_fill(reading, value, rule);
    case KEY_DROP:
        return read_drop(reading, value, rule);
    default:
        return unknown_key(reading, value);
    }
}

// What involves more than one key.
static mien_status check_rule(const table_reading *reading, const mien_yaml_node *node,
                              const mien_table_rule *rule) {
    bool rearranges = rule->permute_count || rule->reshape;
    if (!rule->from) {
        return fail_at(reading, node->at, "a rule lacks the key \"from\"");
    }
    if (rule->drop) {
        return rule->to || rule->fill || rearranges
                   ? fail_at(reading, node->at,
                             "a rule that drops has no key but \"from\" beside \"drop\"")
                   : MIEN_OK;
    }
    if (!rule->to) {
        return fail_at(reading, node->at, "a rule lacks the key \"to\", or drop: true");
    }
    if (rule->fill && rearranges) {
        return fail_at(reading, node->at, "fill cannot go with permute or reshape");
    }
    size_t captured = mien_pattern_stars(rule->from), used = mien_pattern_stars(rule->to);
    if (captured != used) {
        return fail_at(reading, node->at, "from has %zu stars, but to has %zu; give both as many",
                       captured, used);
    }
    return MIEN_OK;
}

static mien_status read_rule(const table_reading *reading, const mien_yaml_node *node,
                             mien_table_rule *rule) {
    rule->line = node->at.line;
    rule->column = node->at.column;
    if (node->kind != MIEN_YAML_MAPPING) {
        return fail_at(reading, node->at, "a rule is a mapping, as in {from: a, to: b}");
    }
    for (const mien_yaml_node *value = node->first; value; value = value->next) {
        mien_status status = read_key(reading, value, rule);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return check_rule(reading, node, rule);
}

static mien_status read_rules(const table_reading *reading, const mien_yaml_node *root,
                              mien_table *table) {
    const mien_position start = {1, 1};
    const mien_yaml_node *rules = root && root->kind == MIEN_YAML_MAPPING ? root->first : NULL;
    if (!rules || root->count != 1 || strcmp(rules->key, "rules") != 0) {
        return fail_at(reading, root ? root->at : start,
                       "a table is a mapping with the one key \"rules\"");
    }
    if (rules->kind != MIEN_YAML_LIST) {
        return fail_at(reading, rules->at, "rules must be a list, as in - {from: a, to: b}");
    }
    table->rules = mien_pool_alloc(table->pool, rules->count, sizeof *table->rules);
    if (!table->rules) {
        return mien_fail_memory(reading->error, "an import table");
    }
    for (const mien_yaml_node *rule = rules->first; rule; rule = rule->next) {
        mien_status status = read_rule(reading, rule, &table->rules[table->count++]);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

mien_status mien_table_parse(const void *bytes, size_t size, const char *path, mien_table *table,
                             mien_error *error) {
    const table_reading reading = {path, error};
    const mien_yaml_node *root;
    table->pool = mien_pool_create();
    table->path = table->pool ? mien_pool_text(table->pool, path, strlen(path)) : NULL;
    if (!table->path) {
        return mien_fail_memory(error, "an import table");
    }
    mien_status status = mien_yaml_parse(bytes, size, path, table->pool, &root, error);
    return status == MIEN_OK ? read_rules(&reading, root, table) : status;
}

mien_status mien_table_read(const char *path, mien_table *table, mien_error *error) {
    mien_import_bytes bytes = {0};
    mien_status status = mien_import_append_file(path, MIEN_MANIFEST_MAX_BYTES, &bytes, error);
    if (status == MIEN_OK) {
        status = mien_table_parse(bytes.data, bytes.size, path, table, error);
    }
    free(bytes.data);
    return status;
}

void mien_table_clear(mien_table *table) {
    mien_pool_free(table->pool);
    *table = (mien_table){0};
}
