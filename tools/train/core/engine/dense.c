// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/engine/dense.h"

static mien_status lay_out(const mien_layer *layer, const mien_dense_plan *plan,
                           mien_dense_layouts *layouts, mien_error *error) {
    const dnnl_data_type_t product =
        mien_network_precision(layer->network) == MIEN_PRECISION_BF16 ? dnnl_bf16 : dnnl_f32;
    const mien_dense_tensor *input = &plan->input, *weight = &plan->weight, *output = &plan->output;
    const mien_dense_tensor bias = {.rank = 1, .dims = {output->dims[1]}};
    const struct {
        dnnl_memory_desc_t *layout;
        const mien_dense_tensor *tensor;
        dnnl_data_type_t type;
        dnnl_format_tag_t tag;
    } all[] = {
        {&layouts->input, input, dnnl_f32, input->tag},
        {&layouts->weight, weight, dnnl_f32, weight->tag},
        {&layouts->output, output, dnnl_f32, output->tag},
        {&layouts->asked_input, input, product, input->tag},
        {&layouts->asked_output, output, product, output->tag},
        {&layouts->asked_weight, weight, product, dnnl_format_tag_any},
        {&layouts->asked_weight_gradient, weight, dnnl_f32, dnnl_format_tag_any},
        {&layouts->bias, &bias, dnnl_f32, dnnl_a}, // the last, as there may be none
    };
    const size_t count = sizeof all / sizeof *all - !plan->bias;
    dnnl_status_t status = dnnl_success;
    for (size_t i = 0; i < count && status == dnnl_success; i++) {
        const mien_dense_tensor *tensor = all[i].tensor;
        status = dnnl_memory_desc_create_with_tag(all[i].layout, tensor->rank, tensor->dims,
                                                  all[i].type, all[i].tag);
    }
    return mien_layer_dnnl(layer, status, "describe a tensor", error);
}

static void free_layouts(mien_dense_layouts *layouts) {
    dnnl_memory_desc_destroy(layouts->input);
    dnnl_memory_desc_destroy(layouts->weight);
    dnnl_memory_desc_destroy(layouts->bias);
    dnnl_memory_desc_destroy(layouts->output);
    dnnl_memory_desc_destroy(layouts->asked_input);
    dnnl_memory_desc_destroy(layouts->asked_output);
    dnnl_memory_desc_destroy(layouts->asked_weight);
    dnnl_memory_desc_destroy(layouts->asked_weight_gradient);
}

static mien_status describe(const mien_layer *layer, const mien_dense_plan *plan,
                            const mien_dense_layouts *layouts, mien_dense_descriptions *made,
                            mien_error *error) {
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&attributes);
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_set_deterministic(attributes, 1);
    }
    if (status == dnnl_success) {
        status = plan->describe(layer, layouts, attributes, made);
    }
    dnnl_primitive_attr_destroy(attributes);
    return mien_layer_dnnl(layer, status, "do this", error);
}

static mien_status create_forward(mien_layer *layer, mien_dense *dense,
                                  const mien_dense_descriptions *descriptions,
                                  const mien_dense_layouts *layouts, mien_error *error) {
    const mien_pass_spec specs[] = {
        {DNNL_ARG_SRC, MIEN_PASS_READS, dnnl_query_src_md, layouts->input},
        {DNNL_ARG_WEIGHTS, MIEN_PASS_READS, dnnl_query_weights_md, layouts->weight},
        {DNNL_ARG_DST, MIEN_PASS_WRITES, dnnl_query_dst_md, layouts->output},
        {DNNL_ARG_BIAS, MIEN_PASS_READS, dnnl_query_exec_arg_md, layouts->bias},
    };
    return mien_pass_create(layer, &dense->forward, descriptions->forward, specs,
                            layouts->bias ? 4 : 3, error);
}

static mien_status create_by_input(mien_layer *layer, mien_dense *dense,
                                   const mien_dense_descriptions *descriptions,
                                   const mien_dense_layouts *layouts, mien_error *error) {
    const mien_pass_spec specs[] = {
        {DNNL_ARG_DIFF_DST, MIEN_PASS_READS, dnnl_query_diff_dst_md, layouts->output},
        {DNNL_ARG_WEIGHTS, MIEN_PASS_READS, dnnl_query_weights_md, layouts->weight},
        {DNNL_ARG_DIFF_SRC, MIEN_PASS_WRITES, dnnl_query_diff_src_md, layouts->input},
    };
    return mien_pass_create(layer, &dense->by_input, descriptions->by_input, specs, 3, error);
}

