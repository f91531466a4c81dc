// SPDX-License-Identifier: Apache-2.0
// Winograd convolutions against the naive reference. The planner chooses them by cost and within a
// budget for bytes, so each network says how much of a budget it has, and the tests count what was
// chosen: a planner that never chooses a tile fails.
#include "support/seeded.h"
#include "support/twin.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Largest difference over the largest output.
static const double tolerance = 2e-5;

typedef enum tile { DIRECT, TILE2, TILE4, TILES } tile;

static const char *const algorithms[TILES] = {
    [TILE2] = "winograd F(2x2,3x3)", [TILE4] = "winograd F(4x4,3x3)"};

/// What parameters elsewhere leave room for.
typedef enum spare { FOR_TILE2, FOR_TILE4 } spare;

typedef struct layer {
    size_t batch;
    uint32_t height, width, inputs, outputs;
    mien_padding padding;
    bool bias;
    spare room;
    bool residual; ///< and a ReLU; needs padding that keeps the extent, and equal channels
} layer;

// Each test is done with room for one and for the other.
static const spare rooms[] = {FOR_TILE2, FOR_TILE4};
static const tile tiles[] = {TILE2, TILE4};

static const mien_padding same = {1, 1, 1, 1};

/// The convolution and what is fused to it.
static twin declare(twin_net *net, const layer *l) {
    twin x = twin_input(net, l->height, l->width, l->inputs);
    twin y = twin_conv2d(net, x, "conv",
                         MIEN_CONV2D(.filters = l->outputs, .kernel = {3, 3}, .padding = l->padding,
                                     .bias = l->bias));
    if (l->residual) {
        y = twin_relu(net, twin_add(net, twin_batch_norm(net, y, "bn", 1e-5f), x));
    }
    return y;
}

static tile tile_of(const twin_net *net, const mien_session_options *options) {
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    mien_context *context = NULL;
    mien_step_profile steps[16];
    struct memory_weights weights = memory_weights_make(net->graph, seeded_parameter, NULL);
    ck_assert_msg(mien_session_create(net->graph, weights.weights, options, &session, &error) ==
                      MIEN_OK,
                  "%s", error.message);
    memory_weights_free(&weights);
    ck_assert_int_eq(mien_context_create(session, 1, &context, &error), MIEN_OK);
    const uint32_t count = mien_context_step_count(context);
    ck_assert_uint_le(count, 16);
    ck_assert_int_eq(
        mien_context_profile(context, net->pictures, 1, 1, steps, sizeof *steps, &error), MIEN_OK);
    tile chosen = DIRECT;
    for (uint32_t i = 0; i < count; i++) {
        for (tile t = TILE2; t < TILES; t++) {
            chosen = strcmp(steps[i].algorithm, algorithms[t]) == 0 ? t : chosen;
        }
    }
    mien_context_free(context);
    mien_session_free(session);
    return chosen;
}

/// Rows of a linear layer that doubles as the room: a convolution packs 9 numbers a channel pair,
/// F(2×2) 16, F(4×4) 36, both with outputs rounded up to panels of at most 32.
static uint32_t room_rows(const layer *l) {
    return (l->room == FOR_TILE2 ? 18 : 45) * ((l->outputs + 31) / 32 * 32) * l->inputs /
           l->outputs;
}

/// Checks the layer against the reference and says how it was computed.
static tile check_layer(const layer *l, uint32_t threads) {
    char label[96];
    snprintf(label, sizeof label, "%ux%u, %u to %u channels, padding %u %u %u %u", l->height,
             l->width, l->inputs, l->outputs, l->padding.top, l->padding.right, l->padding.bottom,
             l->padding.left);
    twin_net net = twin_open(l->batch);
    twin y = declare(&net, l);
    twin last = twin_linear(&net, twin_global_average_pool(&net, y), "fc", room_rows(l), false);
    const mien_session_options options = {.size = sizeof options, .extra_output = y.node};
    twin_check(&net, last, &options, threads, tolerance, label);
    const tile chosen = tile_of(&net, &options);
    twin_close(&net);
    return chosen;
}

// --- Every remainder -----------------------------------------------------------------------------

static void check_extent(uint32_t height, uint32_t width, spare room, size_t counts[TILES]) {
    const layer l = {.batch = 1 + height % 2,
                     .height = height,
                     .width = width,
                     .inputs = 40,
                     .outputs = 32,
                     .padding = same,
                     .bias = width % 2 != 0,
                     .room = room};
    counts[check_layer(&l, 1 + width % 2)]++;
}

START_TEST(test_every_extent) {
    size_t counts[TILES] = {0};
    // Every remainder by four, of both sides.
    for (uint32_t height = 17; height <= 20; height++) {
        for (uint32_t width = 17; width <= 20; width++) {
            check_extent(height, width, rooms[_i], counts);
        }
    }
    ck_assert_uint_eq(counts[tiles[_i]], 16);
}
END_TEST

