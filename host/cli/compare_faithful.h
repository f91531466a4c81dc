// SPDX-License-Identifier: Apache-2.0
/// @file
/// `mien compare --faithfulness`: how faithful the maps of the models compared are.
#ifndef MIEN_HOST_CLI_COMPARE_FAITHFUL_H
#define MIEN_HOST_CLI_COMPARE_FAITHFUL_H

#include "host/cli/evaluation.h"

/// Measures the rows that were scored on `sample` of the pictures used, by Grad-CAM, or occlusion
/// where a plugin, of an ensemble one of its members', has no graph. A model that cannot be
/// measured has its error among its figures, and keeps its row; the first such is `*failure`.
/// Errors: MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_compare_faithfulness(mien_evaluation *evaluation,
                                                      mien_registry *registry, size_t sample,
                                                      mien_status *failure, mien_error *error);

/// A table of those rows, with a heading; nothing where none was measured. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_compare_write_faithfulness(const mien_evaluation *evaluation,
                                                            FILE *file, mien_error *error);

#endif
