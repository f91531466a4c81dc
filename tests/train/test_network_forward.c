// SPDX-License-Identifier: Apache-2.0
// Whole networks of the real plugins under training: evaluation equals what a session computes,
// one step equals torch's (tests/reference/train.py), and the same seed gives the same bits.
#include "support/differences.h"
#include "support/plugin_graph.h"
#include "support/seeded.h"
#include "support/twin.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4 };

// Of a picture's largest logit: what the trainer saves is what `mien predict` loads.
static const double session_tolerance = 1e-3;
// Of a parameter's largest gradient, against torch in double precision. Batch norms over four
// numbers a channel, the deepest of these networks', magnify single precision's errors most.
static const double torch_tolerance = 2e-3;

#define CONFIG(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static const struct network {
    const char *name; ///< in the fixture; NULL: it has none
    struct plugin_graph_options options;
} networks[] = {
    {"cnn",
     {.plugin = "cnn-baseline",
      .side = 12,
      .channels = 1,
      .classes = 3,
      .config =
          CONFIG("filters", "[4, 8]", "dense", "[10]", "dropout", "0", "dense_dropout", "0")}},
    {"resnet",
     {.plugin = "resnet-transfer",
      .side = 16,
      .classes = 3,
      .config = CONFIG("width", "4", "stem", "small")}},
    {"mobilenet",
     {.plugin = "mobilenet-transfer", .side = 32, .classes = 3, .config = CONFIG("width", "0.25")}},
    {"vit",
     {.plugin = "vit",
      .side = 16,
      .classes = 3,
      .config = CONFIG("width", "24", "depth", "2", "heads", "3", "mlp_ratio", "2", "patch", "4",
                       "stem", "conv", "stem_layers", "3", "pool", "mean")}},
    {NULL, {.plugin = "cnn-baseline", .side = 48, .channels = 1, .classes = 7}},
    {NULL,
     {.plugin = "resnet-transfer",
      .side = 48,
      .classes = 3,
      .config = CONFIG("width", "32", "stem", "small", "head", "dropout")}},
    {NULL,
     {.plugin = "resnet-transfer", .side = 150, .classes = 3, .config = CONFIG("variant", "dlib")}},
    {NULL,
     {.plugin = "vit",
      .side = 48,
      .classes = 7,
      .config = CONFIG("width", "96", "depth", "2", "heads", "3", "patch", "8", "dropout", "0.1",
                       "stochastic_depth", "0.1")}},
};
enum { NETWORKS = sizeof networks / sizeof *networks, WITH_FIXTURE = 4 };

static mien_graph *graph_of(const struct network *network) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(plugin_graph_make(&network->options, &graph, &error));
    return graph;
}

static const mien_network_options options = {.batch = BATCH, .threads = 2, .seed = 11};

/// A session's logits for the pictures in `network`; free() them.
static float *session_logits(const mien_graph *graph, mien_network *network) {
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    mien_session *session = NULL;
    mien_context *context = NULL;
    mien_error error = MIEN_ERROR_INIT;
    float *logits = malloc(mien_network_logit_count(network) * sizeof *logits);
    ck_assert_ptr_nonnull(logits);
    SUCCEEDS(mien_session_create(graph, weights.weights, NULL, &session, &error));
    SUCCEEDS(mien_context_create(session, 1, &context, &error));
    SUCCEEDS(mien_context_run(context, mien_network_input(network), BATCH, logits, &error));
    mien_context_free(context);
    mien_session_free(session);
    memory_weights_free(&weights);
    return logits;
}

START_TEST(test_evaluation_equals_a_session) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_network *network = differences_network(graph, &options);
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_network_forward(network, MIEN_MODE_EVALUATE, 0, &error));
    float *expected = session_logits(graph, network);
    const size_t classes = mien_graph_classes(graph);
    for (size_t n = 0; n < BATCH; n++) {
        double row[16], largest = 0;
        for (size_t i = 0; i < classes; i++) {
            row[i] = expected[n * classes + i];
            largest = fmax(largest, fabs(row[i]));
        }
        const double worst = twin_error(mien_network_logits(network) + n * classes, row, classes);
        ck_assert_double_gt(largest, 1e-3);
        ck_assert_msg(worst <= session_tolerance, "%s, picture %zu: differs by %.3g",
                      networks[_i].options.plugin, n, worst);
    }
    free(expected);
    mien_network_free(network);
    mien_graph_free(graph);
}
END_TEST

