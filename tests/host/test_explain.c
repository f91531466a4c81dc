// SPDX-License-Identifier: Apache-2.0
// Explanations of models: by layers, by asking, smoothed, and every way that has none. That maps
// are right is tests/host/test_explain_torch.c's.
#include "host/explain/cam.h"
#include "host/explain/explain.h"
#include "host/explain/grid.h"
#include "host/explain/view.h"
#include "support/folder.h"
#include "support/models.h"
#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

static char *folder;
static mien_registry *registry;
static mien_model *model;
static float *input;

static void open_model(const char *name) {
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_model_load(registry, name, NULL, &model, &error));
    const mien_input_spec *spec = mien_model_input(model);
    input = seeded_pictures(1, spec->height, spec->width, spec->channels);
}

/// cnn-baseline with seeded weights.
static void set_up_network(void) {
    folder = make_folder();
    write_model(folder, "m", "cnn-baseline", "input: {height: 24, width: 24}\n");
    registry = make_registry(folder);
    open_model("m");
}

/// A plugin whose logit 0 is the mean of its picture, logit 1 twice and logit 2 three times that.
static void set_up_by_itself(void) {
    folder = make_folder();
    write_manifest(folder, "b", "by-itself", "");
    registry = make_registry(folder);
    open_model("b");
}

static void tear_down(void) {
    free(input);
    mien_model_free(model);
    mien_registry_free(registry);
    remove_folder(folder);
}

static mien_explanation explain(const mien_explain_options *options, const float *picture,
                                uint32_t class_index) {
    mien_error error = MIEN_ERROR_INIT;
    mien_explainer *explainer = NULL;
    mien_explanation made = {0};
    SUCCEEDS(mien_explainer_create(model, options, &explainer, &error));
    SUCCEEDS(mien_explainer_run(explainer, picture, class_index, &made, &error));
    mien_explainer_free(explainer);
    return made;
}

static void check_refused(const mien_explain_options *options, mien_status expected,
                          const char *message) {
    mien_error error = MIEN_ERROR_INIT;
    mien_explainer *explainer = NULL;
    ck_assert_int_eq(mien_explainer_create(model, options, &explainer, &error), expected);
    ck_assert_msg(strstr(error.message, message), "%s", error.message);
    ck_assert_ptr_null(explainer);
}

// --- By layers -----------------------------------------------------------------------------------

START_TEST(test_a_map_says_what_it_is_of) {
    mien_explanation map =
        explain(&(mien_explain_options){.threads = 1}, input, MIEN_PREDICTED_CLASS);
    float logits[3];
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_model_run(model, input, 1, logits, &error));
    uint32_t best = 0;
    for (uint32_t i = 1; i < 3; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    ck_assert_uint_eq(map.class_index, best);
    ck_assert_float_eq_tol(map.logit, logits[best], 1e-4f);
    ck_assert_uint_eq(map.height, 6); // 24 halved by all blocks but the last
    ck_assert(map.finite);
    float most = 0;
    for (size_t i = 0; i < (size_t)map.height * map.width; i++) {
        ck_assert_float_ge(map.values[i], 0);
        most = fmaxf(most, map.values[i]);
    }
    ck_assert_float_eq(most, map.peak);
    mien_explanation_clear(&map);
}
END_TEST

/// A deferred model has the explainer's packed weights, and no others; answers and maps are those
/// of a model that packs for itself.
START_TEST(test_one_packed_copy_serves_both) {
    const mien_explain_options options = {.threads = 1};
    const mien_model_options deferred = {.deferred = true};
    mien_explanation expected = explain(&options, input, 0);
    float wanted[3], logits[3];
    mien_error error = MIEN_ERROR_INIT;
    SUCCEEDS(mien_model_run(model, input, 1, wanted, &error));
    mien_model_free(model);
    SUCCEEDS(mien_model_load(registry, "m", &deferred, &model, &error));
    mien_explainer *explainer = NULL;
    mien_explanation map = {0};
    SUCCEEDS(mien_explainer_create(model, &options, &explainer, &error));
    const mien_session *session = mien_model_session(model);
    ck_assert_ptr_nonnull(session);
    for (size_t i = 0; i < 2; i++) { // in turns
        SUCCEEDS(mien_model_run(model, input, 1, logits, &error));
        for (size_t c = 0; c < 3; c++) {
            ck_assert_float_eq_tol(logits[c], wanted[c], 1e-4f);
        }
        SUCCEEDS(mien_explainer_run(explainer, input, 0, &map, &error));
        ck_assert_mem_eq(map.values, expected.values,
                         (size_t)map.height * map.width * sizeof(float));
        mien_explanation_clear(&map);
    }
    ck_assert_ptr_eq(mien_model_session(model), session);
    mien_explainer *second = NULL; // has a plan of its own
    SUCCEEDS(mien_explainer_create(model, &options, &second, &error));
    mien_explainer_free(second);
    mien_explainer_free(explainer);
    SUCCEEDS(mien_model_run(model, input, 1, logits, &error));
    mien_explanation_clear(&expected);
}
END_TEST

