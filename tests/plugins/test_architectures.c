// SPDX-License-Identifier: Apache-2.0
// What the architectures declare: sizes as published, extents, and configurations they refuse.
#include "support/plugin_graph.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG(...) ((const char *const[]){__VA_ARGS__, NULL})

static mien_graph *declare(const struct plugin_graph_options *options) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(plugin_graph_make(options, &graph, &error) == MIEN_OK, "%s", error.message);
    return graph;
}

static uint64_t learnt_numbers(const mien_graph *graph) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < mien_graph_parameter_count(graph); i++) {
        const mien_parameter parameter = mien_graph_parameter(graph, i);
        size_t count;
        ck_assert(mien_shape_elements(&parameter.shape, &count));
        sum += strstr(parameter.name, "running_") ? 0 : count;
    }
    return sum;
}

static mien_shape shape_of(const mien_graph *graph, const char *name) {
    const mien_node node = mien_graph_find(graph, name);
    ck_assert_msg(node != MIEN_NO_NODE, "no node %s", name);
    mien_node_info info = {.size = sizeof info};
    mien_graph_node_info(graph, node, &info);
    return info.shape;
}

START_TEST(mobilenet_is_as_large_as_keras) {
    // keras.applications' MobileNet documents 4.3 M; its summary counts these.
    mien_graph *graph = declare(&(struct plugin_graph_options){
        .plugin = "mobilenet-transfer", .side = 224, .classes = 1000});
    ck_assert_uint_eq(learnt_numbers(graph), 4231976);
    ck_assert_uint_eq(shape_of(graph, "blocks.13").dim[0], 7);
    mien_graph_free(graph);
}
END_TEST

START_TEST(mobilenet_takes_any_extent) {
    static const struct {
        uint32_t side, last;
    } cases[] = {{32, 1}, {33, 2}, {75, 3}, {96, 3}, {97, 4}, {1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mien_graph *graph = declare(&(struct plugin_graph_options){
            .plugin = "mobilenet-transfer", .side = cases[i].side, .classes = 3});
        ck_assert_uint_eq(shape_of(graph, "blocks.13").dim[0], cases[i].last);
        mien_graph_free(graph);
    }
}
END_TEST

START_TEST(surplus_stem_layers_keep_the_tokens) {
    mien_graph *graph = declare(&(struct plugin_graph_options){
        .plugin = "vit",
        .side = 48,
        .classes = 3,
        .config = CONFIG("patch", "4", "stem", "conv", "stem_layers", "3", "pool", "mean")});
    ck_assert_uint_eq(shape_of(graph, "patch_embed.stem.0.conv").dim[0], 48);
    ck_assert_uint_eq(shape_of(graph, "patch_embed.stem.2.conv").dim[0], 12);
    ck_assert_uint_eq(shape_of(graph, "blocks.0").dim[0], 144);
    mien_graph_free(graph);
}
END_TEST

START_TEST(surplus_stem_layers_are_spread_and_double_from_the_stem_width) {
    static const struct {
        const char *layer;
        uint32_t side, channels;
    } layers[] = {{"patch_embed.stem.0.conv", 48, 24},  {"patch_embed.stem.1.conv", 24, 48},
                  {"patch_embed.stem.2.conv", 24, 96},  {"patch_embed.stem.3.conv", 12, 192},
                  {"patch_embed.stem.4.conv", 12, 192}, {"patch_embed.stem.5.conv", 6, 192}};
    mien_graph *graph = declare(
        &(struct plugin_graph_options){.plugin = "vit",
                                       .side = 48,
                                       .classes = 3,
                                       .config = CONFIG("patch", "8", "stem", "conv", "stem_layers",
                                                        "6", "stem_width", "24", "pool", "mean")});
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        ck_assert_uint_eq(shape_of(graph, layers[i].layer).dim[0], layers[i].side);
        ck_assert_uint_eq(shape_of(graph, layers[i].layer).dim[2], layers[i].channels);
    }
    mien_graph_free(graph);
}
END_TEST

static const struct {
    const char *const *config;
    const char *says;
} refused[] = {
    {CONFIG("stem", "conv", "patch", "6"), "patch (6) must be a power of two, 2 or more"},
    {CONFIG("stem", "conv", "patch", "1"), "patch (1) must be a power of two, 2 or more"},
    {CONFIG("stem", "conv", "patch", "8", "stem_layers", "2"),
     "patch 8 takes 3 halvings; stem_layers must be that or more, not 2"},
    {CONFIG("stem", "conv", "patch", "4", "stem_layers", "8"),
     "stem: conv with 8 layers needs a width that 128 divides, not 192; or a stem_width"},
};

START_TEST(vit_refuses_stems_that_cannot_be) {
    mien_graph *graph = NULL;
    mien_error error = MIEN_ERROR_INIT;
    const struct plugin_graph_options options = {
        .plugin = "vit", .side = 48, .classes = 3, .config = refused[_i].config};
    ck_assert_int_eq(plugin_graph_make(&options, &graph, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_msg(strstr(error.message, refused[_i].says), "%s", error.message);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("architectures");
    TCase *cases = tcase_create("architectures");
    tcase_add_test(cases, mobilenet_is_as_large_as_keras);
    tcase_add_test(cases, mobilenet_takes_any_extent);
    tcase_add_test(cases, surplus_stem_layers_keep_the_tokens);
    tcase_add_test(cases, surplus_stem_layers_are_spread_and_double_from_the_stem_width);
    tcase_add_loop_test(cases, vit_refuses_stems_that_cannot_be, 0,
                        sizeof refused / sizeof refused[0]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
