// SPDX-License-Identifier: Apache-2.0
/// @file
/// A oneDNN primitive with a memory for each of its arguments, whose places are given at each run.
///
/// The layouts are those that the primitive was described with, so a layer says each only once.
#ifndef MIEN_TRAIN_ENGINE_ROUTINE_H
#define MIEN_TRAIN_ENGINE_ROUTINE_H

#include "tools/train/core/engine/layer.h"

enum { MIEN_ROUTINE_ARGUMENTS = 9 };

/// Zeroed: not made yet.
typedef struct mien_routine {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[MIEN_ROUTINE_ARGUMENTS];
    int count;
} mien_routine;

/// Makes the primitive that `description` stands for, with these arguments (DNNL_ARG_…), in the
/// order in which mien_routine_run() takes their places; 0 ends the list. The description stays the
/// caller's. After a failure mien_routine_free() is still due.
MIEN_MUST_CHECK mien_status mien_routine_make(const mien_layer *layer, mien_routine *routine,
                                              const_dnnl_primitive_desc_t description,
                                              const int *arguments, mien_error *error);

/// Runs it on the layer's stream. `places`: one an argument.
MIEN_MUST_CHECK mien_status mien_routine_run(const mien_layer *layer, const mien_routine *routine,
                                             void *const *places, mien_error *error);

void mien_routine_free(mien_routine *routine);

/// A dense float32 layout, row-major. `rank` up to 6.
MIEN_MUST_CHECK mien_status mien_layout_make(const mien_layer *layer, dnnl_memory_desc_t *layout,
                                             int rank, const size_t *dims, mien_error *error);
/// The same with strides of its own, in numbers.
MIEN_MUST_CHECK mien_status mien_layout_make_strided(const mien_layer *layer,
                                                     dnnl_memory_desc_t *layout, int rank,
                                                     const size_t *dims, const size_t *strides,
                                                     mien_error *error);

#endif
