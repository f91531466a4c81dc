// SPDX-License-Identifier: Apache-2.0
/// @file
/// One pass over a data set's pictures: every model answers, and its answers are scored.
#ifndef MIEN_HOST_CLI_EVALUATOR_H
#define MIEN_HOST_CLI_EVALUATOR_H

#include "host/cli/evaluation.h"

/// Scores the rows that have no error yet; mien_evaluation_choose() came before. A picture that
/// cannot be used is complained of on standard error and counted, and the others go on; a model
/// that fails gets its error and is passed over from then on. Memory does not grow with the number
/// of pictures but for the few numbers that each leaves in the scores. Errors: MIEN_CANCELLED
/// (Ctrl-C), MIEN_BAD_INPUT (no picture could be used), MIEN_OUT_OF_MEMORY, MIEN_INTERNAL.
MIEN_MUST_CHECK mien_status mien_evaluator_run(mien_evaluation *evaluation, mien_error *error);

#endif
