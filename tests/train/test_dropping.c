// SPDX-License-Identifier: Apache-2.0
// Dropout and stochastic depth: how much they drop, what their draws depend on, and that gradients
// go where numbers went.
#include "tools/train/core/engine/network.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

typedef mien_node dropper(mien_graph *graph, mien_node input, float rate);

/// Tokens, a position embedding (whose gradient shows the mask), then the dropping.
struct work {
    mien_graph *graph;
    mien_network *network;
    size_t batch, elements;
};

static void no_sum(void *context, float *numbers, size_t count) {
    (void)context, (void)numbers, (void)count;
}

static struct work open_work(dropper *drop, float rate, uint32_t side, uint32_t channels,
                             const mien_network_options *options) {
    struct work work = {.batch = options->batch, .elements = (size_t)side * side * channels};
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_graph_create(&work.graph, &error));
    mien_node x = mien_tokens(work.graph, mien_input(work.graph, side, side, channels));
    x = drop(work.graph, mien_position_embedding(work.graph, x, "pos"), rate);
    x = mien_flatten(work.graph, x, MIEN_FLATTEN_HWC);
    SUCCEEDS(mien_graph_finish(work.graph, x, &error));
    SUCCEEDS(mien_network_create(work.graph, options, &work.network, &error));
    return work;
}

static void close_work(struct work *work) {
    mien_network_free(work->network);
    mien_graph_free(work->graph);
}

/// What becomes of ones; borrowed until the next step.
static const float *ones_after(struct work *work, mien_mode mode, uint64_t step) {
    mien_error error = MIEN_ERROR_INIT;
    for (size_t i = 0; i < work->batch * work->elements; i++) {
        mien_network_input(work->network)[i] = 1;
    }
    SUCCEEDS(mien_network_forward(work->network, mode, step, &error));
    return mien_network_logits(work->network);
}

/// The same, the caller's to free().
static float *kept_after(struct work *work, uint64_t step) {
    const size_t bytes = work->batch * work->elements * sizeof(float);
    float *kept = malloc(bytes);
    ck_assert_ptr_nonnull(kept);
    memcpy(kept, ones_after(work, MIEN_MODE_TRAIN, step), bytes);
    return kept;
}

static size_t count_zeros(const float *numbers, size_t count, float otherwise) {
    size_t zeros = 0;
    for (size_t i = 0; i < count; i++) {
        zeros += numbers[i] == 0;
        // The rate is rounded to 1/65536.
        ck_assert(numbers[i] == 0 || fabsf(numbers[i] / otherwise - 1) < 1e-4f);
    }
    return zeros;
}

START_TEST(test_dropout_drops_its_rate) {
    static const float rates[] = {0.1f, 0.25f, 0.5f, 0.9f};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct work work = open_work(mien_dropout, rates[i], 16, 33,
                                     &(mien_network_options){.batch = 2, .seed = 7});
        const size_t count = work.batch * work.elements;
        const float *numbers = ones_after(&work, MIEN_MODE_TRAIN, 3);
        const double share = (double)count_zeros(numbers, count, 1 / (1 - rates[i])) / count;
        // Four standard deviations of so many draws.
        ck_assert_double_eq_tol(share, rates[i], 4 * sqrt(rates[i] * (1 - rates[i]) / count));
        close_work(&work);
    }
}
END_TEST

START_TEST(test_extreme_rates) {
    struct work work =
        open_work(mien_dropout, 0.999999f, 4, 3, &(mien_network_options){.batch = 2, .seed = 7});
    const float *numbers = ones_after(&work, MIEN_MODE_TRAIN, 3);
    for (size_t i = 0; i < work.batch * work.elements; i++) {
        ck_assert(isfinite(numbers[i]));
    }
    close_work(&work);
    work = open_work(mien_dropout, 0, 4, 3, &(mien_network_options){.batch = 2});
    ck_assert_uint_eq(
        count_zeros(ones_after(&work, MIEN_MODE_TRAIN, 3), work.batch * work.elements, 1), 0);
    close_work(&work);
}
END_TEST

START_TEST(test_depth_drops_whole_pictures) {
    enum { PICTURES = 1000 };
    struct work work = open_work(mien_stochastic_depth, 0.2f, 2, 3,
                                 &(mien_network_options){.batch = PICTURES, .seed = 7});
    const float *numbers = ones_after(&work, MIEN_MODE_TRAIN, 3);
    size_t dropped = 0;
    for (size_t row = 0; row < PICTURES; row++) {
        const size_t zeros = count_zeros(numbers + row * work.elements, work.elements, 1.25f);
        ck_assert(zeros == 0 || zeros == work.elements);
        dropped += zeros != 0;
    }
    ck_assert_double_eq_tol((double)dropped / PICTURES, 0.2, 4 * sqrt(0.16 / PICTURES));
    close_work(&work);
}
END_TEST

