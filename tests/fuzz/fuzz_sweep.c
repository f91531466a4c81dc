// SPDX-License-Identifier: Apache-2.0
// Any bytes as rows of a sweep that has one cell, which the seeds know.
#include "host/cli/sweep.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "s.jsonl:";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_sweep_cell cell = {.id = "1ec2123ce40dc8c9", .model = "vit", .dataset = "faces"};
    mien_sweep_cell *by_id[] = {&cell};
    mien_sweep sweep = {.cells = &cell, .count = 1, .by_id = by_id};
    mien_error error = MIEN_ERROR_INIT;
    const mien_status status = mien_sweep_parse(&sweep, bytes, size, "s.jsonl", &error);
    if (status != MIEN_OK &&
        (status != MIEN_BAD_INPUT || strncmp(error.message, prefix, sizeof prefix - 1) != 0)) {
        abort(); // a failure must say where
    }
    if ((cell.state == MIEN_CELL_OPEN) != (cell.row == NULL)) {
        abort(); // what is known of a cell is its row
    }
    yyjson_doc_free(cell.row);
    return 0;
}
