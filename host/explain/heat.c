// SPDX-License-Identifier: Apache-2.0
#include "host/explain/heat.h"

#include <math.h>
#include <stdlib.h>

/// Nine colours of matplotlib's inferno (CC0), at eighths of the way.
static const double stops[][3] = {
    {0.001, 0.000, 0.014}, {0.122, 0.047, 0.283}, {0.342, 0.062, 0.429},
    {0.540, 0.135, 0.415}, {0.736, 0.216, 0.330}, {0.895, 0.350, 0.197},
    {0.979, 0.557, 0.035}, {0.974, 0.797, 0.206}, {0.988, 0.998, 0.645},
};

void mien_heat(double share, double rgb[3]) {
    enum { LAST = sizeof stops / sizeof *stops - 1 };
    double at = fmin(fmax(share, 0), 1) * LAST;
    size_t stop = at >= LAST ? LAST - 1 : (size_t)at;
    for (size_t i = 0; i < 3; i++) {
        rgb[i] = stops[stop][i] + (stops[stop + 1][i] - stops[stop][i]) * (at - (double)stop);
    }
}

mien_status mien_heat_picture(const mien_image *picture, uint32_t side, mien_image *scaled,
                              mien_error *error) {
    uint32_t longer = picture->width > picture->height ? picture->width : picture->height;
    double scale = (double)side / longer;
    uint32_t width = (uint32_t)(picture->width * scale + 0.5);
    uint32_t height = (uint32_t)(picture->height * scale + 0.5);
    return mien_image_resize(picture, width ? width : 1, height ? height : 1, scaled, error);
}

static double grey_of(const mien_image *image, size_t pixel) {
    const uint8_t *at = image->pixels + pixel * image->channels;
    return image->channels == 1 ? at[0] / 255.0
                                : (0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2]) / 255;
}

/// The more a pixel says, the more it is coloured; what the network does not see is dimmed.
static void colour(double grey, double share, uint8_t *target) {
    static const double most = 0.72, dimmed = 0.4;
    double heat[3];
    mien_heat(share, heat);
    double cover = share < 0 ? 0 : most * share * (2 - share);
    for (size_t i = 0; i < 3; i++) {
        double value = share < 0 ? grey * dimmed : grey * (1 - cover) + heat[i] * cover;
        target[i] = (uint8_t)(value * 255 + 0.5);
    }
}

mien_status mien_heat_overlay(const mien_image *picture, const mien_explanation *explanation,
                              const mien_input_spec *input, uint32_t side, mien_image *overlay,
                              mien_error *error) {
    const char *why;
    bool visible = explanation && mien_explanation_visible(explanation, &why);
    mien_image scaled = {0};
    mien_status status = mien_heat_picture(picture, side, &scaled, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_image made = {scaled.height, scaled.width, 3, NULL};
    made.pixels = malloc((size_t)made.height * made.width * 3);
    if (!made.pixels) {
        mien_image_free(&scaled);
        return mien_fail_memory(error, "a drawing");
    }
    mien_view view = {0};
    if (visible) {
        view = mien_view_of(input, picture->width, picture->height);
    }
    for (size_t pixel = 0; pixel < (size_t)made.height * made.width; pixel++) {
        double x = ((double)(pixel % made.width) + 0.5) * picture->width / made.width;
        double y = ((double)(pixel / made.width) + 0.5) * picture->height / made.height;
        double share =
            visible ? (double)(mien_view_sample(&view, explanation, x, y) / explanation->peak) : 0;
        colour(grey_of(&scaled, pixel), share, made.pixels + 3 * pixel);
    }
    mien_image_free(&scaled);
    *overlay = made;
    return MIEN_OK;
}
