// SPDX-License-Identifier: Apache-2.0
/// @file
/// `mien compare --faithfulness`: how faithful the maps of the models compared are.
#ifndef MIEN_HOST_CLI_COMPARE_FAITHFUL_H
#define MIEN_HOST_CLI_COMPARE_FAITHFUL_H

#include "host/cli/apart.h"
#include "host/cli/evaluation.h"

/// Starts the process that mien_compare_faithfulness() asks later; `command` is for messages. End
/// with mien_apart_end(). Errors: mien_apart_start()'s. [while the process has one thread]
MIEN_MUST_CHECK mien_status mien_compare_faithfulness_start(mien_registry *registry,
                                                            const char *command, mien_apart **apart,
                                                            mien_error *error);

/// Measures the rows that were scored on `sample` of the pictures used, by Grad-CAM, or occlusion
/// where a plugin, of an ensemble one of its members', has no graph. A model that cannot be
/// measured, or ends the process that it is measured in, has its error among its figures, and keeps
/// its row; the first such is `*failure`. `apart` is asked only once.
/// Errors: MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_compare_faithfulness(mien_evaluation *evaluation,
                                                      mien_apart *apart, size_t sample,
                                                      mien_status *failure, mien_error *error);

/// A table of those rows, with a heading; nothing where none was measured. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_compare_write_faithfulness(const mien_evaluation *evaluation,
                                                            FILE *file, mien_error *error);

#endif
