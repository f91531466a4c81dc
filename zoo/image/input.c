// SPDX-License-Identifier: Apache-2.0
// From a picture to networks' inputs: grey, placement, resize; then, for each, order of colours,
// scale, normalise.
#include "zoo/image/inputs.h"
#include "zoo/image/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static mien_status check_scale(const mien_input_spec *spec, mien_error *error) {
    for (uint32_t c = 0; c < spec->channels; c++) {
        if (!isfinite(spec->mean[c]) || !isfinite(spec->std[c]) || spec->std[c] == 0) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "the input rule's mean %g or std %g of channel %u cannot be used",
                             (double)spec->mean[c], (double)spec->std[c], c);
        }
    }
    return MIEN_OK;
}

static mien_status check_spec(const mien_input_spec *spec, mien_error *error) {
    if (!spec || spec->size < offsetof(mien_input_spec, std) + sizeof spec->std) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the input rule's size member is too small to be one");
    }
    if (spec->width == 0 || spec->height == 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "the input rule's size is %ux%u",
                         spec->width, spec->height);
    }
    if (spec->channels != 3 && !(spec->channels == 1 && spec->color == MIEN_GRAY)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the input rule has %u channels; colour has 3, grey has 1 or 3",
                         spec->channels);
    }
    if (spec->color > MIEN_GRAY || spec->resize > MIEN_RESIZE_LETTERBOX) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the input rule has an unknown colour order (%d) or resize rule (%d)",
                         (int)spec->color, (int)spec->resize);
    }
    if (!(spec->crop_fraction >= 0 && spec->crop_fraction <= 1)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "the input rule's crop fraction is %g; it lies in 0 to 1",
                         (double)spec->crop_fraction);
    }
    return check_scale(spec, error);
}

// ITU-R BT.601 luma in 16-bit fixed point, rounded: the weights of Pillow's convert("L").
static mien_status to_gray(const mien_image *image, mien_image *gray, mien_error *error) {
    mien_status status = mien_image_allocate(gray, image->width, image->height, 1, error);
    if (status != MIEN_OK) {
        return status;
    }
    size_t count = (size_t)image->width * image->height;
    const uint8_t *restrict source = image->pixels;
    uint8_t *restrict target = gray->pixels;
    for (size_t i = 0; i < count; i++) {
        uint32_t red = source[3 * i], green = source[3 * i + 1], blue = source[3 * i + 2];
        target[i] = (uint8_t)((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16);
    }
    return MIEN_OK;
}

// Which pixels of the resized picture land where in the input.
typedef struct placement {
    mien_resample_axis rows, columns;
    uint32_t top, left; // of the first computed pixel, in the input
} placement;

// Half to even, as Python's round() does in torchvision's centre crop.
static uint32_t half_to_even(uint32_t number) {
    return number / 2 + (number % 4 == 3);
}

// The side that limits becomes exactly `wanted / kept`, the other keeps the aspect ratio, cut to
// whole pixels: torchvision's Resize() followed by CenterCrop().
static placement place_crop(const mien_image *image, const mien_input_spec *spec) {
    double kept = spec->crop_fraction > 0 ? (double)spec->crop_fraction : 1;
    double height = fmax(1, round(spec->height / kept)), width = fmax(1, round(spec->width / kept));
    if (height * image->width >= width * image->height) {
        width = floor(height * image->width / image->height);
    } else {
        height = floor(width * image->height / image->width);
    }
    height = fmin(fmax(height, spec->height), UINT32_MAX);
    width = fmin(fmax(width, spec->width), UINT32_MAX);
    uint32_t tall = (uint32_t)height, wide = (uint32_t)width;
    return (placement){
        .rows = {image->height, tall, half_to_even(tall - spec->height), spec->height},
        .columns = {image->width, wide, half_to_even(wide - spec->width), spec->width},
    };
}

static placement place_letterbox(const mien_image *image, const mien_input_spec *spec) {
    uint32_t tall = spec->height, wide = spec->width;
    uint64_t by_height = (uint64_t)spec->height * image->width;
    uint64_t by_width = (uint64_t)spec->width * image->height;
    if (by_height >= by_width) { // the width limits
        tall = (uint32_t)fmax(1, round((double)by_width / image->width));
    } else {
        wide = (uint32_t)fmax(1, round((double)by_height / image->height));
    }
    return (placement){
        .rows = {image->height, tall, 0, tall},
        .columns = {image->width, wide, 0, wide},
        .top = (spec->height - tall) / 2,
        .left = (spec->width - wide) / 2,
    };
}

static placement place(const mien_image *image, const mien_input_spec *spec) {
    switch (spec->resize) {
    case MIEN_RESIZE_CROP:
        return place_crop(image, spec);
    case MIEN_RESIZE_LETTERBOX:
        return place_letterbox(image, spec);
    default:
        return (placement){
            .rows = {image->height, spec->height, 0, spec->height},
            .columns = {image->width, spec->width, 0, spec->width},
        };
    }
}

// A byte has 256 values, so each channel's scaling is a table.
typedef float scale_table[256];

static void fill_table(scale_table table, float mean, float std) {
    for (int value = 0; value < 256; value++) {
        table[value] = ((float)value / 255 - mean) / std;
    }
}

static void fill_black(const mien_input_spec *spec, scale_table *tables, float *input) {
    size_t count = (size_t)spec->height * spec->width;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t c = 0; c < spec->channels; c++) {
            input[i * spec->channels + c] = tables[c][0];
        }
    }
}