START_TEST(test_each_class_has_a_map_of_its_own) {
    const mien_explain_options options = {.method = MIEN_LAYER_CAM, .threads = 1};
    mien_explanation first = explain(&options, input, 0), second = explain(&options, input, 1);
    ck_assert_uint_eq(first.class_index, 0);
    ck_assert_uint_eq(second.class_index, 1);
    ck_assert_mem_ne(first.values, second.values,
                     (size_t)first.height * first.width * sizeof(float));
    mien_explanation_clear(&first);
    mien_explanation_clear(&second);
}
END_TEST

START_TEST(test_several_layers_are_averaged_at_the_finest) {
    const char *const layers[] = {"block1", "features"};
    const mien_explain_options both = {.layers = layers, .layer_count = 2, .threads = 1};
    const mien_explain_options twice = {
        .layers = (const char *const[]){"features", "features"}, .layer_count = 2, .threads = 1};
    const mien_explain_options once = {.layers = layers + 1, .layer_count = 1, .threads = 1};
    mien_explanation map = explain(&both, input, 0), same = explain(&twice, input, 0),
                     one = explain(&once, input, 0);
    ck_assert_uint_eq(map.height, 12);
    ck_assert_uint_eq(same.height, one.height);
    for (size_t i = 0; i < (size_t)one.height * one.width; i++) {
        ck_assert_float_eq_tol(same.values[i], one.values[i], 1e-5f * one.peak);
    }
    mien_explanation_clear(&map);
    mien_explanation_clear(&same);
    mien_explanation_clear(&one);
}
END_TEST

// What is smoothed over flips turns with the picture.
START_TEST(test_smoothing_over_flips_knows_no_side) {
    const mien_explain_options options = {
        .method = MIEN_HIRES_CAM, .flips = true, .principal = _i == 1, .threads = 1};
    const mien_input_spec *spec = mien_model_input(model);
    const size_t numbers = (size_t)spec->height * spec->width * spec->channels;
    float *turned = malloc(numbers * sizeof *turned);
    ck_assert_ptr_nonnull(turned);
    mien_grid_mirror(input, spec->height, spec->width, spec->channels, turned);
    mien_explanation map = explain(&options, input, 1), other = explain(&options, turned, 1);
    ck_assert_float_gt(map.peak, 0);
    for (uint32_t y = 0; y < map.height; y++) {
        for (uint32_t x = 0; x < map.width; x++) {
            ck_assert_float_eq_tol(map.values[y * map.width + x],
                                   other.values[y * map.width + map.width - 1 - x],
                                   1e-6f * map.peak);
        }
    }
    free(turned);
    mien_explanation_clear(&map);
    mien_explanation_clear(&other);
}
END_TEST

START_TEST(test_layers_without_a_map_are_refused) {
    const mien_explain_options unknown = {
        .layers = (const char *const[]){"nose"}, .layer_count = 1, .threads = 1};
    const mien_explain_options flat = {
        .layers = (const char *const[]){"head"}, .layer_count = 1, .threads = 1};
    check_refused(&unknown, MIEN_BAD_INPUT,
                  "model m: layer \"nose\" does not exist; these have maps: input, conv1, bn1, ");
    check_refused(&flat, MIEN_BAD_INPUT, "layer \"head\" has no map; these have maps: input");
    check_refused(&(mien_explain_options){.method = MIEN_ROLLOUT, .threads = 1}, MIEN_UNSUPPORTED,
                  "has no attention");
}
END_TEST

// --- By asking -----------------------------------------------------------------------------------

/// Dark, but for a bright square whose corner is at (bright, bright).
static size_t paint(size_t *side) {
    const mien_input_spec *spec = mien_model_input(model);
    const size_t bright = spec->width / 2;
    *side = spec->width / 4;
    for (size_t i = 0; i < (size_t)spec->height * spec->width * spec->channels; i++) {
        const size_t x = i / spec->channels % spec->width, y = i / spec->channels / spec->width;
        const bool in = x >= bright && x < bright + *side && y >= bright && y < bright + *side;
        input[i] = in ? 1 : -1;
    }
    return bright;
}