static mien_status create_by_weight(mien_layer *layer, mien_dense *dense,
                                    const mien_dense_descriptions *descriptions,
                                    const mien_dense_layouts *layouts, mien_error *error) {
    const mien_pass_spec specs[] = {
        {DNNL_ARG_SRC, MIEN_PASS_READS, dnnl_query_src_md, layouts->input},
        {DNNL_ARG_DIFF_DST, MIEN_PASS_READS, dnnl_query_diff_dst_md, layouts->output},
        {DNNL_ARG_DIFF_WEIGHTS, MIEN_PASS_MAY_WRITE, dnnl_query_diff_weights_md, layouts->weight},
        {DNNL_ARG_DIFF_BIAS, MIEN_PASS_MAY_WRITE, dnnl_query_exec_arg_md, layouts->bias},
    };
    return mien_pass_create(layer, &dense->by_weight, descriptions->by_weight, specs,
                            layouts->bias ? 4 : 3, error);
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static mien_status create_passes(mien_layer *layer, mien_dense *dense,
                                 const mien_dense_descriptions *descriptions,
                                 const mien_dense_layouts *layouts, mien_error *error) {
    mien_status status = create_forward(layer, dense, descriptions, layouts, error);
    if (status == MIEN_OK && descriptions->by_input) {
        status = create_by_input(layer, dense, descriptions, layouts, error);
    }
    return status == MIEN_OK ? create_by_weight(layer, dense, descriptions, layouts, error)
                             : status;
}

mien_status mien_dense_create(mien_layer *layer, const mien_dense_plan *plan, mien_error *error) {
    mien_dense *dense = layer->state;
    mien_dense_layouts layouts = {0};
    mien_dense_descriptions descriptions = {0};
    mien_status status = lay_out(layer, plan, &layouts, error);
    if (status == MIEN_OK) {
        status = describe(layer, plan, &layouts, &descriptions, error);
    }
    if (status == MIEN_OK) {
        status = create_passes(layer, dense, &descriptions, &layouts, error);
    }
    dnnl_primitive_desc_destroy(descriptions.forward);
    dnnl_primitive_desc_destroy(descriptions.by_input);
    dnnl_primitive_desc_destroy(descriptions.by_weight);
    free_layouts(&layouts);
    const size_t scratch =
        larger(dense->forward.scratch_bytes,
               larger(dense->by_input.scratch_bytes, dense->by_weight.scratch_bytes));
    return status == MIEN_OK
               ? mien_layer_need(layer, MIEN_MEMORY_SCRATCH, scratch, &dense->scratch, error)
               : status;
}

mien_status mien_dense_forward(mien_layer *layer, mien_mode mode, uint64_t step,
                               mien_error *error) {
    (void)mode;
    (void)step;
    const mien_dense *dense = layer->state;
    const mien_network_parameter *bias = layer->parameter[1];
    void *const pointers[] = {layer->input[0]->data, layer->parameter[0]->value,
                              layer->output->data, bias ? bias->value : NULL};
    return mien_pass_run(layer, &dense->forward, dense->scratch, pointers, error);
}

static float *wanted(const mien_network_parameter *parameter) {
    return parameter && !parameter->frozen ? parameter->gradient : NULL;
}

mien_status mien_dense_backward(mien_layer *layer, mien_error *error) {
    const mien_dense *dense = layer->state;
    float *by_weight = wanted(layer->parameter[0]), *by_bias = wanted(layer->parameter[1]);
    float *by_input = mien_layer_input_gradient(layer, 0);
    mien_status status = MIEN_OK;
    if (by_weight || by_bias) {
        void *const pointers[] = {layer->input[0]->data, layer->output->gradient, by_weight,
                                  by_bias};
        status = mien_pass_run(layer, &dense->by_weight, dense->scratch, pointers, error);
    }
    if (by_input && status == MIEN_OK) {
        void *const pointers[] = {layer->output->gradient, layer->parameter[0]->value, by_input};
        status = mien_pass_run(layer, &dense->by_input, dense->scratch, pointers, error);
        mien_layer_input_gradient_done(layer, 0);
    }
    return status;
}

void mien_dense_destroy(mien_layer *layer) {
    mien_dense *dense = layer->state;
    mien_pass_free(&dense->forward);
    mien_pass_free(&dense->by_input);
    mien_pass_free(&dense->by_weight);
}
