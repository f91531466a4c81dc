// SPDX-License-Identifier: Apache-2.0
// Multi-head self-attention: oneDNN's batched products walk over the stacked queries, keys and
// values where they lie, so nothing is split, transposed or put together.
#include "tools/train/core/engine/softmax.h"

#include <math.h>

/// How a product sees its operands: pictures × heads × two more.
typedef enum view {
    VIEW_QKV,               // queries, keys or values: tokens × width
    VIEW_QKV_TURNED,        // width × tokens
    VIEW_OUTPUT,            // tokens × width
    VIEW_ATTENTIONS,        // tokens × tokens
    VIEW_ATTENTIONS_TURNED, // the same, columns first
    VIEW_COUNT
} view;

typedef enum product {
    PRODUCT_SCORES,             // Q·Kᵀ / √width
    PRODUCT_OUTPUT,             // P·V
    PRODUCT_VALUE_GRADIENT,     // Pᵀ·dO
    PRODUCT_ATTENTION_GRADIENT, // dO·Vᵀ
    PRODUCT_QUERY_GRADIENT,     // dS·K / √width
    PRODUCT_KEY_GRADIENT,       // dSᵀ·Q / √width
    PRODUCT_COUNT
} product;

static const struct {
    view left, right, result;
    bool scaled;
} products[PRODUCT_COUNT] = {
    [PRODUCT_SCORES] = {VIEW_QKV, VIEW_QKV_TURNED, VIEW_ATTENTIONS, true},
    [PRODUCT_OUTPUT] = {VIEW_ATTENTIONS, VIEW_QKV, VIEW_OUTPUT, false},
    [PRODUCT_VALUE_GRADIENT] = {VIEW_ATTENTIONS_TURNED, VIEW_OUTPUT, VIEW_QKV, false},
    [PRODUCT_ATTENTION_GRADIENT] = {VIEW_OUTPUT, VIEW_QKV_TURNED, VIEW_ATTENTIONS, false},
    [PRODUCT_QUERY_GRADIENT] = {VIEW_ATTENTIONS, VIEW_QKV, VIEW_QKV, true},
    [PRODUCT_KEY_GRADIENT] = {VIEW_ATTENTIONS_TURNED, VIEW_QKV, VIEW_QKV, true},
};

typedef struct attention {
    mien_routine product[PRODUCT_COUNT];
    mien_softmax_routines softmax;
    size_t channels;
    float *attentions;          // softmax's result, from forward to backward
    float *attention_gradients; // and by the scores, in place
} attention;

static mien_status make_views(const mien_layer *layer, dnnl_memory_desc_t views[VIEW_COUNT],
                              mien_error *error) {
    const size_t batch = layer->batch, heads = layer->node->attributes.heads;
    const size_t tokens = layer->node->shape.dim[0], channels = layer->node->shape.dim[1];
    const size_t width = channels / heads, square = tokens * tokens, row = 3 * channels;
    const struct {
        size_t rows, columns, strides[4];
    } forms[VIEW_COUNT] = {
        [VIEW_QKV] = {tokens, width, {tokens * row, width, row, 1}},
        [VIEW_QKV_TURNED] = {width, tokens, {tokens * row, width, 1, row}},
        [VIEW_OUTPUT] = {tokens, width, {tokens * channels, width, channels, 1}},
        [VIEW_ATTENTIONS] = {tokens, tokens, {heads * square, square, tokens, 1}},
        [VIEW_ATTENTIONS_TURNED] = {tokens, tokens, {heads * square, square, 1, tokens}},
    };
    mien_status status = MIEN_OK;
    for (int i = 0; i < VIEW_COUNT && status == MIEN_OK; i++) {
        const size_t dims[4] = {batch, heads, forms[i].rows, forms[i].columns};
        status = mien_layout_make_strided(layer, &views[i], 4, dims, forms[i].strides, error);
    }
    return status;
}

/// Attributes that divide a product by √width as it is written.
static dnnl_status_t make_scaling(const mien_layer *layer, dnnl_primitive_attr_t *attributes) {
    const size_t width = layer->node->shape.dim[1] / layer->node->attributes.heads;
    dnnl_post_ops_t after = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status == dnnl_success) {
        status = dnnl_post_ops_create(&after);
    }
    if (status == dnnl_success) {
        status =
            dnnl_post_ops_append_eltwise(after, dnnl_eltwise_linear, 1 / sqrtf((float)width), 0);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_set_post_ops(*attributes, after);
    }
    dnnl_post_ops_destroy(after);
    return status;
}

