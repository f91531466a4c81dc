// SPDX-License-Identifier: Apache-2.0
/// @file
/// Whether a model is right less often than before, when of before only counts are known.
#ifndef MIEN_HOST_STATISTICS_FISHER_H
#define MIEN_HOST_STATISTICS_FISHER_H

#include <stdint.h>

/// Fisher's exact test, one-sided: how often `right` of `pictures` or fewer would be right by
/// chance, had nothing changed since `right_before` of `pictures_before` were (Fisher, 1935, "The
/// Logic of Inductive Inference", Journal of the Royal Statistical Society 98(1)). It takes the two
/// lots of pictures for different ones. Where they are the same, it is slower to find a drop than a
/// test that knows each answer, never faster. 1 where either has no pictures. [any thread]
double mien_fisher_drop(uint32_t right, uint32_t pictures, uint32_t right_before,
                        uint32_t pictures_before);

#endif
