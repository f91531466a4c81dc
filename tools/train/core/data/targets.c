// SPDX-License-Identifier: Apache-2.0
// What an example should be answered with: its label, and what part of the people saw what.
#include "tools/train/core/data/internal.h"

#include <stdlib.h>

/// The vote of each class; each must be another one.
static mien_status match_classes(const mien_dataset_options *options, int *columns,
                                 mien_error *error) {
    for (size_t i = 0; i < options->class_count; i++) {
        columns[i] = mien_vote_of_class(options->classes[i]);
        if (columns[i] == MIEN_NO_VOTE) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s: nobody could vote for class \"%.64s\"; leave the votes out, or "
                             "name the classes as the votes do",
                             options->votes, options->classes[i]);
        }
        for (size_t j = 0; j < i; j++) {
            if (columns[j] == columns[i]) {
                return mien_fail(error, MIEN_BAD_INPUT,
                                 "%s: classes \"%.64s\" and \"%.64s\" are one and the same vote, "
                                 "\"%s\"",
                                 options->votes, options->classes[j], options->classes[i],
                                 mien_vote_text((mien_vote)columns[i]));
            }
        }
    }
    return MIEN_OK;
}

/// Blends an example's target with the shares of votes; returns how many count.
static uint32_t blend(const mien_vote_row *row, const int *columns, size_t classes, double weight,
                      float *target) {
    uint32_t votes = 0; // at most MIEN_VOTE_COUNT × MIEN_VOTES_MOST
    for (size_t i = 0; i < classes; i++) {
        votes += row->counts[columns[i]];
    }
    for (size_t i = 0; i < classes && votes; i++) {
        double share = (double)row->counts[columns[i]] / votes;
        target[i] = (float)((1 - weight) * (double)target[i] + weight * share);
    }
    return votes;
}

static mien_status blend_all(mien_dataset *dataset, const char *folder,
                             const mien_dataset_options *options, const mien_votes *votes,
                             const int *columns, mien_error *error) {
    size_t found = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        const mien_vote_row *row = mien_votes_find(votes, dataset->examples[i].path);
        found += row != NULL;
        if (row) {
            dataset->examples[i].votes = blend(row, columns, dataset->classes, options->vote_weight,
                                               dataset->targets + i * dataset->classes);
        }
    }
    if (found == 0) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: names none of the %zu pictures of %s (\"%.256s\" for one); is it the "
                         "table of other data?",
                         options->votes, dataset->count, folder, dataset->examples[0].name);
    }
    return MIEN_OK;
}

mien_status mien_dataset_set_targets(mien_dataset *dataset, const char *folder,
                                     const mien_dataset_options *options, mien_error *error) {
    for (size_t i = 0; i < dataset->count; i++) {
        dataset->targets[i * dataset->classes + dataset->examples[i].label] = 1;
    }
    if (!options->votes) {
        return MIEN_OK;
    }
    int *columns = calloc(options->class_count, sizeof *columns);
    if (!columns) {
        return mien_fail_memory(error, "a table of votes");
    }
    mien_votes *votes = NULL;
    mien_status status = match_classes(options, columns, error);
    if (status == MIEN_OK) {
        status = mien_votes_read(options->votes, &votes, error);
    }
    if (status == MIEN_OK) {
        status = blend_all(dataset, folder, options, votes, columns, error);
    }
    mien_votes_free(votes);
    free(columns);
    return status;
}
