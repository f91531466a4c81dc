// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/dense.h"

#include "zoo/kernels/kernels.h"
#include "zoo/kernels/product.h"
#include "zoo/xnn/pack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// What all contexts share. Each output pixel is a row of the left factor, made of *runs*: pieces
/// of the picture that lie together in memory, one pixel each, or, where pixels are short, a whole
/// row of the kernel. The latter needs a picture with its padding around it.
typedef struct dense {
    mien_conv2d_options options;
    size_t height, width, channels; // of the input
    size_t output_height, output_width;
    size_t runs, length;
    bool plain;    // the input is the left factor as it stands
    bool copies;   // the picture is copied into padding first
    float *weight; // {filters, channels, kernel}; NULL once packed
    float *bias;   // filled up for vectors, or NULL
    float *zeros;  // a pixel outside the picture
} dense;

typedef struct dense_state {
    const float *packed; // the store's
    size_t batch;
    size_t rows, row_chunk, row_chunks; // of the left factor
    size_t column_chunk, column_chunks; // of the right factor
    size_t table;                       // pointers a thread
    mien_step_buffers buffers;
} dense_state;

enum {
    DENSE_VECTOR = 32,          // the widest panel of any instruction set
    DENSE_FEW_CHANNELS = 16,    // pixels shorter than this are joined into runs
    DENSE_CACHE = 384 << 10,    // bytes of the left factor that stay in a core's cache
    DENSE_TASK = 256 << 10,     // multiply-adds that are worth a task of their own
    DENSE_TASKS_PER_THREAD = 4, // evens out cores that are slower or interrupted
};

static size_t divide_up(size_t value, size_t divisor) {
    return (value + divisor - 1) / divisor;
}

static size_t round_up(size_t value, size_t multiple) {
    return divide_up(value, multiple) * multiple;
}

bool mien_dense_pays(void) {
    return strcmp(mien_kernels_get()->isa, "baseline") != 0;
}

static size_t padded_width(const dense *layer) {
    return layer->width + layer->options.padding.left + layer->options.padding.right;
}

static size_t padded_height(const dense *layer) {
    return layer->height + layer->options.padding.top + layer->options.padding.bottom;
}

static mien_status dense_create(const mien_step *step, mien_store *store, uint32_t threads,
                                void *state_memory, mien_error *error) {
    (void)threads;
    const dense *layer = step->data;
    const mien_conv2d_options *o = &layer->options;
    dense_state *state = state_memory;
    size_t taps = (size_t)o->kernel.height * o->kernel.width;
    bool fresh;
    float *packed = mien_store_block(store, step->id, 0,
                                     mien_packed_bytes(taps * layer->channels, o->filters), &fresh);
    if (!packed) {
        return mien_fail_memory(error, "packed weights");
    }
    if (fresh) {
        mien_pack(layer->weight, o->filters, layer->channels, taps, packed);
    }
    state->packed = packed;
    return MIEN_OK;
}

/// Cuts the product into tasks: along the rows so that a task's share of the left factor stays in
/// a near cache, and then along the larger factor until there is work for every thread.
static void choose_chunks(const dense *layer, dense_state *state, size_t threads) {
    const mien_product_kernels *kernels = mien_kernels_get()->product;
    size_t depth = layer->runs * layer->length, filters = layer->options.filters;
    size_t fitting = DENSE_CACHE / (depth * sizeof(float)) + 1;
    size_t least = 8 * kernels->block;
    state->row_chunks = divide_up(state->rows, fitting > least ? fitting : least);
    state->column_chunks = 1;
    size_t worth = state->rows * depth * filters / DENSE_TASK + 1;
    size_t wanted = threads == 1 ? 1 : DENSE_TASKS_PER_THREAD * threads;
    wanted = wanted < worth ? wanted : worth;
    if (state->row_chunks < wanted && filters > state->rows) {
        size_t panels = divide_up(filters, kernels->panel);
        size_t cuts = divide_up(wanted, state->row_chunks);
        state->column_chunks = cuts < panels ? cuts : panels;
    } else if (state->row_chunks < wanted) {
        state->row_chunks = wanted;
    }
    state->column_chunk = round_up(divide_up(filters, state->column_chunks), kernels->panel);
    state->column_chunks = divide_up(filters, state->column_chunk);
    state->row_chunk = round_up(divide_up(state->rows, state->row_chunks), kernels->block);
    state->row_chunks = divide_up(state->rows, state->row_chunk);
}

static mien_status dense_reshape(const mien_step *step, void *state_memory, size_t batch,
                                 pthreadpool_t threadpool, size_t *workspace, mien_error *error) {
    (void)error;
    const dense *layer = step->data;
    dense_state *state = state_memory;
    size_t threads = pthreadpool_get_threads_count(threadpool);
    state->batch = batch;
    state->rows = batch * layer->output_height * layer->output_width;
    choose_chunks(layer, state, threads);
    state->table = layer->plain ? 0 : round_up(state->row_chunk * layer->runs, 8);
    *workspace = threads * state->table * sizeof(float *);
    if (layer->copies) {
        *workspace +=
            batch * padded_height(layer) * padded_width(layer) * layer->channels * sizeof(float);
    }
    return MIEN_OK;
}

