// SPDX-License-Identifier: Apache-2.0
#include "support/naive.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t naive_elements(const naive *x) {
    size_t elements;
    ck_assert(mien_shape_elements(&x->shape, &elements));
    return elements;
}

naive *naive_new(size_t batch, mien_shape shape) {
    naive *x = malloc(sizeof *x);
    ck_assert_ptr_nonnull(x);
    *x = (naive){.batch = batch, .shape = shape};
    x->data = calloc(batch * naive_elements(x), sizeof *x->data);
    ck_assert_ptr_nonnull(x->data);
    return x;
}

void naive_free(naive *x) {
    if (x) {
        free(x->data);
        free(x);
    }
}

naive *naive_reshaped(const naive *x, mien_shape shape) {
    naive *y = naive_new(x->batch, shape);
    ck_assert_uint_eq(naive_elements(y), naive_elements(x));
    memcpy(y->data, x->data, x->batch * naive_elements(x) * sizeof *x->data);
    return y;
}

static size_t channels_of(const naive *x) {
    return x->shape.dim[x->shape.rank - 1];
}

/// Rows of channels, all pictures together.
static size_t rows_of(const naive *x) {
    return x->batch * naive_elements(x) / channels_of(x);
}

static mien_shape map_shape(size_t height, size_t width, size_t channels) {
    return (mien_shape){3, {height, width, channels}};
}

/// A pixel's channels; NULL outside the picture.
static double *pixel(const naive *x, size_t n, long row, long column) {
    const long height = (long)x->shape.dim[0], width = (long)x->shape.dim[1];
    if (row < 0 || row >= height || column < 0 || column >= width) {
        return NULL;
    }
    return x->data +
           ((n * (size_t)height + (size_t)row) * (size_t)width + (size_t)column) * x->shape.dim[2];
}

static long or_one(uint32_t value) {
    return value ? (long)value : 1;
}

/// One output number of a convolution: filter `f` with its window's corner at `row`, `column`.
static double window_product(const naive *x, size_t n, long row, long column,
                             const mien_conv2d_options *o, const double *weight, size_t f) {
    const size_t groups = (size_t)or_one(o->groups), depth = x->shape.dim[2] / groups;
    const size_t first = f / (o->filters / groups) * depth;
    double sum = 0;
    for (size_t c = 0; c < depth; c++) {
        for (uint32_t i = 0; i < o->kernel.height; i++) {
            for (uint32_t j = 0; j < o->kernel.width; j++) {
                const double *p = pixel(x, n, row + i * or_one(o->dilation.height),
                                        column + j * or_one(o->dilation.width));
                const size_t at = ((f * depth + c) * o->kernel.height + i) * o->kernel.width + j;
                sum += p ? p[first + c] * weight[at] : 0.0;
            }
        }
    }
    return sum;
}

static size_t conv_extent(size_t extent, uint32_t before, uint32_t after, uint32_t kernel,
                          uint32_t dilation, uint32_t stride) {
    const long free_run = (long)extent + before + after - or_one(dilation) * ((long)kernel - 1) - 1;
    return (size_t)(free_run / or_one(stride) + 1);
}

naive *naive_conv2d(const naive *x, const mien_conv2d_options *o, const double *weight,
                    const double *bias) {
    const mien_padding pad = o->padding;
    const size_t height = conv_extent(x->shape.dim[0], pad.top, pad.bottom, o->kernel.height,
                                      o->dilation.height, o->stride.height);
    const size_t width = conv_extent(x->shape.dim[1], pad.left, pad.right, o->kernel.width,
                                     o->dilation.width, o->stride.width);
    naive *y = naive_new(x->batch, map_shape(height, width, o->filters));
    for (size_t n = 0; n < x->batch; n++) {
        for (long r = 0; r < (long)height; r++) {
            for (long c = 0; c < (long)width; c++) {
                double *out = pixel(y, n, r, c);
                for (size_t f = 0; f < o->filters; f++) {
                    out[f] = (bias ? bias[f] : 0.0) +
                             window_product(x, n, r * or_one(o->stride.height) - pad.top,
                                            c * or_one(o->stride.width) - pad.left, o, weight, f);
                }
            }
        }
    }
    return y;
}

naive *naive_linear(const naive *x, size_t features, const double *weight, const double *bias) {
    const size_t channels = channels_of(x);
    mien_shape shape = x->shape;
    shape.dim[shape.rank - 1] = features;
    naive *y = naive_new(x->batch, shape);
    for (size_t row = 0; row < rows_of(x); row++) {
        for (size_t f = 0; f < features; f++) {
            double sum = bias ? bias[f] : 0.0;
            for (size_t c = 0; c < channels; c++) {
                sum += x->data[row * channels + c] * weight[f * channels + c];
            }
            y->data[row * features + f] = sum;
        }
    }
    return y;
}

