// SPDX-License-Identifier: Apache-2.0
/// @file
/// Several models over many pictures: batches are filled from a loader, run, and printed.
#ifndef MIEN_HOST_CLI_PREDICTOR_H
#define MIEN_HOST_CLI_PREDICTOR_H

#include "host/cli/answers.h"
#include "host/cli/shared.h"
#include "host/paths.h"

/// One model at work, with buffers for a batch.
typedef struct mien_predictor_model {
    const char *name; ///< as given; the selection's
    mien_answerer *model;
    mien_batch inputs;
    float *logits;
    size_t first; ///< of its input rules among the loader's
} mien_predictor_model;

typedef struct mien_predictor {
    mien_predictor_model *models;
    size_t model_count;
    mien_answer_picture *pending; ///< pictures whose inputs stand in the batch
    size_t pending_count, batch;
    mien_answer_style style;
} mien_predictor;

/// Loads the models and makes room for batches of `batch` (less where there are fewer pictures).
/// The selection must outlive it. Free with mien_predictor_close(), also after a failure. Errors:
/// mien_answerer_load()'s, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_predictor_open(mien_registry *registry,
                                                const mien_selection *selection,
                                                const mien_model_options *how, size_t batch,
                                                mien_predictor *predictor, mien_error *error);
void mien_predictor_close(mien_predictor *predictor);

/// Answers for all pictures. One that cannot be used is complained of on standard error and counted
/// in `*unusable`; the others go on. Errors: the models', MIEN_CANCELLED (Ctrl-C; what was finished
/// has been printed).
MIEN_MUST_CHECK mien_status mien_predictor_run(mien_predictor *predictor, const mien_paths *paths,
                                               size_t *unusable, mien_error *error);

#endif
