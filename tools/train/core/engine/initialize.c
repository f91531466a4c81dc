// SPDX-License-Identifier: Apache-2.0
// First values, as the reference implementations of the same architectures draw them.
#include "host/stateless_random.h"
#include "tools/train/core/engine/engine.h"
#include "tools/train/core/engine/parallel.h"

#include <math.h>

/// How a parameter's values are drawn.
typedef struct draws {
    enum { CONSTANT, UNIFORM, NORMAL, NORMAL_WITHIN_TWO } shape;
    double scale; ///< the constant, the bound or the standard deviation
} draws;

/// Number `index` of a standard normal distribution, by Box and Muller's transform; `turn` tells
/// apart the draws of one number.
static double normal(uint64_t seed, uint64_t turn, uint64_t stream, uint64_t index) {
    const double radius = 1 - mien_unit(mien_draw(seed, 2 * turn, stream, index));
    const double angle = mien_unit(mien_draw(seed, 2 * turn + 1, stream, index));
    return sqrt(-2 * log(radius)) * cos(2 * 3.14159265358979323846 * angle);
}

static double value_of(const draws *how, uint64_t seed, uint64_t stream, uint64_t index) {
    switch (how->shape) {
    case CONSTANT:
        return how->scale;
    case UNIFORM:
        return how->scale * (2 * mien_unit(mien_draw(seed, 0, stream, index)) - 1);
    case NORMAL:
        return how->scale * normal(seed, 0, stream, index);
    case NORMAL_WITHIN_TWO:
        break;
    }
    double value = normal(seed, 0, stream, index);
    for (uint64_t turn = 1; fabs(value) > 2; turn++) {
        value = normal(seed, turn, stream, index);
    }
    return how->scale * value;
}

static draws of_linear(const mien_network *network, const mien_graph_node *node, bool is_weight) {
    const mien_shape *input = mien_graph_input_of(network->graph, node, 0);
    if (input->rank > 1) { // of a transformer
        return is_weight ? (draws){NORMAL_WITHIN_TWO, 0.02} : (draws){CONSTANT, 0};
    }
    return (draws){UNIFORM, 1 / sqrt((double)mien_last_dim(input))};
}

static draws of_conv2d(const mien_graph_node *node) {
    const mien_conv2d_options *o = &node->attributes.conv2d;
    const double fan_out = (double)o->filters / o->groups * o->kernel.height * o->kernel.width;
    return (draws){NORMAL, sqrt(2 / fan_out)};
}

static draws draws_of(const mien_network *network, uint32_t index) {
    const mien_network_parameter *parameter = &network->parameters[index];
    const mien_graph_node *node = mien_graph_at(network->graph, parameter->node);
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(network->graph, parameter->node, &info);
    uint32_t k = 0;
    while (node->parameter[k] != index) {
        k++;
    }
    if (strcmp(info.operator_name, "linear") == 0) {
        return of_linear(network, node, k == 0);
    }
    if (strcmp(info.operator_name, "conv2d") == 0) {
        return k == 0 ? of_conv2d(node) : (draws){CONSTANT, 0};
    }
    if (parameter->shape.rank > 1) { // tokens and positions
        return (draws){NORMAL_WITHIN_TWO, 0.02};
    }
    // Norms: weight, bias and, of batch norms, mean and variance.
    return (draws){CONSTANT, k == 0 || k == 3 ? 1 : 0};
}

void mien_network_initialize(mien_network *network, uint64_t seed) {
    mien_team_size(network->options.threads);
    for (uint32_t i = 0; i < network->parameter_count; i++) {
        mien_network_parameter *parameter = &network->parameters[i];
        const draws how = draws_of(network, i);
#pragma omp parallel for
        for (size_t k = 0; k < parameter->count; k++) {
            parameter->value[k] = (float)value_of(&how, seed, i, k);
        }
    }
}