static mien_status dense_setup(const mien_step *step, void *state_memory,
                               const mien_step_buffers *buffers, mien_error *error) {
    (void)step, (void)error;
    dense_state *state = state_memory;
    state->buffers = *buffers;
    return MIEN_OK;
}

typedef struct dense_run {
    const mien_step *step;
    const dense *layer;
    const dense_state *state;
    const float *picture; // pictures with padding where the layer copies, else the input
    float *padded;        // the same, to be written
    const float **tables; // a table of pointers for each thread
} dense_run;

/// Copies one row of a picture to between its padding.
static void copy_task(void *context, size_t picture, size_t row) {
    const dense_run *run = context;
    const dense *layer = run->layer;
    const mien_padding *padding = &layer->options.padding;
    size_t bytes = layer->channels * sizeof(float);
    float *target = run->padded +
                    (picture * padded_height(layer) + row) * padded_width(layer) * layer->channels;
    if (row < padding->top || row - padding->top >= layer->height) {
        memset(target, 0, padded_width(layer) * bytes);
        return;
    }
    const float *source =
        run->state->buffers.input[0] +
        (picture * layer->height + row - padding->top) * layer->width * layer->channels;
    memset(target, 0, padding->left * bytes);
    memcpy(target + padding->left * layer->channels, source, layer->width * bytes);
    memset(target + (padding->left + layer->width) * layer->channels, 0, padding->right * bytes);
}

/// Pointers to the pixels that one tap sees from outputs [first, last) of one output row.
static void fill_taps(const dense_run *run, const float *picture, size_t output_row, size_t first,
                      size_t last, size_t tap, const float **table) {
    const dense *layer = run->layer;
    const mien_conv2d_options *o = &layer->options;
    size_t width = layer->copies ? padded_width(layer) : layer->width;
    size_t height = layer->copies ? padded_height(layer) : layer->height;
    size_t taps_across = layer->runs / o->kernel.height;
    size_t top = layer->copies ? 0 : o->padding.top, left = layer->copies ? 0 : o->padding.left;
    // Outside on the low side these wrap around to huge numbers.
    size_t row = output_row * o->stride.height + tap / taps_across * o->dilation.height - top;
    size_t column = first * o->stride.width + tap % taps_across * o->dilation.width - left;
    if (row >= height) {
        for (size_t i = first; i < last; i++) {
            *table++ = layer->zeros;
        }
        return;
    }
    const float *pixels = picture + row * width * layer->channels;
    for (size_t i = first; i < last; i++, column += o->stride.width) {
        *table++ = column < width ? pixels + column * layer->channels : layer->zeros;
    }
}

/// Pointers for rows [first, last) of the left factor: table[run · (last − first) + row].
static void fill_table(const dense_run *run, size_t first, size_t last, const float **table) {
    const dense *layer = run->layer;
    size_t picture_size =
        layer->copies ? padded_height(layer) * padded_width(layer) : layer->height * layer->width;
    for (size_t row = first; row < last;) {
        size_t column = row % layer->output_width;
        size_t output_row = row / layer->output_width % layer->output_height;
        size_t picture = row / layer->output_width / layer->output_height;
        size_t rest = layer->output_width - column;
        size_t count = last - row < rest ? last - row : rest;
        for (size_t tap = 0; tap < layer->runs; tap++) {
            fill_taps(run, run->picture + picture * picture_size * layer->channels, output_row,
                      column, column + count, tap, table + tap * (last - first) + row - first);
        }
        row += count;
    }
}

static void product_task(void *context, size_t thread, size_t task) {
    const dense_run *run = context;
    const dense *layer = run->layer;
    const dense_state *state = run->state;
    size_t filters = layer->options.filters;
    size_t first = task / state->column_chunks * state->row_chunk;
    size_t last = first + state->row_chunk < state->rows ? first + state->row_chunk : state->rows;
    size_t column = task % state->column_chunks * state->column_chunk;
    size_t rest = filters - column;
    const float **table = run->tables + thread * state->table;
    if (!layer->plain) {
        fill_table(run, first, last, table);
    }
    const float *residual = state->buffers.input[1];
    mien_kernels_get()->product->product(&(mien_product){
        .rows = layer->plain ? NULL : table,
        .row_stride = last - first,
        .input = run->picture + (layer->plain ? first * layer->channels : 0),
        .input_stride = layer->channels,
        .count = last - first,
        .runs = layer->runs,
        .length = layer->length,
        .packed = state->packed + column * layer->runs * layer->length,
        .columns = rest < state->column_chunk ? rest : state->column_chunk,
        .bias = layer->bias ? layer->bias + column : NULL,
        .residual = residual ? residual + first * filters + column : NULL,
        .output = state->buffers.output + first * filters + column,
        .output_stride = filters,
        .clamps = run->step->low != -INFINITY || run->step->high != INFINITY,
        .gelu = run->step->gelu,
        .low = run->step->low,
        .high = run->step->high,
    });
}

