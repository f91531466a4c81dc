// SPDX-License-Identifier: Apache-2.0
// From a folder to examples.
#include "tools/train/core/data/internal.h"

#include <stdlib.h>
#include <string.h>

void mien_dataset_free(mien_dataset *dataset) {
    if (!dataset) {
        return;
    }
    for (size_t i = 0; dataset->examples && i < dataset->count; i++) {
        free((void *)dataset->examples[i].pixels);
    }
    free(dataset->examples);
    free(dataset->targets);
    mien_index_free(&dataset->index);
    free(dataset);
}

size_t mien_dataset_count(const mien_dataset *dataset) {
    return dataset->count;
}

const mien_example *mien_dataset_at(const mien_dataset *dataset, size_t index) {
    return &dataset->examples[index];
}

size_t mien_dataset_unreadable(const mien_dataset *dataset) {
    return dataset->unreadable;
}

size_t mien_dataset_voted(const mien_dataset *dataset) {
    return dataset->voted;
}

static mien_status check_options(const mien_dataset_options *options, mien_error *error) {
    if (options->class_count < 2) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "there is nothing to tell apart: %zu class; at least two are needed",
                         options->class_count);
    }
    if (!(options->vote_weight >= 0 && options->vote_weight <= 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the votes' weight is %g; it lies between 0 (the label alone) and 1 (the "
                         "votes alone)",
                         options->vote_weight);
    }
    return MIEN_OK;
}

static mien_status make_examples(mien_dataset *dataset, mien_error *error) {
    size_t count = dataset->index.count, numbers;
    if (__builtin_mul_overflow(count, dataset->classes, &numbers)) {
        return mien_fail_memory(error, "a dataset");
    }
    dataset->examples = calloc(count, sizeof *dataset->examples);
    dataset->targets = calloc(numbers, sizeof *dataset->targets);
    if (!dataset->examples || !dataset->targets) {
        return mien_fail_memory(error, "a dataset");
    }
    dataset->count = count;
    for (size_t i = 0; i < count; i++) {
        const mien_labelled *item = &dataset->index.items[i];
        dataset->examples[i] = (mien_example){
            .path = item->path,
            .name = item->name,
            .label = item->label,
            .target = dataset->targets + i * dataset->classes,
        };
    }
    return MIEN_OK;
}

/// Leaves out the unreadable ones; every class must have something left.
static mien_status keep_readable(mien_dataset *dataset, const char *folder,
                                 const mien_dataset_options *options, mien_error *error) {
    size_t kept = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        if (dataset->examples[i].pixels) {
            dataset->examples[kept++] = dataset->examples[i];
        }
    }
    dataset->count = kept;
    size_t at = 0;
    for (uint32_t label = 0; label < options->class_count; label++) {
        size_t before = at;
        while (at < kept && dataset->examples[at].label == label) {
            at++;
        }
        if (at == before) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s: none of the pictures of class \"%.64s\" can be read", folder,
                             options->classes[label]);
        }
    }
    return MIEN_OK;
}

mien_status mien_dataset_read(const char *folder, const mien_dataset_options *options,
                              const mien_dataset_watcher *watcher, mien_dataset **dataset,
                              mien_error *error) {
    mien_status status = check_options(options, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_dataset *made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a dataset");
    }
    made->classes = options->class_count;
    status = mien_index_read(folder, options->classes, options->class_count, options->rename,
                             &made->index, error);
    if (status == MIEN_OK) {
        status = make_examples(made, error);
    }
    if (status == MIEN_OK) { // before the long part, so that a wrong votes file is known at once
        status = mien_dataset_set_targets(made, folder, options, error);
    }
    if (status == MIEN_OK) {
        status = mien_dataset_decode(made, options, watcher, error);
    }
    if (status == MIEN_OK) {
        status = keep_readable(made, folder, options, error);
    }
    if (status != MIEN_OK) {
        mien_dataset_free(made);
        return status;
    }
    for (size_t i = 0; i < made->count; i++) {
        made->voted += made->examples[i].votes > 0;
    }
    *dataset = made;
    return MIEN_OK;
}
