// SPDX-License-Identifier: Apache-2.0
// Resizing with a triangle filter. The filter's place and width follow Pillow's resampling (see
// "Resampling filters" in Pillow's handbook): when shrinking, the triangle is as wide as two
// target pixels, so every source pixel counts.
//
// Rows are combined first, in single precision and without rounding in between, then columns.
// Rows first, because that loop runs over contiguous memory and leaves less for the second one.
#include "zoo/image/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 4 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

// For each target pixel: the first source pixel, how many count, and their weights, which sum to 1.
// `taps` weights are stored for each, a multiple of LANES, zero from `size[i]` on.
typedef struct axis_filter {
    size_t *first;
    size_t *size;
    float *weights;
    size_t count, taps;
} axis_filter;

static void filter_free(axis_filter *filter) {
    free(filter->first);
    free(filter->size);
    free(filter->weights);
}

static void weigh_pixel(axis_filter *filter, size_t i, double center, double scale, size_t source) {
    double begin = floor(center - scale + 0.5), end = floor(center + scale + 0.5);
    size_t first = begin < 0 ? 0 : (size_t)begin;
    size_t last = end > (double)source ? source : (size_t)end;
    float *weights = filter->weights + i * filter->taps;
    double sum = 0;
    for (size_t k = first; k < last; k++) {
        double weight = 1 - fabs((double)k + 0.5 - center) / scale;
        sum += weight > 0 ? weight : 0;
    }
    for (size_t k = first; k < last; k++) {
        double weight = 1 - fabs((double)k + 0.5 - center) / scale;
        weights[k - first] = weight > 0 ? (float)(weight / sum) : 0;
    }
    filter->first[i] = first;
    filter->size[i] = last - first;
}

static mien_status filter_make(axis_filter *filter, mien_resample_axis axis, mien_error *error) {
    double ratio = (double)axis.source / axis.target;
    double scale = ratio > 1 ? ratio : 1;
    size_t taps = ((size_t)ceil(scale) * 2 + 1 + LANES - 1) / LANES * LANES;
    filter->count = axis.count;
    filter->taps = taps;
    filter->first = calloc(axis.count, sizeof *filter->first);
    filter->size = calloc(axis.count, sizeof *filter->size);
    size_t weights;
    if (!__builtin_mul_overflow(taps, (size_t)axis.count, &weights)) {
        filter->weights = calloc(weights, sizeof *filter->weights);
    }
    if (!filter->first || !filter->size || !filter->weights) {
        return mien_fail_memory(error, "a resize filter");
    }
    for (size_t i = 0; i < axis.count; i++) {
        double center = ((double)axis.offset + (double)i + 0.5) * ratio;
        weigh_pixel(filter, i, center, scale, axis.source);
    }
    return MIEN_OK;
}

// The three loops below are where the time goes; restrict lets the compiler vectorise them.
static void start_row(float *restrict sum, const uint8_t *restrict row, float weight,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        sum[i] = weight * row[i];
    }
}

static void add_row(float *restrict sum, const uint8_t *restrict row, float weight, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sum[i] += weight * row[i];
    }
}

static void add_two_rows(float *restrict sum, const uint8_t *restrict row, size_t stride,
                         const float weights[2], size_t count) {
    const uint8_t *restrict next = row + stride;
    float first = weights[0], second = weights[1];
    for (size_t i = 0; i < count; i++) {
        sum[i] += first * row[i] + second * next[i];
    }
}

static void combine_rows(const axis_filter *rows, size_t y, const uint8_t *source, size_t stride,
                         float *sum, size_t count) {
    const float *weights = rows->weights + y * rows->taps;
    size_t size = rows->size[y];
    source += rows->first[y] * stride;
    start_row(sum, source, weights[0], count);
    size_t k = 1;
    for (; k + 2 <= size; k += 2) {
        add_two_rows(sum, source + k * stride, stride, weights + k, count);
    }
    if (k < size) {
        add_row(sum, source + k * stride, weights[k], count);
    }
}

static lanes load(const float *source) {
    lanes result;
    memcpy(&result, source, sizeof result);
    return result;
}