static mien_status dense_run_step(const mien_step *step, void *state_memory,
                                  pthreadpool_t threadpool, mien_error *error) {
    (void)error;
    const dense *layer = step->data;
    dense_state *state = state_memory;
    size_t threads = pthreadpool_get_threads_count(threadpool);
    const float **tables = state->buffers.workspace;
    float *padded = (float *)(tables + threads * state->table);
    dense_run run = {
        .step = step,
        .layer = layer,
        .state = state,
        .picture = layer->copies ? padded : state->buffers.input[0],
        .padded = padded,
        .tables = tables,
    };
    if (layer->copies) {
        pthreadpool_parallelize_2d(threadpool, copy_task, &run, state->batch, padded_height(layer),
                                   0);
    }
    pthreadpool_parallelize_1d_with_thread(threadpool, product_task, &run,
                                           state->row_chunks * state->column_chunks, 0);
    return MIEN_OK;
}

static void dense_destroy(const mien_step *step, void *state) {
    (void)step, (void)state;
}

static void dense_packed(mien_step *step) {
    dense *layer = step->data;
    free(layer->weight);
    layer->weight = NULL;
}

static void dense_free(mien_step *step) {
    dense *layer = step->data;
    free(layer->weight);
    free(layer->bias);
    free(layer->zeros);
    free(layer);
    step->data = NULL;
}

#define DENSE_KIND(name)                                                                           \
    {.algorithm = name,                                                                            \
     .state_size = sizeof(dense_state),                                                            \
     .create = dense_create,                                                                       \
     .reshape = dense_reshape,                                                                     \
     .setup = dense_setup,                                                                         \
     .run = dense_run_step,                                                                        \
     .destroy = dense_destroy,                                                                     \
     .packed = dense_packed,                                                                       \
     .free_data = dense_free}
static const mien_step_kind blocked_product = DENSE_KIND("blocked gemm");
static const mien_step_kind blocked_convolution = DENSE_KIND("blocked indirect gemm");

static uint32_t or_one(uint32_t value) {
    return value ? value : 1;
}

static void derive(dense *layer) {
    mien_conv2d_options *o = &layer->options;
    const mien_padding *p = &o->padding;
    o->stride = (mien_extent){or_one(o->stride.height), or_one(o->stride.width)};
    o->dilation = (mien_extent){or_one(o->dilation.height), or_one(o->dilation.width)};
    size_t reach_down = (size_t)o->dilation.height * (o->kernel.height - 1) + 1;
    size_t reach_across = (size_t)o->dilation.width * (o->kernel.width - 1) + 1;
    layer->output_height = (padded_height(layer) - reach_down) / o->stride.height + 1;
    layer->output_width = (padded_width(layer) - reach_across) / o->stride.width + 1;
    bool pads = p->top || p->right || p->bottom || p->left;
    bool joins = layer->channels < DENSE_FEW_CHANNELS && o->dilation.width == 1;
    layer->plain = o->kernel.height == 1 && o->kernel.width == 1 && o->stride.height == 1 &&
                   o->stride.width == 1 && !pads;
    layer->copies = joins && pads;
    layer->runs = (size_t)o->kernel.height * (joins ? 1 : o->kernel.width);
    layer->length = layer->channels * (joins ? o->kernel.width : 1);
}

static mien_status pad_bias(dense *layer, const float *bias, mien_error *error) {
    layer->zeros = calloc(layer->channels, sizeof(float));
    if (bias) {
        layer->bias = calloc(round_up(layer->options.filters, DENSE_VECTOR), sizeof(float));
    }
    if (!layer->zeros || (bias && !layer->bias)) {
        return mien_fail_memory(error, "a layer's bias");
    }
    if (bias) {
        memcpy(layer->bias, bias, layer->options.filters * sizeof(float));
    }
    return MIEN_OK;
}

mien_status mien_step_dense(mien_step *step, const mien_conv2d_options *options, size_t height,
                            size_t width, size_t channels, float *weight, float *bias,
                            mien_error *error) {
    dense *layer = malloc(sizeof *layer);
    if (!layer) {
        free(weight);
        free(bias);
        return mien_fail_memory(error, "a layer");
    }
    *layer = (dense){
        .options = *options,
        .height = height,
        .width = width,
        .channels = channels,
        .weight = weight,
    };
    derive(layer);
    step->kind = layer->plain ? &blocked_product : &blocked_convolution;
    step->data = layer;
    size_t depth = layer->runs * layer->length;
    step->weight_bytes = mien_packed_bytes(depth, options->filters);
    mien_status status = pad_bias(layer, bias, error);
    free(bias);
    if (status != MIEN_OK) {
        dense_free(step);
    }
    return status;
}
