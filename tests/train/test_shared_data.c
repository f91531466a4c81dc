// SPDX-License-Identifier: Apache-2.0
// The faces and votes in ../shared/data, which are not ours to ship, are read as their README
// counts them. Skipped where that folder is not there.
#include "tools/train/core/data/dataset.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SKIPPED = 77, CLASSES = 7 }; // to ctest

static const char *const seven[CLASSES] = {"angry",   "disgust", "fear",    "happy",
                                           "neutral", "sad",     "surprise"};
static const char *const three[] = {"angry", "happy", "sad"};
static const mien_input_spec input = {.size = sizeof(mien_input_spec),
                                      .height = 48,
                                      .width = 48,
                                      .channels = 1,
                                      .color = MIEN_GRAY,
                                      .std = {1}};
static char train[512], test[512], votes_path[512];
static mien_error error;

START_TEST(folders_hold_what_the_readme_counts) {
    static const size_t counts[2][CLASSES] = {{3653, 326, 3619, 6966, 4718, 4542, 2289},
                                              {453, 54, 478, 883, 591, 645, 372}};
    const char *const folders[] = {train, test};
    for (int split = 0; split < 2; split++) {
        mien_index index = {0};
        ck_assert_msg(mien_index_read(folders[split], seven, CLASSES, NULL, &index, &error) ==
                          MIEN_OK,
                      "%s", error.message);
        size_t found[CLASSES] = {0};
        for (size_t i = 0; i < index.count; i++) {
            found[index.items[i].label]++;
        }
        for (size_t c = 0; c < CLASSES; c++) {
            ck_assert_uint_eq(found[c], counts[split][c]);
        }
        mien_index_free(&index);
    }
}
END_TEST

/// More than half of all votes are for one of the three.
static bool has_majority(const mien_vote_row *row) {
    uint32_t all = 0, most = 0;
    for (int i = 0; i < MIEN_VOTE_COUNT; i++) {
        all += row->counts[i];
    }
    for (size_t c = 0; c < 3; c++) {
        uint32_t count = row->counts[mien_vote_of_class(three[c])];
        most = count > most ? count : most;
    }
    return 2 * most > all;
}

START_TEST(every_face_has_votes_and_majorities_are_as_counted) {
    mien_votes *votes = NULL;
    mien_index index = {0};
    ck_assert_msg(mien_votes_read(votes_path, &votes, &error) == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(mien_votes_count(votes), 26113 + 3476);
    ck_assert_int_eq(mien_index_read(test, seven, CLASSES, NULL, &index, &error), MIEN_OK);
    size_t ours = 0, all = 0;
    for (size_t i = 0; i < index.count; i++) {
        const mien_vote_row *row = mien_votes_find(votes, index.items[i].path);
        ck_assert_msg(row, "%s has no votes", index.items[i].path);
        bool in_three =
            index.items[i].label == 0 || index.items[i].label == 3 || index.items[i].label == 5;
        all += has_majority(row);
        ours += in_three && has_majority(row);
    }
    ck_assert_uint_eq(ours, 1178);
    ck_assert_uint_eq(all, 1334);
    mien_index_free(&index);
    mien_votes_free(votes);
}
END_TEST

/// What ten people say, restricted to the three, against the label: 85.3 % of the test faces, ties
/// and faces without votes for the three being guesses.
START_TEST(targets_made_of_votes_agree_with_labels_as_often_as_people) {
    const mien_dataset_options options = {
        .classes = three, .class_count = 3, .input = &input, .votes = votes_path, .vote_weight = 1};
    mien_dataset *dataset = NULL;
    ck_assert_msg(mien_dataset_read(test, &options, NULL, &dataset, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_uint_eq(mien_dataset_count(dataset), 1981);
    ck_assert_uint_eq(mien_dataset_unreadable(dataset), 0);
    double right = 0;
    for (size_t i = 0; i < 1981; i++) {
        const mien_example *example = mien_dataset_at(dataset, i);
        double sum = 0, largest = 0, ties = 0;
        for (size_t c = 0; c < 3; c++) {
            sum += (double)example->target[c];
            largest = fmax(largest, (double)example->target[c]);
        }
        for (size_t c = 0; c < 3; c++) {
            ties += (double)example->target[c] == largest;
        }
        ck_assert_double_eq_tol(sum, 1, 1e-6);
        bool named = (double)example->target[example->label] == largest;
        right += example->votes == 0 ? 1.0 / 3 : named ? 1 / ties : 0;
    }
    printf("votes name the label of %.1f %% of the test faces; %zu of them have votes for the "
           "three\n",
           100 * right / 1981, mien_dataset_voted(dataset));
    ck_assert_double_eq_tol(100 * right / 1981, 85.3, 0.05);
    mien_dataset_free(dataset);
}
END_TEST

int main(void) {
    const char *source = getenv("MIEN_SOURCE");
    char folder[400];
    snprintf(folder, sizeof folder, "%s/../shared/data/fer2013", source ? source : ".");
    snprintf(train, sizeof train, "%s/train", folder);
    snprintf(test, sizeof test, "%s/test", folder);
    snprintf(votes_path, sizeof votes_path, "%s/ferplus.csv", folder);
    if (access(folder, R_OK) != 0) {
        printf("NOT COMPARED: the faces of %s are not there\n", folder);
        return SKIPPED;
    }
    TCase *faces = tcase_create("faces");
    tcase_set_timeout(faces, 300);
    tcase_add_test(faces, folders_hold_what_the_readme_counts);
    tcase_add_test(faces, every_face_has_votes_and_majorities_are_as_counted);
    tcase_add_test(faces, targets_made_of_votes_agree_with_labels_as_often_as_people);
    Suite *suite = suite_create("shared data");
    suite_add_tcase(suite, faces);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
