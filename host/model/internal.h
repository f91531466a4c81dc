// SPDX-License-Identifier: Apache-2.0
/// @file
/// The two ways a model computes.
#ifndef MIEN_HOST_MODEL_INTERNAL_H
#define MIEN_HOST_MODEL_INTERNAL_H

#include "host/model.h"
#include "host/model/crew.h"

struct mien_model {
    mien_declaration declaration;
    mien_model_options options; // of a session that is opened later
    char *weights_path;
    size_t weights_bytes;
    mien_session *session; // of a plugin that declares a graph
    mien_context *context;
    mien_crew *crew;         // beside the context, where threads share out pictures; else NULL
    mien_instance *instance; // of a plugin that computes by itself
};

/// Each fills its part of the model; on failure what there is so far is mien_model_free()'s.
MIEN_MUST_CHECK mien_status mien_model_open_session(mien_model *model,
                                                    const mien_model_options *options,
                                                    mien_error *error);
MIEN_MUST_CHECK mien_status mien_model_open_instance(mien_model *model,
                                                     const mien_model_options *options,
                                                     mien_error *error);

/// Makes one line of a message that a plugin had a hand in. NULL is allowed.
void mien_model_one_line(mien_error *error);

/// Runs the instance; its status and message are not trusted.
MIEN_MUST_CHECK mien_status mien_model_run_instance(mien_model *model, const float *input,
                                                    size_t batch, float *logits, mien_error *error);

#endif