naive *naive_batch_norm(const naive *x, const double *weight, const double *bias,
                        const double *mean, const double *variance, double epsilon) {
    naive *y = naive_reshaped(x, x->shape);
    for (size_t i = 0; i < x->batch * naive_elements(x); i++) {
        const size_t c = i % channels_of(x);
        y->data[i] = (x->data[i] - mean[c]) / sqrt(variance[c] + epsilon) * weight[c] + bias[c];
    }
    return y;
}

naive *naive_layer_norm(const naive *x, const double *weight, const double *bias, double epsilon) {
    const size_t channels = channels_of(x);
    naive *y = naive_reshaped(x, x->shape);
    for (size_t row = 0; row < rows_of(x); row++) {
        double *values = y->data + row * channels, mean = 0, variance = 0;
        for (size_t c = 0; c < channels; c++) {
            mean += values[c] / (double)channels;
        }
        for (size_t c = 0; c < channels; c++) {
            variance += (values[c] - mean) * (values[c] - mean) / (double)channels;
        }
        for (size_t c = 0; c < channels; c++) {
            values[c] = (values[c] - mean) / sqrt(variance + epsilon) * weight[c] + bias[c];
        }
    }
    return y;
}

naive *naive_add(const naive *a, const naive *b) {
    naive *y = naive_reshaped(a, a->shape);
    for (size_t i = 0; i < a->batch * naive_elements(a); i++) {
        y->data[i] += b->data[i];
    }
    return y;
}

naive *naive_multiply(const naive *a, const naive *b) {
    const size_t elements = naive_elements(a), channels = channels_of(a);
    const bool gate = !mien_shape_equal(&a->shape, &b->shape);
    naive *y = naive_reshaped(a, a->shape);
    for (size_t i = 0; i < a->batch * elements; i++) {
        y->data[i] *= b->data[gate ? i / elements * channels + i % channels : i];
    }
    return y;
}

naive *naive_map(const naive *x, double (*function)(double)) {
    naive *y = naive_reshaped(x, x->shape);
    for (size_t i = 0; i < x->batch * naive_elements(x); i++) {
        y->data[i] = function(y->data[i]);
    }
    return y;
}

naive *naive_clamp(const naive *x, double low, double high) {
    naive *y = naive_reshaped(x, x->shape);
    for (size_t i = 0; i < x->batch * naive_elements(x); i++) {
        y->data[i] = fmin(fmax(y->data[i], low), high);
    }
    return y;
}

double naive_relu(double x) {
    return fmax(x, 0.0);
}

double naive_gelu(double x) {
    return x * 0.5 * erfc(-x / sqrt(2.0));
}

double naive_sigmoid(double x) {
    return 1.0 / (1.0 + exp(-x));
}

double naive_silu(double x) {
    return x * naive_sigmoid(x);
}

double naive_hard_swish(double x) {
    return x * fmin(fmax(x + 3.0, 0.0), 6.0) / 6.0;
}

/// PyTorch's rule: rounded up, a last window that would start in the padding after is dropped.
static size_t pool_extent(size_t extent, uint32_t before, uint32_t after, uint32_t kernel,
                          uint32_t stride, bool up) {
    const size_t free_run = extent + before + after - kernel;
    size_t count = (free_run + (up ? stride - 1 : 0)) / stride + 1;
    if (up && (count - 1) * stride >= extent + before) {
        count--;
    }
    return count;
}

struct window {
    long top, left, bottom, right; ///< the latter two one past
};

static double pooled(const naive *x, size_t n, struct window w, size_t c, bool largest,
                     double divisor) {
    double best = -INFINITY, sum = 0;
    size_t inside = 0;
    for (long r = w.top; r < w.bottom; r++) {
        for (long k = w.left; k < w.right; k++) {
            const double *p = pixel(x, n, r, k);
            if (p) {
                best = fmax(best, p[c]);
                sum += p[c];
                inside++;
            }
        }
    }
    return largest ? best : sum / (divisor > 0 ? divisor : (double)inside);
}

static long least(long a, size_t b) {
    return a < (long)b ? a : (long)b;
}

naive *naive_pool2d(const naive *x, const mien_pool2d_options *o, bool largest) {
    const mien_padding pad = o->padding;
    const uint32_t down = o->stride.height ? o->stride.height : o->kernel.height;
    const uint32_t across = o->stride.width ? o->stride.width : o->kernel.width;
    const size_t height =
        pool_extent(x->shape.dim[0], pad.top, pad.bottom, o->kernel.height, down, o->ceil_mode);
    const size_t width =
        pool_extent(x->shape.dim[1], pad.left, pad.right, o->kernel.width, across, o->ceil_mode);
    naive *y = naive_new(x->batch, map_shape(height, width, x->shape.dim[2]));
    for (size_t i = 0; i < y->batch * naive_elements(y); i++) {
        const size_t c = i % x->shape.dim[2], at = i / x->shape.dim[2];
        const long top = (long)(at / width % height * down) - pad.top;
        const long left = (long)(at % width * across) - pad.left;
        // The padding counts, but not what rounding up adds beyond it.
        const struct window w = {top, left,
                                 least(top + o->kernel.height, x->shape.dim[0] + pad.bottom),
                                 least(left + o->kernel.width, x->shape.dim[1] + pad.right)};
        const double area = (double)((w.bottom - w.top) * (w.right - w.left));
        y->data[i] = pooled(x, at / width / height, w, c, largest, o->count_padding ? area : 0);
    }
    return y;
}

