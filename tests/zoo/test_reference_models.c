// SPDX-License-Identifier: Apache-2.0
// Whole networks against torch and torchvision (tests/reference/models.py): the same seeded weights
// and pictures, batches 1, 3 and 8. Where build/reference holds torch's own exported weights, those
// are checked as well. MIEN_TEST_VERBOSE=1 prints the errors measured.
#include "support/plugin_graph.h"
#include "support/seeded.h"
#include "support/twin.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 8 };

// Largest difference over the picture's largest logit. 1e-3 is what users are promised; this is
// what float32 sums in another order, and Winograd, leave of it after fifty layers.
static const double tolerance = 1e-4;

#define CONFIG(...) ((const char *const[]){__VA_ARGS__, NULL})
static const struct network {
    const char *name; ///< in the fixture
    bool large;       ///< models.py --export writes it, too
    struct plugin_graph_options options;
} networks[] = {
    {"cnn_baseline", false, {.plugin = "cnn-baseline", .classes = 7}},
    {"cnn_baseline_plain",
     false,
     {.plugin = "cnn-baseline",
      .side = 50,
      .classes = 5,
      .config = CONFIG("filters", "[12, 20]", "dense", "[40, 24]", "kernel", "4", "batch_norm",
                       "false")}},
    {"resnet34_small",
     false,
     {.plugin = "resnet-transfer",
      .side = 48,
      .classes = 7,
      .config = CONFIG("depth", "34", "width", "32", "stem", "small", "head", "dropout")}},
    {"resnet_dlib",
     false,
     {.plugin = "resnet-transfer", .side = 150, .classes = 7, .config = CONFIG("variant", "dlib")}},
    {"mobilenet", false, {.plugin = "mobilenet-transfer", .side = 96, .classes = 7}},
    {"mobilenet_half_odd",
     false,
     {.plugin = "mobilenet-transfer",
      .side = 75,
      .classes = 5,
      .config = CONFIG("width", "0.5", "head", "dropout")}},
    {"vit_timm_class", false, {.plugin = "vit", .side = 96, .classes = 7}},
    {"vit_timm_mean_conv",
     false,
     {.plugin = "vit",
      .side = 48,
      .classes = 7,
      .config =
          CONFIG("width", "96", "depth", "4", "heads", "3", "mlp_ratio", "2.5", "patch", "4",
                 "pool", "mean", "stem", "conv", "dropout", "0.1", "stochastic_depth", "0.1")}},
    {"vit_compact",
     false,
     {.plugin = "vit",
      .side = 48,
      .classes = 7,
      .config = CONFIG("width", "64", "depth", "3", "heads", "4", "mlp_ratio", "2", "patch", "4",
                       "pool", "mean", "stem", "conv", "stem_layers", "3")}},
    {"vit_torchvision_conv",
     false,
     {.plugin = "vit",
      .side = 64,
      .classes = 7,
      .config = CONFIG("width", "64", "depth", "3", "heads", "4", "patch", "8", "stem", "conv",
                       "names", "torchvision")}},
    {"resnet18", true, {.plugin = "resnet-transfer", .classes = 1000}},
    {"resnet50",
     true,
     {.plugin = "resnet-transfer", .classes = 1000, .config = CONFIG("depth", "50")}},
    {"vit_b_16",
     true,
     {.plugin = "vit",
      .classes = 1000,
      .config = CONFIG("preset", "base", "names", "torchvision")}},
};
enum { NETWORKS = sizeof networks / sizeof networks[0], FIRST_LARGE = NETWORKS - 3 };

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static mien_weights *open_under_source(const char *path) {
    char full[4096];
    mien_weights *file = NULL;
    mien_error error = MIEN_ERROR_INIT;
    snprintf(full, sizeof full, "%s/%s", getenv("MIEN_SOURCE"), path);
    SUCCEEDS(mien_weights_open(full, NULL, &file, &error));
    return file;
}

static mien_graph *graph_of(const struct network *network) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(plugin_graph_make(&network->options, &graph, &error));
    return graph;
}

/// Largest error over the first `batch` pictures, each against its own largest logit.
static double worst_picture(const float *logits, const float *expected, size_t batch,
                            size_t classes) {
    double worst = 0;
    double *row = malloc(classes * sizeof *row);
    ck_assert_ptr_nonnull(row);
    for (size_t n = 0; n < batch; n++) {
        for (size_t i = 0; i < classes; i++) {
            row[i] = expected[n * classes + i];
        }
        const double error = twin_error(logits + n * classes, row, classes);
        worst = error > worst ? error : worst;
    }
    free(row);
    return worst;
}

