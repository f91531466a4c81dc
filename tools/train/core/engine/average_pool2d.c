// SPDX-License-Identifier: Apache-2.0
// Average pooling. Loops of our own: oneDNN divides by the whole window or by the pixels inside
// the picture, PyTorch (rounding up) by the pixels inside the padded picture.
#include "tools/train/core/engine/layer.h"
#include "tools/train/core/engine/rows.h"

/// The pixels of one window along one side, and those that count when dividing.
typedef struct window {
    size_t begin, end, counted;
} window;

static window window_of(size_t index, size_t input, uint32_t before, uint32_t after,
                        uint32_t kernel, uint32_t stride, bool count_padding) {
    const size_t first = index * stride, last = first + kernel; // in the padded picture
    const size_t padded = input + before + after;
    window made = {.begin = first > before ? first - before : 0,
                   .end = last > before ? last - before : 0};
    made.end = made.end < input ? made.end : input;
    made.counted = count_padding ? (last < padded ? last : padded) - first : made.end - made.begin;
    return made;
}

static window row_window(const mien_layer *layer, size_t index) {
    const mien_pool2d_options *o = &layer->node->attributes.pool2d;
    return window_of(index, layer->input[0]->shape.dim[0], o->padding.top, o->padding.bottom,
                     o->kernel.height, o->stride.height, o->count_padding);
}

static window column_window(const mien_layer *layer, size_t index) {
    const mien_pool2d_options *o = &layer->node->attributes.pool2d;
    return window_of(index, layer->input[0]->shape.dim[1], o->padding.left, o->padding.right,
                     o->kernel.width, o->stride.width, o->count_padding);
}

/// One window of a picture: y's pixel is the mean of x's; or, going back, x's pixels each get their
/// share of y's.
typedef void pool_pixel(float *x, float *y, size_t width, size_t channels, window rows,
                        window columns, float share);

static void mean_of(float *x, float *y, size_t width, size_t channels, window rows, window columns,
                    float share) {
    memset(y, 0, channels * sizeof *y);
    for (size_t r = rows.begin; r < rows.end; r++) {
        for (size_t k = columns.begin; k < columns.end; k++) {
            const float *pixel = x + (r * width + k) * channels;
            for (size_t c = 0; c < channels; c++) {
                y[c] += pixel[c];
            }
        }
    }
    for (size_t c = 0; c < channels; c++) {
        y[c] *= share;
    }
}

static void share_out(float *x, float *y, size_t width, size_t channels, window rows,
                      window columns, float share) {
    for (size_t r = rows.begin; r < rows.end; r++) {
        for (size_t k = columns.begin; k < columns.end; k++) {
            float *pixel = x + (r * width + k) * channels;
            for (size_t c = 0; c < channels; c++) {
                pixel[c] += y[c] * share;
            }
        }
    }
}

static void pool_batch(const mien_layer *layer, float *x, float *y, pool_pixel *pixel) {
    const size_t *from = layer->input[0]->shape.dim, *to = layer->output->shape.dim;
    const size_t channels = from[2];
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < layer->batch; n++) {
        float *input = x + n * from[0] * from[1] * channels;
        float *output = y + n * to[0] * to[1] * channels;
        for (size_t i = 0; i < to[0] * to[1]; i++) {
            const window rows = row_window(layer, i / to[1]);
            const window columns = column_window(layer, i % to[1]);
            pixel(input, output + i * channels, from[1], channels, rows, columns,
                  1.0f / (float)(rows.counted * columns.counted));
        }
    }
}

static mien_status forward(mien_layer *layer, mien_mode mode, uint64_t step, mien_error *error) {
    (void)mode, (void)step, (void)error;
    pool_batch(layer, layer->input[0]->data, layer->output->data, mean_of);
    return MIEN_OK;
}

static mien_status backward(mien_layer *layer, mien_error *error) {
    (void)error;
    if (!mien_layer_input_gradient(layer, 0)) {
        return MIEN_OK;
    }
    float *by_input = layer->input[0]->gradient;
    if (!layer->accumulates[0]) {
        memset(by_input, 0, layer->input[0]->count * sizeof *by_input);
    }
    pool_batch(layer, by_input, layer->output->gradient, share_out);
    return MIEN_OK;
}

const mien_layer_kind mien_layer_average_pool2d = {
    .operator_name = "average_pool2d",
    .forward = forward,
    .backward = backward,
};
