// SPDX-License-Identifier: Apache-2.0
// Which examples are learned from, and which are validated with.
#include "tools/train/core/data/internal.h"

#include <stdlib.h>

static mien_status mark(const mien_dataset *dataset, double fraction, uint64_t seed, bool *marks,
                        mien_error *error) {
    mien_labelled *items = calloc(dataset->count + 1, sizeof *items);
    if (!items) {
        return mien_fail_memory(error, "a split");
    }
    for (size_t i = 0; i < dataset->count; i++) {
        const mien_example *each = &dataset->examples[i];
        items[i] = (mien_labelled){.path = each->path, .name = each->name, .label = each->label};
    }
    mien_status status = mien_labelled_split(items, dataset->count, fraction, seed, marks, error);
    free(items);
    return status;
}

mien_status mien_dataset_split(const mien_dataset *dataset, double fraction, uint64_t seed,
                               size_t **training, size_t *training_count, size_t **validation,
                               size_t *validation_count, mien_error *error) {
    size_t count = dataset->count, learned = 0, checked = 0;
    bool *marks = calloc(count, sizeof *marks);
    size_t *first = calloc(count, sizeof *first), *second = calloc(count, sizeof *second);
    mien_status status = marks && first && second ? mark(dataset, fraction, seed, marks, error)
                                                  : mien_fail_memory(error, "a split");
    for (size_t i = 0; status == MIEN_OK && i < count; i++) {
        if (marks[i]) {
            second[checked++] = i;
        } else {
            first[learned++] = i;
        }
    }
    free(marks);
    if (status != MIEN_OK) {
        free(first);
        free(second);
        return status;
    }
    *training = first;
    *training_count = learned;
    *validation = second;
    *validation_count = checked;
    return MIEN_OK;
}
