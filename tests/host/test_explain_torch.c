// SPDX-License-Identifier: Apache-2.0
// Maps of whole networks against torch's autograd (tests/reference/maps.py): the same seeded
// weights, ten seeded pictures, the plugin's default layer. MIEN_TEST_VERBOSE=1 prints the errors
// measured.
#include "host/explain/cam.h"
#include "host/explain/explain.h"
#include "host/explain/rollout.h"
#include "support/plugin_graph.h"
#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 10, CLASSES = 7 };

// Largest difference over the largest value, picture by picture: a weak map must be as right as a
// strong one.
static const double tolerance = 1e-3;

#define CONFIG(...) ((const char *const[]){__VA_ARGS__, NULL})
static const struct network {
    const char *name; ///< in the fixture
    struct plugin_graph_options options;
} networks[] = {
    {"cnn_baseline", {.plugin = "cnn-baseline", .classes = CLASSES}},
    {"resnet18", {.plugin = "resnet-transfer", .side = 96, .classes = CLASSES}},
    {"mobilenet", {.plugin = "mobilenet-transfer", .side = 96, .classes = CLASSES}},
    {"vit_timm_class", {.plugin = "vit", .side = 96, .classes = CLASSES}},
    {"vit_timm_mean_conv",
     {.plugin = "vit",
      .side = 48,
      .classes = CLASSES,
      .config = CONFIG("width", "96", "depth", "4", "heads", "3", "mlp_ratio", "2.5", "patch", "4",
                       "pool", "mean", "stem", "conv")}},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static mien_weights *fixture;

static void set_up(void) {
    char path[4096];
    mien_error error = MIEN_ERROR_INIT;
    snprintf(path, sizeof path, "%s/tests/fixtures/reference/maps.safetensors",
             getenv("MIEN_SOURCE"));
    SUCCEEDS(mien_weights_open(path, NULL, &fixture, &error));
}

static void tear_down(void) {
    mien_weights_close(fixture);
}

static void check_values(const struct network *network, const char *what, const float *values,
                         size_t count) {
    char name[128];
    snprintf(name, sizeof name, "%s.%s", network->name, what);
    const mien_tensor *expected = mien_weights_find(fixture, name);
    ck_assert_msg(expected, "the fixture lacks %s", name);
    ck_assert_uint_eq(expected->bytes, count * sizeof *values);
    const float *reference = expected->data;
    const size_t each = count / BATCH;
    double worst = 0;
    for (size_t picture = 0; picture < BATCH; picture++) {
        double largest = 0, difference = 0;
        for (size_t i = picture * each; i < (picture + 1) * each; i++) {
            ck_assert_msg(isfinite(values[i]), "%s: %g at %zu", name, (double)values[i], i);
            largest = fmax(largest, fabs((double)reference[i]));
            difference = fmax(difference, fabs((double)values[i] - (double)reference[i]));
        }
        ck_assert_msg(difference <= tolerance * largest,
                      "%s of picture %zu, whose largest value is %.3g, differs from torch by %.3g",
                      name, picture, largest, difference);
        worst = fmax(worst, largest > 0 ? difference / largest : 0);
    }
    if (getenv("MIEN_TEST_VERBOSE")) {
        printf("%-32s %.2g\n", name, worst);
    }
}

/// A session over a network with seeded weights, and its context.
typedef struct running {
    mien_graph *graph;
    mien_session *session;
    mien_context *context;
    float *pictures;
} running;

static running open_network(const struct network *network) {
    running run = {0};
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(plugin_graph_make(&network->options, &run.graph, &error));
    const mien_shape input = mien_graph_input_shape(run.graph);
    run.pictures = seeded_pictures(BATCH, input.dim[0], input.dim[1], input.dim[2]);
    return run;
}

static void start(running *run, const mien_gradient_options *options) {
    mien_error error = MIEN_ERROR_INIT;
    struct memory_weights weights = memory_weights_make(run->graph, seeded_parameter, NULL);
    SUCCEEDS(
        mien_gradient_session_create(run->graph, weights.weights, options, &run->session, &error));
    memory_weights_free(&weights);
    SUCCEEDS(mien_context_create(run->session, 2, &run->context, &error));
}

static void close_network(running *run) {
    mien_context_free(run->context);
    mien_session_free(run->session);
    mien_graph_free(run->graph);
    free(run->pictures);
}

static void check_gradient(const struct network *network, const running *run,
                           const mien_explain_layer_info *layer) {
    const size_t pixels = (size_t)layer->height * layer->width;
    const size_t numbers = layer->offset + pixels * layer->channels;
    const float *gradient = mien_context_layer_gradient(run->context, 0);
    float *means = calloc(BATCH, layer->channels * sizeof *means);
    ck_assert_ptr_nonnull(means);
    for (size_t i = 0; i < BATCH * pixels * layer->channels; i++) {
        const size_t picture = i / (pixels * layer->channels);
        const size_t at = i % (pixels * layer->channels);
        means[picture * layer->channels + at % layer->channels] +=
            gradient[picture * numbers + layer->offset + at] / (float)pixels;
    }
    check_values(network, "gradient", means, BATCH * layer->channels);
    free(means);
}

START_TEST(test_maps_are_those_of_autograd) {
    const struct network *network = &networks[_i];
    running run = open_network(network);
    mien_error error = MIEN_ERROR_INIT;
    mien_explain_layer_info layer;
    const mien_node node = mien_graph_explain_layer(run.graph, NULL);
    ck_assert(mien_explain_layer_of(run.graph, node, &layer));
    start(&run, MIEN_GRADIENT_OPTIONS(.layers = &node, .layer_count = 1));
    SUCCEEDS(mien_context_gradient(run.context, run.pictures, BATCH, NULL, NULL, &error));
    check_gradient(network, &run, &layer);

    const size_t pixels = (size_t)layer.height * layer.width;
    const size_t numbers = layer.offset + pixels * layer.channels;
    float *maps = calloc(BATCH, pixels * sizeof *maps);
    ck_assert_ptr_nonnull(maps);
    for (mien_explain_method method = MIEN_GRAD_CAM; method <= MIEN_EIGEN_CAM; method++) {
        for (size_t i = 0; i < BATCH; i++) {
            const size_t at = i * numbers + layer.offset;
            const mien_cam_input input = {
                .activation = mien_context_layer(run.context, 0) + at,
                .gradient = mien_context_layer_gradient(run.context, 0) + at,
                .pixels = pixels,
                .channels = layer.channels,
            };
            SUCCEEDS(mien_cam(method, &input, false, maps + i * pixels, &error));
        }
        check_values(network, mien_explain_method_names[method], maps, BATCH * pixels);
    }
    free(maps);
    close_network(&run);
}
END_TEST

START_TEST(test_rollout_is_that_of_torch) {
    const struct network *network = &networks[_i];
    running run = open_network(network);
    mien_error error = MIEN_ERROR_INIT;
    mien_rollout rollout;
    SUCCEEDS(mien_rollout_find(run.graph, &rollout, &error));
    char name[128];
    snprintf(name, sizeof name, "%s.rollout", network->name);
    if (!mien_weights_find(fixture, name)) {
        ck_assert_uint_eq(rollout.count, 0); // a network without attention
    } else {
        ck_assert_uint_gt(rollout.count, 3);
        const size_t pixels = (size_t)rollout.grid.height * rollout.grid.width;
        const size_t numbers = rollout.tokens * 3 * rollout.channels;
        float *maps = calloc(BATCH, pixels * sizeof *maps), logits[BATCH * CLASSES];
        const float **layers = calloc(rollout.count, sizeof *layers);
        ck_assert(maps && layers);
        start(&run, MIEN_GRADIENT_OPTIONS(.layers = rollout.inputs, .layer_count = rollout.count,
                                          .activations_only = true));
        SUCCEEDS(mien_context_run(run.context, run.pictures, BATCH, logits, &error));
        for (size_t i = 0; i < BATCH; i++) {
            for (uint32_t k = 0; k < rollout.count; k++) {
                layers[k] = mien_context_layer(run.context, k) + i * numbers;
            }
            SUCCEEDS(mien_rollout_map(&rollout, layers, maps + i * pixels, &error));
        }
        check_values(network, "rollout", maps, BATCH * pixels);
        free(layers);
        free(maps);
    }
    mien_rollout_clear(&rollout);
    close_network(&run);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explanations against torch");
    TCase *cases = tcase_create("maps");
    tcase_set_timeout(cases, 300);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, test_maps_are_those_of_autograd, 0, NETWORKS);
    tcase_add_loop_test(cases, test_rollout_is_that_of_torch, 0, NETWORKS);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