naive *naive_global_average_pool(const naive *x) {
    const size_t channels = channels_of(x), elements = naive_elements(x);
    naive *y = naive_new(x->batch, (mien_shape){1, {channels}});
    for (size_t i = 0; i < x->batch * elements; i++) {
        y->data[i / elements * channels + i % channels] +=
            x->data[i] / (double)(elements / channels);
    }
    return y;
}

naive *naive_pad(const naive *x, mien_padding padding, size_t channels_after) {
    const size_t height = x->shape.dim[0] + padding.top + padding.bottom;
    const size_t width = x->shape.dim[1] + padding.left + padding.right;
    naive *y = naive_new(x->batch, map_shape(height, width, x->shape.dim[2] + channels_after));
    for (size_t n = 0; n < x->batch; n++) {
        for (long r = 0; r < (long)x->shape.dim[0]; r++) {
            for (long c = 0; c < (long)x->shape.dim[1]; c++) {
                memcpy(pixel(y, n, r + padding.top, c + padding.left), pixel(x, n, r, c),
                       x->shape.dim[2] * sizeof(double));
            }
        }
    }
    return y;
}

naive *naive_flatten(const naive *x, mien_flatten_order order) {
    const size_t elements = naive_elements(x), channels = channels_of(x);
    naive *y = naive_reshaped(x, (mien_shape){1, {elements}});
    const bool moves = order == MIEN_FLATTEN_CHW && x->shape.rank == 3;
    for (size_t i = 0; moves && i < x->batch * elements; i++) {
        const size_t n = i / elements, cell = i % elements / channels, c = i % channels;
        y->data[n * elements + c * (elements / channels) + cell] = x->data[i];
    }
    return y;
}

naive *naive_class_token(const naive *x, const double *token) {
    const size_t count = x->shape.dim[0], width = x->shape.dim[1];
    naive *y = naive_new(x->batch, (mien_shape){2, {count + 1, width}});
    for (size_t n = 0; n < x->batch; n++) {
        double *sequence = y->data + n * (count + 1) * width;
        memcpy(sequence, token, width * sizeof *token);
        memcpy(sequence + width, x->data + n * count * width, count * width * sizeof *token);
    }
    return y;
}

naive *naive_position_embedding(const naive *x, const double *positions) {
    naive *y = naive_reshaped(x, x->shape);
    for (size_t i = 0; i < x->batch * naive_elements(x); i++) {
        y->data[i] += positions[i % naive_elements(x)];
    }
    return y;
}

naive *naive_select_token(const naive *x, size_t index) {
    const size_t width = x->shape.dim[1];
    naive *y = naive_new(x->batch, (mien_shape){1, {width}});
    for (size_t n = 0; n < x->batch; n++) {
        memcpy(y->data + n * width, x->data + (n * x->shape.dim[0] + index) * width,
               width * sizeof *y->data);
    }
    return y;
}

static void softmax_row(double *values, size_t count) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, values[i]);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = exp(values[i] - largest);
        sum += values[i];
    }
    for (size_t i = 0; i < count; i++) {
        values[i] /= sum;
    }
}

naive *naive_softmax(const naive *x) {
    naive *y = naive_reshaped(x, x->shape);
    for (size_t row = 0; row < rows_of(x); row++) {
        softmax_row(y->data + row * channels_of(x), channels_of(x));
    }
    return y;
}

/// One token's output in one head: `query` against every key, then the values by their weights.
/// `keys` and `values` are rows of a sequence `stride` apart.
static void attend(const double *query, const double *keys, const double *values, size_t stride,
                   size_t count, size_t size, double *weights, double *out) {
    for (size_t t = 0; t < count; t++) {
        weights[t] = 0;
        for (size_t i = 0; i < size; i++) {
            weights[t] += query[i] * keys[t * stride + i] / sqrt((double)size);
        }
    }
    softmax_row(weights, count);
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < size; i++) {
            out[i] += weights[t] * values[t * stride + i];
        }
    }
}

naive *naive_attention(const naive *qkv, size_t heads) {
    const size_t count = qkv->shape.dim[0], width = qkv->shape.dim[1] / 3, size = width / heads;
    naive *y = naive_new(qkv->batch, (mien_shape){2, {count, width}});
    double *weights = malloc(count * sizeof *weights);
    ck_assert_ptr_nonnull(weights);
    for (size_t n = 0; n < qkv->batch; n++) {
        const double *sequence = qkv->data + n * count * 3 * width;
        for (size_t t = 0; t < count; t++) {
            for (size_t h = 0; h < heads; h++) {
                const double *head = sequence + h * size;
                attend(head + t * 3 * width, head + width, head + 2 * width, 3 * width, count, size,
                       weights, y->data + (n * count + t) * width + h * size);
            }
        }
    }
    free(weights);
    return y;
}
