// SPDX-License-Identifier: Apache-2.0
// The loss against values worked by hand and against finite differences.
#include "support/seeded.h"
#include "tools/train/core/loss.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

// softmax of (0, ln 2, ln 5) is (1, 2, 5) / 8.
#define LN2 0.6931471805599453
#define LN5 1.6094379124341003
static const float by_hand[3] = {0, (float)LN2, (float)LN5};

START_TEST(test_hard_target_by_hand) {
    const float target[3] = {0, 1, 0};
    float gradients[3];
    const double loss = mien_loss_cross_entropy(by_hand, target, NULL, 1, 3, gradients);
    ck_assert_double_eq_tol(loss, log(4), 1e-7);
    ck_assert_double_eq_tol(gradients[0], 0.125, 1e-7);
    ck_assert_double_eq_tol(gradients[1], 0.25 - 1, 1e-7);
    ck_assert_double_eq_tol(gradients[2], 0.625, 1e-7);
}
END_TEST

START_TEST(test_soft_target_by_hand) {
    const float target[3] = {0.5f, 0.25f, 0.25f};
    float gradients[3];
    const double loss = mien_loss_cross_entropy(by_hand, target, NULL, 1, 3, gradients);
    ck_assert_double_eq_tol(loss, 0.5 * log(8) + 0.25 * log(4) + 0.25 * log(1.6), 1e-7);
    ck_assert_double_eq_tol(gradients[0], 0.125 - 0.5, 1e-7);
    ck_assert_double_eq_tol(gradients[1], 0, 1e-7);
    ck_assert_double_eq_tol(gradients[2], 0.625 - 0.25, 1e-7);
}
END_TEST

START_TEST(test_weights_by_hand) {
    const float target[3] = {0.5f, 0, 0.5f}, weights[3] = {2, 7, 1};
    float gradients[3];
    const double loss = mien_loss_cross_entropy(by_hand, target, weights, 1, 3, gradients);
    ck_assert_double_eq_tol(loss, log(8) + 0.5 * log(1.6), 1e-7);
    // The row weighs 2 · 0.5 + 1 · 0.5.
    ck_assert_double_eq_tol(gradients[0], 1.5 * 0.125 - 1, 1e-7);
    ck_assert_double_eq_tol(gradients[1], 1.5 * 0.25, 1e-7);
    ck_assert_double_eq_tol(gradients[2], 1.5 * 0.625 - 0.5, 1e-7);
}
END_TEST

START_TEST(test_batch_is_a_mean) {
    float logits[6], targets[6] = {0, 1, 0, 1, 0, 0}, gradients[6];
    for (size_t i = 0; i < 6; i++) {
        logits[i] = by_hand[i % 3];
    }
    const double loss = mien_loss_cross_entropy(logits, targets, NULL, 2, 3, gradients);
    ck_assert_double_eq_tol(loss, (log(4) + log(8)) / 2, 1e-7);
    ck_assert_double_eq_tol(gradients[1], -0.375, 1e-7);
    ck_assert_double_eq_tol(gradients[3], -0.4375, 1e-7);
    ck_assert_double_eq(mien_loss_cross_entropy(logits, targets, NULL, 2, 3, NULL), loss);
}
END_TEST

START_TEST(test_large_logits_stay_finite) {
    const float logits[3] = {3e4f, -3e4f, 2.9e4f}, target[3] = {0, 0, 1};
    float gradients[3];
    ck_assert_double_eq_tol(mien_loss_cross_entropy(logits, target, NULL, 1, 3, gradients), 1e3,
                            1e-9);
    ck_assert_double_eq(gradients[0], 1);
    ck_assert_double_eq(gradients[1], 0);
    ck_assert_double_eq(gradients[2], -1);
}
END_TEST

START_TEST(test_divergence_shows) {
    const float target[2] = {1, 0};
    ck_assert(!isfinite(mien_loss_cross_entropy((float[]){NAN, 1}, target, NULL, 1, 2, NULL)));
    ck_assert(!isfinite(mien_loss_cross_entropy((float[]){INFINITY, 1}, target, NULL, 1, 2, NULL)));
}
END_TEST

enum { BATCH = 4, CLASSES = 5 };

START_TEST(test_gradient_is_the_slope) {
    float logits[BATCH * CLASSES], targets[BATCH * CLASSES], weights[CLASSES];
    float gradients[BATCH * CLASSES];
    for (size_t row = 0; row < BATCH; row++) {
        float sum = 0;
        for (size_t c = 0; c < CLASSES; c++) {
            const size_t i = row * CLASSES + c;
            logits[i] = (float)(4 * seeded_value("logits", i));
            sum += targets[i] = (float)(seeded_value("targets", i) + 1.5);
            weights[c] = (float)(seeded_value("weights", c) + 1.5);
        }
        for (size_t c = 0; c < CLASSES; c++) {
            targets[row * CLASSES + c] /= sum;
        }
    }
    mien_loss_cross_entropy(logits, targets, weights, BATCH, CLASSES, gradients);
    for (size_t i = 0; i < BATCH * CLASSES; i++) {
        const float at = logits[i], above = at + 0x1p-10f, below = at - 0x1p-10f;
        logits[i] = above;
        const double more = mien_loss_cross_entropy(logits, targets, weights, BATCH, CLASSES, NULL);
        logits[i] = below;
        const double less = mien_loss_cross_entropy(logits, targets, weights, BATCH, CLASSES, NULL);
        logits[i] = at;
        ck_assert_double_eq_tol(gradients[i], (more - less) / ((double)above - below), 1e-6);
    }
}
END_TEST

START_TEST(test_correct_rows) {
    const float logits[] = {1, 2, 0, /**/ 3, 3, 1, /**/ 0, 1, 2, /**/ 5, NAN, 0};
    const float targets[] = {0.2f, 0.6f, 0.2f, /**/ 1, 0, 0, /**/ 0.4f, 0.3f, 0.3f, /**/ 1, 0, 0};
    ck_assert_uint_eq(mien_loss_correct(logits, targets, 1, 3), 1);
    ck_assert_uint_eq(mien_loss_correct(logits + 3, targets + 3, 1, 3), 1);
    ck_assert_uint_eq(mien_loss_correct(logits + 6, targets + 6, 1, 3), 0);
    ck_assert_uint_eq(mien_loss_correct(logits + 9, targets + 9, 1, 3), 0);
    ck_assert_uint_eq(mien_loss_correct(logits, targets, 4, 3), 2);
}
END_TEST

START_TEST(test_balance) {
    float weights[3];
    mien_loss_balance((const size_t[]){10, 30, 0}, 3, weights);
    ck_assert_double_eq_tol(weights[0], 40.0 / 30, 1e-6);
    ck_assert_double_eq_tol(weights[1], 40.0 / 90, 1e-6);
    ck_assert_double_eq(weights[2], 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loss");
    TCase *cases = tcase_create("cases");
    tcase_add_test(cases, test_hard_target_by_hand);
    tcase_add_test(cases, test_soft_target_by_hand);
    tcase_add_test(cases, test_weights_by_hand);
    tcase_add_test(cases, test_batch_is_a_mean);
    tcase_add_test(cases, test_large_logits_stay_finite);
    tcase_add_test(cases, test_divergence_shows);
    tcase_add_test(cases, test_gradient_is_the_slope);
    tcase_add_test(cases, test_correct_rows);
    tcase_add_test(cases, test_balance);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