static mien_weights *open_fixture(void) {
    char path[4096];
    mien_weights *fixture = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/tests/fixtures/reference/train.safetensors",
             getenv("MIEN_SOURCE"));
    SUCCEEDS(mien_weights_open(path, NULL, &fixture, &error));
    return fixture;
}

/// What torch says of a parameter (its first numbers), against ours.
static void check_against_torch(const mien_weights *fixture, const char *network,
                                const mien_network_parameter *parameter) {
    char name[256];
    snprintf(name, sizeof name, "%s/%s", network, parameter->name);
    const mien_tensor *tensor = mien_weights_find(fixture, name);
    ck_assert_msg(tensor != NULL, "the fixture has no %s: run tests/reference/train.py", name);
    const size_t count = tensor->bytes / sizeof(float);
    const float *ours = parameter->gradient ? parameter->gradient : parameter->value;
    const float *theirs = tensor->data;
    double largest = 1e-3, worst = 0; // a convolution's bias before a batch norm has no gradient
    ck_assert_uint_le(count, parameter->count);
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)theirs[i]));
        worst = fmax(worst, fabs((double)ours[i] - (double)theirs[i]));
    }
    if (getenv("MIEN_TEST_VERBOSE")) {
        printf("%-48s %8.2g of %8.2g\n", name, worst, largest);
    }
    ck_assert_msg(worst <= torch_tolerance * largest, "%s differs from torch by %.3g of %.3g", name,
                  worst, largest);
}

START_TEST(test_a_step_equals_torch) {
    mien_graph *graph = graph_of(&networks[_i]);
    mien_network *network = differences_network(graph, &options);
    mien_weights *fixture = open_fixture();
    size_t count;
    const mien_network_parameter *parameters = mien_network_parameters(network, &count);
    differences_backward(network);
    for (size_t i = 0; i < count; i++) {
        check_against_torch(fixture, networks[_i].name, &parameters[i]);
    }
    mien_weights_close(fixture);
    mien_network_free(network);
    mien_graph_free(graph);
}
END_TEST

/// Values after a few steps of gradient descent; free() them.
static float *descend(const mien_graph *graph, uint64_t seed, size_t *total) {
    const mien_network_options chosen = {.batch = BATCH, .threads = 2, .seed = seed};
    mien_network *network = differences_network(graph, &chosen);
    mien_network_initialize(network, seed);
    float *values = mien_network_values(network, total);
    for (int step = 0; step < 3; step++) {
        differences_backward(network);
        for (size_t i = 0; i < *total; i++) {
            values[i] -= 1e-3f * mien_network_gradients(network)[i];
        }
    }
    float *copy = malloc(*total * sizeof *copy);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, values, *total * sizeof *copy);
    mien_network_free(network);
    return copy;
}

START_TEST(test_same_seed_same_bits) {
    mien_graph *graph = graph_of(&networks[_i]);
    size_t total;
    float *first = descend(graph, 5, &total), *second = descend(graph, 5, &total);
    float *other = descend(graph, 6, &total);
    ck_assert_int_eq(memcmp(first, second, total * sizeof *first), 0);
    ck_assert_int_ne(memcmp(first, other, total * sizeof *first), 0);
    for (size_t i = 0; i < total; i++) {
        ck_assert_msg(isfinite(first[i]), "%s: number %zu is not finite",
                      networks[_i].options.plugin, i);
    }
    free(first);
    free(second);
    free(other);
    mien_graph_free(graph);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("train/network_forward");
    TCase *all = tcase_create("networks");
    tcase_set_timeout(all, 240);
    tcase_add_loop_test(all, test_evaluation_equals_a_session, 0, NETWORKS);
    tcase_add_loop_test(all, test_a_step_equals_torch, 0, WITH_FIXTURE);
    tcase_add_loop_test(all, test_same_seed_same_bits, 0, NETWORKS);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
