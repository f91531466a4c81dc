// SPDX-License-Identifier: Apache-2.0
// What sessions and contexts take: nothing in a warm run, one copy of the weights however many
// contexts there are, an arena that reuses what is no longer needed.
#include "support/everything.h"
#include "support/plugin_graph.h"
#include "support/seeded.h"
#include "support/torture.h"

#include "mien/gradient.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static mien_session *session_of(const mien_graph *graph, mien_plan plan) {
    mien_session *session = NULL;
    mien_error error = MIEN_ERROR_INIT;
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    SUCCEEDS(mien_session_create(graph, weights.weights, MIEN_SESSION_OPTIONS(.plan = plan),
                                 &session, &error));
    memory_weights_free(&weights);
    return session;
}

static mien_context *context_of(mien_session *session, uint32_t threads) {
    mien_context *context = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_context_create(session, threads, &context, &error));
    return context;
}

#define CONFIG(...) ((const char *const[]){__VA_ARGS__, NULL})
static const struct network {
    const char *name;
    struct plugin_graph_options options;
} networks[] = {
    {"cnn-baseline", {.plugin = "cnn-baseline", .classes = 7}},
    {"ResNet-18", {.plugin = "resnet-transfer", .classes = 1000}},
    {"ResNet-50", {.plugin = "resnet-transfer", .classes = 1000, .config = CONFIG("depth", "50")}},
    {"ViT-tiny", {.plugin = "vit", .classes = 1000}},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static mien_graph *graph_of(const struct network *network) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(plugin_graph_make(&network->options, &graph, &error));
    return graph;
}

static size_t weight_bytes(const mien_graph *graph) {
    return mien_graph_cost(graph).parameters * sizeof(float);
}

// --- Warm runs -----------------------------------------------------------------------------------

static void check_warm_runs(const mien_graph *graph, mien_plan plan, uint32_t threads) {
    enum { BATCH = 3 };
    const mien_shape shape = mien_graph_input_shape(graph);
    float *pictures = seeded_pictures(BATCH, shape.dim[0], shape.dim[1], shape.dim[2]);
    float *logits = malloc(BATCH * mien_graph_classes(graph) * sizeof *logits);
    ck_assert_ptr_nonnull(logits);
    mien_session *session = session_of(graph, plan);
    mien_context *context = context_of(session, threads);
    mien_error error = MIEN_ERROR_INIT;
    // Reserved is as warm as run, whatever batch was before.
    SUCCEEDS(mien_context_run(context, pictures, 1, logits, &error));
    SUCCEEDS(mien_context_reserve(context, BATCH, &error));
    mien_status status = MIEN_OK;
    const size_t before = torture_allocations();
    for (int i = 0; i < 3 && status == MIEN_OK; i++) { // Check's assertions allocate
        status = mien_context_run(context, pictures, BATCH, logits, &error);
    }
    const size_t allocations = torture_allocations() - before;
    SUCCEEDS(status);
    ck_assert_msg(allocations == 0, "%zu allocations in three warm runs", allocations);
    mien_context_free(context);
    mien_session_free(session);
    free(logits);
    free(pictures);
}

START_TEST(test_allocations_are_counted) {
    size_t count = torture_allocations(), bytes = torture_allocated_bytes();
    void *volatile block = malloc(1000);
    free(block);
    bytes = torture_allocated_bytes() - bytes;
    count = torture_allocations() - count;
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(bytes, 1000);
}
END_TEST

START_TEST(test_a_warm_run_of_every_operator_allocates_nothing) {
    mien_graph *graph = everything_graph();
    for (uint32_t threads = 1; threads <= 2; threads++) {
        check_warm_runs(graph, MIEN_PLAN_FAST, threads);
        check_warm_runs(graph, MIEN_PLAN_SMALL, threads);
    }
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_a_warm_gradient_of_every_operator_allocates_nothing) {
    enum { BATCH = 3 };
    mien_graph *graph = everything_graph();
    const mien_node picture = 0;
    float *pictures = seeded_pictures(BATCH, EVERYTHING_SIDE, EVERYTHING_SIDE, EVERYTHING_CHANNELS);
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    mien_session *session = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_gradient_session_create(
        graph, weights.weights, MIEN_GRADIENT_OPTIONS(.layers = &picture, .layer_count = 1),
        &session, &error));
    memory_weights_free(&weights);
    mien_context *context = context_of(session, 2);
    SUCCEEDS(mien_context_reserve(context, BATCH, &error));
    mien_status status = MIEN_OK;
    const size_t before = torture_allocations();
    for (int i = 0; i < 3 && status == MIEN_OK; i++) {
        status = mien_context_gradient(context, pictures, BATCH, NULL, NULL, &error);
    }
    const size_t allocations = torture_allocations() - before;
    SUCCEEDS(status);
    ck_assert_msg(allocations == 0, "%zu allocations in three warm runs", allocations);
    mien_context_free(context);
    mien_session_free(session);
    free(pictures);
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_a_warm_run_of_a_network_allocates_nothing) {
    mien_graph *graph = graph_of(&networks[_i]);
    check_warm_runs(graph, MIEN_PLAN_FAST, 2);
    mien_graph_free(graph);
}
END_TEST

