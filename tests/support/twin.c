// SPDX-License-Identifier: Apache-2.0
#include "support/twin.h"

#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

twin_net twin_open(size_t batch) {
    twin_net net = {.batch = batch};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_graph_create(&net.graph, &error) == MIEN_OK, "%s", error.message);
    return net;
}

void twin_close(twin_net *net) {
    for (size_t i = 0; i < net->count; i++) {
        naive_free((naive *)net->nodes[i].value);
    }
    free(net->pictures);
    free(net->extra);
    mien_graph_free(net->graph);
    *net = (twin_net){0};
}

/// `node`, once the graph has taken it; before any reference is computed from wrong shapes.
static mien_node taken(twin_net *net, mien_node node) {
    if (node == MIEN_NO_NODE) {
        mien_error error = MIEN_ERROR_INIT;
        const mien_status status = mien_graph_finish(net->graph, node, &error);
        ck_abort_msg("status %d: %s", (int)status, error.message);
    }
    return node;
}

static twin pair(twin_net *net, mien_node node, naive *value) {
    ck_assert_uint_lt(net->count, TWIN_NODES);
    net->nodes[net->count] = (twin){node, value};
    return net->nodes[net->count++];
}

/// A seeded parameter in double; free() it.
static double *parameter(const twin_net *net, const char *name, const char *suffix,
                         mien_shape shape) {
    char full[256];
    size_t count;
    snprintf(full, sizeof full, "%s%s", name, suffix);
    ck_assert(mien_shape_elements(&shape, &count));
    float *values = malloc(count * sizeof *values);
    double *wide = malloc(count * sizeof *wide);
    ck_assert(values && wide);
    seeded_parameter(&(mien_parameter){full, shape}, values, count, NULL);
    for (size_t i = 0; i < count; i++) {
        wide[i] = values[i];
    }
    free(values);
    if (net->nudge.parameter && !strcmp(net->nudge.parameter, full)) {
        ck_assert_uint_lt(net->nudge.index, count);
        wide[net->nudge.index] += net->nudge.by;
    }
    return wide;
}

static double *vector(const twin_net *net, const char *name, const char *suffix, size_t length) {
    return parameter(net, name, suffix, (mien_shape){1, {length}});
}

static size_t last_dim(twin x) {
    return x.value->shape.dim[x.value->shape.rank - 1];
}

double twin_direction(uint32_t direction, size_t index) {
    char name[32];
    snprintf(name, sizeof name, "direction %u", direction);
    double value = seeded_value(name, index);
    return direction % 2 == 0 || fabs(value) > 0.94 ? value : 0;
}

twin twin_input(twin_net *net, uint32_t height, uint32_t width, uint32_t channels) {
    const mien_node node = taken(net, mien_input(net->graph, height, width, channels));
    naive *value = naive_new(net->batch, (mien_shape){3, {height, width, channels}});
    net->pictures = seeded_pictures(net->batch, height, width, channels);
    for (size_t i = 0; i < net->batch * naive_elements(value); i++) {
        value->data[i] = net->pictures[i] + net->slide * twin_direction(net->direction, i);
    }
    return pair(net, node, value);
}

twin twin_conv2d(twin_net *net, twin x, const char *name, const mien_conv2d_options *o) {
    const mien_node node = taken(net, mien_conv2d(net->graph, x.node, name, o));
    const size_t depth = last_dim(x) / (o->groups ? o->groups : 1);
    double *weight =
        parameter(net, name, ".weight",
                  (mien_shape){4, {o->filters, depth, o->kernel.height, o->kernel.width}});
    double *bias = o->bias ? vector(net, name, ".bias", o->filters) : NULL;
    naive *value = naive_conv2d(x.value, o, weight, bias);
    free(weight);
    free(bias);
    return pair(net, node, value);
}

twin twin_linear(twin_net *net, twin x, const char *name, uint32_t features, bool has_bias) {
    const mien_node node =
        taken(net, mien_linear(net->graph, x.node, name,
                               MIEN_LINEAR(.features = features, .bias = has_bias)));
    double *weight = parameter(net, name, ".weight", (mien_shape){2, {features, last_dim(x)}});
    double *bias = has_bias ? vector(net, name, ".bias", features) : NULL;
    naive *value = naive_linear(x.value, features, weight, bias);
    free(weight);
    free(bias);
    return pair(net, node, value);
}

twin twin_batch_norm(twin_net *net, twin x, const char *name, float epsilon) {
    const mien_node node = taken(net, mien_batch_norm(net->graph, x.node, name, epsilon));
    double *weight = vector(net, name, ".weight", last_dim(x));
    double *bias = vector(net, name, ".bias", last_dim(x));
    double *mean = vector(net, name, ".running_mean", last_dim(x));
    double *variance = vector(net, name, ".running_var", last_dim(x));
    naive *value = naive_batch_norm(x.value, weight, bias, mean, variance, epsilon);
    free(weight);
    free(bias);
    free(mean);
    free(variance);
    return pair(net, node, value);
}

