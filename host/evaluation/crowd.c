// SPDX-License-Identifier: Apache-2.0
#include "host/evaluation/crowd.h"

#include "host/statistics/share.h"

#include <stdlib.h>

static mien_status find_columns(const char *const *classes, size_t class_count, int *columns,
                                mien_error *error) {
    for (size_t i = 0; i < class_count; i++) {
        columns[i] = mien_vote_of_class(classes[i]);
        if (columns[i] == MIEN_NO_VOTE) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "nobody could vote for the class \"%s\"; FER+ has neutral, happiness, "
                             "surprise, sadness, anger, disgust, fear and contempt",
                             classes[i]);
        }
    }
    return MIEN_OK;
}

/// The label's share among the classes that have the most votes.
static double credit_of(const mien_vote_row *row, const int *columns, size_t class_count,
                        size_t label) {
    uint32_t most = 0;
    size_t even = 0;
    for (size_t i = 0; i < class_count; i++) {
        uint32_t votes = row->counts[columns[i]];
        even = votes > most ? 1 : even + (votes == most);
        most = votes > most ? votes : most;
    }
    return row->counts[columns[label]] == most ? 1 / (double)even : 0;
}

static int32_t majority_of(const mien_vote_row *row, const int *columns, size_t class_count) {
    uint64_t all = 0;
    for (size_t i = 0; i < MIEN_VOTE_COUNT; i++) {
        all += row->counts[i];
    }
    for (size_t i = 0; i < class_count; i++) {
        if (2 * (uint64_t)row->counts[columns[i]] > all) {
            return (int32_t)i;
        }
    }
    return MIEN_NO_MAJORITY;
}

/// `credits` has room for one a picture.
static void count_votes(const mien_votes *votes, const mien_index *index, const int *columns,
                        size_t class_count, mien_crowd *crowd, double *credits) {
    double sum = 0;
    for (size_t i = 0; i < index->count; i++) {
        const mien_vote_row *row = mien_votes_find(votes, index->items[i].path);
        crowd->majority[i] = row ? majority_of(row, columns, class_count) : MIEN_NO_MAJORITY;
        crowd->majorities += crowd->majority[i] != MIEN_NO_MAJORITY;
        if (row) {
            double credit = credit_of(row, columns, class_count, index->items[i].label);
            credits[crowd->pictures++] = credit;
            sum += credit;
        }
    }
    crowd->accuracy = crowd->pictures ? sum / (double)crowd->pictures : 0;
}

static mien_status find_interval(mien_crowd *crowd, const double *credits, mien_error *error) {
    const double right = crowd->accuracy * (double)crowd->pictures;
    if (mien_share_is_extreme(right, crowd->pictures)) {
        crowd->interval = mien_share_interval(right, crowd->pictures);
        return MIEN_OK;
    }
    return mien_bootstrap_mean(credits, crowd->pictures, &crowd->interval, error);
}

mien_status mien_crowd_count(const mien_votes *votes, const mien_index *index,
                             const char *const *classes, size_t class_count, mien_crowd *crowd,
                             mien_error *error) {
    mien_crowd counted = {.majority = calloc(index->count + 1, sizeof *counted.majority)};
    double *credits = calloc(index->count + 1, sizeof *credits);
    int *columns = calloc(class_count + 1, sizeof *columns);
    mien_status status = counted.majority && credits && columns
                             ? find_columns(classes, class_count, columns, error)
                             : mien_fail_memory(error, "votes");
    if (status == MIEN_OK) {
        count_votes(votes, index, columns, class_count, &counted, credits);
        status = counted.pictures
                     ? find_interval(&counted, credits, error)
                     : mien_fail(error, MIEN_BAD_INPUT,
                                 "the votes know none of the %zu pictures, such as %s",
                                 index->count, index->count ? index->items[0].name : "none");
    }
    free(credits);
    free(columns);
    if (status != MIEN_OK) {
        mien_crowd_clear(&counted);
        return status;
    }
    *crowd = counted;
    return MIEN_OK;
}

void mien_crowd_clear(mien_crowd *crowd) {
    free(crowd->majority);
    *crowd = (mien_crowd){0};
}
