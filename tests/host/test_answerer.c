// SPDX-License-Identifier: Apache-2.0
// Ensembles of real plugins: votes against sums done here in double, and what is refused.
#include "host/answerer.h"
#include "tests/support/folder.h"
#include "tests/support/models.h"
#include "tests/support/picture.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3, PICTURES = 2 };

static const char small[] = "input: {height: 12, width: 8}\n";
static const char other[] = "input: {height: 9, width: 9, std: [0.05, 0.2, 0.3]}\n";

static char *folder;

static void set_up(void) {
    folder = make_folder();
    write_model(folder, "m", "sound", small);
    write_model(folder, "p", "sound", other);
    write_model(folder, "o", "sound", small);
}

static void tear_down(void) {
    remove_folder(folder);
}

static void write_ensemble(const char *lines) {
    char text[2048];
    snprintf(text, sizeof text, "schema: 1\nkind: ensemble\nname: e\n%s", lines);
    write_file(folder, "e.yaml", text, strlen(text));
}

/// The answers to two pictures.
static size_t answer(const char *name, float logits[PICTURES * CLASSES], size_t *rules) {
    mien_registry *const registry = make_registry(folder);
    mien_answerer *answerer = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_answerer_load(registry, name, NULL, &answerer, &error) == MIEN_OK, "%s",
                  error.message);
    mien_batch batch;
    ck_assert_int_eq(mien_batch_create(answerer, PICTURES, &batch, NULL), MIEN_OK);
    for (uint32_t i = 0; i < PICTURES; i++) {
        mien_image image = picture_noise(30, 20 + i, 3);
        ck_assert_int_eq(mien_batch_prepare(&batch, i, &image, NULL), MIEN_OK);
        mien_image_free(&image);
    }
    ck_assert_uint_le(mien_answerer_classes(answerer), CLASSES);
    const mien_status status =
        mien_answerer_run(answerer, mien_batch_inputs(&batch), PICTURES, logits, &error);
    ck_assert_msg(status == MIEN_OK, "%s", error.message);
    const size_t classes = mien_answerer_classes(answerer);
    if (rules) {
        *rules = mien_answerer_rules(answerer);
    }
    mien_batch_clear(&batch);
    mien_answerer_free(answerer);
    mien_registry_free(registry);
    return classes;
}

/// Softmax over `picture`'s logits divided by a temperature.
static void soften(const float *logits, double temperature, double shares[CLASSES]) {
    double sum = 0;
    for (size_t k = 0; k < CLASSES; k++) {
        sum += shares[k] = exp((double)logits[k] / temperature);
    }
    for (size_t k = 0; k < CLASSES; k++) {
        shares[k] /= sum;
    }
}

START_TEST(an_ensemble_of_one_is_its_member_to_the_bit) {
    float alone[PICTURES * CLASSES], ensemble[PICTURES * CLASSES];
    answer("m", alone, NULL);
    write_ensemble("members: [{model: m, weight: 0.3}]\n");
    ck_assert_uint_eq(answer("e", ensemble, NULL), CLASSES);
    ck_assert_mem_eq(alone, ensemble, sizeof alone);
}
END_TEST

START_TEST(the_order_of_members_does_not_matter) {
    float first[PICTURES * CLASSES], second[PICTURES * CLASSES];
    write_ensemble("members: [{model: m, weight: 0.3}, {model: p, weight: 0.7}, {model: o}]\n");
    answer("e", first, NULL);
    write_ensemble("members: [{model: o}, {model: p, weight: 0.7}, {model: m, weight: 0.3}]\n");
    answer("e", second, NULL);
    ck_assert_mem_eq(first, second, sizeof first);
}
END_TEST