twin twin_layer_norm(twin_net *net, twin x, const char *name, float epsilon) {
    const mien_node node = taken(net, mien_layer_norm(net->graph, x.node, name, epsilon));
    double *weight = vector(net, name, ".weight", last_dim(x));
    double *bias = vector(net, name, ".bias", last_dim(x));
    naive *value = naive_layer_norm(x.value, weight, bias, epsilon);
    free(weight);
    free(bias);
    return pair(net, node, value);
}

twin twin_add(twin_net *net, twin a, twin b) {
    const mien_node node = taken(net, mien_add(net->graph, a.node, b.node));
    return pair(net, node, naive_add(a.value, b.value));
}

twin twin_multiply(twin_net *net, twin a, twin b) {
    const mien_node node = taken(net, mien_multiply(net->graph, a.node, b.node));
    return pair(net, node, naive_multiply(a.value, b.value));
}

twin twin_unary(twin_net *net, twin x, mien_node (*graph)(mien_graph *, mien_node),
                double (*reference)(double)) {
    const mien_node node = taken(net, graph(net->graph, x.node));
    return pair(net, node, naive_map(x.value, reference));
}

twin twin_clamp(twin_net *net, twin x, float low, float high) {
    const mien_node node = taken(net, mien_clamp(net->graph, x.node, low, high));
    return pair(net, node, naive_clamp(x.value, low, high));
}

twin twin_max_pool2d(twin_net *net, twin x, const mien_pool2d_options *options) {
    const mien_node node = taken(net, mien_max_pool2d(net->graph, x.node, options));
    return pair(net, node, naive_pool2d(x.value, options, true));
}

twin twin_average_pool2d(twin_net *net, twin x, const mien_pool2d_options *options) {
    const mien_node node = taken(net, mien_average_pool2d(net->graph, x.node, options));
    return pair(net, node, naive_pool2d(x.value, options, false));
}

twin twin_global_average_pool(twin_net *net, twin x) {
    const mien_node node = taken(net, mien_global_average_pool(net->graph, x.node));
    return pair(net, node, naive_global_average_pool(x.value));
}

twin twin_pad(twin_net *net, twin x, mien_padding padding, uint32_t channels_after) {
    const mien_node node = taken(net, mien_pad(net->graph, x.node, padding, channels_after));
    return pair(net, node, naive_pad(x.value, padding, channels_after));
}

twin twin_flatten(twin_net *net, twin x, mien_flatten_order order) {
    const mien_node node = taken(net, mien_flatten(net->graph, x.node, order));
    return pair(net, node, naive_flatten(x.value, order));
}

twin twin_tokens(twin_net *net, twin x) {
    const mien_node node = taken(net, mien_tokens(net->graph, x.node));
    const size_t *dim = x.value->shape.dim;
    return pair(net, node, naive_reshaped(x.value, (mien_shape){2, {dim[0] * dim[1], dim[2]}}));
}

twin twin_class_token(twin_net *net, twin x, const char *name) {
    const mien_node node = taken(net, mien_class_token(net->graph, x.node, name));
    double *token = parameter(net, name, "", (mien_shape){3, {1, 1, last_dim(x)}});
    naive *value = naive_class_token(x.value, token);
    free(token);
    return pair(net, node, value);
}

twin twin_position_embedding(twin_net *net, twin x, const char *name) {
    const mien_node node = taken(net, mien_position_embedding(net->graph, x.node, name));
    double *positions =
        parameter(net, name, "", (mien_shape){3, {1, x.value->shape.dim[0], last_dim(x)}});
    naive *value = naive_position_embedding(x.value, positions);
    free(positions);
    return pair(net, node, value);
}

twin twin_select_token(twin_net *net, twin x, uint32_t index) {
    const mien_node node = taken(net, mien_select_token(net->graph, x.node, index));
    return pair(net, node, naive_select_token(x.value, index));
}

twin twin_attention(twin_net *net, twin qkv, uint32_t heads) {
    const mien_node node = taken(net, mien_attention(net->graph, qkv.node, heads));
    return pair(net, node, naive_attention(qkv.value, heads));
}

twin twin_training_only(twin_net *net, twin x, mien_node (*graph)(mien_graph *, mien_node, float),
                        float rate) {
    const mien_node node = taken(net, graph(net->graph, x.node, rate));
    return pair(net, node, naive_reshaped(x.value, x.value->shape));
}

