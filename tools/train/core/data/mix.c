// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/data/mix.h"
#include "host/stateless_random.h"

#include <math.h>

enum { DRAW_MIX = 101, DRAW_KIND, DRAW_BETA, DRAW_CUT_X, DRAW_CUT_Y };

// --- Beta ----------------------------------------------------------------------------------------

/// One stream of numbers, taken in order.
typedef struct {
    uint64_t seed, batch, stream, taken;
} source;

/// 0 < x < 1.
static double next(source *from) {
    double number = mien_unit(mien_draw(from->seed, from->batch, from->stream, from->taken++));
    return number + 0x1p-54;
}

static double next_normal(source *from) { // Box and Muller, 1958
    double radius = sqrt(-2 * log(next(from)));
    return radius * cos(6.283185307179586 * next(from));
}

/// The logarithm of a gamma variate of shape α (Marsaglia and Tsang, 2000); small α make numbers
/// that would be 0 themselves.
static double next_log_gamma(source *from, double alpha) {
    double boost = alpha < 1 ? log(next(from)) / alpha : 0;
    double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = next_normal(from), v = 1 + c * x;
        v = v * v * v;
        if (v > 0 && log(next(from)) < x * x / 2 + d - d * v + d * log(v)) {
            return log(d * v) + boost;
        }
    }
}

double mien_draw_beta(double alpha, uint64_t seed, uint64_t batch, uint64_t stream) {
    source from = {seed, batch, stream, 0};
    double first = next_log_gamma(&from, alpha);
    double second = next_log_gamma(&from, alpha);
    return 1 / (1 + exp(second - first));
}

// --- Drawing -------------------------------------------------------------------------------------

static double draw(uint64_t seed, uint64_t batch, uint64_t stream) {
    return mien_unit(mien_draw(seed, batch, stream, 0));
}

/// One side of the rectangle: centred anywhere, what lies outside cut off.
static void cut(double center, double part, uint32_t side, uint32_t *begin, uint32_t *length) {
    double first = floor(center * side - part * side / 2 + 0.5);
    double last = floor(center * side + part * side / 2 + 0.5);
    first = fmax(first, 0);
    last = fmin(last, side);
    *begin = (uint32_t)first;
    *length = last > first ? (uint32_t)(last - first) : 0;
}

static mien_mixing draw_cut(const mien_input_spec *input, double alpha, uint64_t seed,
                            uint64_t batch) {
    mien_mixing mixing = {.own = 1};
    double part = sqrt(1 - mien_draw_beta(alpha, seed, batch, DRAW_BETA));
    cut(draw(seed, batch, DRAW_CUT_Y), part, input->height, &mixing.top, &mixing.height);
    cut(draw(seed, batch, DRAW_CUT_X), part, input->width, &mixing.left, &mixing.width);
    if (mixing.width == 0) {
        mixing.height = 0;
    }
    double pixels = (double)input->height * input->width;
    mixing.own = (float)(1 - (double)mixing.height * mixing.width / pixels);
    return mixing;
}

mien_mixing mien_mixing_draw(const mien_augmentation *augmentation, const mien_input_spec *input,
                             uint64_t seed, uint64_t batch) {
    mien_mixing mixing = {.own = 1};
    double mixup = augmentation->mixup, cutmix = augmentation->cutmix;
    if ((mixup <= 0 && cutmix <= 0) || draw(seed, batch, DRAW_MIX) >= augmentation->mix) {
        return mixing;
    }
    bool cuts = mixup <= 0 || (cutmix > 0 && draw(seed, batch, DRAW_KIND) < 0.5);
    if (cuts) {
        return draw_cut(input, cutmix, seed, batch);
    }
    mixing.own = (float)mien_draw_beta(mixup, seed, batch, DRAW_BETA);
    return mixing;
}

size_t mien_mixing_partner(size_t row, size_t rows) {
    size_t half = rows / 2;
    return row < half ? row + half : row < 2 * half ? row - half : row;
}

// --- Doing ---------------------------------------------------------------------------------------

static void blend(float *restrict first, float *restrict second, size_t count, float own) {
    float other = 1 - own;
    for (size_t i = 0; i < count; i++) {
        float a = first[i], b = second[i];
        first[i] = own * a + other * b;
        second[i] = own * b + other * a;
    }
}

static void swap(float *restrict first, float *restrict second, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float kept = first[i];
        first[i] = second[i];
        second[i] = kept;
    }
}

void mien_mixing_apply(const mien_mixing *mixing, const mien_input_spec *input, size_t classes,
                       float *pictures[2], float *targets[2]) {
    if (mixing->own == 1) {
        return;
    }
    size_t channels = input->channels;
    if (mixing->height == 0) {
        blend(pictures[0], pictures[1], (size_t)input->height * input->width * channels,
              mixing->own);
    }
    for (uint32_t y = mixing->top; y < mixing->top + mixing->height; y++) {
        size_t at = ((size_t)y * input->width + mixing->left) * channels;
        swap(pictures[0] + at, pictures[1] + at, mixing->width * channels);
    }
    blend(targets[0], targets[1], classes, mixing->own);
}
