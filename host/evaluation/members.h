// SPDX-License-Identifier: Apache-2.0
/// @file
/// What an ensemble's members are by themselves, how much each two differ, and what each adds:
/// counted as answers come. Of each picture and member a byte and a float stay, for the intervals.
///
///     mien_members *members = mien_members_create(3, classes);
///     while (…) { status = mien_members_add(members, label, all, alone, rest, &error); … }
///     status = mien_members_summarise(members, figures, &error);
#ifndef MIEN_HOST_EVALUATION_MEMBERS_H
#define MIEN_HOST_EVALUATION_MEMBERS_H

#include "host/evaluation/bootstrap.h"
#include "host/statistics/diversity.h"

typedef struct mien_members mien_members;

/// A member's figures; NAN without pictures.
typedef struct mien_member_figures {
    double accuracy, log_loss; ///< by itself
    /// What it adds: the ensemble's figure less that of the ensemble without it. Of an accuracy
    /// more is better, of a log loss less. The only member of an ensemble has NAN.
    double adds_accuracy, adds_log_loss;
    mien_interval accuracy_interval, log_loss_interval; ///< of these, as mien_pair's
} mien_member_figures;

/// Nothing counted yet; both numbers are at least 1. NULL when memory is out. Free with
/// mien_members_free(). [any thread]
mien_members *mien_members_create(size_t members, size_t classes);
/// NULL is allowed.
void mien_members_free(mien_members *members);

/// Counts one picture by its label and the probabilities of its classes: the ensemble's, each
/// member's by itself, one after the other, and those of the ensemble without each member (not
/// looked at where there is only one). Of equal ones the earlier class is the likeliest. Errors:
/// MIEN_OUT_OF_MEMORY. [one thread at a time per members]
MIEN_MUST_CHECK mien_status mien_members_add(mien_members *members, size_t label,
                                             const double *ensemble, const double *alone,
                                             const double *rest, mien_error *error);

/// How many there are.
size_t mien_members_count(const mien_members *members);
/// Counts of each two, in the order of mien_pairs_find(); mien_pairs_count() of them. Borrowed.
const mien_diversity *mien_members_pairs(const mien_members *members);
/// `figures`: one a member. All intervals come from the same resamples. Errors:
/// MIEN_OUT_OF_MEMORY. [one thread at a time per members]
MIEN_MUST_CHECK mien_status mien_members_summarise(const mien_members *members,
                                                   mien_member_figures *figures, mien_error *error);

#endif
