// SPDX-License-Identifier: Apache-2.0
/// @file
/// Where in a picture lies what a network sees of it.
#ifndef MIEN_HOST_EXPLAIN_VIEW_H
#define MIEN_HOST_EXPLAIN_VIEW_H

#include "host/explain/explain.h"
#include "mien/image.h"

/// The input's rectangle in the picture's pixels. A letterbox reaches beyond the picture.
typedef struct mien_view {
    double left, top, width, height;
} mien_view;

mien_view mien_view_of(const mien_input_spec *spec, uint32_t picture_width,
                       uint32_t picture_height);

/// Whether a point of the picture, as below, is in the rectangle.
bool mien_view_covers(const mien_view *view, double x, double y);

/// A map's value over a point of the picture, by bilinear interpolation; -1 outside of what the
/// network sees. `x` and `y` are in pixels, those of centres are n + ½.
float mien_view_sample(const mien_view *view, const mien_explanation *explanation, double x,
                       double y);

#endif
