// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/data/augment.h"
#include "host/stateless_random.h"

#include <math.h>
#include <string.h>

// --- Drawing -------------------------------------------------------------------------------------

/// What is drawn for a picture; each has its own stream of numbers.
enum {
    DRAW_FLIP = 1,
    DRAW_ROTATE,
    DRAW_SCALE,
    DRAW_SHIFT_X,
    DRAW_SHIFT_Y,
    DRAW_BRIGHTNESS,
    DRAW_CONTRAST,
    DRAW_ERASE,
    DRAW_ERASE_AREA,
    DRAW_ERASE_SHAPE,
    DRAW_ERASE_TOP,
    DRAW_ERASE_LEFT,
    DRAW_ERASE_NOISE,
};

typedef struct {
    uint64_t seed, batch, row;
} place;

static double draw(const place *at, uint64_t stream) {
    return mien_unit(mien_draw(at->seed, at->batch, stream, at->row));
}

/// −most to most.
static double draw_about(const place *at, uint64_t stream, double most) {
    return (2 * draw(at, stream) - 1) * most;
}

static double mean_of(const mien_example *example) {
    size_t count = (size_t)example->height * example->width * example->channels;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += example->pixels[i];
    }
    return (double)sum / (double)count;
}

/// From a pixel of the input back to where it looks in the example.
static void set_map(mien_alteration *alteration, const mien_augmentation *strengths,
                    const mien_example *example, const mien_input_spec *input, const place *at) {
    const double degree = 0.017453292519943295;
    double angle = draw_about(at, DRAW_ROTATE, strengths->rotate) * degree;
    double zoom = 1 + draw_about(at, DRAW_SCALE, strengths->scale);
    double mirror = draw(at, DRAW_FLIP) < strengths->flip ? -1 : 1;
    double across = input->width / 2.0, down = input->height / 2.0;
    // The middle of pixel (0, 0), moved, seen from the input's middle.
    double x = 0.5 - across - draw_about(at, DRAW_SHIFT_X, strengths->shift) * input->width;
    double y = 0.5 - down - draw_about(at, DRAW_SHIFT_Y, strengths->shift) * input->height;
    double turn[2][2] = {{mirror * cos(angle) / zoom, mirror * sin(angle) / zoom},
                         {-sin(angle) / zoom, cos(angle) / zoom}};
    double wide = (double)example->width / input->width;
    double tall = (double)example->height / input->height;
    alteration->column[0] = (float)(turn[0][0] * wide);
    alteration->column[1] = (float)(turn[0][1] * wide);
    alteration->column[2] = (float)((turn[0][0] * x + turn[0][1] * y + across) * wide - 0.5);
    alteration->row[0] = (float)(turn[1][0] * tall);
    alteration->row[1] = (float)(turn[1][1] * tall);
    alteration->row[2] = (float)((turn[1][0] * x + turn[1][1] * y + down) * tall - 0.5);
}

static uint32_t draw_below(const place *at, uint64_t stream, uint32_t end) {
    uint32_t number = (uint32_t)(draw(at, stream) * end);
    return number < end ? number : end - 1;
}

static uint32_t side(double length, uint32_t most) {
    double whole = floor(length);
    return whole < 1 ? 1 : whole > most ? most : (uint32_t)whole;
}

/// Zhong et al., 2017: from 2 % of the picture on, three times as high as wide or as wide as high.
static void set_erasing(mien_alteration *alteration, const mien_augmentation *strengths,
                        const mien_input_spec *input, const place *at) {
    double least = fmin(0.02, strengths->erase_area);
    double area = least + draw(at, DRAW_ERASE_AREA) * (strengths->erase_area - least);
    double shape = exp(draw_about(at, DRAW_ERASE_SHAPE, log(10.0 / 3)));
    double pixels = area * input->height * input->width;
    alteration->height = side(sqrt(pixels * shape), input->height);
    alteration->width = side(sqrt(pixels / shape), input->width);
    alteration->top = draw_below(at, DRAW_ERASE_TOP, input->height - alteration->height + 1);
    alteration->left = draw_below(at, DRAW_ERASE_LEFT, input->width - alteration->width + 1);
    alteration->noise = mien_draw(at->seed, at->batch, DRAW_ERASE_NOISE, at->row);
}

