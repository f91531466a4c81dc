// SPDX-License-Identifier: Apache-2.0
#include "host/explain/view.h"

#include <math.h>

/// A stretch of the input, along one axis, in the picture's pixels: `extent` of them became
/// `resized`, of which the input begins `skipped` after the first.
static void place(double extent, double resized, double skipped, double input, double *start,
                  double *length) {
    *start = skipped * extent / resized;
    *length = input * extent / resized;
}

mien_view mien_view_of(const mien_input_spec *spec, uint32_t picture_width,
                       uint32_t picture_height) {
    double width = picture_width, height = picture_height;
    double wide = spec->width, tall = spec->height;
    if (spec->resize == MIEN_RESIZE_CROP) {
        double kept = spec->crop_fraction > 0 ? (double)spec->crop_fraction : 1;
        double scale = fmax(spec->height / kept / height, spec->width / kept / width);
        wide = width * scale;
        tall = height * scale;
    } else if (spec->resize == MIEN_RESIZE_LETTERBOX) {
        double scale = fmin(spec->height / height, spec->width / width);
        wide = width * scale;
        tall = height * scale;
    }
    mien_view view;
    place(width, wide, (wide - spec->width) / 2, spec->width, &view.left, &view.width);
    place(height, tall, (tall - spec->height) / 2, spec->height, &view.top, &view.height);
    return view;
}

/// The two neighbours of a place between 0 and 1 along an axis, and how much of the second counts.
static float between(double share, uint32_t extent, size_t *first, size_t *second) {
    double at = fmin(fmax(share * extent - 0.5, 0), extent - 1.0);
    *first = (size_t)at;
    *second = *first + 1 < extent ? *first + 1 : *first;
    return (float)(at - (double)*first);
}

static double across_of(const mien_view *view, double x) {
    return (x - view->left) / view->width;
}

static double down_of(const mien_view *view, double y) {
    return (y - view->top) / view->height;
}

bool mien_view_covers(const mien_view *view, double x, double y) {
    const double across = across_of(view, x), down = down_of(view, y);
    return across >= 0 && across <= 1 && down >= 0 && down <= 1;
}

float mien_view_sample(const mien_view *view, const mien_explanation *explanation, double x,
                       double y) {
    if (!mien_view_covers(view, x, y)) {
        return -1;
    }
    size_t left, right, above, below;
    float right_share = between(across_of(view, x), explanation->width, &left, &right);
    float below_share = between(down_of(view, y), explanation->height, &above, &below);
    const float *upper = explanation->values + above * explanation->width;
    const float *lower = explanation->values + below * explanation->width;
    float top = upper[left] + (upper[right] - upper[left]) * right_share;
    float bottom = lower[left] + (lower[right] - lower[left]) * right_share;
    return top + (bottom - top) * below_share;
}
