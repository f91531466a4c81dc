// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/winograd.h"

#include "zoo/kernels/kernels.h"
#include "zoo/kernels/product.h"
#include "zoo/kernels/winograd.h"
#include "zoo/xnn/pack.h"

#include <stdlib.h>
#include <string.h>

/// What all contexts share.
typedef struct winograd {
    uint32_t tile, side, positions;
    size_t height, width; // of the input
    size_t output_height, output_width;
    size_t inputs, outputs;             // channels
    size_t input_stride, output_stride; // channels of transformed rows, whole vectors
    size_t tiles_down, tiles_across;    // in one picture
    mien_padding padding;
    const mien_winograd_transforms *transforms;
    float *weight; // {outputs, inputs, 3, 3}; NULL once packed
    float *bias;   // padded for vectors
    float *zeros;  // a pixel outside the picture
} winograd;

typedef struct winograd_state {
    const float *packed; // the store's: a packed matrix for each position
    uint32_t threads;
    size_t tiles, chunk, chunks; // tiles are worked on in equal chunks
    bool shared; // one chunk, worked on by all threads; else a thread works on a whole chunk
    size_t input_plane, output_plane; // floats from position to position
    mien_step_buffers buffers;
} winograd_state;

enum {
    WINOGRAD_VECTOR = 32,      // channels: the widest panel of any instruction set
    WINOGRAD_CACHE = 1 << 20,  // bytes that a chunk's transforms should fit in
    WINOGRAD_LEAST_CHUNK = 48, // tiles: fewer do not earn back reading the weights
};

static size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

size_t mien_winograd_bytes(uint32_t tile, size_t inputs, size_t outputs) {
    return (size_t)(tile + 2) * (tile + 2) * mien_packed_bytes(inputs, outputs);
}