static uint8_t to_byte(float value) {
    return value >= 255 ? 255 : (uint8_t)(value + 0.5F);
}

// `sum` starts at the source pixel `begin` and has LANES spare numbers at its end.
static void combine_columns_gray(const axis_filter *columns, const float *sum, size_t begin,
                                 uint8_t *output) {
    for (size_t x = 0; x < columns->count; x++) {
        const float *weights = columns->weights + x * columns->taps;
        const float *source = sum + (columns->first[x] - begin);
        lanes total = {0};
        for (size_t k = 0; k < columns->size[x]; k += LANES) {
            total += load(weights + k) * load(source + k);
        }
        output[x] = to_byte(total[0] + total[1] + (total[2] + total[3]));
    }
}

// One pixel is three of the four lanes; the fourth belongs to the next pixel and is dropped.
static void combine_columns_rgb(const axis_filter *columns, const float *sum, size_t begin,
                                uint8_t *output) {
    for (size_t x = 0; x < columns->count; x++) {
        const float *weights = columns->weights + x * columns->taps;
        const float *source = sum + 3 * (columns->first[x] - begin);
        lanes total = {0};
        for (size_t k = 0; k < columns->size[x]; k++) {
            total += weights[k] * load(source + 3 * k);
        }
        output[3 * x] = to_byte(total[0]);
        output[3 * x + 1] = to_byte(total[1]);
        output[3 * x + 2] = to_byte(total[2]);
    }
}

static mien_status resample(const mien_image *image, const axis_filter *rows,
                            const axis_filter *columns, uint8_t *output, mien_error *error) {
    size_t channels = image->channels;
    size_t stride = image->width * channels;
    size_t last = columns->count - 1;
    size_t begin = columns->first[0]; // only what the wanted columns read is combined
    size_t count = (columns->first[last] + columns->size[last] - begin) * channels;
    float *sum = calloc(count + LANES, sizeof *sum);
    if (!sum) {
        return mien_fail_memory(error, "a row of a picture");
    }
    for (size_t y = 0; y < rows->count; y++) {
        combine_rows(rows, y, image->pixels + begin * channels, stride, sum, count);
        uint8_t *row = output + y * columns->count * channels;
        if (channels == 1) {
            combine_columns_gray(columns, sum, begin, row);
        } else {
            combine_columns_rgb(columns, sum, begin, row);
        }
    }
    free(sum);
    return MIEN_OK;
}

static void copy_window(const mien_image *image, mien_resample_axis rows,
                        mien_resample_axis columns, uint8_t *output) {
    size_t stride = (size_t)image->width * image->channels;
    size_t row = (size_t)columns.count * image->channels;
    const uint8_t *source =
        image->pixels + rows.offset * stride + (size_t)columns.offset * image->channels;
    for (size_t y = 0; y < rows.count; y++) {
        memcpy(output + y * row, source + y * stride, row);
    }
}

mien_status mien_resample(const mien_image *image, mien_resample_axis rows,
                          mien_resample_axis columns, uint8_t *output, mien_error *error) {
    if (rows.source == rows.target && columns.source == columns.target) {
        copy_window(image, rows, columns, output);
        return MIEN_OK;
    }
    axis_filter row_filter = {0}, column_filter = {0};
    mien_status status = filter_make(&row_filter, rows, error);
    if (status == MIEN_OK) {
        status = filter_make(&column_filter, columns, error);
    }
    if (status == MIEN_OK) {
        status = resample(image, &row_filter, &column_filter, output, error);
    }
    filter_free(&row_filter);
    filter_free(&column_filter);
    return status;
}

mien_status mien_image_resize(const mien_image *image, uint32_t width, uint32_t height,
                              mien_image *resized, mien_error *error) {
    mien_status status = mien_image_check(image, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_image result;
    status = mien_image_allocate(&result, width, height, image->channels, error);
    if (status != MIEN_OK) {
        return status;
    }
    status =
        mien_resample(image, (mien_resample_axis){image->height, height, 0, height},
                      (mien_resample_axis){image->width, width, 0, width}, result.pixels, error);
    if (status != MIEN_OK) {
        mien_image_free(&result);
        return status;
    }
    *resized = result;
    return MIEN_OK;
}