mien_alteration mien_alteration_draw(const mien_augmentation *augmentation,
                                     const mien_example *example, const mien_input_spec *input,
                                     uint64_t seed, uint64_t batch, uint64_t row) {
    const place at = {seed, batch, row};
    mien_alteration alteration = {.gain = 1};
    set_map(&alteration, augmentation, example, input, &at);
    alteration.offset = (float)(255 * draw_about(&at, DRAW_BRIGHTNESS, augmentation->brightness));
    if (augmentation->contrast > 0) {
        double change = draw_about(&at, DRAW_CONTRAST, augmentation->contrast);
        alteration.gain = (float)(1 + change);
        alteration.offset -= (float)(change * mean_of(example));
    }
    if (augmentation->erase_area > 0 && draw(&at, DRAW_ERASE) < augmentation->erase) {
        set_erasing(&alteration, augmentation, input, &at);
    }
    return alteration;
}

mien_status mien_augmentation_check(const mien_augmentation *augmentation, mien_error *error) {
    const struct {
        const char *name;
        double value, most;
    } strengths[] = {
        {"flip", augmentation->flip, 1},
        {"rotate", augmentation->rotate, 180},
        {"scale", augmentation->scale, 0.9},
        {"shift", augmentation->shift, 1},
        {"brightness", augmentation->brightness, 1},
        {"contrast", augmentation->contrast, 1},
        {"erase", augmentation->erase, 1},
        {"erase_area", augmentation->erase_area, 1},
        {"mix", augmentation->mix, 1},
        {"mixup", augmentation->mixup, 100},
        {"cutmix", augmentation->cutmix, 100},
    };
    for (size_t i = 0; i < sizeof strengths / sizeof *strengths; i++) {
        if (!(strengths[i].value >= 0 && strengths[i].value <= strengths[i].most)) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "augmentation: %s is %g; it is a number from 0 to %g",
                             strengths[i].name, strengths[i].value, strengths[i].most);
        }
    }
    return MIEN_OK;
}

// --- Doing ---------------------------------------------------------------------------------------

/// From a value in 0 to 255 to the input's, channel by channel; `from` is the example's channel.
typedef struct {
    float times[3], plus[3];
    uint32_t from[3];
} scaling;

static scaling make_scaling(const mien_example *example, const mien_input_spec *input) {
    scaling made = {{0}, {0}, {0}};
    for (uint32_t c = 0; c < input->channels; c++) {
        made.times[c] = 1 / (255 * input->std[c]);
        made.plus[c] = -input->mean[c] / input->std[c];
        made.from[c] = example->channels == 1 ? 0 : input->color == MIEN_BGR ? 2 - c : c;
    }
    return made;
}

static float clamp(float value, float high) {
    value = value > 0 ? value : 0;
    return value < high ? value : high;
}

/// Where one pixel looks: the byte up and left of there, the steps to its neighbours, and how far.
typedef struct {
    size_t at, right, below;
    float x, y;
} look;

static inline look look_at(float x, float y, const mien_example *example) {
    float last_x = (float)(example->width - 1), last_y = (float)(example->height - 1);
    x = clamp(x, last_x);
    y = clamp(y, last_y);
    size_t channels = example->channels, stride = example->width * channels;
    int32_t column = (int32_t)x, line = (int32_t)y; // signed, which processors convert at once
    return (look){
        .at = (size_t)line * stride + (size_t)column * channels,
        .right = x < last_x ? channels : 0,
        .below = y < last_y ? stride : 0,
        .x = x - (float)column,
        .y = y - (float)line,
    };
}

static inline float between(const uint8_t *pixels, const look *there) {
    const uint8_t *above = pixels + there->at, *below = above + there->below;
    float upper = above[0], lower = below[0];
    upper += there->x * ((float)above[there->right] - upper);
    lower += there->x * ((float)below[there->right] - lower);
    return upper + there->y * (lower - upper);
}