static mien_status make_product(mien_layer *layer, product which,
                                const dnnl_memory_desc_t views[VIEW_COUNT],
                                const_dnnl_primitive_attr_t scaling, mien_error *error) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, 0};
    attention *state = layer->state;
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t made = dnnl_matmul_primitive_desc_create(
        &description, mien_network_engine(layer->network), views[products[which].left],
        views[products[which].right], NULL, views[products[which].result],
        products[which].scaled ? scaling : NULL);
    mien_status status = mien_layer_dnnl(layer, made, "plan its products", error);
    if (status == MIEN_OK) {
        status = mien_routine_make(layer, &state->product[which], description, arguments, error);
    }
    dnnl_primitive_desc_destroy(description);
    return status;
}

static mien_status make_products(mien_layer *layer, mien_error *error) {
    dnnl_memory_desc_t views[VIEW_COUNT] = {NULL};
    dnnl_primitive_attr_t scaling = NULL;
    mien_status status = make_views(layer, views, error);
    if (status == MIEN_OK) {
        status = mien_layer_dnnl(layer, make_scaling(layer, &scaling), "plan its scaling", error);
    }
    for (product which = 0; which < PRODUCT_COUNT && status == MIEN_OK; which++) {
        status = make_product(layer, which, views, scaling, error);
    }
    dnnl_primitive_attr_destroy(scaling);
    for (int i = 0; i < VIEW_COUNT; i++) {
        dnnl_memory_desc_destroy(views[i]);
    }
    return status;
}

static mien_status create(mien_layer *layer, mien_error *error) {
    attention *state = layer->state;
    const size_t tokens = layer->node->shape.dim[0];
    const size_t rows = layer->batch * layer->node->attributes.heads * tokens;
    const size_t bytes = rows * tokens * sizeof(float);
    state->channels = layer->node->shape.dim[1];
    mien_status status = make_products(layer, error);
    if (status == MIEN_OK) {
        status = mien_softmax_make(layer, &state->softmax, rows, tokens, error);
    }
    if (status == MIEN_OK) {
        status =
            mien_layer_need(layer, MIEN_MEMORY_KEPT, bytes, (void **)&state->attentions, error);
    }
    if (status == MIEN_OK) {
        status = mien_layer_need(layer, MIEN_MEMORY_SCRATCH, bytes,
                                 (void **)&state->attention_gradients, error);
    }
    return status;
}

static mien_status multiply(const mien_layer *layer, product which, float *left, float *right,
                            float *result, mien_error *error) {
    const attention *state = layer->state;
    void *const places[] = {left, right, result};
    return mien_routine_run(layer, &state->product[which], places, error);
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step;
    const attention *state = layer->state;
    float *queries = layer->input[0]->data;
    float *keys = queries + state->channels, *values = keys + state->channels;
    void *const places[] = {state->attentions, state->attentions};
    mien_status status = multiply(layer, PRODUCT_SCORES, queries, keys, state->attentions, error);
    if (status == MIEN_OK) {
        status = mien_routine_run(layer, &state->softmax.forward, places, error);
    }
    if (status == MIEN_OK) {
        status =
            multiply(layer, PRODUCT_OUTPUT, state->attentions, values, layer->output->data, error);
    }
    return status;
}

static mien_status write_gradients(const mien_layer *layer, float *query_gradients,
                                   mien_error *error) {
    const attention *state = layer->state;
    float *queries = layer->input[0]->data, *output_gradients = layer->output->gradient;
    float *keys = queries + state->channels, *values = keys + state->channels;
    float *key_gradients = query_gradients + state->channels;
    float *value_gradients = key_gradients + state->channels;
    float *score_gradients = state->attention_gradients;
    void *const places[] = {state->attentions, state->attention_gradients, score_gradients};
    mien_status status = multiply(layer, PRODUCT_VALUE_GRADIENT, state->attentions,
                                  output_gradients, value_gradients, error);
    if (status == MIEN_OK) {
        status = multiply(layer, PRODUCT_ATTENTION_GRADIENT, output_gradients, values,
                          state->attention_gradients, error);
    }
    if (status == MIEN_OK) {
        status = mien_routine_run(layer, &state->softmax.backward, places, error);
    }
    if (status == MIEN_OK) {
        status =
            multiply(layer, PRODUCT_QUERY_GRADIENT, score_gradients, keys, query_gradients, error);
    }
    if (status == MIEN_OK) {
        status =
            multiply(layer, PRODUCT_KEY_GRADIENT, score_gradients, queries, key_gradients, error);
    }
    return status;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    float *gradient = mien_layer_input_gradient(layer, 0);
    if (!gradient) {
        return MIEN_OK;
    }
    mien_status status = write_gradients(layer, gradient, error);
    mien_layer_input_gradient_done(layer, 0);
    return status;
}

static void destroy(mien_layer *layer) {
    attention *state = layer->state;
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        mien_routine_free(&state->product[i]);
    }
    mien_softmax_free(&state->softmax);
}

const mien_layer_kind mien_layer_attention = {
    .operator_name = "attention",
    .state_size = sizeof(attention),
    .create = create,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .needs_input = {true},
};
