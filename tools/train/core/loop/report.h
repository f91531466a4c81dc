// SPDX-License-Identifier: Apache-2.0
/// @file
/// The page of a training run.
#ifndef MIEN_TRAIN_LOOP_REPORT_H
#define MIEN_TRAIN_LOOP_REPORT_H

#include "tools/train/core/loop/trainer.h"

#include <yyjson.h>

#define MIEN_REPORT_FILE "report.html"
#define MIEN_HISTORY_FILE "history.csv"

/// Writes report.html: the recipe, how far the run is (`event`, and the trainer's best epoch),
/// history.csv as it stands, and what the best epoch makes of the validation pictures (`review`, of
/// mien_review(); NULL: not known). Errors: MIEN_BAD_INPUT (a history that is no table), MIEN_IO,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_report_write(const mien_trainer *trainer,
                                              const mien_training_event *event, bool finished,
                                              const yyjson_mut_doc *review, mien_error *error);

#endif
