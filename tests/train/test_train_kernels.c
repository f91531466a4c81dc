// SPDX-License-Identifier: Apache-2.0
// The trainer's loops over rows against the same in double precision, for widths that fill vectors
// and leave some over; CTest runs it for each instruction set.
#include "support/seeded.h"
#include "tools/train/core/engine/kernels.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Of the largest of what is compared.
static const double tolerance = 2e-6;

static const struct extent {
    size_t rows, channels;
} extents[] = {{1, 1}, {3, 5}, {130, 16}, {133, 24}, {5, 300}, {131, 3}, {2, 600}};

enum { EXTENTS = sizeof extents / sizeof *extents };

/// Rows and numbers a channel, seeded; and room for results.
static struct numbers {
    size_t rows, channels, count;
    float *x, *g, *residual, *out;
    float *scale, *offset, *a, *b, *c;
    double *sums;
} n;

static float *draw(const char *name, size_t count) {
    float *made = malloc(count * sizeof *made);
    ck_assert_ptr_nonnull(made);
    for (size_t i = 0; i < count; i++) {
        made[i] = (float)(2 * seeded_value(name, i));
    }
    return made;
}

static void make(size_t which) {
    n = (struct numbers){.rows = extents[which].rows, .channels = extents[which].channels};
    n.count = n.rows * n.channels;
    n.x = draw("x", n.count);
    n.g = draw("g", n.count);
    n.residual = draw("residual", n.count);
    n.out = draw("out", n.count);
    n.scale = draw("scale", n.channels);
    n.offset = draw("offset", n.channels);
    n.a = draw("a", n.channels);
    n.b = draw("b", n.channels);
    n.c = draw("c", n.channels);
    n.sums = calloc(2 * n.channels, sizeof *n.sums);
    ck_assert_ptr_nonnull(n.sums);
}

static void drop(void) {
    float *all[] = {n.x, n.g, n.residual, n.out, n.scale, n.offset, n.a, n.b, n.c};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
    free(n.sums);
}

/// Asserts only when it fails: Check keeps a record of each assertion.
static void near(const char *what, double found, double expected, double largest) {
    if (!(fabs(found - expected) <= tolerance * largest)) {
        ck_abort_msg("%s, %zu x %zu: %.9g, not %.9g", what, n.rows, n.channels, found, expected);
    }
}

/// y of element `i`, in the precision in which a bound is looked for.
static float before_clamp(size_t i) {
    return fmaf(n.x[i], n.scale[i % n.channels], n.offset[i % n.channels]);
}

/// Whether the gradient passes at `i`; not `sure` where rounding may decide otherwise.
static bool passes(const mien_gate *gate, size_t i, bool *sure) {
    const float y = before_clamp(i);
    *sure = fabsf(y - gate->low) > 1e-5f && fabsf(y - gate->high) > 1e-5f;
    return y > gate->low && y < gate->high;
}

static mien_gate gate_between(float low, float high) {
    return (mien_gate){n.scale, n.offset, low, high};
}

START_TEST(moments) {
    make((size_t)_i);
    mien_train_kernels_get()->moments(n.x, n.rows, n.channels, n.offset, n.sums);
    // A second call adds.
    mien_train_kernels_get()->moments(n.x, n.rows, n.channels, n.offset, n.sums);
    for (size_t c = 0; c < n.channels; c++) {
        double first = 0, second = 0, size = 0;
        for (size_t i = c; i < n.count; i += n.channels) {
            const double away = (double)n.x[i] - (double)n.offset[c];
            first += 2 * away;
            second += 2 * away * away;
            size += 2 * fabs(away);
        }
        near("first moment", n.sums[c], first, size);
        near("second moment", n.sums[n.channels + c], second, second);
    }
    drop();
}
END_TEST

static void check_gradient_moments(const mien_gate *gate) {
    memset(n.sums, 0, 2 * n.channels * sizeof *n.sums);
    mien_train_kernels_get()->gradient_moments(n.g, n.x, n.rows, n.channels, gate, n.a, n.sums);
    for (size_t c = 0; c < n.channels; c++) {
        double first = 0, second = 0, size = 1e-6;
        bool all_sure = true;
        for (size_t i = c; i < n.count; i += n.channels) {
            bool sure = true;
            const double g = !gate || passes(gate, i, &sure) ? (double)n.g[i] : 0;
            const double away = (double)n.x[i] - (double)n.a[c];
            all_sure = all_sure && sure;
            first += g;
            second += g * away;
            size += fabs(g) * (1 + fabs(away));
        }
        if (all_sure) {
            near("sum of gradients", n.sums[c], first, size);
            near("gradients times x", n.sums[n.channels + c], second, size);
        }
    }
}

