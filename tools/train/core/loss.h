// SPDX-License-Identifier: Apache-2.0
/// @file
/// The loss: softmax cross-entropy of logits against targets that may be shared between classes
/// (votes, label smoothing, mixup, a teacher).
#ifndef MIEN_TRAIN_LOSS_H
#define MIEN_TRAIN_LOSS_H

#include <stddef.h>

/// The mean over `batch` rows of −Σ weight·target·log softmax(logits), and its gradient by the
/// logits into `gradients` (NULL: not wanted). `targets`: batch × classes, each row sums to 1.
/// `weights`: one a class; NULL: all 1. As torch's cross_entropy() with probabilities for targets,
/// the mean is over rows, whatever they weigh. Computed in double; not finite where a logit is not.
/// [any thread]
double mien_loss_cross_entropy(const float *logits, const float *targets, const float *weights,
                               size_t batch, size_t classes, float *gradients);

/// Rows whose largest logit is where the largest target is; of equal ones the earlier class counts.
/// A row with a logit that is not a number is wrong. [any thread]
size_t mien_loss_correct(const float *logits, const float *targets, size_t batch, size_t classes);

/// Weights that make every class count alike: pictures / (classes · pictures of the class).
/// `counts`: pictures of each class; a class without any weighs 0. [any thread]
void mien_loss_balance(const size_t *counts, size_t classes, float *weights);

#endif
