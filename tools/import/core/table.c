// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/table.h"

#include "tools/import/core/file.h"
#include "tools/import/core/pattern.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct table_reading {
    const char *path;
    yaml_document_t *document;
    mien_error *error;
} table_reading;

static mien_status MIEN_PRINTF(3, 4)
    fail_at(const table_reading *reading, const yaml_node_t *node, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    mien_fail_v(reading->error, MIEN_BAD_INPUT, format, arguments);
    va_end(arguments);
    return mien_error_context(reading->error, MIEN_BAD_INPUT, "%s:%zu:%zu", reading->path,
                              node->start_mark.line + 1, node->start_mark.column + 1);
}

static mien_status read_text(const table_reading *reading, const yaml_node_t *node, char **text) {
    const char *value = (const char *)node->data.scalar.value;
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 ||
        strlen(value) != node->data.scalar.length) {
        return fail_at(reading, node, "a name or pattern is needed here");
    }
    if (mien_pattern_stars(value) > MIEN_PATTERN_MAX_STARS) {
        return fail_at(reading, node, "a pattern can have at most %d stars",
                       MIEN_PATTERN_MAX_STARS);
    }
    *text = strdup(value);
    return *text ? MIEN_OK : mien_fail_memory(reading->error, "an import table");
}

static mien_status read_number(const table_reading *reading, const yaml_node_t *node,
                               double *number) {
    const char *value = (const char *)node->data.scalar.value;
    char *end = NULL;
    if (node->type == YAML_SCALAR_NODE && node->data.scalar.length) {
        *number = strtod(value, &end);
    }
    if (!end || *end || !isfinite(*number)) {
        return fail_at(reading, node, "a number is needed here");
    }
    return MIEN_OK;
}

static mien_status read_integer(const table_reading *reading, const yaml_node_t *node,
                                int64_t minimum, int64_t *number) {
    const char *value = (const char *)node->data.scalar.value;
    char *end = NULL;
    errno = 0;
    if (node->type == YAML_SCALAR_NODE && node->data.scalar.length) {
        *number = strtoll(value, &end, 10);
    }
    if (!end || *end || errno || *number < minimum) {
        return fail_at(reading, node, "a whole number of at least %lld is needed here",
                       (long long)minimum);
    }
    return MIEN_OK;
}

static mien_status read_list(const table_reading *reading, const yaml_node_t *node, int64_t minimum,
                             int64_t list[MIEN_MAX_RANK], uint32_t *count) {
    size_t length = 0;
    if (node->type == YAML_SEQUENCE_NODE) {
        length = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    }
    if (length == 0 || length > MIEN_MAX_RANK) {
        return fail_at(reading, node, "a list of 1 to %d whole numbers is needed here",
                       MIEN_MAX_RANK);
    }
    for (size_t i = 0; i < length; i++) {
        const yaml_node_t *item =
            yaml_document_get_node(reading->document, node->data.sequence.items.start[i]);
        mien_status status = read_integer(reading, item, minimum, &list[i]);
        if (status != MIEN_OK) {
            return status;
        }
    }
    *count = (uint32_t)length;
    return MIEN_OK;
}

static mien_status read_permute(const table_reading *reading, const yaml_node_t *node,
                                mien_table_rule *rule) {
    int64_t list[MIEN_MAX_RANK];
    mien_status status = read_list(reading, node, 0, list, &rule->permute_count);
    uint32_t seen = 0;
    for (uint32_t i = 0; status == MIEN_OK && i < rule->permute_count; i++) {
        if (list[i] >= rule->permute_count || seen >> list[i] & 1) {
            return fail_at(reading, node,
                           "'permute' must hold each of 0 to %u once, in the order wanted",
                           rule->permute_count - 1);
        }
        seen |= 1u << list[i];
        rule->permute[i] = (uint32_t)list[i];
    }
    return status;
}

static mien_status read_reshape(const table_reading *reading, const yaml_node_t *node,
                                mien_table_rule *rule) {
    mien_status status = read_list(reading, node, -1, rule->shape, &rule->reshape_count);
    uint32_t rest = 0;
    for (uint32_t i = 0; status == MIEN_OK && i < rule->reshape_count; i++) {
        rest += rule->shape[i] == -1;
        if (rule->shape[i] == 0 || rest > 1) {
            return fail_at(reading, node, "'reshape' holds sizes of at least 1, or -1 once");
        }
    }
    rule->reshape = true;
    return status;
}

static mien_status read_drop(const table_reading *reading, const yaml_node_t *node,
                             mien_table_rule *rule) {
    if (node->type != YAML_SCALAR_NODE ||
        strcmp((const char *)node->data.scalar.value, "true") != 0) {
        return fail_at(reading, node, "'drop' can only be true");
    }
    rule->drop = true;
    return MIEN_OK;
}

enum { KEY_FROM, KEY_TO, KEY_PERMUTE, KEY_RESHAPE, KEY_FILL, KEY_DROP, KEY_COUNT };
static const char *const key_names[KEY_COUNT] = {"from",    "to",   "permute",
                                                 "reshape", "fill", "drop"};

