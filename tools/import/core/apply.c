// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/apply.h"

#include "tools/import/core/pattern.h"
#include "tools/import/core/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 20 };

static mien_status make_tensor(const mien_table_rule *rule, const mien_tensor *source,
                               mien_tensor *result, void **owned, mien_error *error) {
    if (rule->fill) {
        return mien_transform_fill(source, rule->value, result, owned, error);
    }
    mien_status status =
        mien_transform_permute(source, rule->permute, rule->permute_count, result, owned, error);
    if (status == MIEN_OK && rule->reshape) {
        status = mien_transform_reshape(result, rule->shape, rule->reshape_count, error);
    }
    return status;
}

static mien_status apply_rule(const mien_table *table, const mien_table_rule *rule,
                              const mien_import_tensor *source,
                              const mien_pattern_captures *captures, mien_import_set *result,
                              mien_error *error) {
    mien_tensor tensor;
    void *owned = NULL;
    char *name = mien_pattern_fill(rule->to, captures);
    if (!name) {
        return mien_fail_memory(error, "a tensor's name");
    }
    mien_status status = make_tensor(rule, &source->tensor, &tensor, &owned, error);
    if (status == MIEN_OK) {
        status = mien_import_set_add(result, name, &tensor, owned, error);
    } else {
        free(owned);
        status = mien_error_context(error, status, "%s:%u:%u: tensor '%.200s'", table->path,
                                    rule->line, rule->column, source->name);
    }
    free(name);
    return status;
}

// Applies every rule up to the first that takes the tensor. `used[i]` becomes true for each that
// applied.
static mien_status apply_rules(const mien_table *table, const mien_import_tensor *source,
                               bool *used, bool *taken, mien_import_set *result,
                               mien_error *error) {
    *taken = false;
    for (size_t i = 0; i < table->count && !*taken; i++) {
        const mien_table_rule *rule = &table->rules[i];
        mien_pattern_captures captures;
        if (!mien_pattern_match(rule->from, source->name, &captures)) {
            continue;
        }
        used[i] = true;
        *taken = !rule->fill;
        if (rule->drop) {
            continue;
        }
        mien_status status = apply_rule(table, rule, source, &captures, result, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

static mien_status check_used(const mien_table *table, const bool *used, mien_error *error) {
    for (size_t i = 0; i < table->count; i++) {
        const mien_table_rule *rule = &table->rules[i];
        if (!used[i] && !rule->drop) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s:%u:%u: no tensor was left for '%.200s'; --list without --map "
                             "shows the names there are",
                             table->path, rule->line, rule->column, rule->from);
        }
    }
    return MIEN_OK;
}

typedef struct name_list {
    size_t count, used;
    char text[2048];
} name_list;

static void add_name(name_list *list, const char *name) {
    if (list->count++ < LISTED && list->used < sizeof list->text) {
        list->used += (size_t)snprintf(list->text + list->used, sizeof list->text - list->used,
                                       "%s%.200s", list->used ? ", " : "", name);
    }
}

mien_status mien_import_apply(const mien_table *table, const mien_import_set *source,
                              mien_import_set *result, mien_error *error) {
    mien_status status = MIEN_OK;
    name_list left = {0};
    bool *used = calloc(table->count + 1, sizeof *used);
    if (!used) {
        return mien_fail_memory(error, "a list of rules");
    }
    for (size_t i = 0; i < source->count && status == MIEN_OK; i++) {
        bool taken;
        status = apply_rules(table, &source->items[i], used, &taken, result, error);
        if (status == MIEN_OK && !taken) {
            add_name(&left, source->items[i].name);
        }
    }
    if (status == MIEN_OK && left.count) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s has no rule for %zu of the %zu tensors: %s%s",
                           table->path, left.count, source->count, left.text,
                           left.count > LISTED ? ", ..." : "");
    }
    if (status == MIEN_OK) {
        status = check_used(table, used, error);
    }
    if (status == MIEN_OK) {
        status = mien_import_set_check_names(result, error);
        status = mien_error_context(error, status, "what %s makes", table->path);
    }
    free(used);
    return status;
}

mien_status mien_import_convert(mien_import_set *set, mien_dtype dtype, mien_error *error) {
    for (size_t i = 0; i < set->count; i++) {
        mien_import_tensor *item = &set->items[i];
        mien_dtype from = item->tensor.dtype;
        if (from == dtype || (from != MIEN_F32 && from != MIEN_F16)) {
            continue;
        }
        mien_tensor tensor;
        void *owned = NULL;
        mien_status status = mien_transform_float(&item->tensor, dtype, &tensor, &owned, error);
        if (status != MIEN_OK) {
            free(owned);
            return mien_error_context(error, status, "tensor '%.200s'", item->name);
        }
        free(item->owned);
        item->owned = owned;
        item->tensor = tensor;
    }
    return MIEN_OK;
}
