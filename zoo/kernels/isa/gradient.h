// SPDX-License-Identifier: Apache-2.0
/// @file
/// The gradients that have files of their own (zoo/kernels/gradient.h).
#ifndef MIEN_KERNELS_ISA_GRADIENT_H
#define MIEN_KERNELS_ISA_GRADIENT_H

#include "zoo/kernels/gradient.h"
#include "zoo/kernels/isa/isa.h"

void ISA(back_max_pool)(const mien_pool_gradient *pool, const float *g, const float *x, float *d);
void ISA(back_average_pool)(const mien_pool_gradient *pool, const float *g, float *d);
size_t ISA(back_attention_scratch)(size_t tokens, size_t width);
void ISA(back_attention)(const float *g, size_t g_stride, const float *qkv, float *d, size_t stride,
                         size_t part, size_t tokens, size_t width, float scale, float *scratch);

#endif