/// Rows of G: powers of each point, scaled.
static const double filter_rows2[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
static const double filter_rows4[6][3] = {
    {1. / 4, 0, 0},
    {-1. / 6, -1. / 6, -1. / 6},
    {-1. / 6, 1. / 6, -1. / 6},
    {1. / 24, 1. / 12, 1. / 6},
    {1. / 24, -1. / 12, 1. / 6},
    {0, 0, 1},
};

/// What each of the nine taps is worth at a position.
static void position_coefficients(const winograd *layer, uint32_t position,
                                  double coefficients[9]) {
    const double(*rows)[3] = layer->tile == 2 ? filter_rows2 : filter_rows4;
    const double *down = rows[position / layer->side], *across = rows[position % layer->side];
    for (int tap = 0; tap < 9; tap++) {
        coefficients[tap] = down[tap / 3] * across[tap % 3];
    }
}

static size_t position_floats(const winograd *layer) {
    return mien_packed_bytes(layer->inputs, layer->outputs) / sizeof(float);
}

/// The filters of one panel, tap by tap as a panel stands in memory: {9, inputs, panel}.
static void gather_taps(const winograd *layer, size_t first, size_t panel, float *taps) {
    size_t plane = layer->inputs * panel;
    for (size_t lane = 0; lane < panel; lane++) {
        const float *filter = layer->weight + (first + lane) * layer->inputs * 9;
        bool inside = first + lane < layer->outputs;
        for (size_t i = 0; i < layer->inputs; i++) {
            for (size_t tap = 0; tap < 9; tap++) {
                taps[tap * plane + i * panel + lane] = inside ? filter[i * 9 + tap] : 0.0f;
            }
        }
    }
}

/// Transforms and packs panel by panel, so that what is being worked on stays in a near cache.
static mien_status pack_filters(const winograd *layer, float *packed, mien_error *error) {
    size_t panel = mien_kernels_get()->product->panel, plane = layer->inputs * panel;
    float *taps = malloc(9 * plane * sizeof *taps);
    if (!taps) {
        return mien_fail_memory(error, "packed weights");
    }
    for (size_t first = 0; first < layer->outputs; first += panel) {
        gather_taps(layer, first, panel, taps);
        for (uint32_t position = 0; position < layer->positions; position++) {
            double coefficients[9];
            position_coefficients(layer, position, coefficients);
            mien_kernels_get()->winograd->filter(
                taps, coefficients,
                packed + position * position_floats(layer) + first * layer->inputs, plane);
        }
    }
    free(taps);
    return MIEN_OK;
}

static mien_status winograd_create(const mien_step *step, mien_store *store, uint32_t threads,
                                   void *state_memory, mien_error *error) {
    const winograd *layer = step->data;
    winograd_state *state = state_memory;
    bool fresh;
    float *packed = mien_store_block(store, step->id, 0, step->weight_bytes, &fresh);
    if (!packed) {
        return mien_fail_memory(error, "packed weights");
    }
    state->packed = packed;
    state->threads = threads;
    return fresh ? pack_filters(layer, packed, error) : MIEN_OK;
}

static void choose_chunk(const winograd *layer, winograd_state *state) {
    size_t tile_bytes =
        layer->positions * (layer->input_stride + layer->output_stride) * sizeof(float);
    size_t fitting = WINOGRAD_CACHE / tile_bytes;
    size_t limit = fitting > WINOGRAD_LEAST_CHUNK ? fitting : WINOGRAD_LEAST_CHUNK;
    state->chunks = (state->tiles + limit - 1) / limit;
    // Too few for every thread: all threads work on one chunk.
    state->shared = state->threads > 1 && state->chunks < 2 * (size_t)state->threads;
    if (state->shared) {
        state->chunks = 1;
    }
    state->chunk = (state->tiles + state->chunks - 1) / state->chunks;
}

static size_t thread_floats(const winograd *layer, const winograd_state *state) {
    return layer->positions * (state->input_plane + state->output_plane);
}

static mien_status winograd_reshape(const mien_step *step, void *state_memory, size_t batch,
                                    pthreadpool_t threadpool, size_t *workspace,
                                    mien_error *error) {
    (void)threadpool, (void)error;
    const winograd *layer = step->data;
    winograd_state *state = state_memory;
    state->tiles = batch * layer->tiles_down * layer->tiles_across;
    choose_chunk(layer, state);
    // A line more than a power of two apart, or positions would share sets of the cache.
    state->input_plane = state->chunk * layer->input_stride + 16;
    state->output_plane = state->chunk * layer->output_stride + 16;
    size_t threads = state->shared ? 1 : state->threads;
    *workspace = threads * thread_floats(layer, state) * sizeof(float);
    return MIEN_OK;
}

static mien_status winograd_setup(const mien_step *step, void *state_memory,
                                  const mien_step_buffers *buffers, mien_error *error) {
    (void)step, (void)error;
    winograd_state *state = state_memory;
    state->buffers = *buffers;
    return MIEN_OK;
}

static float *transformed_inputs(const winograd *layer, const winograd_state *state,
                                 size_t thread) {
    return (float *)state->buffers.workspace + thread * thread_floats(layer, state);
}

static float *transformed_outputs(const winograd *layer, const winograd_state *state,
                                  size_t thread) {
    return transformed_inputs(layer, state, thread) + layer->positions * state->input_plane;
}

/// A tile's place: which picture, and its first output pixel in it.
typedef struct tile_place {
    size_t picture, row, column;
} tile_place;

static tile_place place_of(const winograd *layer, size_t tile) {
    size_t in_picture = tile % (layer->tiles_down * layer->tiles_across);
    return (tile_place){
        .picture = tile / (layer->tiles_down * layer->tiles_across),
        .row = in_picture / layer->tiles_across * layer->tile,
        .column = in_picture % layer->tiles_across * layer->tile,
    };
}

static void transform_input(const winograd *layer, const float *input, size_t tile, float *target,
                            size_t position_stride) {
    const float *pixels[MIEN_WINOGRAD_MAX_POSITIONS];
    tile_place place = place_of(layer, tile);
    const float *picture = input + place.picture * layer->height * layer->width * layer->inputs;
    for (uint32_t i = 0; i < layer->positions; i++) {
        // Above or left of the picture these wrap around to huge numbers.
        size_t row = place.row + i / layer->side - layer->padding.top;
        size_t column = place.column + i % layer->side - layer->padding.left;
        pixels[i] = row < layer->height && column < layer->width
                        ? picture + (row * layer->width + column) * layer->inputs
                        : layer->zeros;
    }
    layer->transforms->input(pixels, layer->inputs, target, position_stride);
}

static void transform_output(const mien_step *step, const winograd_state *state, size_t tile,
                             const float *products) {
    const winograd *layer = step->data;
    tile_place place = place_of(layer, tile);
    size_t first =
        ((place.picture * layer->output_height + place.row) * layer->output_width + place.column) *
        layer->outputs;
    size_t rows = layer->output_height - place.row, columns = layer->output_width - place.column;
    layer->transforms->output(&(mien_winograd_output){
        .products = products,
        .position_stride = state->output_plane,
        .bias = layer->bias,
        .residual = state->buffers.input[1] ? state->buffers.input[1] + first : NULL,
        .target = state->buffers.output + first,
        .row_stride = layer->output_width * layer->outputs,
        .channels = layer->outputs,
        .rows = rows < layer->tile ? rows : layer->tile,
        .columns = columns < layer->tile ? columns : layer->tile,
        .low = step->low,
        .high = step->high,
    });
}

typedef struct winograd_run {
    const mien_step *step;
    const winograd_state *state;
} winograd_run;

/// The product of one position, for `count` tiles.
static void multiply(const winograd *layer, const winograd_state *state, size_t thread,
                     size_t position, size_t count) {
    mien_kernels_get()->product->product(&(mien_product){
        .input = transformed_inputs(layer, state, thread) + position * state->input_plane,
        .input_stride = layer->input_stride,
        .count = count,
        .runs = 1,
        .length = layer->inputs,
        .packed = state->packed + position * position_floats(layer),
        .columns = layer->outputs,
        .output = transformed_outputs(layer, state, thread) + position * state->output_plane,
        .output_stride = layer->output_stride,
    });
}

static void input_task(void *context, size_t tile) {
    winograd_run *run = context;
    const winograd *layer = run->step->data;
    transform_input(layer, run->state->buffers.input[0], tile,
                    transformed_inputs(layer, run->state, 0) + tile * layer->input_stride,
                    run->state->input_plane);
}

static void product_task(void *context, size_t position) {
    winograd_run *run = context;
    multiply(run->step->data, run->state, 0, position, run->state->tiles);
}

static void output_task(void *context, size_t tile) {
    winograd_run *run = context;
    const winograd *layer = run->step->data;
    transform_output(run->step, run->state, tile,
                     transformed_outputs(layer, run->state, 0) + tile * layer->output_stride);
}

/// One chunk from input to output, in the buffers of one thread.
static void chunk_task(void *context, size_t thread, size_t chunk) {
    winograd_run *run = context;
    const winograd *layer = run->step->data;
    const winograd_state *state = run->state;
    size_t first = chunk * state->chunk, rest = state->tiles - first;
    size_t count = rest < state->chunk ? rest : state->chunk;
    float *inputs = transformed_inputs(layer, state, thread);
    const float *outputs = transformed_outputs(layer, state, thread);
    for (size_t i = 0; i < count; i++) {
        transform_input(layer, state->buffers.input[0], first + i, inputs + i * layer->input_stride,
                        state->input_plane);
    }
    for (size_t position = 0; position < layer->positions; position++) {
        multiply(layer, state, thread, position, count);
    }
    for (size_t i = 0; i < count; i++) {
        transform_output(run->step, state, first + i, outputs + i * layer->output_stride);
    }
}

static mien_status winograd_run_step(const mien_step *step, void *state_memory,
                                     pthreadpool_t threadpool, mien_error *error) {
    (void)error;
    const winograd *layer = step->data;
    winograd_state *state = state_memory;
    winograd_run run = {.step = step, .state = state};
    if (state->shared) {
        pthreadpool_parallelize_1d(threadpool, input_task, &run, state->tiles, 0);
        pthreadpool_parallelize_1d(threadpool, product_task, &run, layer->positions, 0);
        pthreadpool_parallelize_1d(threadpool, output_task, &run, state->tiles, 0);
    } else {
        pthreadpool_parallelize_1d_with_thread(threadpool, chunk_task, &run, state->chunks, 0);
    }
    return MIEN_OK;
}

static void winograd_destroy(const mien_step *step, void *state) {
    (void)step, (void)state;
}

static void winograd_packed(mien_step *step) {
    winograd *layer = step->data;
    free(layer->weight);
    layer->weight = NULL;
}

static void winograd_free(mien_step *step) {
    winograd *layer = step->data;
    if (layer) {
        free(layer->weight);
        free(layer->bias);
        free(layer->zeros);
    }
    free(layer);
    step->data = NULL;
}

#define WINOGRAD_KIND(name)                                                                        \
    {                                                                                              \
        .algorithm = name,                                                                         \
        .state_size = sizeof(winograd_state),                                                      \
        .create = winograd_create,                                                                 \
        .reshape = winograd_reshape,                                                               \
        .setup = winograd_setup,                                                                   \
        .run = winograd_run_step,                                                                  \
        .destroy = winograd_destroy,                                                               \
        .packed = winograd_packed,                                                                 \
        .free_data = winograd_free,                                                                \
    }
static const mien_step_kind winograd2 = WINOGRAD_KIND("winograd F(2x2,3x3)");
static const mien_step_kind winograd4 = WINOGRAD_KIND("winograd F(4x4,3x3)");

static mien_status pad_parameters(winograd *layer, const float *bias, mien_error *error) {
    layer->bias = calloc(layer->output_stride, sizeof(float));
    layer->zeros = calloc(layer->input_stride, sizeof(float));
    if (!layer->bias || !layer->zeros) {
        return mien_fail_memory(error, "a Winograd convolution's parameters");
    }
    if (bias) {
        memcpy(layer->bias, bias, layer->outputs * sizeof(float));
    }
    return MIEN_OK;
}

mien_status mien_step_winograd(mien_step *step, const mien_winograd_options *options,
                               mien_error *error) {
    winograd *layer = calloc(1, sizeof *layer);
    if (!layer) {
        free(options->weight);
        return mien_fail_memory(error, "a Winograd convolution");
    }
    const mien_winograd_kernels *kernels = mien_kernels_get()->winograd;
    uint32_t side = options->tile + 2;
    size_t output_height = options->height + options->padding.top + options->padding.bottom - 2;
    size_t output_width = options->width + options->padding.left + options->padding.right - 2;
    *layer = (winograd){
        .tile = options->tile,
        .side = side,
        .positions = side * side,
        .height = options->height,
        .width = options->width,
        .output_height = output_height,
        .output_width = output_width,
        .inputs = options->inputs,
        .outputs = options->outputs,
        .input_stride = round_up(options->inputs, WINOGRAD_VECTOR),
        .output_stride = round_up(options->outputs, WINOGRAD_VECTOR),
        .tiles_down = (output_height + options->tile - 1) / options->tile,
        .tiles_across = (output_width + options->tile - 1) / options->tile,
        .padding = options->padding,
        .weight = options->weight,
        .transforms = options->tile == 2 ? &kernels->tile2 : &kernels->tile4,
    };
    step->kind = options->tile == 2 ? &winograd2 : &winograd4;
    step->data = layer;
    step->weight_bytes = mien_winograd_bytes(options->tile, options->inputs, options->outputs);
    mien_status status = pad_parameters(layer, options->bias, error);
    if (status != MIEN_OK) {
        winograd_free(step);
    }
    return status;
}
