// SPDX-License-Identifier: Apache-2.0
/// @file
/// Multi-head self-attention as one step.
#ifndef MIEN_XNN_ATTENTION_H
#define MIEN_XNN_ATTENTION_H

#include "zoo/xnn/step.h"

/// Fills step->kind and step->data for input {tokens, 3·channels} (queries, keys, values, each
/// `heads` runs of channels / heads) and output {tokens, channels}.
mien_status mien_step_attention(mien_step *step, size_t tokens, size_t channels, uint32_t heads,
                                mien_error *error);

#endif
