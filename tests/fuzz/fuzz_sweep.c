// SPDX-License-Identifier: Apache-2.0
// Any bytes as rows of a sweep that has one cell, which the seeds know, and as a baseline of what
// was read.
#include "host/cli/sweep.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "s.jsonl:";

static void check_baseline(const mien_sweep_cell *cell, const uint8_t *bytes, size_t size) {
    mien_tolerance tolerance = {.text = "accuracy", .figure = MIEN_FIGURE_ACCURACY};
    const mien_criteria criteria = {
        .tolerances = &tolerance, .tolerance_count = 1, .significant = true};
    mien_sweep_baseline *baseline = NULL;
    mien_sweep_extent extent;
    mien_verdicts verdicts = {0};
    mien_error error = MIEN_ERROR_INIT;
    mien_status status =
        mien_sweep_baseline_parse(bytes, size, "s.jsonl", &criteria, &baseline, &extent, &error);
    if (status == MIEN_OK && cell->row) {
        status = mien_sweep_baseline_judge(baseline, cell, "cell", &verdicts, &error);
        if (status != MIEN_OK || verdicts.count != 1) {
            abort();
        }
    } else if (status != MIEN_OK && strncmp(error.message, prefix, sizeof prefix - 1) != 0) {
        abort();
    }
    mien_verdicts_clear(&verdicts);
    mien_sweep_baseline_free(baseline);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_sweep_cell cell = {.id = "1ec2123ce40dc8c9", .model = "vit", .dataset = "faces"};
    mien_sweep_cell *by_id[] = {&cell};
    mien_sweep sweep = {.cells = &cell, .count = 1, .by_id = by_id};
    mien_sweep_extent extent;
    mien_error error = MIEN_ERROR_INIT;
    const mien_status status = mien_sweep_parse(&sweep, bytes, size, "s.jsonl", &extent, &error);
    if (status != MIEN_OK &&
        (status != MIEN_BAD_INPUT || strncmp(error.message, prefix, sizeof prefix - 1) != 0)) {
        abort(); // a failure must say where
    }
    if (status == MIEN_OK && (extent.whole > size || (extent.whole < size && !extent.torn))) {
        abort(); // only what was cut off may be taken away
    }
    if ((cell.state == MIEN_CELL_OPEN) != (cell.row == NULL)) {
        abort(); // what is known of a cell is its row
    }
    check_baseline(&cell, bytes, size);
    yyjson_doc_free(cell.row);
    return 0;
}
