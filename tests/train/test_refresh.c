// SPDX-License-Identifier: Apache-2.0
// Batch norms that take other statistics without computing anything else (MIEN_MODE_REFRESH).
#include "support/differences.h"
#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, BATCHES = 3, SIDE = 8, CHANNELS = 3, CLASSES = 5, PIXELS = SIDE * SIDE };

struct fixture {
    mien_graph *graph;
    mien_network *network;
    float *pictures; ///< BATCHES × BATCH
};

/// The first norm sees the pictures themselves, so that its statistics can be computed here.
static struct fixture make(void) {
    struct fixture made = {0};
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_graph_create(&made.graph, &error), MIEN_OK);
    mien_node x = mien_input(made.graph, SIDE, SIDE, CHANNELS);
    x = mien_batch_norm(made.graph, x, "norm1", 1e-3f);
    x = mien_conv2d(made.graph, x, "conv", MIEN_CONV2D(.filters = 6, .kernel = {3, 3}));
    x = mien_relu(made.graph, mien_batch_norm(made.graph, x, "norm2", 1e-3f));
    x = mien_global_average_pool(made.graph, x);
    x = mien_linear(made.graph, x, "head", MIEN_LINEAR(.features = CLASSES, .bias = true));
    ck_assert_msg(mien_graph_finish(made.graph, x, &error) == MIEN_OK, "%s", error.message);
    made.network = differences_network(made.graph, &(mien_network_options){.batch = BATCH});
    made.pictures = seeded_pictures(BATCH * BATCHES, SIDE, SIDE, CHANNELS);
    return made;
}

static void drop(struct fixture *made) {
    free(made->pictures);
    mien_network_free(made->network);
    mien_graph_free(made->graph);
}

static void forward(const struct fixture *made, mien_mode mode, size_t batch) {
    const size_t count = (size_t)BATCH * PIXELS * CHANNELS;
    mien_error error = MIEN_ERROR_INIT;
    memcpy(mien_network_input(made->network), made->pictures + batch * count,
           count * sizeof *made->pictures);
    ck_assert_msg(mien_network_forward(made->network, mode, batch, &error) == MIEN_OK, "%s",
                  error.message);
}

static void logits_of(const struct fixture *made, mien_mode mode, size_t batch, float *logits) {
    forward(made, mode, batch);
    memcpy(logits, mien_network_logits(made->network), BATCH * CLASSES * sizeof *logits);
}

static const mien_network_parameter *find(const struct fixture *made, const char *name) {
    size_t count;
    const mien_network_parameter *parameters = mien_network_parameters(made->network, &count);
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(parameters[i].name, name)) {
            return &parameters[i];
        }
    }
    ck_abort_msg("no parameter %s", name);
}

static float largest_difference(const float *a, const float *b, size_t count) {
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmaxf(largest, fabsf(a[i] - b[i]));
    }
    return largest;
}

START_TEST(what_is_computed_stays) {
    struct fixture made = make();
    float before[BATCH * CLASSES], during[BATCH * CLASSES], after[BATCH * CLASSES];
    logits_of(&made, MIEN_MODE_EVALUATE, 1, before);
    for (size_t i = 0; i < BATCHES; i++) {
        logits_of(&made, MIEN_MODE_REFRESH, i, i == 1 ? during : after);
    }
    logits_of(&made, MIEN_MODE_EVALUATE, 1, after);
    ck_assert_float_le(largest_difference(before, during, BATCH * CLASSES), 1e-5f);
    ck_assert_float_le(largest_difference(before, after, BATCH * CLASSES), 1e-5f);
    drop(&made);
}
END_TEST

START_TEST(statistics_are_those_of_all_batches) {
    struct fixture made = make();
    for (size_t i = 0; i < BATCHES; i++) {
        forward(&made, MIEN_MODE_REFRESH, i);
    }
    for (size_t c = 0; c < CHANNELS; c++) {
        double mean = 0, variance = 0;
        for (size_t b = 0; b < BATCHES; b++) { // the mean of each batch's, as PyTorch counts them
            const float *pixels = made.pictures + b * BATCH * PIXELS * CHANNELS + c;
            const size_t rows = BATCH * PIXELS;
            double sum = 0, squares = 0;
            for (size_t i = 0; i < rows; i++) {
                sum += (double)pixels[i * CHANNELS];
                squares += (double)pixels[i * CHANNELS] * (double)pixels[i * CHANNELS];
            }
            mean += sum / (double)rows / BATCHES;
            variance += (squares - sum * sum / (double)rows) / (double)(rows - 1) / BATCHES;
        }
        ck_assert_double_eq_tol((double)find(&made, "norm1.running_mean")->value[c], mean, 1e-5);
        ck_assert_double_eq_tol((double)find(&made, "norm1.running_var")->value[c], variance, 1e-5);
    }
    drop(&made);
}
END_TEST

/// After one batch, training on it sees nearly the running statistics: its variance alone is
/// biased.
START_TEST(training_computes_the_same_at_first) {
    struct fixture made = make();
    float evaluated[BATCH * CLASSES], trained[BATCH * CLASSES];
    logits_of(&made, MIEN_MODE_EVALUATE, 0, evaluated);
    logits_of(&made, MIEN_MODE_TRAIN, 0, trained);
    ck_assert_float_ge(largest_difference(evaluated, trained, BATCH * CLASSES), 0.05f);
    drop(&made);
    made = make();
    forward(&made, MIEN_MODE_REFRESH, 0);
    logits_of(&made, MIEN_MODE_TRAIN, 0, trained);
    ck_assert_float_le(largest_difference(evaluated, trained, BATCH * CLASSES), 0.01f);
    drop(&made);
}
END_TEST

START_TEST(frozen_norms_keep_theirs) {
    struct fixture made = make();
    mien_error error = MIEN_ERROR_INIT;
    size_t count, total;
    mien_network_parameter *parameters = mien_network_parameters(made.network, &count);
    for (size_t i = 0; i < count; i++) {
        parameters[i].frozen = true;
    }
    ck_assert_int_eq(mien_network_freeze(made.network, &error), MIEN_OK);
    const float *values = mien_network_values(made.network, &total);
    float *before = malloc(total * sizeof *before);
    ck_assert_ptr_nonnull(before);
    memcpy(before, values, total * sizeof *before);
    forward(&made, MIEN_MODE_REFRESH, 0);
    ck_assert_mem_eq(before, values, total * sizeof *before);
    free(before);
    drop(&made);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("refreshed statistics");
    TCase *cases = tcase_create("refresh");
    tcase_add_test(cases, what_is_computed_stays);
    tcase_add_test(cases, statistics_are_those_of_all_batches);
    tcase_add_test(cases, training_computes_the_same_at_first);
    tcase_add_test(cases, frozen_norms_keep_theirs);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
