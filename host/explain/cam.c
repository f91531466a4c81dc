// SPDX-License-Identifier: Apache-2.0
// Each method says what a channel contributes to a pixel; the map is the sum of contributions, or
// their first principal component, where that is positive.
#include "host/explain/cam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// The weight of each channel.
static void mean_gradients(const mien_cam_input *in, double *weight) {
    memset(weight, 0, in->channels * sizeof *weight);
    for (size_t p = 0; p < in->pixels; p++) {
        for (size_t c = 0; c < in->channels; c++) {
            weight[c] += (double)in->gradient[p * in->channels + c];
        }
    }
    for (size_t c = 0; c < in->channels; c++) {
        weight[c] /= (double)in->pixels;
    }
}

/// Grad-CAM++ takes the class's score to be the exponential of its logit, whose derivatives are
/// powers of the gradient; the exponential itself is a factor of the whole map, and left out.
static void plus_weights(const mien_cam_input *in, double *weight) {
    for (size_t c = 0; c < in->channels; c++) {
        double total = 0;
        weight[c] = 0;
        for (size_t p = 0; p < in->pixels; p++) {
            total += (double)in->activation[p * in->channels + c];
        }
        for (size_t p = 0; p < in->pixels; p++) {
            double g = (double)in->gradient[p * in->channels + c];
            double below = 2 * g * g + total * g * g * g;
            weight[c] += g > 0 && below != 0 ? g * g / below * g : 0;
        }
    }
}

static void weigh_channels(const mien_cam_input *in, const double *weight, float *part) {
    for (size_t p = 0; p < in->pixels; p++) {
        for (size_t c = 0; c < in->channels; c++) {
            size_t at = p * in->channels + c;
            part[at] = (float)(weight[c] * (double)in->activation[at]);
        }
    }
}

static void contributions(mien_explain_method method, const mien_cam_input *in, double *weight,
                          float *part) {
    size_t count = in->pixels * in->channels;
    switch (method) {
    case MIEN_GRAD_CAM_PLUS:
        plus_weights(in, weight);
        weigh_channels(in, weight, part);
        break;
    case MIEN_HIRES_CAM:
        for (size_t i = 0; i < count; i++) {
            part[i] = in->gradient[i] * in->activation[i];
        }
        break;
    case MIEN_LAYER_CAM:
        for (size_t i = 0; i < count; i++) {
            part[i] = fmaxf(in->gradient[i], 0) * in->activation[i];
        }
        break;
    case MIEN_EIGEN_CAM:
        memcpy(part, in->activation, count * sizeof *part);
        break;
    default:
        mean_gradients(in, weight);
        weigh_channels(in, weight, part);
        break;
    }
}

static void sum_channels(const float *part, size_t pixels, size_t channels, double *sums) {
    for (size_t p = 0; p < pixels; p++) {
        sums[p] = 0;
        for (size_t c = 0; c < channels; c++) {
            sums[p] += (double)part[p * channels + c];
        }
    }
}

static void project(const float *part, size_t pixels, size_t channels, const double *direction,
                    double *projection) {
    for (size_t p = 0; p < pixels; p++) {
        projection[p] = 0;
        for (size_t c = 0; c < channels; c++) {
            projection[p] += (double)part[p * channels + c] * direction[c];
        }
    }
}

/// One turn of the power iteration: direction becomes partᵀ·part·direction, of length 1. Returns
/// how far it moved, or a negative number where nothing is left of it.
static double turn(const float *part, size_t pixels, size_t channels, double *direction,
                   double *next, double *projection) {
    project(part, pixels, channels, direction, projection);
    memset(next, 0, channels * sizeof *next);
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < channels; c++) {
            next[c] += projection[p] * (double)part[p * channels + c];
        }
    }
    double length = 0, moved = 0;
    for (size_t c = 0; c < channels; c++) {
        length += next[c] * next[c];
    }
    length = sqrt(length);
    if (!(length > 0)) {
        return -1;
    }
    for (size_t c = 0; c < channels; c++) {
        double value = next[c] / length;
        moved = fmax(moved, fabs(value - direction[c]));
        direction[c] = value;
    }
    return moved;
}

/// Projects each pixel on the first right singular vector of `part`. `work` has room for two rows
/// of channels.
static void first_component(const float *part, size_t pixels, size_t channels, double *work,
                            double *projection) {
    enum { MOST_TURNS = 2000 };
    static const double settled = 1e-9;
    double *direction = work, *next = work + channels;
    for (size_t c = 0; c < channels; c++) { // the columns' sums, and never quite zero
        direction[c] = 1e-12;
        for (size_t p = 0; p < pixels; p++) {
            direction[c] += (double)part[p * channels + c];
        }
    }
    double moved = 1;
    for (int i = 0; i < MOST_TURNS && moved > settled; i++) {
        moved = turn(part, pixels, channels, direction, next, projection);
    }
    project(part, pixels, channels, direction, projection);
}

/// A singular vector has no sign of its own: the projection goes the way of `sums`, or, where these
/// are NULL, is positive on the whole.
static void orient(const double *sums, size_t pixels, double *projection) {
    double along = 0;
    for (size_t p = 0; p < pixels; p++) {
        along += projection[p] * (sums ? sums[p] : 1);
    }
    for (size_t p = 0; p < pixels && along < 0; p++) {
        projection[p] = -projection[p];
    }
}

mien_status mien_cam_signed(mien_explain_method method, const mien_cam_input *input, bool principal,
                            float *map, mien_error *error) {
    size_t pixels = input->pixels, channels = input->channels;
    float *part = calloc(pixels * channels, sizeof *part);
    double *work = calloc(2 * channels, sizeof *work);
    double *sums = calloc(pixels, sizeof *sums), *projection = calloc(pixels, sizeof *projection);
    bool whole = part && work && sums && projection;
    if (whole) {
        contributions(method, input, work, part);
        sum_channels(part, pixels, channels, sums);
        bool projects = principal || method == MIEN_EIGEN_CAM;
        if (projects) {
            first_component(part, pixels, channels, work, projection);
            orient(method == MIEN_EIGEN_CAM ? NULL : sums, pixels, projection);
        }
        for (size_t p = 0; p < pixels; p++) {
            map[p] = (float)(projects ? projection[p] : sums[p]);
        }
    }
    free(part);
    free(work);
    free(sums);
    free(projection);
    return whole ? MIEN_OK : mien_fail_memory(error, "a map");
}

mien_status mien_cam(mien_explain_method method, const mien_cam_input *input, bool principal,
                     float *map, mien_error *error) {
    mien_status status = mien_cam_signed(method, input, principal, map, error);
    for (size_t p = 0; p < input->pixels && status == MIEN_OK; p++) {
        map[p] = map[p] <= 0 ? 0 : map[p]; // a NaN stays one
    }
    return status;
}
