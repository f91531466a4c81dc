// SPDX-License-Identifier: Apache-2.0
#include "host/fit/minimise.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <string.h>

enum { LINE_STEPS = 100, STEPS = 5000 };

static const double line_tolerance = 1e-7, first_step = 0.1, line_search = 0.1;
/// A gradient that counts as none; and one that does where rounding lets it become no smaller.
static const double flat = 1e-9, nearly_flat = 1e-5;

// --- One number ----------------------------------------------------------------------------------

typedef struct {
    mien_line_function *function;
    const void *context;
} line;

static double line_value(double x, void *context) {
    const line *what = context;
    return what->function(what->context, x);
}

/// Narrows a bracket whose middle is its lowest.
static mien_status narrow(gsl_function *function, double low, double middle, double high,
                          double *least, mien_error *error) {
    gsl_min_fminimizer *state = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!state) {
        return mien_fail_memory(error, "a fit");
    }
    *least = middle;
    int code = gsl_min_fminimizer_set(state, function, middle, low, high);
    for (int i = 0; i < LINE_STEPS && code == GSL_SUCCESS; i++) {
        code = gsl_min_fminimizer_iterate(state);
        *least = gsl_min_fminimizer_x_minimum(state);
        if (gsl_min_test_interval(gsl_min_fminimizer_x_lower(state),
                                  gsl_min_fminimizer_x_upper(state), line_tolerance,
                                  0) == GSL_SUCCESS) {
            break;
        }
    }
    gsl_min_fminimizer_free(state);
    return isfinite(*least) ? MIEN_OK : mien_fail(error, MIEN_INTERNAL, "a fit comes to no number");
}

mien_status mien_minimise_line(mien_line_function *function, const void *context, double low,
                               double high, size_t steps, double *least, mien_error *error) {
    // GSL's own handler ends the program.
    gsl_set_error_handler_off();
    line what = {function, context};
    gsl_function wrapped = {.function = line_value, .params = &what};
    const double step = (high - low) / (double)steps;
    double best = low, lowest = (double)INFINITY;
    for (size_t i = 0; i <= steps; i++) {
        const double x = low + (double)i * step, value = function(context, x);
        if (value < lowest) {
            best = x;
            lowest = value;
        }
    }
    if (!isfinite(lowest)) {
        return mien_fail(error, MIEN_INTERNAL, "a fit comes to no number");
    }
    const double left = fmax(best - step, low), right = fmin(best + step, high);
    if (function(context, left) <= lowest || function(context, right) <= lowest) {
        *least = best; // at an end, or level: nothing to narrow
        return MIEN_OK;
    }
    return narrow(&wrapped, left, best, right, least, error);
}

// --- Many ----------------------------------------------------------------------------------------

typedef struct {
    mien_slope_function *function;
    const void *context;
    double *unused; ///< a gradient nobody asked for
} slope;

static void slope_both(const gsl_vector *x, void *context, double *value, gsl_vector *gradient) {
    const slope *what = context;
    *value = what->function(what->context, x->data, gradient->data);
}

static double slope_value(const gsl_vector *x, void *context) {
    const slope *what = context;
    return what->function(what->context, x->data, what->unused);
}

static void slope_gradient(const gsl_vector *x, void *context, gsl_vector *gradient) {
    const slope *what = context;
    what->function(what->context, x->data, gradient->data);
}

static double norm_of(const gsl_multimin_fdfminimizer *state) {
    return gsl_blas_dnrm2(gsl_multimin_fdfminimizer_gradient(state));
}

static mien_status descend(gsl_multimin_fdfminimizer *state, gsl_multimin_function_fdf *function,
                           const gsl_vector *start, mien_error *error) {
    int code = gsl_multimin_fdfminimizer_set(state, function, start, first_step, line_search);
    for (int i = 0; i < STEPS && code == GSL_SUCCESS && !(norm_of(state) < flat); i++) {
        code = gsl_multimin_fdfminimizer_iterate(state);
    }
    const double norm = norm_of(state);
    return norm < nearly_flat
               ? MIEN_OK
               : mien_fail(error, MIEN_INTERNAL,
                           "a fit finds no minimum; the gradient's length is still %.2g", norm);
}

mien_status mien_minimise(mien_slope_function *function, const void *context, double *x,
                          size_t count, mien_error *error) {
    gsl_set_error_handler_off();
    gsl_vector *start = gsl_vector_alloc(count), *unused = gsl_vector_alloc(count);
    gsl_multimin_fdfminimizer *state =
        gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, count);
    mien_status status = MIEN_OK;
    if (!start || !unused || !state) {
        status = mien_fail_memory(error, "a fit");
        goto done;
    }
    slope what = {function, context, unused->data};
    gsl_multimin_function_fdf wrapped = {
        .f = slope_value, .df = slope_gradient, .fdf = slope_both, .n = count, .params = &what};
    memcpy(start->data, x, count * sizeof *x);
    status = descend(state, &wrapped, start, error);
    if (status == MIEN_OK) {
        memcpy(x, gsl_multimin_fdfminimizer_x(state)->data, count * sizeof *x);
    }
done:
    gsl_multimin_fdfminimizer_free(state);
    gsl_vector_free(start);
    gsl_vector_free(unused);
    return status;
}
