// SPDX-License-Identifier: Apache-2.0
/// @file
/// Simple loops on all threads.
#ifndef MIEN_TRAIN_ENGINE_ROWS_H
#define MIEN_TRAIN_ENGINE_ROWS_H

#include <stddef.h>

/// y = a + b; y may be a or b.
void mien_add_rows(const float *a, const float *b, float *y, size_t count);
/// y = x.
void mien_copy_rows(float *y, const float *x, size_t count);

#endif
