// SPDX-License-Identifier: Apache-2.0
/// @file
/// What the files of this folder share. Each is compiled once per instruction set, with MIEN_ISA
/// set to its name, which ends up in the names of all symbols.
#ifndef MIEN_KERNELS_ISA_ISA_H
#define MIEN_KERNELS_ISA_ISA_H

#include "zoo/kernels/attention.h"
#include "zoo/kernels/kernels.h"
#include "zoo/kernels/product.h"
#include "zoo/kernels/winograd.h"

#define MIEN_ISA_JOIN_(name, isa) mien_kernel_##name##_##isa
#define MIEN_ISA_JOIN(name, isa) MIEN_ISA_JOIN_(name, isa)
/// The symbol for `name` in the instruction set being compiled for.
#define ISA(name) MIEN_ISA_JOIN(name, MIEN_ISA)

#define MIEN_ISA_TEXT_(isa) #isa
#define MIEN_ISA_TEXT(isa) MIEN_ISA_TEXT_(isa)

void ISA(add)(const float *a, const float *b, float *y, size_t count, float low, float high);
void ISA(multiply)(const float *a, const float *b, float *y, size_t count, float low, float high);
void ISA(multiply_channels)(const float *x, const float *gate, float *y, size_t rows,
                            size_t channels, float low, float high);
void ISA(scale_shift)(const float *x, const float *scale, const float *shift, float *y, size_t rows,
                      size_t channels, float low, float high);
void ISA(layer_norm)(const float *x, const float *weight, const float *bias, float *y, size_t rows,
                     size_t channels, float epsilon);
void ISA(mean_rows)(const float *x, float *y, size_t rows, size_t channels, size_t first,
                    size_t last);
void ISA(silu)(const float *x, float *y, size_t count, float low, float high);
void ISA(gelu)(const float *x, float *y, size_t count);
void ISA(f16_to_f32)(const uint16_t *x, float *y, size_t count);

extern const mien_product_kernels ISA(product);
extern const mien_winograd_kernels ISA(winograd);
extern const mien_attention_kernels ISA(attention);
extern const struct mien_gradient_kernels ISA(gradient);
extern const mien_kernels ISA(all);

#endif