START_TEST(test_small_and_flat_extents) {
    static const mien_extent extents[] = {{1, 1},  {1, 2},  {2, 2},  {3, 3},   {4, 4},  {5, 5},
                                          {6, 6},  {7, 7},  {8, 8},  {1, 60},  {2, 60}, {3, 41},
                                          {60, 1}, {45, 2}, {33, 3}, {10, 10}, {2, 90}};
    size_t counts[TILES] = {0};
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        check_extent(extents[i].height, extents[i].width, rooms[_i], counts);
    }
    // One picture of a pixel or four is not worth transforming; some of these are.
    ck_assert_uint_ge(counts[DIRECT], 3);
    ck_assert_uint_ge(counts[TILE2] + counts[TILE4], 3);
}
END_TEST

// --- Channels, padding, what follows -------------------------------------------------------------

START_TEST(test_channels_that_fill_no_vector) {
    // On both sides of every vector and panel: 4, 8, 16 and 32 lanes.
    static const uint32_t channels[] = {24, 29, 31, 32, 33, 37, 47, 48, 49, 63, 64, 65};
    enum { COUNT = sizeof channels / sizeof *channels };
    size_t counts[TILES] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        const layer l = {.batch = 1,
                         .height = 18,
                         .width = 19,
                         .inputs = channels[i],
                         .outputs = channels[(i * 5 + 3) % COUNT],
                         .padding = same,
                         .bias = true,
                         .room = rooms[_i]};
        counts[check_layer(&l, 1 + i % 2)]++;
    }
    ck_assert_uint_gt(counts[TILE2] + counts[TILE4], COUNT / 2);
    ck_assert_uint_ge(counts[tiles[_i]], COUNT / 3);
}
END_TEST

START_TEST(test_padding_of_every_side) {
    static const mien_padding paddings[] = {{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0},
                                            {0, 0, 0, 1}, {0, 1, 1, 0}, {2, 0, 1, 3}, {0, 3, 2, 0},
                                            {5, 5, 5, 5}, {0, 7, 0, 6}};
    enum { COUNT = sizeof paddings / sizeof *paddings };
    size_t counts[TILES] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        const layer l = {.batch = 2,
                         .height = 17,
                         .width = 16,
                         .inputs = 40,
                         .outputs = 32,
                         .padding = paddings[i],
                         .room = rooms[_i]};
        counts[check_layer(&l, 1 + i % 2)]++;
    }
    ck_assert_uint_gt(counts[TILE2] + counts[TILE4], COUNT / 2);
    ck_assert_uint_gt(counts[tiles[_i]], COUNT / 3);
}
END_TEST

START_TEST(test_norm_residual_and_relu) {
    static const uint32_t channels[] = {32, 34};
    static const uint32_t sides[] = {14, 16, 15, 17, 18};
    enum { COUNT = sizeof sides / sizeof *sides };
    size_t counts[TILES] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        const layer l = {.batch = 1 + i % 3,
                         .height = sides[i],
                         .width = sides[COUNT - 1 - i],
                         .inputs = channels[_i],
                         .outputs = channels[_i],
                         .padding = same,
                         .room = rooms[_i],
                         .residual = true};
        counts[check_layer(&l, 1 + i % 2)]++;
    }
    ck_assert_uint_gt(counts[TILE2] + counts[TILE4], COUNT / 2);
    ck_assert_uint_gt(counts[tiles[_i]], COUNT / 3);
}
END_TEST

START_TEST(test_more_tiles_than_one_chunk_holds) {
    // With these channels a chunk holds about a hundred tiles of four or three hundred of two.
    const layer l = {.batch = 3,
                     .height = 41,
                     .width = 38,
                     .inputs = 33,
                     .outputs = 32,
                     .padding = same,
                     .bias = true,
                     .room = rooms[_i]};
    for (uint32_t threads = 1; threads <= 3; threads++) {
        ck_assert_int_eq(check_layer(&l, threads), tiles[_i]);
    }
}
END_TEST

START_TEST(test_the_small_plan_has_none) {
    twin_net net = twin_open(1);
    const layer l = {.height = 16, .width = 16, .inputs = 32, .outputs = 32, .padding = same};
    twin y = declare(&net, &l);
    const mien_session_options options = {.size = sizeof options, .plan = MIEN_PLAN_SMALL};
    twin_check(&net, y, &options, 1, 5e-6, "small plan");
    ck_assert_int_eq(tile_of(&net, &options), DIRECT);
    twin_close(&net);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("winograd");
    TCase *cases = tcase_create("layers");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, test_every_extent, 0, 2);
    tcase_add_loop_test(cases, test_small_and_flat_extents, 0, 2);
    tcase_add_loop_test(cases, test_channels_that_fill_no_vector, 0, 2);
    tcase_add_loop_test(cases, test_padding_of_every_side, 0, 2);
    tcase_add_loop_test(cases, test_norm_residual_and_relu, 0, 2);
    tcase_add_loop_test(cases, test_more_tiles_than_one_chunk_holds, 0, 2);
    tcase_add_test(cases, test_the_small_plan_has_none);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