START_TEST(gradient_moments) {
    make((size_t)_i);
    const mien_gate relu = gate_between(0, INFINITY), clamp = gate_between(-0.5f, 1);
    check_gradient_moments(NULL);
    check_gradient_moments(&relu);
    check_gradient_moments(&clamp);
    drop();
}
END_TEST

static void check_normalize(const float *residual, const mien_gate *gate) {
    mien_train_kernels_get()->normalize(n.x, residual, n.out, n.rows, n.channels, gate);
    for (size_t i = 0; i < n.count; i++) {
        const size_t c = i % n.channels;
        const double y = (double)n.x[i] * (double)n.scale[c] + (double)n.offset[c] +
                         (residual ? (double)residual[i] : 0);
        near("normalised", (double)n.out[i], fmin((double)gate->high, fmax((double)gate->low, y)),
             8);
    }
}

START_TEST(normalize) {
    make((size_t)_i);
    const mien_gate open = gate_between(-INFINITY, INFINITY), relu6 = gate_between(0, 6);
    check_normalize(NULL, &open);
    check_normalize(n.residual, &open);
    check_normalize(NULL, &relu6);
    check_normalize(n.residual, &relu6);
    n.x[n.count / 2] = NAN;
    mien_train_kernels_get()->normalize(n.x, NULL, n.x, n.rows, n.channels, &relu6);
    ck_assert_float_nan(n.x[n.count / 2]);
    drop();
}
END_TEST

static void check_normalize_back(const mien_gate *gate) {
    memcpy(n.out, n.g, n.count * sizeof *n.g); // in place, as layers do
    mien_train_kernels_get()->normalize_back(n.out, n.x, n.out, n.rows, n.channels, gate, n.a, n.b,
                                             n.c);
    for (size_t i = 0; i < n.count; i++) {
        const size_t c = i % n.channels;
        bool sure = true;
        const double g = !gate || passes(gate, i, &sure) ? (double)n.g[i] : 0;
        if (sure) {
            near("gradient", (double)n.out[i],
                 g * (double)n.a[c] + (double)n.x[i] * (double)n.b[c] + (double)n.c[c], 10);
        }
    }
}

START_TEST(normalize_back) {
    make((size_t)_i);
    const mien_gate relu = gate_between(0, INFINITY);
    check_normalize_back(NULL);
    check_normalize_back(&relu);
    drop();
}
END_TEST

START_TEST(numbers_alone) {
    make((size_t)_i);
    const mien_train_kernels *kernels = mien_train_kernels_get();
    kernels->add(n.x, n.g, n.out, n.count);
    for (size_t i = 0; i < n.count; i++) {
        near("sum", (double)n.out[i], (double)(n.x[i] + n.g[i]), 0);
    }
    kernels->clamp(n.x, n.out, n.count, -1, 0.5f);
    for (size_t i = 0; i < n.count; i++) {
        near("clamped", (double)n.out[i], (double)fminf(0.5f, fmaxf(-1, n.x[i])), 0);
    }
    kernels->gate(n.g, n.out, n.residual, n.count, -1, 0.5f);
    for (size_t i = 0; i < n.count; i++) {
        const bool open = n.out[i] > -1 && n.out[i] < 0.5f;
        near("gated", (double)n.residual[i], open ? (double)n.g[i] : 0, 0);
    }
    drop();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("kernels of the trainer");
    TCase *cases = tcase_create("rows");
    tcase_add_loop_test(cases, moments, 0, EXTENTS);
    tcase_add_loop_test(cases, gradient_moments, 0, EXTENTS);
    tcase_add_loop_test(cases, normalize, 0, EXTENTS);
    tcase_add_loop_test(cases, normalize_back, 0, EXTENTS);
    tcase_add_loop_test(cases, numbers_alone, 0, EXTENTS);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