START_TEST(test_what_is_asked_about_is_found) {
    size_t side, bright = paint(&side);
    const mien_explain_options options = {
        .method = _i == 0 ? MIEN_OCCLUSION : MIEN_RISE, .masks = 400, .threads = 1};
    mien_explanation map = explain(&options, input, 2);
    const mien_input_spec *spec = mien_model_input(model);
    ck_assert_uint_eq(map.height, spec->height);
    ck_assert_uint_eq(map.width, spec->width);
    size_t best = 0;
    for (size_t i = 0; i < (size_t)map.height * map.width; i++) {
        best = map.values[i] > map.values[best] ? i : best;
    }
    ck_assert_uint_ge(best % map.width, bright);
    ck_assert_uint_lt(best % map.width, bright + side);
    ck_assert_uint_ge(best / map.width, bright);
    ck_assert_uint_lt(best / map.width, bright + side);
    ck_assert_float_eq(map.values[0], 0); // dark corners do not speak for any class
    mien_explanation_clear(&map);
}
END_TEST

/// One colour all over, or as good as that: what then differs between answers is rounding.
START_TEST(test_rounding_is_no_evidence) {
    const mien_input_spec *spec = mien_model_input(model);
    for (size_t i = 0; i < (size_t)spec->height * spec->width * spec->channels; i++) {
        input[i] = _i & 2 && i % 3 == 0 ? nextafterf(0.3f, 1) : 0.3f;
    }
    const mien_explain_options options = {
        .method = _i & 1 ? MIEN_RISE : MIEN_OCCLUSION, .masks = 100, .threads = 1};
    const char *why = NULL;
    mien_explanation map = explain(&options, input, 2);
    ck_assert_float_gt(map.logit, 0.1f); // so that there is something to round
    ck_assert_msg(!mien_explanation_visible(&map, &why), "the peak is %g", (double)map.peak);
    mien_explanation_clear(&map);
}
END_TEST

static bool never(void *user) {
    ++*(int *)user;
    return false;
}

START_TEST(test_asking_can_be_broken_off) {
    mien_error error = MIEN_ERROR_INIT;
    mien_explainer *explainer = NULL;
    mien_explanation map = {0};
    int asked = 0;
    const mien_explain_options options = {
        .method = MIEN_RISE, .threads = 1, .proceed = never, .user = &asked};
    SUCCEEDS(mien_explainer_create(model, &options, &explainer, &error));
    ck_assert_int_eq(mien_explainer_run(explainer, input, 0, &map, &error), MIEN_CANCELLED);
    ck_assert_int_eq(asked, 1);
    ck_assert_ptr_null(map.values);
    mien_explainer_free(explainer);
}
END_TEST

START_TEST(test_without_a_graph_only_asking_works) {
    check_refused(&(mien_explain_options){.threads = 1}, MIEN_UNSUPPORTED,
                  "model b has no graph to look into, as grad-cam needs; occlusion and rise work");
}
END_TEST

// --- Maps ----------------------------------------------------------------------------------------

START_TEST(test_empty_and_broken_maps_are_said_to_be) {
    float values[] = {0, 0, 0, 0};
    const char *why = NULL;
    mien_explanation map = {2, 2, values, 0, 0, 0, 0, true};
    ck_assert(!mien_explanation_visible(&map, &why));
    ck_assert_str_eq(why, "the map is empty: nothing here speaks for the class");
    map.peak = 1;
    ck_assert(mien_explanation_visible(&map, &why));
    ck_assert_ptr_null(why);
    map.finite = false;
    ck_assert(!mien_explanation_visible(&map, &why));
    ck_assert_str_eq(why, "the map has values that are not numbers");
}
END_TEST

START_TEST(test_a_nan_is_not_smoothed_away) {
    const float activation[] = {1, 2, NAN, 4}, gradient[] = {1, 1, 1, 1};
    const mien_cam_input in = {activation, gradient, 4, 1};
    mien_error error = MIEN_ERROR_INIT;
    float map[4];
    SUCCEEDS(mien_cam(MIEN_GRAD_CAM, &in, false, map, &error));
    ck_assert(isnan(map[2]));
}
END_TEST

