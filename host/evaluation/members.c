// SPDX-License-Identifier: Apache-2.0
#include "host/evaluation/members.h"

#include "host/evaluation/scores.h"
#include "host/probabilities.h"
#include "host/statistics/paired.h"
#include "host/statistics/pairs.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/// Sums over pictures of one member.
typedef struct {
    double right, log_loss; // by itself
    uint32_t won, lost;     // pictures that the ensemble has right by its vote, or wrong
    double log_loss_change; // of the ensemble, by its vote
} tally;

struct mien_members {
    size_t count, classes;
    tally *tallies;
    mien_diversity *pairs;
    size_t *answers; // members' to the picture at hand
    int8_t *rights;  // by picture and member: 1 where it puts the ensemble right, −1: wrong
    float *losses;   // and what it adds to the ensemble's log loss
    size_t pictures, room;
};

mien_members *mien_members_create(size_t members, size_t classes) {
    mien_members *made = calloc(1, sizeof *made);
    if (!made) {
        return NULL;
    }
    const size_t pairs = mien_pairs_count(members);
    made->count = members;
    made->classes = classes;
    made->tallies = calloc(members, sizeof *made->tallies);
    made->pairs = calloc(pairs + 1, sizeof *made->pairs);
    made->answers = calloc(members, sizeof *made->answers);
    if (!made->tallies || !made->pairs || !made->answers) {
        mien_members_free(made);
        return NULL;
    }
    mien_diversity *pair = made->pairs;
    for (size_t first = 0; first < members; first++) {
        for (size_t second = first + 1; second < members; second++) {
            *pair++ = (mien_diversity){.first = first, .second = second};
        }
    }
    return made;
}

void mien_members_free(mien_members *members) {
    if (members) {
        free(members->tallies);
        free(members->pairs);
        free(members->answers);
        free(members->rights);
        free(members->losses);
        free(members);
    }
}

// --- One picture ---------------------------------------------------------------------------------

static mien_status make_room(mien_members *members, mien_error *error) {
    if (members->pictures < members->room) {
        return MIEN_OK;
    }
    size_t room, numbers;
    if (__builtin_mul_overflow(members->room, (size_t)2, &room) ||
        __builtin_add_overflow(room, (size_t)256, &room) ||
        __builtin_mul_overflow(room, members->count, &numbers)) {
        return mien_fail_memory(error, "members' scores");
    }
    int8_t *rights = reallocarray(members->rights, numbers, sizeof *rights);
    members->rights = rights ? rights : members->rights;
    float *losses = reallocarray(members->losses, numbers, sizeof *losses);
    members->losses = losses ? losses : members->losses;
    if (!rights || !losses) {
        return mien_fail_memory(error, "members' scores");
    }
    members->room = room;
    return MIEN_OK;
}

static size_t answer_of(const mien_members *members, const double *probabilities) {
    size_t answer = 0;
    mien_top_classes(probabilities, members->classes, 1, &answer);
    return answer;
}

static void count_pairs(mien_members *members, size_t label) {
    for (size_t i = 0; i < mien_pairs_count(members->count); i++) {
        mien_diversity *pair = &members->pairs[i];
        const size_t first = members->answers[pair->first], second = members->answers[pair->second];
        const bool one = first == label, other = second == label;
        pair->both += one && other;
        pair->first_only += one && !other;
        pair->second_only += other && !one;
        pair->neither += !one && !other;
        pair->differ += first != second;
    }
}

mien_status mien_members_add(mien_members *members, size_t label, const double *ensemble,
                             const double *alone, const double *rest, mien_error *error) {
    mien_status status = make_room(members, error);
    if (status != MIEN_OK) {
        return status;
    }
    const bool right = answer_of(members, ensemble) == label;
    const double loss = mien_log_loss(ensemble[label]);
    for (size_t i = 0; i < members->count; i++) {
        const size_t at = members->pictures * members->count + i;
        const double *own = alone + i * members->classes;
        tally *sums = &members->tallies[i];
        members->answers[i] = answer_of(members, own);
        sums->right += members->answers[i] == label;
        sums->log_loss += mien_log_loss(own[label]);
        if (members->count > 1) {
            const double *others = rest + i * members->classes;
            const double change = loss - mien_log_loss(others[label]);
            members->rights[at] = (int8_t)(right - (answer_of(members, others) == label));
            members->losses[at] = (float)change;
            sums->won += members->rights[at] > 0;
            sums->lost += members->rights[at] < 0;
            sums->log_loss_change += change;
        }
    }
    count_pairs(members, label);
    members->pictures++;
    return MIEN_OK;
}

// --- All of them ---------------------------------------------------------------------------------

/// Members' changes of accuracy, then of log loss, over the pictures picked.
static void mean_changes(const void *context, const size_t *picks, size_t count, double *figures) {
    const mien_members *members = context;
    const size_t width = members->count;
    for (size_t k = 0; k < 2 * width; k++) {
        figures[k] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const int8_t *rights = members->rights + picks[i] * width;
        const float *losses = members->losses + picks[i] * width;
        for (size_t k = 0; k < width; k++) {
            figures[k] += rights[k];
            figures[width + k] += (double)losses[k];
        }
    }
    for (size_t k = 0; k < 2 * width; k++) {
        figures[k] /= (double)count;
    }
}

size_t mien_members_count(const mien_members *members) {
    return members->count;
}

const mien_diversity *mien_members_pairs(const mien_members *members) {
    return members->pairs;
}

/// The interval of what a member adds to the accuracy, which is a difference of two accuracies.
static mien_interval change_of(const mien_members *members, size_t member,
                               mien_interval resampled) {
    const tally *sums = &members->tallies[member];
    return mien_paired_is_few(sums->won, sums->lost)
               ? mien_paired_interval(sums->won, sums->lost, members->pictures)
               : resampled;
}

mien_status mien_members_summarise(const mien_members *members, mien_member_figures *figures,
                                   mien_error *error) {
    const size_t count = members->count;
    const bool several = count > 1 && members->pictures;
    const mien_interval nothing = {(double)NAN, (double)NAN};
    mien_interval *intervals = calloc(count, 2 * sizeof *intervals);
    mien_status status = intervals ? MIEN_OK : mien_fail_memory(error, "members' intervals");
    if (status == MIEN_OK && several) {
        status =
            mien_bootstrap(mean_changes, members, members->pictures, intervals, 2 * count, error);
    }
    const double pictures = members->pictures ? (double)members->pictures : (double)NAN;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        const tally *sums = &members->tallies[i];
        figures[i] = (mien_member_figures){
            .accuracy = sums->right / pictures,
            .log_loss = sums->log_loss / pictures,
            .adds_accuracy = several ? ((double)sums->won - sums->lost) / pictures : (double)NAN,
            .adds_log_loss = several ? sums->log_loss_change / pictures : (double)NAN,
            .accuracy_interval = several ? change_of(members, i, intervals[i]) : nothing,
            .log_loss_interval = several ? intervals[count + i] : nothing,
        };
    }
    free(intervals);
    return status;
}
