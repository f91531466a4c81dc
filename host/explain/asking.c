// SPDX-License-Identifier: Apache-2.0
#include "host/explain/asking.h"

#include "host/explain/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 16,
    WINDOWS = 5, // a window's side is this part of the picture's shorter side
    STEPS = 16,  // windows along that side
    CELLS = 7,   // of a RISE mask, along each side
    DEFAULT_MASKS = 1000,
};

/// What of a logit may be rounding, as a part of the largest of all logits that were given. An f32
/// has a relative error of 2⁻²⁴; that of a sum of n terms grows like √n while the errors are
/// independent, and the last layers of networks add up about a thousand: √1000 × 2⁻²⁴ ≈ 2⁻¹⁹. The
/// sums over pictures are in double, whose rounding is below that by orders of magnitude.
static const double rounding_part = 0x1p-19;

/// Changed pictures on their way through the model.
typedef struct asking {
    mien_model *model;
    const mien_explain_options *options;
    const float *input;
    size_t height, width, channels, classes;
    uint32_t class_index;
    float mean[3];
    float *batch, *logits;
    size_t count;   ///< pictures in the batch
    double largest; ///< logit so far, of any class and either sign
} asking;

static void note_mean(asking *ask) {
    size_t pixels = ask->height * ask->width;
    for (size_t c = 0; c < ask->channels; c++) {
        double total = 0;
        for (size_t p = 0; p < pixels; p++) {
            total += (double)ask->input[p * ask->channels + c];
        }
        ask->mean[c] = (float)(total / (double)pixels);
    }
}

static mien_status begin(mien_model *model, const mien_explain_options *options, const float *input,
                         uint32_t class_index, asking *ask, mien_error *error) {
    const mien_input_spec *spec = mien_model_input(model);
    *ask = (asking){
        .model = model,
        .options = options,
        .input = input,
        .height = spec->height,
        .width = spec->width,
        .channels = spec->channels,
        .classes = mien_model_classes(model),
        .class_index = class_index,
    };
    size_t numbers = ask->height * ask->width * ask->channels;
    ask->batch = calloc(BATCH, numbers * sizeof *ask->batch);
    ask->logits = calloc(BATCH, ask->classes * sizeof *ask->logits);
    if (!ask->batch || !ask->logits) {
        return mien_fail_memory(error, "changed pictures");
    }
    note_mean(ask);
    return MIEN_OK;
}

static void end(asking *ask) {
    free(ask->batch);
    free(ask->logits);
}

/// Runs what is in the batch; afterwards answer(ask, i) is the class's logit of picture i.
static mien_status answer_all(asking *ask, mien_error *error) {
    const mien_explain_options *options = ask->options;
    if (options->proceed && !options->proceed(options->user)) {
        return mien_fail(error, MIEN_CANCELLED, "interrupted");
    }
    mien_status status = mien_model_run(ask->model, ask->batch, ask->count, ask->logits, error);
    for (size_t i = 0; i < ask->count * ask->classes && status == MIEN_OK; i++) {
        ask->largest = fmax(ask->largest, fabs((double)ask->logits[i]));
    }
    return status;
}

static double answer(const asking *ask, size_t index) {
    return (double)ask->logits[index * ask->classes + ask->class_index];
}

/// What a difference of logits says; nothing, where it is no more than rounding.
static float evidence(const asking *ask, double difference) {
    return difference <= rounding_part * ask->largest ? 0 : (float)difference;
}

/// A fresh copy of the picture at the batch's end.
static float *copy_picture(asking *ask) {
    size_t numbers = ask->height * ask->width * ask->channels;
    float *picture = ask->batch + ask->count++ * numbers;
    memcpy(picture, ask->input, numbers * sizeof *picture);
    return picture;
}

// --- Occlusion -----------------------------------------------------------------------------------