static dropper *const droppers[] = {mien_dropout, mien_stochastic_depth};
enum { DROPPERS = sizeof droppers / sizeof *droppers, ROWS = 64, SIDE = 4 };

START_TEST(test_evaluation_drops_nothing) {
    struct work work =
        open_work(droppers[_i], 0.5f, SIDE, 3, &(mien_network_options){.batch = ROWS});
    const float *numbers = ones_after(&work, MIEN_MODE_EVALUATE, 3);
    for (size_t i = 0; i < ROWS * work.elements; i++) {
        ck_assert_float_eq(numbers[i], 1);
    }
    close_work(&work);
}
END_TEST

START_TEST(test_draws_depend_on_seed_and_step) {
    const mien_network_options options = {.batch = ROWS, .seed = 7},
                               other_options = {.batch = ROWS, .seed = 8};
    struct work work = open_work(droppers[_i], 0.5f, SIDE, 3, &options);
    struct work same = open_work(droppers[_i], 0.5f, SIDE, 3, &options);
    struct work other = open_work(droppers[_i], 0.5f, SIDE, 3, &other_options);
    const size_t bytes = ROWS * work.elements * sizeof(float);
    float *third = kept_after(&work, 3), *fourth = kept_after(&work, 4);
    float *third_again = kept_after(&work, 3);
    ck_assert_mem_eq(third, third_again, bytes);
    ck_assert_mem_ne(third, fourth, bytes);
    ck_assert_mem_eq(third, ones_after(&same, MIEN_MODE_TRAIN, 3), bytes);
    ck_assert_mem_ne(third, ones_after(&other, MIEN_MODE_TRAIN, 3), bytes);
    free(third);
    free(fourth);
    free(third_again);
    close_work(&work);
    close_work(&same);
    close_work(&other);
}
END_TEST

/// Processes are dealt the pictures of a batch in turn, and drop what one process would.
START_TEST(test_processes_draw_as_one) {
    struct work whole =
        open_work(droppers[_i], 0.5f, SIDE, 3, &(mien_network_options){.batch = ROWS, .seed = 7});
    float *all = kept_after(&whole, 3);
    for (uint32_t rank = 0; rank < 2; rank++) {
        const mien_reducer reducer = {.sum = no_sum, .processes = 2, .rank = rank};
        struct work half =
            open_work(droppers[_i], 0.5f, SIDE, 3,
                      &(mien_network_options){.batch = ROWS / 2, .seed = 7, .reducer = &reducer});
        const float *part = ones_after(&half, MIEN_MODE_TRAIN, 3);
        for (size_t row = 0; row < ROWS / 2; row++) {
            ck_assert_mem_eq(part + row * half.elements, all + (2 * row + rank) * half.elements,
                             half.elements * sizeof(float));
        }
        close_work(&half);
    }
    free(all);
    close_work(&whole);
}
END_TEST

/// Each picture's gradient is given at its own number alone, so the positions' gradient, which is
/// the sum over pictures, reads the mask along the diagonal.
START_TEST(test_gradient_is_the_mask) {
    struct work work =
        open_work(droppers[_i], 0.5f, SIDE, 4, &(mien_network_options){.batch = ROWS, .seed = 7});
    mien_error error = MIEN_ERROR_INIT;
    size_t count;
    ck_assert_uint_eq(work.elements, ROWS);
    float *kept = kept_after(&work, 3);
    float *gradients = mien_network_logit_gradients(work.network);
    for (size_t i = 0; i < ROWS * ROWS; i++) {
        gradients[i] = i / ROWS == i % ROWS ? 3 : 0;
    }
    SUCCEEDS(mien_network_backward(work.network, &error));
    const mien_network_parameter *positions = mien_network_parameters(work.network, &count);
    ck_assert_uint_eq(positions->count, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        ck_assert_float_eq(positions->gradient[i], 3 * kept[i * ROWS + i]);
    }
    free(kept);
    close_work(&work);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("dropping");
    TCase *tests = tcase_create("cases");
    tcase_add_test(tests, test_dropout_drops_its_rate);
    tcase_add_test(tests, test_extreme_rates);
    tcase_add_test(tests, test_depth_drops_whole_pictures);
    tcase_add_loop_test(tests, test_evaluation_drops_nothing, 0, DROPPERS);
    tcase_add_loop_test(tests, test_draws_depend_on_seed_and_step, 0, DROPPERS);
    tcase_add_loop_test(tests, test_processes_draw_as_one, 0, DROPPERS);
    tcase_add_loop_test(tests, test_gradient_is_the_mask, 0, DROPPERS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
