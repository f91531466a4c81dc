// SPDX-License-Identifier: Apache-2.0
// Whether faithful maps score better than others, and what scores are made of.
#include "host/explain/faithfulness.h"
#include "host/explain/imputation.h"
#include "host/explain/shuffle.h"
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
static mien_answerer *answerer;
static mien_model *model; ///< the answerer's first member

static void open_model(const char *name) {
    mien_error error = MIEN_ERROR_INIT;
    registry = make_registry(folder);
    SUCCEEDS(mien_answerer_load(registry, name, NULL, &answerer, &error));
    model = mien_answerer_member(answerer, 0);
}

/// A plugin whose logits are one, two and three times the mean of the picture.
static void set_up_by_itself(void) {
    folder = make_folder();
    write_manifest(folder, "b", "by-itself", "config: {gain: 10}\n");
    open_model("b");
}

static void set_up_network(void) {
    folder = make_folder();
    write_model(folder, "m", "cnn-baseline", "input: {height: 24, width: 24}\n");
    open_model("m");
}

/// Two that look at the same mean under rules of different extents.
static void set_up_ensemble(void) {
    static const char e[] =
        "schema: 1\nkind: ensemble\nname: e\nmembers: [{model: b}, {model: c}]\n";
    static const char one[] = "schema: 1\nkind: ensemble\nname: one\nmembers: [{model: b}]\n";
    folder = make_folder();
    write_manifest(folder, "b", "by-itself", "config: {gain: 10}\n");
    write_manifest(folder, "c", "by-itself",
                   "config: {gain: 10}\ninput: {height: 20, width: 12}\n");
    write_file(folder, "e.yaml", e, sizeof e - 1);
    write_file(folder, "one.yaml", one, sizeof one - 1);
    open_model("e");
}

static void tear_down(void) {
    mien_answerer_free(answerer);
    mien_registry_free(registry);
    remove_folder(folder);
}

/// For each rule a picture whose left half is bright, a map that says so, and its opposite.
typedef struct half_bright {
    mien_batch input;
    float **maps, **opposites;
} half_bright;

static half_bright make_half_bright(void) {
    mien_error error = MIEN_ERROR_INIT;
    const size_t rules = mien_answerer_rules(answerer);
    half_bright made = {.maps = (float **)calloc(rules, sizeof(float *)),
                        .opposites = (float **)calloc(rules, sizeof(float *))};
    SUCCEEDS(mien_batch_create(answerer, 1, &made.input, &error));
    for (size_t r = 0; r < rules; r++) {
        const mien_input_spec *spec = mien_answerer_rule(answerer, r);
        const size_t pixels = (size_t)spec->height * spec->width, channels = spec->channels;
        made.maps[r] = malloc(pixels * sizeof **made.maps);
        made.opposites[r] = malloc(pixels * sizeof **made.opposites);
        for (size_t p = 0; p < pixels; p++) {
            const bool bright = p % spec->width < spec->width / 2;
            made.maps[r][p] = bright ? 1 : 0;
            made.opposites[r][p] = 1 - made.maps[r][p];
            for (size_t c = 0; c < channels; c++) {
                made.input.inputs[r][p * channels + c] = bright ? 0.2f : -0.2f;
            }
        }
    }
    return made;
}

static void clear_half_bright(half_bright *made) {
    for (size_t r = 0; r < made->input.rules; r++) {
        free(made->maps[r]);
        free(made->opposites[r]);
    }
    free((void *)made->maps);
    free((void *)made->opposites);
    mien_batch_clear(&made->input);
}

static mien_faithfulness score(const half_bright *of, float **maps) {
    mien_error error = MIEN_ERROR_INIT;
    mien_faithfulness made;
    SUCCEEDS(mien_faithfulness_score(answerer, mien_batch_inputs(&of->input), 2,
                                     (const float *const *)maps, &made, &error));
    return made;
}

// What makes the mean large is what is bright: such a map is better than its opposite, by each
// score, for a model as for an ensemble.
START_TEST(test_a_true_map_scores_better_than_its_opposite) {
    half_bright of = make_half_bright();
    const mien_faithfulness good = score(&of, of.maps), bad = score(&of, of.opposites);
    ck_assert_double_lt(good.deletion, bad.deletion - 0.05);
    ck_assert_double_gt(good.insertion, bad.insertion + 0.05);
    ck_assert_double_gt(good.road, 0.05);
    ck_assert_double_eq_tol(good.road, -bad.road, 0.05); // but for the order within equal values
    clear_half_bright(&of);
}
END_TEST