static void warp_gray(const mien_alteration *how, const mien_example *example,
                      const mien_input_spec *input, float *target) {
    const scaling scale = make_scaling(example, input);
    for (uint32_t y = 0; y < input->height; y++) {
        float column = how->column[1] * (float)y + how->column[2];
        float line = how->row[1] * (float)y + how->row[2];
        for (uint32_t x = 0; x < input->width; x++, target += input->channels) {
            const look there =
                look_at(column + how->column[0] * (float)x, line + how->row[0] * (float)x, example);
            float value = clamp(how->gain * between(example->pixels, &there) + how->offset, 255);
            target[0] = scale.times[0] * value + scale.plus[0];
            if (input->channels == 3) {
                target[1] = scale.times[1] * value + scale.plus[1];
                target[2] = scale.times[2] * value + scale.plus[2];
            }
        }
    }
}

/// The three values of a colour pixel.
typedef float lanes __attribute__((vector_size(16)));
typedef int32_t lane_bits __attribute__((vector_size(16)));

/// Values as they stand in one word: 1, 256 and 65536 times too large, which is exact and undone
/// after interpolation.
static inline lanes load_color(const uint8_t *pixel) {
    const lane_bits places = {0xff, 0xff00, 0xff0000};
    const int32_t word = pixel[0] | pixel[1] << 8 | pixel[2] << 16;
    return __builtin_convertvector((lane_bits){word, word, word, word} & places, lanes);
}

static inline lanes between_colors(const uint8_t *pixels, const look *there) {
    const uint8_t *above = pixels + there->at, *below = above + there->below;
    lanes upper = load_color(above), lower = load_color(below);
    upper += there->x * (load_color(above + there->right) - upper);
    lower += there->x * (load_color(below + there->right) - lower);
    return upper + there->y * (lower - upper);
}

static inline lanes clamp_lanes(lanes value) {
    const lanes white = {255, 255, 255, 255};
    value = (lanes)((lane_bits)value & (value > 0));
    lane_bits darker = value < white;
    return (lanes)(((lane_bits)value & darker) | ((lane_bits)white & ~darker));
}

static void warp_color(const mien_alteration *how, const mien_example *example,
                       const mien_input_spec *input, float *target) {
    const scaling scale = make_scaling(example, input);
    const lanes unplaced = {1, 0x1p-8f, 0x1p-16f};
    const lanes times = {scale.times[0], scale.times[1], scale.times[2]};
    const lanes plus = {scale.plus[0], scale.plus[1], scale.plus[2]};
    for (uint32_t y = 0; y < input->height; y++) {
        float column = how->column[1] * (float)y + how->column[2];
        float line = how->row[1] * (float)y + how->row[2];
        for (uint32_t x = 0; x < input->width; x++, target += 3) {
            const look there =
                look_at(column + how->column[0] * (float)x, line + how->row[0] * (float)x, example);
            lanes value = between_colors(example->pixels, &there) * unplaced;
            value = clamp_lanes(how->gain * value + how->offset);
            if (scale.from[0] == 2) {
                value = (lanes){value[2], value[1], value[0]};
            }
            value = times * value + plus;
            memcpy(target, &value, 3 * sizeof *target);
        }
    }
}

/// Bytes of noise, any value as likely; grey where the example is.
static void erase(const mien_alteration *how, const mien_example *example,
                  const mien_input_spec *input, float *target) {
    const scaling scale = make_scaling(example, input);
    uint64_t pixel = 0;
    for (uint32_t y = 0; y < how->height; y++) {
        float *line =
            target + ((size_t)(how->top + y) * input->width + how->left) * input->channels;
        for (uint32_t x = 0; x < how->width; x++, pixel++, line += input->channels) {
            uint64_t bits = mien_mix(how->noise + pixel * 0x9e3779b97f4a7c15u);
            for (uint32_t c = 0; c < input->channels; c++) {
                float value = (float)(bits >> 8 * scale.from[c] & 255);
                line[c] = scale.times[c] * value + scale.plus[c];
            }
        }
    }
}

void mien_alteration_apply(const mien_alteration *alteration, const mien_example *example,
                           const mien_input_spec *input, float *target) {
    if (example->channels == 1) {
        warp_gray(alteration, example, input, target);
    } else {
        warp_color(alteration, example, input, target);
    }
    erase(alteration, example, input, target);
}
