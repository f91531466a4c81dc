// SPDX-License-Identifier: Apache-2.0
#include "zoo/kernels/isa/isa.h"

const mien_kernels ISA(all) = {
    .isa = MIEN_ISA_TEXT(MIEN_ISA),
    .add = ISA(add),
    .multiply = ISA(multiply),
    .multiply_channels = ISA(multiply_channels),
    .scale_shift = ISA(scale_shift),
    .layer_norm = ISA(layer_norm),
    .mean_rows = ISA(mean_rows),
    .silu = ISA(silu),
    .gelu = ISA(gelu),
    .f16_to_f32 = ISA(f16_to_f32),
    .product = &ISA(product),
    .winograd = &ISA(winograd),
    .attention = &ISA(attention),
    .gradient = &ISA(gradient),
};
