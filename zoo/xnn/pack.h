// SPDX-License-Identifier: Apache-2.0
/// @file
/// Weights in the panels that our products read.
#ifndef MIEN_XNN_PACK_H
#define MIEN_XNN_PACK_H

#include <stddef.h>

/// Bytes of a {depth, columns} matrix in panels.
size_t mien_packed_bytes(size_t depth, size_t columns);

/// Packs PyTorch's {columns, channels, taps} as {columns / panel, taps, channels, panel}, the order
/// of convolutions over NHWC; a matrix {columns, depth} has one tap.
void mien_pack(const float *weight, size_t columns, size_t channels, size_t taps, float *packed);

#endif
