// SPDX-License-Identifier: Apache-2.0
/// @file
/// One oneDNN primitive with its operands: what it wants in another layout or type than ours is
/// brought there, and what it gives is brought back, by way of the layer's scratch.
#ifndef MIEN_TRAIN_ENGINE_PASS_H
#define MIEN_TRAIN_ENGINE_PASS_H

#include "tools/train/core/engine/layer.h"

enum { MIEN_PASS_OPERANDS = 5 };

typedef enum mien_pass_flow {
    MIEN_PASS_READS,
    MIEN_PASS_WRITES,
    MIEN_PASS_MAY_WRITE, ///< as above, but the pointer may be NULL: nobody wants the result
} mien_pass_flow;

typedef struct mien_pass_operand {
    int argument; ///< DNNL_ARG_…
    mien_pass_flow flow;
    dnnl_memory_t ours, theirs; ///< one and the same where layouts agree
    dnnl_primitive_t reorder;   ///< NULL: none needed
    size_t offset;              ///< of `theirs` in scratch
} mien_pass_operand;

typedef struct mien_pass {
    dnnl_primitive_t primitive;
    mien_pass_operand operands[MIEN_PASS_OPERANDS];
    uint32_t count;
    size_t scratch_bytes;
} mien_pass;

/// What the caller says of an operand.
typedef struct mien_pass_spec {
    int argument;
    mien_pass_flow flow;
    dnnl_query_t query;            ///< the primitive's layout: dnnl_query_src_md, …
    const_dnnl_memory_desc_t ours; ///< our layout; NULL: whatever the primitive's is
} mien_pass_spec;

/// The pass must start out zero, and be freed also after a failure.
MIEN_MUST_CHECK mien_status mien_pass_create(mien_layer *layer, mien_pass *pass,
                                             const_dnnl_primitive_desc_t description,
                                             const mien_pass_spec *specs, uint32_t count,
                                             mien_error *error);
/// `pointers` in the order of the specs; `scratch` as large as pass->scratch_bytes.
MIEN_MUST_CHECK mien_status mien_pass_run(const mien_layer *layer, const mien_pass *pass,
                                          void *scratch, void *const *pointers, mien_error *error);
void mien_pass_free(mien_pass *pass);

#endif