START_TEST(test_each_member_sees_its_own_rule_changed) {
    ck_assert_uint_eq(mien_answerer_rules(answerer), 2);
    half_bright of = make_half_bright();
    float *mixed[] = {of.maps[0], of.opposites[1]};
    const mien_faithfulness good = score(&of, of.maps), neither = score(&of, mixed),
                            bad = score(&of, of.opposites);
    ck_assert_double_gt(neither.deletion, good.deletion + 0.02);
    ck_assert_double_lt(neither.deletion, bad.deletion - 0.02);
    ck_assert_double_eq_tol(neither.road, 0, 0.05);
    clear_half_bright(&of);
}
END_TEST

START_TEST(test_an_ensemble_of_one_scores_as_its_member) {
    mien_faithfulness scores[2];
    for (int i = 0; i < 2; i++) {
        mien_error error = MIEN_ERROR_INIT;
        mien_answerer_free(answerer);
        answerer = NULL;
        SUCCEEDS(mien_answerer_load(registry, i ? "one" : "b", NULL, &answerer, &error));
        half_bright of = make_half_bright();
        scores[i] = score(&of, of.maps);
        clear_half_bright(&of);
    }
    ck_assert_double_eq(scores[0].deletion, scores[1].deletion);
    ck_assert_double_eq(scores[0].insertion, scores[1].insertion);
    ck_assert_double_eq(scores[0].road, scores[1].road);
}
END_TEST

START_TEST(test_shuffled_weights_are_the_same_numbers_elsewhere) {
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *own = NULL;
    mien_shuffled_weights shuffled, again, next;
    SUCCEEDS(mien_weights_open(mien_model_weights_path(model), NULL, &own, &error));
    SUCCEEDS(mien_shuffle_weights(model, 0, &shuffled, &error));
    SUCCEEDS(mien_shuffle_weights(model, 0, &again, &error));
    SUCCEEDS(mien_shuffle_weights(model, 1, &next, &error));
    ck_assert_uint_eq(mien_weights_count(own), mien_weights_count(shuffled.weights));
    for (size_t i = 0; i < mien_weights_count(own); i++) {
        const mien_named_tensor before = mien_weights_at(own, i);
        const mien_named_tensor after = mien_weights_at(shuffled.weights, i);
        const float *first = before.tensor.data, *second = after.tensor.data;
        const size_t count = before.tensor.bytes / sizeof *first;
        double sum = 0, other = 0;
        size_t turned = count; // negative numbers, as many as before in a vector
        ck_assert_str_eq(before.name, after.name);
        for (size_t k = 0; k < count; k++) {
            sum += (double)first[k] * (double)first[k];
            other += (double)second[k] * (double)second[k];
            turned += (size_t)(second[k] < 0) - (size_t)(first[k] < 0);
        }
        const bool is_vector = before.tensor.shape.rank == 1;
        ck_assert_msg(!is_vector || turned == count, "signs of %s", before.name);
        ck_assert_msg(is_vector || count < 200 || turned != count, "no signs of %s", before.name);
        ck_assert_double_eq_tol(sum, other, 1e-9 * sum);
        ck_assert(count < 8 || memcmp(first, second, before.tensor.bytes) != 0);
        const float *same = mien_weights_at(again.weights, i).tensor.data;
        const float *third = mien_weights_at(next.weights, i).tensor.data;
        ck_assert(memcmp(same, second, before.tensor.bytes) == 0);
        ck_assert(count < 8 || memcmp(third, second, before.tensor.bytes) != 0);
    }
    mien_weights_close(own);
    mien_shuffled_weights_clear(&shuffled);
    mien_shuffled_weights_clear(&again);
    mien_shuffled_weights_clear(&next);
}
END_TEST

START_TEST(test_a_shuffled_model_is_explained_differently) {
    mien_error error = MIEN_ERROR_INIT;
    mien_explainer *explainer = NULL, *other = NULL;
    mien_explanation map = {0}, shuffled_map = {0};
    const mien_input_spec *spec = mien_model_input(model);
    float *input = seeded_pictures(1, spec->height, spec->width, spec->channels);
    mien_explain_options how = {.method = MIEN_LAYER_CAM, .threads = 1};
    SUCCEEDS(mien_explainer_create(model, &how, &explainer, &error));
    how.shuffled = true;
    SUCCEEDS(mien_explainer_create(model, &how, &other, &error));
    SUCCEEDS(mien_explainer_run(explainer, input, 0, &map, &error));
    SUCCEEDS(mien_explainer_run(other, input, 0, &shuffled_map, &error));
    ck_assert_float_ne(map.logit, shuffled_map.logit);
    mien_explanation_clear(&map);
    mien_explanation_clear(&shuffled_map);
    mien_explainer_free(explainer);
    mien_explainer_free(other);
    free(input);
}
END_TEST

