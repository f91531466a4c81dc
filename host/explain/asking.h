// SPDX-License-Identifier: Apache-2.0
/// @file
/// Explanations by asking a model about changed pictures: for plugins without a graph. What may be
/// rounding of the logits is no evidence: where no difference is larger, the map is empty.
#ifndef MIEN_HOST_EXPLAIN_ASKING_H
#define MIEN_HOST_EXPLAIN_ASKING_H

#include "host/explain/explain.h"

/// Slides a window of the picture's mean colour over it; a pixel's value is the mean loss of the
/// class's logit over the windows that hid it. `map` has the input's extents. Errors: the model's,
/// MIEN_CANCELLED, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_explain_occlude(mien_model *model,
                                                 const mien_explain_options *options,
                                                 const float *input, uint32_t class_index,
                                                 float logit, float *map, mien_error *error);

/// Shows random parts of the picture; a pixel's value is by how much the class's logit is larger
/// when it is seen than when it is not. The masks are the same each time. As above otherwise.
MIEN_MUST_CHECK mien_status mien_explain_rise(mien_model *model,
                                              const mien_explain_options *options,
                                              const float *input, uint32_t class_index, float *map,
                                              mien_error *error);

#endif