/// Runs `graph` under `weights` at each batch; two threads share the largest.
static void check_batches(const char *name, const mien_graph *graph, const mien_weights *weights,
                          const float *pictures, const mien_tensor *expected) {
    static const size_t batches[] = {1, 3, BATCH};
    const size_t classes = mien_graph_classes(graph);
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    ck_assert_uint_eq(expected->bytes, BATCH * classes * sizeof(float));
    float *logits = malloc(expected->bytes);
    ck_assert_ptr_nonnull(logits);
    SUCCEEDS(mien_session_create(graph, weights, NULL, &session, &error));
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        mien_context *context = NULL;
        SUCCEEDS(mien_context_create(session, batches[i] == BATCH ? 2 : 1, &context, &error));
        SUCCEEDS(mien_context_run(context, pictures, batches[i], logits, &error));
        const double worst = worst_picture(logits, expected->data, batches[i], classes);
        if (getenv("MIEN_TEST_VERBOSE")) {
            printf("%-22s batch %zu: %.2g\n", name, batches[i], worst);
        }
        ck_assert_msg(worst <= tolerance, "%s, batch %zu: differs from torch by %.3g", name,
                      batches[i], worst);
        mien_context_free(context);
    }
    mien_session_free(session);
    free(logits);
}

START_TEST(test_seeded_network_matches_torch) {
    const struct network *network = &networks[_i];
    mien_weights *fixture = open_under_source("tests/fixtures/reference/models.safetensors");
    const mien_tensor *expected = mien_weights_find(fixture, network->name);
    ck_assert_ptr_nonnull(expected);

    mien_graph *graph = graph_of(network);
    struct memory_weights weights = memory_weights_make(graph, seeded_parameter, NULL);
    const mien_shape input = mien_graph_input_shape(graph);
    float *pictures = seeded_pictures(BATCH, input.dim[0], input.dim[1], input.dim[2]);
    check_batches(network->name, graph, weights.weights, pictures, expected);
    free(pictures);
    memory_weights_free(&weights);
    mien_graph_free(graph);
    mien_weights_close(fixture);
}
END_TEST

static bool was_exported(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/build/reference/%s.reference.safetensors",
             getenv("MIEN_SOURCE"), name);
    FILE *file = fopen(path, "rb");
    if (file) {
        fclose(file);
    }
    return file != NULL;
}

START_TEST(test_exported_network_matches_torch) {
    const struct network *network = &networks[FIRST_LARGE + _i];
    if (!was_exported(network->name)) {
        printf("%s: not exported; tests/reference/models.py --export build/reference does it\n",
               network->name);
        return;
    }
    char path[256];
    snprintf(path, sizeof path, "build/reference/%s.safetensors", network->name);
    mien_weights *weights = open_under_source(path);
    snprintf(path, sizeof path, "build/reference/%s.reference.safetensors", network->name);
    mien_weights *reference = open_under_source(path);
    const mien_tensor *pictures = mien_weights_find(reference, "pictures");
    const mien_tensor *logits = mien_weights_find(reference, "logits");
    ck_assert(pictures && logits);

    mien_graph *graph = graph_of(network);
    check_batches(network->name, graph, weights, pictures->data, logits);
    mien_graph_free(graph);
    mien_weights_close(reference);
    mien_weights_close(weights);
}
END_TEST

START_TEST(test_parameters_are_those_published) {
    // Counts of trained numbers as torchvision's documentation gives them.
    static const uint64_t published[] = {11689512, 25557032, 86567656};
    for (int i = FIRST_LARGE; i < NETWORKS; i++) {
        mien_graph *graph = graph_of(&networks[i]);
        uint64_t trained = 0;
        for (uint32_t p = 0; p < mien_graph_parameter_count(graph); p++) {
            const mien_parameter parameter = mien_graph_parameter(graph, p);
            size_t count;
            ck_assert(mien_shape_elements(&parameter.shape, &count));
            trained += strstr(parameter.name, "running_") ? 0 : count;
        }
        ck_assert_uint_eq(trained, published[i - FIRST_LARGE]);
        mien_graph_free(graph);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("networks against torch");
    TCase *cases = tcase_create("networks");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, test_parameters_are_those_published);
    tcase_add_loop_test(cases, test_seeded_network_matches_torch, 0, NETWORKS);
    tcase_add_loop_test(cases, test_exported_network_matches_torch, 0, NETWORKS - FIRST_LARGE);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