// A ramp is the mean of its neighbours everywhere, so imputation finds it again.
START_TEST(test_imputation_continues_what_is_around) {
    enum { SIDE = 16, CHANNELS = 2 };
    const mien_extents extents = {SIDE, SIDE, CHANNELS};
    float picture[SIDE * SIDE * CHANNELS], expected[SIDE * SIDE * CHANNELS];
    bool missing[SIDE * SIDE] = {false};
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        const size_t y = i / SIDE, x = i % SIDE;
        expected[2 * i] = (float)x + 2 * (float)y;
        expected[2 * i + 1] = 5 - (float)x;
        missing[i] = x > 3 && x < 12 && y > 2 && y < 13;
        picture[2 * i] = missing[i] ? 0 : expected[2 * i];
        picture[2 * i + 1] = missing[i] ? 0 : expected[2 * i + 1];
    }
    mien_impute(picture, missing, &extents, 1e-3f, 1);
    for (size_t i = 0; i < SIDE * SIDE * CHANNELS; i++) {
        ck_assert_float_eq_tol(picture[i], expected[i], missing[i / 2] ? 0.01f : 1e-6f);
    }
}
END_TEST

START_TEST(test_blur_keeps_what_is_even_and_spreads_what_is_not) {
    enum { SIDE = 9 };
    const mien_extents extents = {SIDE, SIDE, 1};
    float picture[SIDE * SIDE], scratch[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        picture[i] = 3;
    }
    mien_blur(picture, &extents, 2, scratch);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        ck_assert_float_eq_tol(picture[i], 3, 1e-5f);
    }
    memset(picture, 0, sizeof picture);
    picture[SIDE * SIDE / 2] = 27;
    mien_blur(picture, &extents, 1, scratch); // (1 1 1)³ / 27 along each axis
    ck_assert_float_eq_tol(picture[SIDE * SIDE / 2], 27.0f * 7 / 27 * 7 / 27, 1e-4f);
    ck_assert_float_eq_tol(picture[SIDE * SIDE / 2 + 3], 27.0f * 1 / 27 * 7 / 27, 1e-4f);
}
END_TEST

// scipy.stats.spearmanr([1, 2, 2, 4, 0], [3, 1, 2, 5, 0]).statistic is 0.6668859288553503.
START_TEST(test_rank_correlation_is_scipys) {
    const float a[] = {1, 2, 2, 4, 0}, b[] = {3, 1, 2, 5, 0}, even[] = {1, 1, 1, 1, 1};
    mien_error error = MIEN_ERROR_INIT;
    double correlation;
    SUCCEEDS(mien_rank_correlation(a, b, 5, &correlation, &error));
    ck_assert_double_eq_tol(correlation, 0.6668859288553503, 1e-9);
    SUCCEEDS(mien_rank_correlation(a, a, 5, &correlation, &error));
    ck_assert_double_eq_tol(correlation, 1, 1e-12);
    SUCCEEDS(mien_rank_correlation(a, even, 5, &correlation, &error));
    ck_assert(isnan(correlation));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("faithfulness");
    TCase *asking = tcase_create("scores"), *ensemble = tcase_create("ensembles"),
          *network = tcase_create("shuffling"), *parts = tcase_create("parts");
    tcase_add_checked_fixture(asking, set_up_by_itself, tear_down);
    tcase_add_test(asking, test_a_true_map_scores_better_than_its_opposite);
    suite_add_tcase(suite, asking);
    tcase_add_checked_fixture(ensemble, set_up_ensemble, tear_down);
    tcase_add_test(ensemble, test_a_true_map_scores_better_than_its_opposite);
    tcase_add_test(ensemble, test_each_member_sees_its_own_rule_changed);
    tcase_add_test(ensemble, test_an_ensemble_of_one_scores_as_its_member);
    suite_add_tcase(suite, ensemble);
    tcase_add_checked_fixture(network, set_up_network, tear_down);
    tcase_add_test(network, test_shuffled_weights_are_the_same_numbers_elsewhere);
    tcase_add_test(network, test_a_shuffled_model_is_explained_differently);
    suite_add_tcase(suite, network);
    tcase_add_test(parts, test_imputation_continues_what_is_around);
    tcase_add_test(parts, test_blur_keeps_what_is_even_and_spreads_what_is_not);
    tcase_add_test(parts, test_rank_correlation_is_scipys);
    suite_add_tcase(suite, parts);
    tcase_set_timeout(asking, 60);
    tcase_set_timeout(ensemble, 60);
    tcase_set_timeout(network, 60);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
