// SPDX-License-Identifier: Apache-2.0
/// @file
/// From gradients to new values: SGD with Nesterov momentum (Sutskever et al., 2013) or AdamW
/// (Loshchilov and Hutter, 2019), with a rate and a weight decay for each parameter.
#ifndef MIEN_TRAIN_OPTIMIZER_OPTIMIZER_H
#define MIEN_TRAIN_OPTIMIZER_OPTIMIZER_H

#include "tools/train/core/engine/network.h"

typedef enum mien_optimizer_rule {
    MIEN_OPTIMIZER_SGD = 0,
    MIEN_OPTIMIZER_ADAMW = 1,
} mien_optimizer_rule;

typedef struct mien_optimizer_options {
    mien_optimizer_rule rule;
    double momentum;      ///< SGD
    bool nesterov;        ///< SGD
    double beta1, beta2;  ///< AdamW
    double epsilon;       ///< AdamW
    double weight_decay;  ///< of MIEN_ROLE_WEIGHT; SGD adds it to the gradient, AdamW decouples it
    double clip;          ///< largest norm of all gradients together; 0: no limit
    double average;       ///< decay of the moving average of values; 0: none
    const double *scales; ///< the rate's factor for each parameter (layer-wise rates, 0 when
                          ///< frozen); borrowed until creation returns; NULL: 1
} mien_optimizer_options;

typedef struct mien_optimizer mien_optimizer;

/// For the parameters of `network`, which must outlive it. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_optimizer_create(mien_network *network,
                                                  const mien_optimizer_options *options,
                                                  mien_optimizer **optimizer, mien_error *error);
void mien_optimizer_free(mien_optimizer *optimizer);

/// Clips, updates every parameter that is not frozen, and the average. Returns the gradients' norm
/// before clipping; when that is not finite, nothing was changed.
double mien_optimizer_step(mien_optimizer *optimizer, double rate);

/// Exchanges the network's values with the average (statistics included) and back again.
void mien_optimizer_swap_average(mien_optimizer *optimizer);

/// @name State, for checkpoints: named flat buffers ("momentum", "average", …)
/// @{
typedef struct mien_optimizer_buffer {
    const char *name;
    float *numbers;
    size_t count;
} mien_optimizer_buffer;
size_t mien_optimizer_buffers(mien_optimizer *optimizer, mien_optimizer_buffer buffers[4]);
uint64_t *mien_optimizer_steps(mien_optimizer *optimizer); ///< updates so far, for AdamW's bias
/// @}

#endif