// --- Weights -------------------------------------------------------------------------------------

/// The most that packing may make of the weights without expanding them: outputs rounded up to the
/// widest panel, and blocks to whole lines.
static size_t padded_bytes(const mien_graph *graph) {
    enum { PANEL = 32, LINE = 64 };
    size_t bytes = 0;
    for (uint32_t i = 0; i < mien_graph_parameter_count(graph); i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        size_t elements;
        ck_assert(mien_shape_elements(&parameter.shape, &elements));
        const size_t outputs = parameter.shape.dim[0];
        const size_t rounded = (outputs + PANEL - 1) / PANEL * PANEL;
        bytes += elements / outputs * rounded * sizeof(float) + LINE;
    }
    return bytes;
}

START_TEST(test_the_small_plan_never_expands_weights) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_session *session = session_of(graph, MIEN_PLAN_SMALL);
    const size_t packed = mien_session_packed_bytes(session);
    ck_assert_msg(packed <= padded_bytes(graph), "%s: %zu bytes packed, of %zu in f32",
                  networks[_i].name, packed, weight_bytes(graph));
    ck_assert_uint_gt(packed, weight_bytes(graph) * 9 / 10);
    mien_session_free(session);
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_the_fast_plan_at_most_doubles_weights) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_session *session = session_of(graph, MIEN_PLAN_FAST);
    const size_t packed = mien_session_packed_bytes(session);
    ck_assert_msg(packed <= 2 * weight_bytes(graph), "%s: %zu bytes packed, of %zu in f32",
                  networks[_i].name, packed, weight_bytes(graph));
    mien_session_free(session);
    mien_graph_free(graph);
}
END_TEST

// --- Contexts ------------------------------------------------------------------------------------

START_TEST(test_a_second_context_adds_its_arena_alone) {
    // Operator objects, tables of pointers and what the allocator is asked for beyond need.
    enum { OVERHEAD = 1 << 20 };
    mien_graph *graph = graph_of(&networks[_i]);
    mien_session *session = session_of(graph, MIEN_PLAN_FAST);
    mien_error error = MIEN_ERROR_INIT;
    const size_t packed = mien_session_packed_bytes(session);
    mien_context *first = context_of(session, 1);
    SUCCEEDS(mien_context_reserve(first, 1, &error));
    const size_t before = torture_allocated_bytes();
    mien_context *second = context_of(session, 1);
    SUCCEEDS(mien_context_reserve(second, 1, &error));
    const size_t added = torture_allocated_bytes() - before;
    ck_assert_uint_eq(mien_session_packed_bytes(session), packed);
    ck_assert_uint_eq(mien_context_arena_bytes(second), mien_context_arena_bytes(first));
    ck_assert_msg(added <= mien_context_arena_bytes(second) + OVERHEAD,
                  "%s: %zu bytes for an arena of %zu", networks[_i].name, added,
                  mien_context_arena_bytes(second));
    mien_context_free(first);
    mien_context_free(second);
    mien_session_free(session);
    mien_graph_free(graph);
}
END_TEST

START_TEST(test_the_arena_reuses_what_is_not_needed_any_longer) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_session *session = session_of(graph, MIEN_PLAN_SMALL);
    mien_context *context = context_of(session, 1);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_uint_eq(mien_context_arena_bytes(context), 0);
    SUCCEEDS(mien_context_reserve(context, 4, &error));
    const size_t arena = mien_context_arena_bytes(context);
    const uint64_t all = 4 * mien_graph_cost(graph).activation_bytes;
    ck_assert_msg(arena < all / 2, "%s: an arena of %zu bytes for activations of %llu in all",
                  networks[_i].name, arena, (unsigned long long)all);
    mien_context_free(context);
    mien_session_free(session);
    mien_graph_free(graph);
}
END_TEST

static Suite *suite(void) {
    Suite *memory = suite_create("session: memory");
    TCase *cases = tcase_create("networks");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, test_allocations_are_counted);
    tcase_add_test(cases, test_a_warm_run_of_every_operator_allocates_nothing);
    tcase_add_test(cases, test_a_warm_gradient_of_every_operator_allocates_nothing);
    tcase_add_loop_test(cases, test_a_warm_run_of_a_network_allocates_nothing, 0, NETWORKS);
    tcase_add_loop_test(cases, test_the_small_plan_never_expands_weights, 0, NETWORKS);
    tcase_add_loop_test(cases, test_the_fast_plan_at_most_doubles_weights, 0, NETWORKS);
    tcase_add_loop_test(cases, test_a_second_context_adds_its_arena_alone, 0, NETWORKS);
    tcase_add_loop_test(cases, test_the_arena_reuses_what_is_not_needed_any_longer, 0, NETWORKS);
    suite_add_tcase(memory, cases);
    return memory;
}

int main(void) {
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
