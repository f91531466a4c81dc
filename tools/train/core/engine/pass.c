// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/pass.h"

enum { ALIGNMENT = 64 };

static size_t take_scratch(mien_pass *pass, const_dnnl_memory_desc_t layout) {
    const size_t offset = pass->scratch_bytes;
    const size_t bytes = dnnl_memory_desc_get_size(layout) + ALIGNMENT - 1;
    pass->scratch_bytes += bytes - bytes % ALIGNMENT;
    return offset;
}

static dnnl_status_t make_reorder(dnnl_engine_t engine, const_dnnl_memory_desc_t from,
                                  const_dnnl_memory_desc_t to, dnnl_primitive_t *reorder) {
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL);
    if (status == dnnl_success) {
        status = dnnl_primitive_create(reorder, description);
    }
    dnnl_primitive_desc_destroy(description);
    return status;
}

static dnnl_status_t make_operand(dnnl_engine_t engine, mien_pass *pass,
                                  const_dnnl_primitive_desc_t description,
                                  const mien_pass_spec *spec) {
    mien_pass_operand *operand = &pass->operands[pass->count++];
    const_dnnl_memory_desc_t theirs = dnnl_primitive_desc_query_md(
        description, spec->query, spec->query == dnnl_query_exec_arg_md ? spec->argument : 0);
    const_dnnl_memory_desc_t ours = spec->ours ? spec->ours : theirs;
    const bool same = dnnl_memory_desc_equal(ours, theirs);
    operand->argument = spec->argument;
    operand->flow = spec->flow;
    dnnl_status_t status = dnnl_memory_create(&operand->ours, ours, engine, DNNL_MEMORY_NONE);
    if (status == dnnl_success && !same) {
        status = dnnl_memory_create(&operand->theirs, theirs, engine, DNNL_MEMORY_NONE);
    } else {
        operand->theirs = operand->ours;
    }
    if (!same || spec->flow == MIEN_PASS_MAY_WRITE) {
        operand->offset = take_scratch(pass, theirs);
    }
    if (status != dnnl_success || same) {
        return status;
    }
    return spec->flow == MIEN_PASS_READS ? make_reorder(engine, ours, theirs, &operand->reorder)
                                         : make_reorder(engine, theirs, ours, &operand->reorder);
}

mien_status mien_pass_create(mien_layer *layer, mien_pass *pass,
                             const_dnnl_primitive_desc_t description, const mien_pass_spec *specs,
                             uint32_t count, mien_error *error) {
    dnnl_engine_t engine = mien_network_engine(layer->network);
    dnnl_status_t status = dnnl_primitive_create(&pass->primitive, description);
    for (uint32_t i = 0; i < count && status == dnnl_success; i++) {
        status = make_operand(engine, pass, description, &specs[i]);
    }
    return mien_layer_dnnl(layer, status, "make a primitive", error);
}

static dnnl_status_t move(dnnl_stream_t stream, const mien_pass_operand *operand,
                          dnnl_memory_t from, dnnl_memory_t to) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return dnnl_primitive_execute(operand->reorder, stream, 2, arguments);
}

mien_status mien_pass_run(const mien_layer *layer, const mien_pass *pass, void *scratch,
                          void *const *pointers, mien_error *error) {
    dnnl_stream_t stream = mien_network_stream(layer->network);
    dnnl_exec_arg_t arguments[MIEN_PASS_OPERANDS];
    dnnl_status_t status = dnnl_success;
    for (uint32_t i = 0; i < pass->count && status == dnnl_success; i++) {
        const mien_pass_operand *operand = &pass->operands[i];
        arguments[i] = (dnnl_exec_arg_t){operand->argument, operand->theirs};
        unsigned char *beside = (unsigned char *)scratch + operand->offset;
        if (!operand->reorder) {
            void *direct = pointers[i] ? pointers[i] : beside;
            status = dnnl_memory_set_data_handle(operand->theirs, direct);
            continue;
        }
        status = dnnl_memory_set_data_handle(operand->theirs, beside);
        if (status == dnnl_success) {
            status = dnnl_memory_set_data_handle(operand->ours, pointers[i]);
        }
        if (status == dnnl_success && operand->flow == MIEN_PASS_READS) {
            status = move(stream, operand, operand->ours, operand->theirs);
        }
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_execute(pass->primitive, stream, (int)pass->count, arguments);
    }
    for (uint32_t i = 0; i < pass->count && status == dnnl_success; i++) {
        const mien_pass_operand *operand = &pass->operands[i];
        if (operand->reorder && operand->flow != MIEN_PASS_READS && pointers[i]) {
            status = move(stream, operand, operand->theirs, operand->ours);
        }
    }
    return mien_layer_dnnl(layer, status, "compute", error);
}

void mien_pass_free(mien_pass *pass) {
    for (uint32_t i = 0; i < pass->count; i++) {
        mien_pass_operand *operand = &pass->operands[i];
        if (operand->theirs != operand->ours) {
            dnnl_memory_destroy(operand->theirs);
        }
        dnnl_memory_destroy(operand->ours);
        dnnl_primitive_destroy(operand->reorder);
    }
    dnnl_primitive_destroy(pass->primitive);
    *pass = (mien_pass){0};
}
