// SPDX-License-Identifier: Apache-2.0
// Import tables: YAML lists of rules that rename and rearrange tensors. docs/import.md describes
// them.
#ifndef MIEN_TOOLS_IMPORT_TABLE_H
#define MIEN_TOOLS_IMPORT_TABLE_H

#include "host/pool.h"
#include "mien/tensor.h"

typedef struct mien_table_rule {
    const char *from, *to; // patterns; `to` is NULL when the tensor is dropped
    bool drop;
    bool fill; // make a constant of the tensor's shape, and leave the tensor to other rules
    double value;
    uint32_t permute_count; // 0: dimensions stay
    uint32_t permute[MIEN_MAX_RANK];
    bool reshape;
    uint32_t reshape_count;
    int64_t shape[MIEN_MAX_RANK]; // −1, at most once: what is left over
    uint32_t line, column;        // of the rule, from 1
} mien_table_rule;

typedef struct mien_table {
    const char *path; // for messages
    mien_table_rule *rules;
    size_t count;
    mien_pool *pool; // owns all of it
} mien_table;

// Parses and checks a table. Messages are `path:line:column: what, and what would be right`. What
// was read before a failure is left for mien_table_clear(). Errors: MIEN_BAD_INPUT,
// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_table_parse(const void *bytes, size_t size, const char *path,
                                             mien_table *table, mien_error *error);

// As mien_table_parse(), from a file. Errors: also MIEN_NOT_FOUND and MIEN_IO.
MIEN_MUST_CHECK mien_status mien_table_read(const char *path, mien_table *table, mien_error *error);

void mien_table_clear(mien_table *table);

#endif
