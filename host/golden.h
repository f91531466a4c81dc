// SPDX-License-Identifier: Apache-2.0
/// @file
/// Golden samples: does a model still answer as it did where it was trained? Wrong colour order and
/// wrong label order are this field's commonest silent errors, so a failing sample is tried again
/// with those undone.
#ifndef MIEN_HOST_GOLDEN_H
#define MIEN_HOST_GOLDEN_H

#include "host/answerer.h"

enum { MIEN_GOLDEN_HINT = 512 };

typedef struct mien_golden_result {
    const char *image;  ///< as in the manifest; borrowed from the model
    mien_status status; ///< MIEN_OK: it was run; else `problem` says why not
    bool passed;
    bool probabilities;          ///< what was compared: probabilities instead of logits
    double difference;           ///< largest |difference| of a class
    double allowed;              ///< tolerance × max(1, largest expected value)
    size_t worst_class;          ///< where the largest difference is
    double expected, got;        ///< there
    char hint[MIEN_GOLDEN_HINT]; ///< what would make it pass ("colour order looks swapped: …"), or
                                 ///< ""
    char problem[MIEN_GOLDEN_HINT]; ///< why it could not be run, or ""
} mien_golden_result;

/// Runs sample `index` (below the manifest's golden_count). Returns MIEN_OK when the sample could
/// be judged or its picture could not be read (both in `result`); else an error of the model's.
/// [one thread at a time per model]
MIEN_MUST_CHECK mien_status mien_golden_run(mien_answerer *model, size_t index,
                                            mien_golden_result *result, mien_error *error);

/// Runs a blank picture, one whose every value is the input rule's mean: for a model without golden
/// samples, which may still be unable to answer. Errors: mien_answerer_run()'s, MIEN_OUT_OF_MEMORY.
/// [one thread at a time per model]
MIEN_MUST_CHECK mien_status mien_golden_run_blank(mien_answerer *model, mien_error *error);

#endif
