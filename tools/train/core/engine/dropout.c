// SPDX-License-Identifier: Apache-2.0
// Dropout (Srivastava et al., 2014) and stochastic depth (Huang et al., 2016), inverted: what is
// kept grows by the share that is dropped, so evaluation passes its input through. Which numbers
// are dropped is drawn again in backward instead of being kept.
#include "tools/train/core/engine/layer.h"

typedef struct dropping {
    uint64_t step; // of the last forward
} dropping;

/// Writes `to` from `from`, which may be the same, dropping and scaling one picture's `count`
/// numbers.
typedef void (*drop)(const mien_layer *layer, uint64_t step, size_t picture, const float *from,
                     float *to, size_t count);

// One draw of 64 bits serves so many numbers, with 16 bits each.
enum { SHARE = 4, SHARE_BITS = 16, SHARE_VALUES = 1 << SHARE_BITS };

/// The picture's number in the batch of all processes, whose pictures are dealt out in turn.
static uint64_t number_of(const mien_layer *layer, size_t picture) {
    const mien_reducer *reducer = mien_network_reducer(layer->network);
    return reducer ? (uint64_t)picture * reducer->processes + reducer->rank : picture;
}

/// What all draws of one layer and step have in common, so that loops hold it in registers.
typedef struct stream {
    uint64_t seed, step, layer;
} stream;

static stream stream_of(const mien_layer *layer, uint64_t step) {
    return (stream){mien_network_seed(layer->network), step, (uint64_t)layer->index};
}

static inline uint64_t draw(stream from, uint64_t index) {
    return mien_draw(from.seed, from.step, from.layer, index);
}

/// What the numbers that share a draw are multiplied with.
static inline void spread(uint64_t bits, uint32_t dropped, float scale, float factors[SHARE]) {
    for (size_t k = 0; k < SHARE; k++) {
        const uint32_t value = bits >> k * SHARE_BITS & (SHARE_VALUES - 1);
        factors[k] = value < dropped ? 0 : scale;
    }
}

static void drop_numbers(const mien_layer *layer, uint64_t step, size_t picture, const float *from,
                         float *to, size_t count) {
    const float rate = layer->node->attributes.rate;
    uint32_t dropped = (uint32_t)(rate * SHARE_VALUES + 0.5f);
    if (dropped == SHARE_VALUES) {
        dropped--;
    }
    const float scale = (float)SHARE_VALUES / (float)(SHARE_VALUES - dropped);
    const stream all = stream_of(layer, step);
    uint64_t index = number_of(layer, picture) * ((count + SHARE - 1) / SHARE);
    float factors[SHARE];
    size_t i = 0;
    for (; i + SHARE <= count; i += SHARE) {
        spread(draw(all, index++), dropped, scale, factors);
        for (size_t k = 0; k < SHARE; k++) {
            to[i + k] = from[i + k] * factors[k];
        }
    }
    spread(draw(all, index), dropped, scale, factors);
    for (size_t k = 0; i + k < count; k++) {
        to[i + k] = from[i + k] * factors[k];
    }
}

static void drop_picture(const mien_layer *layer, uint64_t step, size_t picture, const float *from,
                         float *to, size_t count) {
    const float rate = layer->node->attributes.rate;
    if (mien_unit(draw(stream_of(layer, step), number_of(layer, picture))) < (double)rate) {
        memset(to, 0, count * sizeof *to);
        return;
    }
    const float scale = 1 / (1 - rate);
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i] * scale;
    }
}

static void pass(const mien_layer *layer, const float *from, float *to) {
    if (to != from) {
        memcpy(to, from, layer->output->count * sizeof *to);
    }
}

static void drop_batch(const mien_layer *layer, drop what, uint64_t step, const float *from,
                       float *to) {
    const size_t count = layer->output->count / layer->batch;
    if (layer->node->attributes.rate == 0) {
        pass(layer, from, to);
        return;
    }
#pragma omp parallel for
    for (size_t picture = 0; picture < layer->batch; picture++) {
        what(layer, step, picture, from + picture * count, to + picture * count, count);
    }
}

static mien_status create(mien_layer *layer, mien_error *error) {
    (void)layer, (void)error;
    return MIEN_OK;
}

static mien_status forward(mien_layer *layer, drop what, mien_mode mode, uint64_t step) {
    dropping *state = layer->state;
    const float *x = layer->input[0]->data;
    float *y = layer->output->data;
    if (mode == MIEN_MODE_TRAIN) {
        state->step = step;
        drop_batch(layer, what, step, x, y);
    } else {
        pass(layer, x, y);
    }
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, drop what) {
    const dropping *state = layer->state;
    float *gradient = mien_layer_input_gradient(layer, 0);
    if (gradient) {
        drop_batch(layer, what, state->step, layer->output->gradient, gradient);
        mien_layer_input_gradient_done(layer, 0);
    }
    return MIEN_OK;
}

static mien_status forward_dropout(mien_layer *layer, mien_mode mode, uint64_t step,
                                   mien_error *error) {
    (void)error;
    return forward(layer, drop_numbers, mode, step);
}

static mien_status backward_dropout(mien_layer *layer, mien_error *error) {
    (void)error;
    return backward(layer, drop_numbers);
}

static mien_status forward_depth(mien_layer *layer, mien_mode mode, uint64_t step,
                                 mien_error *error) {
    (void)error;
    return forward(layer, drop_picture, mode, step);
}

static mien_status backward_depth(mien_layer *layer, mien_error *error) {
    (void)error;
    return backward(layer, drop_picture);
}

static void destroy(mien_layer *layer) {
    (void)layer;
}

const mien_layer_kind mien_layer_dropout = {
    .operator_name = "dropout",
    .state_size = sizeof(dropping),
    .create = create,
    .forward = forward_dropout,
    .backward = backward_dropout,
    .destroy = destroy,
    .in_place = true,
};

const mien_layer_kind mien_layer_stochastic_depth = {
    .operator_name = "stochastic_depth",
    .state_size = sizeof(dropping),
    .create = create,
    .forward = forward_depth,
    .backward = backward_depth,
    .destroy = destroy,
    .in_place = true,
};