static void scale_row(const uint8_t *source, uint32_t source_channels, bool reversed, size_t count,
                      scale_table *tables, uint32_t channels, float *target) {
    if (channels == 1) {
        for (size_t x = 0; x < count; x++) {
            target[x] = tables[0][source[x]];
        }
        return;
    }
    // Where each of the three values comes from in a pixel; grey is repeated.
    size_t first = source_channels == 1 ? 0 : reversed ? 2 : 0;
    size_t second = source_channels == 1 ? 0 : 1;
    size_t third = source_channels == 1 ? 0 : 2 - first;
    for (size_t x = 0; x < count; x++, source += source_channels, target += 3) {
        target[0] = tables[0][source[first]];
        target[1] = tables[1][source[second]];
        target[2] = tables[2][source[third]];
    }
}

static bool axes_equal(mien_resample_axis a, mien_resample_axis b) {
    return a.source == b.source && a.target == b.target && a.offset == b.offset &&
           a.count == b.count;
}

// Luma is rounded to bytes before the picture is resized, as Pillow does it, so a grey input is not
// made from the resized colours.
static bool wants_gray(const mien_image *image, const mien_input_spec *spec) {
    return spec->color == MIEN_GRAY && image->channels == 3;
}

static bool same_pixels(const mien_image *image, const mien_input_spec *a,
                        const mien_input_spec *b) {
    if (wants_gray(image, a) != wants_gray(image, b)) {
        return false;
    }
    placement first = place(image, a), second = place(image, b);
    return axes_equal(first.rows, second.rows) && axes_equal(first.columns, second.columns);
}

static void fill_input(const mien_image *resized, placement placed, const mien_image_input *input) {
    const mien_input_spec *spec = input->spec;
    scale_table tables[3];
    for (uint32_t c = 0; c < spec->channels; c++) {
        fill_table(tables[c], spec->mean[c], spec->std[c]);
    }
    if (resized->height < spec->height || resized->width < spec->width) {
        fill_black(spec, tables, input->values);
    }
    size_t row = (size_t)resized->width * resized->channels;
    for (size_t y = 0; y < resized->height; y++) {
        size_t at = (placed.top + y) * spec->width + placed.left;
        scale_row(resized->pixels + y * row, resized->channels, spec->color == MIEN_BGR,
                  resized->width, tables, spec->channels, input->values + at * spec->channels);
    }
}

// The first input, and those after it that have the same pixels. `source` is the picture, grey
// where they want it so.
static mien_status fill_alike(const mien_image *image, const mien_image *source,
                              const mien_image_input *inputs, size_t count, mien_error *error) {
    placement placed = place(image, inputs->spec);
    mien_image resized;
    mien_status status = mien_image_allocate(&resized, placed.columns.count, placed.rows.count,
                                             source->channels, error);
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_resample(source, placed.rows, placed.columns, resized.pixels, error);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        if (same_pixels(image, inputs->spec, inputs[i].spec)) {
            fill_input(&resized, place(image, inputs[i].spec), &inputs[i]);
        }
    }
    mien_image_free(&resized);
    return status;
}

static bool is_filled(const mien_image *image, const mien_image_input *inputs, size_t at) {
    size_t i = 0;
    while (i < at && !same_pixels(image, inputs[i].spec, inputs[at].spec)) {
        i++;
    }
    return i < at;
}

mien_status mien_image_to_inputs(const mien_image *image, const mien_image_input *inputs,
                                 size_t count, mien_error *error) {
    mien_status status = mien_image_check(image, error);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        status = check_spec(inputs[i].spec, error);
    }
    mien_image gray = {0};
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        if (is_filled(image, inputs, i)) {
            continue;
        }
        bool as_gray = wants_gray(image, inputs[i].spec);
        if (as_gray && !gray.pixels) {
            status = to_gray(image, &gray, error);
        }
        if (status == MIEN_OK) {
            status = fill_alike(image, as_gray ? &gray : image, &inputs[i], count - i, error);
        }
    }
    mien_image_free(&gray);
    return status;
}

mien_status mien_image_to_input(const mien_image *image, const mien_input_spec *spec, float *input,
                                mien_error *error) {
    return mien_image_to_inputs(image, &(mien_image_input){spec, input}, 1, error);
}