// By hand: mean gradients 1 and -1, so that places have 1 - 3, 2 - 2 and 4 - 1; or each its own.
START_TEST(test_signed_maps_keep_what_is_cut) {
    const float activation[] = {1, 3, 2, 2, 4, 1}, gradient[] = {0, -3, 1, 0, 2, 0};
    const mien_cam_input in = {activation, gradient, 3, 2};
    static const float expected[2][3] = {{-2, 0, 3}, {-9, 2, 8}};
    mien_error error = MIEN_ERROR_INIT;
    for (int hires = 0; hires < 2; hires++) {
        const mien_explain_method method = hires ? MIEN_HIRES_CAM : MIEN_GRAD_CAM;
        float whole[3], cut[3];
        SUCCEEDS(mien_cam_signed(method, &in, false, whole, &error));
        SUCCEEDS(mien_cam(method, &in, false, cut, &error));
        for (int i = 0; i < 3; i++) {
            ck_assert_float_eq_tol(whole[i], expected[hires][i], 1e-6f);
            ck_assert_float_eq_tol(cut[i], fmaxf(expected[hires][i], 0), 1e-6f);
        }
    }
}
END_TEST

// Where one channel alone speaks, its component is all there is.
START_TEST(test_the_first_component_of_one_channel_is_that_channel) {
    const float activation[] = {1, 0, 2, 0, 3, 0, 4, 0}, gradient[] = {1, 1, 1, 1, 1, 1, 1, 1};
    const mien_cam_input in = {activation, gradient, 4, 2};
    mien_error error = MIEN_ERROR_INIT;
    float sums[4], component[4];
    SUCCEEDS(mien_cam(MIEN_GRAD_CAM, &in, false, sums, &error));
    SUCCEEDS(mien_cam(MIEN_GRAD_CAM, &in, true, component, &error));
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(sums[i], (float)(i + 1), 1e-6f);
        ck_assert_float_eq_tol(component[i], sums[i], 1e-6f);
    }
}
END_TEST

START_TEST(test_a_view_follows_the_input_rule) {
    mien_input_spec spec = {.height = 100, .width = 100, .resize = MIEN_RESIZE_STRETCH};
    mien_view view = mien_view_of(&spec, 400, 200);
    ck_assert(view.left == 0 && view.top == 0 && view.width == 400 && view.height == 200);
    spec.resize = MIEN_RESIZE_CROP;
    spec.crop_fraction = 0.5f;
    view = mien_view_of(&spec, 400, 200);
    ck_assert(view.left == 150 && view.top == 50 && view.width == 100 && view.height == 100);
    spec.resize = MIEN_RESIZE_LETTERBOX;
    view = mien_view_of(&spec, 400, 200);
    ck_assert(view.left == 0 && view.top == -100 && view.width == 400 && view.height == 400);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explanations");
    TCase *layers = tcase_create("by layers"), *asking = tcase_create("by asking"),
          *maps = tcase_create("maps");
    tcase_add_checked_fixture(layers, set_up_network, tear_down);
    tcase_add_test(layers, test_a_map_says_what_it_is_of);
    tcase_add_test(layers, test_one_packed_copy_serves_both);
    tcase_add_test(layers, test_each_class_has_a_map_of_its_own);
    tcase_add_test(layers, test_several_layers_are_averaged_at_the_finest);
    tcase_add_loop_test(layers, test_smoothing_over_flips_knows_no_side, 0, 2);
    tcase_add_test(layers, test_layers_without_a_map_are_refused);
    suite_add_tcase(suite, layers);
    tcase_add_checked_fixture(asking, set_up_by_itself, tear_down);
    tcase_add_loop_test(asking, test_what_is_asked_about_is_found, 0, 2);
    tcase_add_loop_test(asking, test_rounding_is_no_evidence, 0, 4);
    tcase_add_test(asking, test_asking_can_be_broken_off);
    tcase_add_test(asking, test_without_a_graph_only_asking_works);
    suite_add_tcase(suite, asking);
    tcase_add_test(maps, test_empty_and_broken_maps_are_said_to_be);
    tcase_add_test(maps, test_a_nan_is_not_smoothed_away);
    tcase_add_test(maps, test_signed_maps_keep_what_is_cut);
    tcase_add_test(maps, test_the_first_component_of_one_channel_is_that_channel);
    tcase_add_test(maps, test_a_view_follows_the_input_rule);
    suite_add_tcase(suite, maps);
    tcase_set_timeout(layers, 60);
    tcase_set_timeout(asking, 60);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
