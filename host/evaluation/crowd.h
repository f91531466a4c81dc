// SPDX-License-Identifier: Apache-2.0
/// @file
/// What people's votes say about a dataset's pictures: where most of them agree, and how well they
/// name the labels themselves.
#ifndef MIEN_HOST_EVALUATION_CROWD_H
#define MIEN_HOST_EVALUATION_CROWD_H

#include "host/dataset.h"
#include "host/evaluation/bootstrap.h"

#include <stdint.h>

enum { MIEN_NO_MAJORITY = -1 };

typedef struct mien_crowd {
    int32_t *majority; ///< one a picture of the index: the class that got more than half of all its
                       ///< votes, those for none of the classes counted too; MIEN_NO_MAJORITY: none
    size_t pictures;   ///< of the index, that the votes know
    size_t majorities; ///< of these, with a majority
    double accuracy;   ///< share whose label is the class with most votes. Where classes are even,
                       ///< the label's share among them counts, as if a die were thrown
    mien_interval interval; ///< of the accuracy, by bootstrap
} mien_crowd;

/// Counts the votes for an index's pictures, over its classes. Free with mien_crowd_clear().
/// Errors: MIEN_BAD_INPUT (a class that nobody could vote for, votes that know none of the
/// pictures), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_crowd_count(const mien_votes *votes, const mien_index *index,
                                             const char *const *classes, size_t class_count,
                                             mien_crowd *crowd, mien_error *error);

/// Frees the members and zeroes the struct.
void mien_crowd_clear(mien_crowd *crowd);

#endif