/// Where windows lie along an axis: `count` of `size`, from edge to edge.
typedef struct window_axis {
    size_t extent, size, count;
} window_axis;

static window_axis axis_of(size_t extent, size_t shorter) {
    size_t size = shorter / WINDOWS ? shorter / WINDOWS : 1;
    size_t wanted = extent * STEPS / shorter, most = extent - size + 1;
    return (window_axis){extent, size, wanted < most ? wanted : most};
}

static size_t start_of(const window_axis *axis, size_t index) {
    return axis->count < 2 ? 0 : index * (axis->extent - axis->size) / (axis->count - 1);
}

static void hide(const asking *ask, float *picture, size_t top, size_t left, size_t size) {
    for (size_t row = top; row < top + size; row++) {
        for (size_t column = left; column < left + size; column++) {
            float *pixel = picture + (row * ask->width + column) * ask->channels;
            memcpy(pixel, ask->mean, ask->channels * sizeof *pixel);
        }
    }
}

/// Runs the windows of the batch, the last of which is number `last`, and adds up what they lost.
static mien_status add_losses(asking *ask, const window_axis *down, const window_axis *across,
                              size_t last, float logit, double *loss, double *seen,
                              mien_error *error) {
    mien_status status = answer_all(ask, error);
    for (size_t i = 0; i < ask->count && status == MIEN_OK; i++) {
        size_t window = last + 1 - ask->count + i;
        size_t top = start_of(down, window / across->count);
        size_t left = start_of(across, window % across->count);
        for (size_t pixel = 0; pixel < down->size * across->size; pixel++) {
            size_t at = (top + pixel / across->size) * ask->width + left + pixel % across->size;
            loss[at] += (double)logit - answer(ask, i);
            seen[at]++;
        }
    }
    ask->count = 0;
    return status;
}

mien_status mien_explain_occlude(mien_model *model, const mien_explain_options *options,
                                 const float *input, uint32_t class_index, float logit, float *map,
                                 mien_error *error) {
    asking ask;
    mien_status status = begin(model, options, input, class_index, &ask, error);
    size_t pixels = ask.height * ask.width;
    size_t shorter = ask.height < ask.width ? ask.height : ask.width;
    window_axis down = axis_of(ask.height, shorter), across = axis_of(ask.width, shorter);
    double *loss = calloc(pixels, sizeof *loss), *seen = calloc(pixels, sizeof *seen);
    if (status == MIEN_OK && !(loss && seen)) {
        status = mien_fail_memory(error, "a map");
    }
    size_t windows = down.count * across.count;
    for (size_t i = 0; i < windows && status == MIEN_OK; i++) {
        float *picture = copy_picture(&ask);
        hide(&ask, picture, start_of(&down, i / across.count), start_of(&across, i % across.count),
             down.size);
        if (ask.count == BATCH || i + 1 == windows) {
            status = add_losses(&ask, &down, &across, i, logit, loss, seen, error);
        }
    }
    for (size_t i = 0; i < pixels && status == MIEN_OK; i++) {
        map[i] = seen[i] > 0 ? evidence(&ask, loss[i] / seen[i]) : 0;
    }
    free(loss);
    free(seen);
    end(&ask);
    return status;
}

// --- RISE ----------------------------------------------------------------------------------------

/// A mask: cells of 0 or 1, one more a side than the picture covers, enlarged smoothly and shifted
/// by less than a cell.
static void make_mask(const asking *ask, uint64_t *state, float *mask) {
    float cells[(CELLS + 2) * (CELLS + 2)];
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        cells[i] = mien_random_bits(state) >> 63 ? 1 : 0;
    }
    double down = mien_random_share(state), across = mien_random_share(state);
    for (size_t row = 0; row < ask->height; row++) {
        double y = down + (double)row * CELLS / (double)ask->height;
        size_t top = (size_t)y;
        float below = (float)(y - (double)top);
        for (size_t column = 0; column < ask->width; column++) {
            double x = across + (double)column * CELLS / (double)ask->width;
            size_t left = (size_t)x;
            float right = (float)(x - (double)left);
            const float *cell = cells + top * (CELLS + 2) + left, *under = cell + CELLS + 2;
            mask[row * ask->width + column] =
                (cell[0] * (1 - right) + cell[1] * right) * (1 - below) +
                (under[0] * (1 - right) + under[1] * right) * below;
        }
    }
}

