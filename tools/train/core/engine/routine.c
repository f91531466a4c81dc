// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/routine.h"

mien_status mien_routine_make(const mien_layer *layer, mien_routine *routine,
                              const_dnnl_primitive_desc_t description, const int *arguments,
                              mien_error *error) {
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_status_t status = dnnl_primitive_create(&routine->primitive, description);
    for (int i = 0; status == dnnl_success && arguments[i] != 0; i++) {
        const_dnnl_memory_desc_t layout =
            dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, arguments[i]);
        dnnl_exec_arg_t *argument = &routine->arguments[i];
        status = dnnl_memory_create(&argument->memory, layout, engine, DNNL_MEMORY_NONE);
        argument->arg = arguments[i];
        routine->count = i + 1;
    }
    return mien_layer_dnnl(layer, status, "make its primitives", error);
}

mien_status mien_routine_run(const mien_layer *layer, const mien_routine *routine,
                             void *const *places, mien_error *error) {
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < routine->count && status == dnnl_success; i++) {
        status = dnnl_memory_set_data_handle(routine->arguments[i].memory, places[i]);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_execute(routine->primitive, mien_network_stream(layer->network),
                                        routine->count, routine->arguments);
    }
    return mien_layer_dnnl(layer, status, "compute", error);
}

void mien_routine_free(mien_routine *routine) {
    for (int i = 0; i < routine->count; i++) {
        dnnl_memory_destroy(routine->arguments[i].memory);
    }
    dnnl_primitive_destroy(routine->primitive);
    *routine = (mien_routine){0};
}

mien_status mien_layout_make(const mien_layer *layer, dnnl_memory_desc_t *layout, int rank,
                             const size_t *dims, mien_error *error) {
    size_t strides[MIEN_MAX_RANK];
    size_t stride = 1;
    for (int i = rank; i-- > 0;) {
        strides[i] = stride;
        stride *= dims[i];
    }
    return mien_layout_make_strided(layer, layout, rank, dims, strides, error);
}

mien_status mien_layout_make_strided(const mien_layer *layer, dnnl_memory_desc_t *layout, int rank,
                                     const size_t *dims, const size_t *strides, mien_error *error) {
    dnnl_dims_t extents, steps;
    for (int i = 0; i < rank; i++) {
        extents[i] = (dnnl_dim_t)dims[i];
        steps[i] = (dnnl_dim_t)strides[i];
    }
    dnnl_status_t status =
        dnnl_memory_desc_create_with_strides(layout, rank, extents, dnnl_f32, steps);
    return mien_layer_dnnl(layer, status, "lay out its tensors", error);
}