static mien_status read_key(const table_reading *reading, const yaml_node_t *key,
                            const yaml_node_t *value, uint32_t *seen, mien_table_rule *rule) {
    int index = 0;
    const char *name = key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "";
    while (index < KEY_COUNT && strcmp(name, key_names[index]) != 0) {
        index++;
    }
    if (index < KEY_COUNT && *seen >> index & 1) {
        return fail_at(reading, key, "'%s' is there twice", name);
    }
    *seen |= 1u << index;
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
        rule->fill = true;
        return read_number(reading, value, &rule->value);
    case KEY_DROP:
        return read_drop(reading, value, rule);
    default:
        return fail_at(reading, key,
                       "'%.80s' is no key of a rule; from, to, permute, reshape, fill and drop are",
                       name);
    }
}

// What involves more than one key.
static mien_status check_rule(const table_reading *reading, const yaml_node_t *node, uint32_t seen,
                              const mien_table_rule *rule) {
    bool rearranges = rule->permute_count || rule->reshape;
    if (!rule->from) {
        return fail_at(reading, node, "a rule needs 'from'");
    }
    if (rule->drop) {
        return seen == (1u << KEY_FROM | 1u << KEY_DROP)
                   ? MIEN_OK
                   : fail_at(reading, node, "a rule with 'drop' can only have 'from' beside it");
    }
    if (!rule->to) {
        return fail_at(reading, node, "a rule needs 'to', or 'drop: true'");
    }
    if (rule->fill && rearranges) {
        return fail_at(reading, node, "'fill' cannot go with 'permute' or 'reshape'");
    }
    size_t captured = mien_pattern_stars(rule->from), used = mien_pattern_stars(rule->to);
    if (captured != used) {
        return fail_at(reading, node, "'from' has %zu stars, but 'to' has %zu; they must be equal",
                       captured, used);
    }
    return MIEN_OK;
}

static mien_status read_rule(const table_reading *reading, const yaml_node_t *node,
                             mien_table_rule *rule) {
    rule->line = node->start_mark.line + 1;
    rule->column = node->start_mark.column + 1;
    if (node->type != YAML_MAPPING_NODE) {
        return fail_at(reading, node, "a rule is a mapping, as in {from: a, to: b}");
    }
    uint32_t seen = 0;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        mien_status status =
            read_key(reading, yaml_document_get_node(reading->document, pair->key),
                     yaml_document_get_node(reading->document, pair->value), &seen, rule);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return check_rule(reading, node, seen, rule);
}

static mien_status read_rules(const table_reading *reading, mien_table *table) {
    const yaml_node_t *root = yaml_document_get_root_node(reading->document);
    if (!root) {
        return mien_fail(reading->error, MIEN_BAD_INPUT,
                         "%s:1:1: the table is empty; it needs the list 'rules'", reading->path);
    }
    const yaml_node_pair_t *pair =
        root->type == YAML_MAPPING_NODE ? root->data.mapping.pairs.start : NULL;
    if (!pair || root->data.mapping.pairs.top - pair != 1) {
        return fail_at(reading, root, "a table is a mapping with the one key 'rules'");
    }
    const yaml_node_t *key = yaml_document_get_node(reading->document, pair->key);
    const yaml_node_t *rules = yaml_document_get_node(reading->document, pair->value);
    if (key->type != YAML_SCALAR_NODE ||
        strcmp((const char *)key->data.scalar.value, "rules") != 0) {
        return fail_at(reading, key, "a table has the one key 'rules'");
    }
    if (rules->type != YAML_SEQUENCE_NODE) {
        return fail_at(reading, rules, "'rules' is a list of rules");
    }
    const yaml_node_item_t *items = rules->data.sequence.items.start;
    size_t count = (size_t)(rules->data.sequence.items.top - items);
    table->rules = calloc(count + 1, sizeof *table->rules);
    if (!table->rules) {
        return mien_fail_memory(reading->error, "an import table");
    }
    for (; table->count < count; table->count++) {
        mien_status status =
            read_rule(reading, yaml_document_get_node(reading->document, items[table->count]),
                      &table->rules[table->count]);
        if (status != MIEN_OK) {
            table->count++; // so that what the rule holds is freed
            return status;
        }
    }
    return MIEN_OK;
}

static mien_status parse(const char *path, const mien_import_bytes *bytes, mien_table *table,
                         mien_error *error) {
    mien_status status;
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser)) {
        return mien_fail_memory(error, "a YAML parser");
    }
    yaml_parser_set_input_string(&parser, bytes->data, bytes->size);
    if (yaml_parser_load(&parser, &document)) {
        const table_reading reading = {path, &document, error};
        status = read_rules(&reading, table);
        yaml_document_delete(&document);
    } else if (parser.error == YAML_MEMORY_ERROR) {
        status = mien_fail_memory(error, "a YAML document");
    } else {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s:%zu:%zu: no YAML: %s", path,
                           parser.problem_mark.line + 1, parser.problem_mark.column + 1,
                           parser.problem ? parser.problem : "unreadable");
    }
    yaml_parser_delete(&parser);
    return status;
}

mien_status mien_table_read(const char *path, mien_table *table, mien_error *error) {
    mien_import_bytes bytes = {0};
    mien_status status = mien_import_append_file(path, MIEN_TABLE_MAX_BYTES, &bytes, error);
    if (status == MIEN_OK) {
        table->path = strdup(path);
        status = table->path ? parse(path, &bytes, table, error)
                             : mien_fail_memory(error, "an import table");
    }
    free(bytes.data);
    return status;
}

void mien_table_clear(mien_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        free(table->rules[i].from);
        free(table->rules[i].to);
    }
    free(table->rules);
    free(table->path);
    *table = (mien_table){0};
}