START_TEST(a_soft_vote_is_the_weighted_mean_of_softened_answers) {
    float m[PICTURES * CLASSES], p[PICTURES * CLASSES], ensemble[PICTURES * CLASSES];
    size_t rules = 0;
    answer("m", m, NULL);
    answer("p", p, NULL);
    write_ensemble("members: [{model: m, weight: 3, temperature: 2}, {model: p}, {model: o, "
                   "weight: 2}]\nclasses: [c, a, b]\n");
    answer("e", ensemble, &rules);
    ck_assert_uint_eq(rules, 2); // m's and o's are one
    static const size_t column[CLASSES] = {2, 0, 1};
    for (size_t i = 0; i < PICTURES; i++) {
        double cool[CLASSES], plain[CLASSES], p_shares[CLASSES], got[CLASSES];
        soften(m + i * CLASSES, 2, cool);
        soften(m + i * CLASSES, 1, plain); // o is m under another name
        soften(p + i * CLASSES, 1, p_shares);
        soften(ensemble + i * CLASSES, 1, got);
        for (size_t k = 0; k < CLASSES; k++) {
            const size_t j = column[k];
            const double expected = (3 * cool[j] + p_shares[j] + 2 * plain[j]) / 6;
            ck_assert_double_eq_tol(got[k], expected, 1e-6);
        }
    }
}
END_TEST

START_TEST(other_classes_of_a_member_are_left_out_and_the_rest_scaled) {
    float m[PICTURES * CLASSES], ensemble[PICTURES * CLASSES];
    answer("m", m, NULL);
    write_ensemble("members: [{model: m}, {model: o}]\nclasses: [c, a]\n");
    ck_assert_uint_eq(answer("e", ensemble, NULL), 2);
    for (size_t i = 0; i < PICTURES; i++) {
        const double odds = exp((double)m[i * CLASSES + 2] - (double)m[i * CLASSES]);
        const double got = exp((double)ensemble[2 * i] - (double)ensemble[2 * i + 1]);
        ck_assert_double_eq_tol(got / odds, 1, 1e-5);
    }
}
END_TEST

START_TEST(a_hard_vote_counts_top_classes) {
    float m[PICTURES * CLASSES], ensemble[PICTURES * CLASSES];
    answer("m", m, NULL);
    write_ensemble("rule: hard\nmembers: [{model: m, weight: 2}, {model: o, weight: 2}, "
                   "{model: p}]\n");
    answer("e", ensemble, NULL);
    for (size_t i = 0; i < PICTURES; i++) {
        double got[CLASSES];
        soften(ensemble + i * CLASSES, 1, got);
        size_t top = 0;
        for (size_t k = 1; k < CLASSES; k++) {
            top = m[i * CLASSES + k] > m[i * CLASSES + top] ? k : top;
        }
        ck_assert_double_ge(got[top], 0.8 - 1e-6); // p may agree or not
    }
}
END_TEST

START_TEST(a_stack_is_linear_in_log_probabilities) {
    float m[PICTURES * CLASSES], ensemble[PICTURES * CLASSES];
    answer("m", m, NULL);
    write_ensemble("rule: stack\nintercept: [0.5, 0, -1]\n"
                   "members: [{model: m, coefficients: [2, 0, 0, 0, 1, 0, 0, 1, 3]}]\n");
    answer("e", ensemble, NULL);
    for (size_t i = 0; i < PICTURES; i++) {
        double p[CLASSES];
        soften(m + i * CLASSES, 1, p);
        const double expected[] = {0.5 + 2 * log(p[0]), log(p[1]), log(p[1]) + 3 * log(p[2]) - 1};
        for (size_t k = 0; k < CLASSES; k++) {
            ck_assert_double_eq_tol((double)ensemble[i * CLASSES + k], expected[k], 1e-4);
        }
    }
}
END_TEST

/// What the ensemble of `lines` answers to the first picture without a member.
static void answer_without(const char *lines, size_t member, float logits[CLASSES]) {
    write_ensemble(lines);
    mien_registry *const registry = make_registry(folder);
    mien_answerer *answerer = NULL;
    mien_batch batch;
    float ballots[4 * CLASSES];
    ck_assert_int_eq(mien_answerer_load(registry, "e", NULL, &answerer, NULL), MIEN_OK);
    ck_assert_uint_le(mien_answerer_members(answerer), 4);
    ck_assert_int_eq(mien_batch_create(answerer, 1, &batch, NULL), MIEN_OK);
    mien_image image = picture_noise(30, 20, 3);
    ck_assert_int_eq(mien_batch_prepare(&batch, 0, &image, NULL), MIEN_OK);
    ck_assert_int_eq(mien_answerer_ask(answerer, mien_batch_inputs(&batch), 1, ballots, NULL),
                     MIEN_OK);
    mien_answerer_combine(answerer, ballots, 1, member, logits);
    mien_image_free(&image);
    mien_batch_clear(&batch);
    mien_answerer_free(answerer);
    mien_registry_free(registry);
}

