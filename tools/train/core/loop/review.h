// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a network makes of the pictures kept for validation, closer than a loss and an accuracy.
#ifndef MIEN_TRAIN_LOOP_REVIEW_H
#define MIEN_TRAIN_LOOP_REVIEW_H

#include "tools/train/core/loop/trainer.h"

#include <yyjson.h>

/// Runs the validation pictures through the network as it is, and makes a document of it: figures
/// with their names in docs/evaluation.md, each class, the bins of a reliability diagram, the
/// confusion matrix, and the pictures it was most wrong about. `epoch` goes in as it is.
/// yyjson_mut_doc_free() it. Errors: MIEN_OUT_OF_MEMORY, MIEN_INTERNAL.
MIEN_MUST_CHECK mien_status mien_review(mien_trainer *trainer, uint32_t epoch,
                                        yyjson_mut_doc **review, mien_error *error);

#endif