static void show_through(const asking *ask, const float *mask, float *picture) {
    for (size_t p = 0; p < ask->height * ask->width; p++) {
        for (size_t c = 0; c < ask->channels; c++) {
            float *value = picture + p * ask->channels + c;
            *value = ask->mean[c] + (*value - ask->mean[c]) * mask[p];
        }
    }
}

/// Sums over masks of what is needed for the slope of the answer over each pixel's mask.
typedef struct mask_sums {
    double base; ///< the first answer: only differences from it are summed, so that answers that
                 ///< are all the same leave nothing
    double answers, count;
    double *masks, *squares, *products; ///< a pixel each
} mask_sums;

static mien_status add_masks(asking *ask, const float *masks, mask_sums *sums, mien_error *error) {
    size_t pixels = ask->height * ask->width;
    mien_status status = answer_all(ask, error);
    for (size_t i = 0; i < ask->count && status == MIEN_OK; i++) {
        sums->base = sums->count > 0 ? sums->base : answer(ask, i);
        double given = answer(ask, i) - sums->base;
        const float *mask = masks + i * pixels;
        sums->answers += given;
        sums->count++;
        for (size_t p = 0; p < pixels; p++) {
            sums->masks[p] += (double)mask[p];
            sums->squares[p] += (double)mask[p] * (double)mask[p];
            sums->products[p] += (double)mask[p] * given;
        }
    }
    ask->count = 0;
    return status;
}

static mien_status ask_masks(asking *ask, float *masks, mask_sums *sums, mien_error *error) {
    size_t pixels = ask->height * ask->width;
    uint32_t wanted = ask->options->masks ? ask->options->masks : DEFAULT_MASKS;
    uint64_t state = 0;
    mien_status status = MIEN_OK;
    for (uint32_t i = 0; i < wanted && status == MIEN_OK; i++) {
        float *mask = masks + ask->count * pixels;
        make_mask(ask, &state, mask);
        show_through(ask, mask, copy_picture(ask));
        if (ask->count == BATCH || i + 1 == wanted) {
            status = add_masks(ask, masks, sums, error);
        }
    }
    return status;
}

mien_status mien_explain_rise(mien_model *model, const mien_explain_options *options,
                              const float *input, uint32_t class_index, float *map,
                              mien_error *error) {
    asking ask;
    mien_status status = begin(model, options, input, class_index, &ask, error);
    size_t pixels = ask.height * ask.width;
    float *masks = calloc(BATCH, pixels * sizeof *masks);
    mask_sums sums = {
        .masks = calloc(pixels, sizeof(double)),
        .squares = calloc(pixels, sizeof(double)),
        .products = calloc(pixels, sizeof(double)),
    };
    if (status == MIEN_OK && !(masks && sums.masks && sums.squares && sums.products)) {
        status = mien_fail_memory(error, "masks");
    }
    if (status == MIEN_OK) {
        status = ask_masks(&ask, masks, &sums, error);
    }
    for (size_t p = 0; p < pixels && status == MIEN_OK; p++) {
        double mean = sums.masks[p] / sums.count;
        double varies = sums.squares[p] / sums.count - mean * mean;
        double together = sums.products[p] / sums.count - mean * sums.answers / sums.count;
        map[p] = varies > 1e-9 ? evidence(&ask, together / varies) : 0;
    }
    free(masks);
    free(sums.masks);
    free(sums.squares);
    free(sums.products);
    end(&ask);
    return status;
}