static void expect_without(const char *all, size_t member, const char *others) {
    float got[CLASSES], expected[CLASSES];
    answer_without(all, member, got);
    answer_without(others, MIEN_ALL_VOTE, expected);
    ck_assert_mem_eq(got, expected, sizeof got);
}

START_TEST(without_a_member_an_ensemble_is_one_of_the_others_to_the_bit) {
#define M "{model: m, weight: 3, temperature: 2}"
#define O "{model: o, temperature: 0.5}"
#define P "{model: p, weight: 0.4}"
    expect_without("members: [" O ", " P ", " M "]\n", 0, "members: [" O ", " P "]\n");
    expect_without("members: [" O ", " P ", " M "]\n", 1, "members: [" M ", " P "]\n");
    expect_without("members: [" O ", " P ", " M "]\n", 2, "members: [" M ", " O "]\n");
    expect_without("members: [" O ", " M "]\n", 0, "members: [" O "]\n");
    expect_without("members: [" O ", " M "]\n", 1, "members: [" M "]\n");
    expect_without("rule: hard\nmembers: [" O ", " P ", " M "]\n", 2,
                   "rule: hard\nmembers: [" M ", " O "]\n");
#undef M
#undef O
#undef P
#define STACK "rule: stack\nintercept: [0.5, 0, -1]\nmembers: "
#define M "{model: m, coefficients: [2, 0, 0, 0, 1, 0, 0, 1, 3]}"
#define P "{model: p, temperature: 2, coefficients: [1, 0, -1, 0, 1, 0, 0, 2, 1]}"
    expect_without(STACK "[" M ", " P "]\n", 0, STACK "[" P "]\n");
    expect_without(STACK "[" M ", " P "]\n", 1, STACK "[" M "]\n");
#undef M
#undef P
#undef STACK
}
END_TEST

static void check_refused(const char *lines, mien_status expected, const char *message) {
    write_ensemble(lines);
    mien_registry *const registry = make_registry(folder);
    mien_answerer *answerer = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_answerer_load(registry, "e", NULL, &answerer, &error), expected);
    ck_assert_msg(strstr(error.message, message), "%s", error.message);
    ck_assert_ptr_null(answerer);
    mien_registry_free(registry);
}

START_TEST(what_cannot_vote_is_refused_by_name) {
    check_refused("members: [{model: m}, {model: gone}]\n", MIEN_NOT_FOUND,
                  "e.yaml:4:31: member \"gone\"");
    check_refused("classes: [a, d]\nmembers: [{model: m}]\n", MIEN_BAD_INPUT,
                  "member \"m\" lacks the class \"d\"");
    check_refused("members: [{model: m}, {model: ./m.yaml}]\n", MIEN_BAD_INPUT,
                  "e.yaml:4:31: members \"m\" and \"./m.yaml\" are one model");
    check_refused("rule: stack\nmembers: [{model: m}]\n", MIEN_BAD_INPUT,
                  "intercept of e has 0 numbers");
    check_refused("rule: stack\nintercept: [0, 0, 0]\n"
                  "members: [{model: m, coefficients: [1, 2]}]\n",
                  MIEN_BAD_INPUT, "coefficients of m has 2 numbers; rule: stack needs 9 here");
}
END_TEST

int main(void) {
    Suite *const suite = suite_create("answerer");
    TCase *const votes = tcase_create("votes");
    tcase_add_checked_fixture(votes, set_up, tear_down);
    tcase_add_test(votes, an_ensemble_of_one_is_its_member_to_the_bit);
    tcase_add_test(votes, the_order_of_members_does_not_matter);
    tcase_add_test(votes, a_soft_vote_is_the_weighted_mean_of_softened_answers);
    tcase_add_test(votes, other_classes_of_a_member_are_left_out_and_the_rest_scaled);
    tcase_add_test(votes, a_hard_vote_counts_top_classes);
    tcase_add_test(votes, a_stack_is_linear_in_log_probabilities);
    tcase_add_test(votes, without_a_member_an_ensemble_is_one_of_the_others_to_the_bit);
    tcase_add_test(votes, what_cannot_vote_is_refused_by_name);
    suite_add_tcase(suite, votes);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
