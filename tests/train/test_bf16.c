// SPDX-License-Identifier: Apache-2.0
// Products in bf16: near those in f32, and not the same. oneDNN computes them, slowly, where the
// processor has AVX-512 alone; with less it has none.
#include "support/differences.h"
#include "support/plugin_graph.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 8 };

// Of the length of all logits, and of all gradients. A factor has 8 bits: 0.004 is its error, and
// batch norms over few numbers magnify it, so that only shallow networks tell a mistake from that.
static const double logit_tolerance = 0.03, gradient_tolerance = 0.1;

#define CONFIG(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static const struct plugin_graph_options networks[] = {
    {.plugin = "cnn-baseline",
     .side = 24,
     .channels = 1,
     .classes = 3,
     .config =
         CONFIG("filters", "[16, 32]", "dense", "[16]", "dropout", "0", "dense_dropout", "0")},
    {.plugin = "vit",
     .side = 16,
     .classes = 3,
     .config = CONFIG("width", "24", "depth", "2", "heads", "3", "mlp_ratio", "2", "patch", "4",
                      "stem", "conv", "stem_layers", "3", "pool", "mean")},
};

static mien_network *network_of(const mien_graph *graph, mien_precision precision) {
    mien_network *network = differences_network(
        graph, &(mien_network_options){.batch = BATCH, .threads = 2, .precision = precision});
    differences_backward(network);
    return network;
}

/// The length of the difference, of that of `a`.
static double differ(const float *a, const float *b, size_t count) {
    double length = 0, difference = 0;
    for (size_t i = 0; i < count; i++) {
        length += (double)a[i] * (double)a[i];
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    }
    return sqrt(difference / length);
}

START_TEST(test_near_single_precision) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(plugin_graph_make(&networks[_i], &graph, &error));
    mien_network *single = network_of(graph, MIEN_PRECISION_F32);
    mien_network *half = network_of(graph, MIEN_PRECISION_BF16);
    size_t count;
    mien_network_values(single, &count);
    const double logits = differ(mien_network_logits(single), mien_network_logits(half),
                                 mien_network_logit_count(single));
    const double gradients =
        differ(mien_network_gradients(single), mien_network_gradients(half), count);
    ck_assert_msg(logits > 1e-5 && logits <= logit_tolerance, "%s: logits differ by %.3g",
                  networks[_i].plugin, logits);
    ck_assert_msg(gradients > 1e-5 && gradients <= gradient_tolerance,
                  "%s: gradients differ by "
                  "%.3g",
                  networks[_i].plugin, gradients);
    mien_network_free(half);
    mien_network_free(single);
    mien_graph_free(graph);
}
END_TEST

/// Whether oneDNN has any such products here.
static bool are_there(void) {
    const mien_network_options options = {.batch = 1, .precision = MIEN_PRECISION_BF16};
    mien_graph *graph = NULL;
    mien_network *network = NULL;
    mien_status status = mien_graph_create(&graph, NULL);
    if (status == MIEN_OK) {
        const mien_node x = mien_input(graph, 4, 4, 1);
        status = mien_graph_finish(
            graph, mien_conv2d(graph, x, "c", MIEN_CONV2D(.filters = 8, .kernel = {4, 4})), NULL);
    }
    if (status == MIEN_OK) {
        status = mien_network_create(graph, &options, &network, NULL);
    }
    mien_network_free(network);
    mien_graph_free(graph);
    return status != MIEN_UNSUPPORTED;
}

int main(void) {
    Suite *suite = suite_create("bf16");
    TCase *cases = tcase_create("networks");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, test_near_single_precision, 0, sizeof networks / sizeof *networks);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    if (!are_there()) {
        srunner_free(runner);
        puts("oneDNN has no products in bf16 for this processor");
        return 77;
    }
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