twin twin_softmax(twin_net *net, twin x) {
    const mien_node node = taken(net, mien_softmax(net->graph, x.node));
    return pair(net, node, naive_softmax(x.value));
}

static void check_shapes(const twin_net *net) {
    for (size_t i = 0; i < net->count; i++) {
        mien_node_info info = {.size = sizeof info};
        char got[MIEN_SHAPE_TEXT], expected[MIEN_SHAPE_TEXT];
        mien_graph_node_info(net->graph, net->nodes[i].node, &info);
        ck_assert_msg(mien_shape_equal(&info.shape, &net->nodes[i].value->shape),
                      "%s '%s' has shape %s, not %s", info.operator_name, info.name,
                      mien_shape_format(&info.shape, got),
                      mien_shape_format(&net->nodes[i].value->shape, expected));
    }
}

static const naive *value_of(const twin_net *net, mien_node node) {
    for (size_t i = 0; i < net->count; i++) {
        if (net->nodes[i].node == node) {
            return net->nodes[i].value;
        }
    }
    ck_abort_msg("node %d has no twin", (int)node);
}

/// A copy of the extra output's activations.
static void keep_extra(twin_net *net, const mien_context *context,
                       const mien_session_options *options) {
    const float *activation = mien_context_activation(context);
    if (!options || !options->extra_output) {
        ck_assert_ptr_null(activation);
        return;
    }
    const size_t bytes =
        net->batch * naive_elements(value_of(net, options->extra_output)) * sizeof *net->extra;
    ck_assert_ptr_nonnull(activation);
    free(net->extra);
    net->extra = malloc(bytes);
    ck_assert_ptr_nonnull(net->extra);
    memcpy(net->extra, activation, bytes);
}

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

void twin_finish(twin_net *net, twin last) {
    mien_error error = MIEN_ERROR_INIT;
    if (last.value->shape.rank > 1) {
        last = twin_flatten(net, last, MIEN_FLATTEN_HWC);
    }
    SUCCEEDS(mien_graph_finish(net->graph, last.node, &error));
    check_shapes(net);
}

float *twin_run(twin_net *net, twin last, const mien_session_options *options, uint32_t threads) {
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    mien_context *context = NULL;
    twin_finish(net, last);

    struct memory_weights weights = memory_weights_make(net->graph, seeded_parameter, NULL);
    float *values = malloc(net->batch * naive_elements(last.value) * sizeof *values);
    ck_assert_ptr_nonnull(values);
    SUCCEEDS(mien_session_create(net->graph, weights.weights, options, &session, &error));
    memory_weights_free(&weights); // a session keeps what it needs
    SUCCEEDS(mien_context_create(session, threads, &context, &error));
    SUCCEEDS(mien_context_run(context, net->pictures, net->batch, values, &error));
    keep_extra(net, context, options);
    mien_context_free(context);
    mien_session_free(session);
    return values;
}

double twin_error(const float *values, const double *reference, size_t count) {
    double largest = 0, difference = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return INFINITY;
        }
        largest = fmax(largest, fabs(reference[i]));
        difference = fmax(difference, fabs(values[i] - reference[i]));
    }
    return difference / fmax(largest, 1e-3);
}

/// Every node on a line; free() it.
static char *network_text(const twin_net *net) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(file);
    for (uint32_t i = 0; i < mien_graph_node_count(net->graph); i++) {
        mien_node_info info = {.size = sizeof info};
        char shape[MIEN_SHAPE_TEXT];
        mien_graph_node_info(net->graph, (mien_node)i, &info);
        fprintf(file, "\n  %u %s '%s' of", i, info.operator_name, info.name);
        for (uint32_t k = 0; k < info.input_count; k++) {
            fprintf(file, " %d", info.inputs[k]);
        }
        fprintf(file, ": %s %s", mien_shape_format(&info.shape, shape), info.detail);
    }
    fclose(file);
    return text;
}

static void check_values(const twin_net *net, const float *values, const naive *expected,
                         double tolerance, const char *label, const char *what) {
    const size_t count = net->batch * naive_elements(expected);
    const double error = twin_error(values, expected->data, count);
    if (error > tolerance) {
        char *text = network_text(net);
        ck_abort_msg("%s, batch %zu: %s differs by %.3g of its largest value%s", label, net->batch,
                     what, error, text);
    }
}

void twin_check(twin_net *net, twin last, const mien_session_options *options, uint32_t threads,
                double tolerance, const char *label) {
    float *values = twin_run(net, last, options, threads);
    check_values(net, values, last.value, tolerance, label, "the result");
    if (net->extra) {
        check_values(net, net->extra, value_of(net, options->extra_output), tolerance, label,
                     "the extra output");
    }
    free(values);
}
