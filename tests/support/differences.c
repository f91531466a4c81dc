// SPDX-License-Identifier: Apache-2.0
#include "support/differences.h"

#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A step must be wide for single precision's noise, and narrow for curvature and for the kinks of
// ReLUs and maxima; so the best of three counts. A wrong gradient is wrong at each.
static const double widths[] = {4e-3, 1e-3, 2.5e-4};
enum { SINGLES = 6 };

mien_network *differences_network(const mien_graph *graph, const mien_network_options *options) {
    mien_network *network = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_network_create(graph, options, &network, &error) == MIEN_OK, "%s",
                  error.message);
    size_t count;
    const mien_network_parameter *parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < count; i++) {
        seeded_parameter(&(mien_parameter){parameters[i].name, parameters[i].shape},
                         parameters[i].value, parameters[i].count, NULL);
    }
    const mien_shape input = mien_graph_input_shape(graph);
    float *pictures = seeded_pictures(options->batch, input.dim[0], input.dim[1], input.dim[2]);
    memcpy(mien_network_input(network), pictures,
           options->batch * input.dim[0] * input.dim[1] * input.dim[2] * sizeof *pictures);
    free(pictures);
    return network;
}

double differences_loss(mien_network *network) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_network_forward(network, MIEN_MODE_TRAIN, 7, &error) == MIEN_OK, "%s",
                  error.message);
    double loss = 0;
    for (size_t i = 0; i < mien_network_logit_count(network); i++) {
        loss += (double)mien_network_logits(network)[i] * seeded_value("loss", i);
    }
    return loss;
}

void differences_backward(mien_network *network) {
    mien_error error = MIEN_ERROR_INIT;
    (void)differences_loss(network);
    for (size_t i = 0; i < mien_network_logit_count(network); i++) {
        mien_network_logit_gradients(network)[i] = (float)seeded_value("loss", i);
    }
    ck_assert_msg(mien_network_backward(network, &error) == MIEN_OK, "%s", error.message);
}

/// The loss with `parameter` moved by `step` along `direction`; all values are put back.
static double moved(mien_network *network, const mien_network_parameter *parameter,
                    const double *direction, double step) {
    size_t total;
    float *values = mien_network_values(network, &total);
    float *before = malloc(total * sizeof *before);
    ck_assert_ptr_nonnull(before);
    memcpy(before, values, total * sizeof *before);
    for (size_t i = 0; i < parameter->count; i++) {
        parameter->value[i] = (float)(parameter->value[i] + step * direction[i]);
    }
    const double loss = differences_loss(network);
    memcpy(values, before, total * sizeof *before);
    free(before);
    return loss;
}

/// What the difference says of the gradient along `direction`, against what `gradient` says, as a
/// part of `largest` and the direction's length.
static double error_along(mien_network *network, const mien_network_parameter *parameter,
                          const double *direction, const float *gradient, double largest) {
    double expected = 0, square = 0;
    for (size_t i = 0; i < parameter->count; i++) {
        expected += direction[i] * gradient[i];
        square += direction[i] * direction[i];
    }
    const double length = sqrt(square);
    double least = INFINITY;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        const double step = widths[i] / length;
        const double difference = moved(network, parameter, direction, step) -
                                  moved(network, parameter, direction, -step);
        least = fmin(least, fabs(difference / (2 * step) - expected));
    }
    return least / (largest * length);
}

static void check_parameter(mien_network *network, const mien_network_parameter *parameter,
                            const float *gradient, double tolerance, const char *label) {
    double *direction = calloc(parameter->count, sizeof *direction);
    double largest = 0;
    ck_assert_ptr_nonnull(direction);
    for (size_t i = 0; i < parameter->count; i++) {
        largest = fmax(largest, fabs(gradient[i]));
        direction[i] = seeded_value("direction", i);
    }
    ck_assert_msg(largest > 1e-4 && largest < 1e6, "%s: the largest gradient by %s is %g", label,
                  parameter->name, largest);
    double worst = error_along(network, parameter, direction, gradient, largest);
    for (size_t k = 0; k < SINGLES; k++) {
        memset(direction, 0, parameter->count * sizeof *direction);
        const double unit = (seeded_value(parameter->name, 1000 + k) + 1) / 2;
        direction[(size_t)(unit * (double)parameter->count)] = 1;
        worst = fmax(worst, error_along(network, parameter, direction, gradient, largest));
    }
    free(direction);
    if (getenv("MIEN_TEST_VERBOSE")) {
        printf("%-24s %-24s %.2g\n", label, parameter->name, worst);
    }
    ck_assert_msg(worst <= tolerance, "%s: the gradient by %s differs from differences by %.3g",
                  label, parameter->name, worst);
}

void differences_check(mien_network *network, double tolerance, const char *label) {
    size_t count, total;
    const mien_network_parameter *parameters = mien_network_parameters(network, &count);
    differences_backward(network);
    (void)mien_network_values(network, &total);
    float *gradients = malloc(total * sizeof *gradients);
    ck_assert_ptr_nonnull(gradients);
    memcpy(gradients, mien_network_gradients(network), total * sizeof *gradients);
    for (size_t i = 0; i < count; i++) {
        const mien_network_parameter *parameter = &parameters[i];
        if (parameter->role != MIEN_ROLE_STATISTIC && !parameter->frozen) {
            const float *gradient =
                gradients + (parameter->gradient - mien_network_gradients(network));
            check_parameter(network, parameter, gradient, tolerance, label);
        }
    }
    free(gradients);
}
