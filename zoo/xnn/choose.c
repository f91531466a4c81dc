// SPDX-License-Identifier: Apache-2.0
// Which convolutions run as Winograd, and with which tile, under a budget for bytes.
//
// Times are estimated in multiply-adds of one core, from layers measured on AVX2 and AVX-512
// machines (mien inspect --profile): products run near peak; a transformed number costs about as
// much as 16 multiply-adds; and a packed weight costs no less than reading it does: 8 multiply-adds
// from a near cache, and from the last level or memory seven on a desktop, over thirty on a server.
// Times are not measured at plan time, so that a network gives the same bits in every process.
#include "zoo/graph/graph.h"
#include "zoo/ops/operator.h"
#include "zoo/xnn/planner.h"
#include "zoo/xnn/winograd.h"

#include <math.h>

enum { TRANSFORM_COST = 16, READ_COST_NEAR = 8, READ_COST_FAR = 24, NEAR_BYTES = 2 << 20 };

static double pixels(const mien_shape *shape) {
    return (double)shape->dim[0] * (double)shape->dim[1];
}

/// Multiply-adds that a packed weight costs when `rows` rows use it.
static double row_cost(double rows, double weights) {
    return fmax(rows, weights * sizeof(float) > NEAR_BYTES ? READ_COST_FAR : READ_COST_NEAR);
}

static double direct_cost(const mien_shape *shape, double channels_in, double channels_out) {
    double weights = 9 * channels_in * channels_out;
    return weights * row_cost(pixels(shape), weights);
}

static double winograd_cost(const mien_shape *shape, double inputs, double outputs, uint32_t tile) {
    double rows = ceil((double)shape->dim[0] / tile);
    double tiles = rows * ceil((double)shape->dim[1] / tile);
    double positions = (tile + 2.0) * (tile + 2.0);
    double weights = positions * inputs * outputs;
    return weights * row_cost(tiles, weights) +
           positions * TRANSFORM_COST * tiles * (inputs + outputs);
}

static bool suits(const mien_graph *graph, const mien_graph_node *node, size_t *inputs) {
    if (node->operator_ != &mien_operator_conv2d) {
        return false;
    }
    const mien_conv2d_options *o = &node->attributes.conv2d;
    *inputs = mien_last_dim(mien_graph_input_of(graph, node, 0));
    return o->kernel.height == 3 && o->kernel.width == 3 && o->stride.height == 1 &&
           o->stride.width == 1 && o->dilation.height == 1 && o->dilation.width == 1 &&
           o->groups == 1;
}

static double bytes_of(uint32_t tile, size_t inputs, size_t outputs) {
    return tile ? (double)mien_winograd_bytes(tile, inputs, outputs)
                : 4.0 * (double)(9 * inputs * outputs + outputs);
}

static double cost_of(const mien_shape *output, uint32_t tile, size_t inputs, size_t outputs) {
    return tile ? winograd_cost(output, (double)inputs, (double)outputs, tile)
                : direct_cost(output, (double)inputs, (double)outputs);
}

uint8_t mien_choose_tile(const mien_shape *output, size_t inputs) {
    uint8_t best = 0;
    for (uint8_t tile = 2; tile <= 4; tile += 2) {
        size_t outputs = output->dim[2];
        double cost = cost_of(output, tile, inputs, outputs);
        best = cost < cost_of(output, best, inputs, outputs) ? tile : best;
    }
    return best;
}

void mien_choose_algorithms(const mien_graph *graph, mien_plan plan, uint8_t *tile) {
    memset(tile, 0, graph->node_count);
    if (plan == MIEN_PLAN_SMALL) {
        return;
    }
    // Packing pads channels to XNNPACK's block; a twentieth is kept back for that.
    double budget = 0.95 * 4.0 * (double)mien_graph_cost(graph).parameters;
    for (;;) {
        // Greedily the change that saves most time a byte. A layer may go from nothing to F(2×2)
        // and later to F(4×4).
        double best_gain = 0;
        uint32_t best_node = 0;
        uint8_t best_tile = 0;
        double best_bytes = 0;
        for (uint32_t i = 0; i < graph->node_count; i++) {
            const mien_graph_node *node = &graph->nodes[i];
            size_t inputs;
            if (!suits(graph, node, &inputs)) {
                continue;
            }
            size_t outputs = mien_last_dim(&node->shape);
            double now = cost_of(&node->shape, tile[i], inputs, outputs);
            double now_bytes = bytes_of(tile[i], inputs, outputs);
            for (uint8_t candidate = 2; candidate <= 4; candidate += 2) {
                double bytes = bytes_of(candidate, inputs, outputs) - now_bytes;
                double saved = now - cost_of(&node->shape, candidate, inputs, outputs);
                if (bytes <= 0 || bytes > budget || saved < 0.05 * now) {
                    continue;
                }
                if (saved / bytes > best_gain) {
                    best_gain = saved / bytes;
                    best_node = i;
                    best_tile = candidate;
                    best_bytes = bytes;
                }
            }
        }
        if (!best_tile) {
            return;
        }
        tile[best_node] = best_tile;
        budget -= best_bytes;
    }
}
