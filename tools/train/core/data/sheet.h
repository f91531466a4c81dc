// SPDX-License-Identifier: Apache-2.0
/// @file
/// A contact sheet: what a network will see, picture by picture, with what it should answer.
#ifndef MIEN_TRAIN_DATA_SHEET_H
#define MIEN_TRAIN_DATA_SHEET_H

#include "tools/train/core/data/feeder.h"

typedef struct mien_batch_sheet {
    const mien_batch *batch;
    size_t rows; ///< of the batch, at least 1; at most MIEN_BATCH_SHEET_MOST_ROWS are drawn
    const mien_input_spec *input;
    const char *const *classes;
    size_t class_count;
} mien_batch_sheet;

enum { MIEN_BATCH_SHEET_MOST_ROWS = 256 };

/// Draws a PNG: every row's picture as normalised for the network, brought back to bytes, and below
/// it bars of its target's largest parts. Errors: MIEN_IO, MIEN_OUT_OF_MEMORY, MIEN_INTERNAL.
/// [one thread at a time, and nothing else in the process uses cairo then]
MIEN_MUST_CHECK mien_status mien_batch_sheet_write(const mien_batch_sheet *sheet, const char *path,
                                                   mien_error *error);

#endif
