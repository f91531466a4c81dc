// SPDX-License-Identifier: Apache-2.0
// Which pictures validate: the same share of each class, by names and the seed, today as in every
// recipe that was run before.
#include "host/dataset.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ANGRY = 40, HAPPY = 20, MOST = 64 };

static mien_error error;
static mien_labelled items[MOST];
static char names[MOST][32];
static bool marks[MOST];

static void set_up(void) {
    error = (mien_error)MIEN_ERROR_INIT;
}

static void add(size_t at, const char *class_name, size_t number, uint32_t label) {
    snprintf(names[at], sizeof names[at], "%s/%02zu.png", class_name, number);
    items[at] = (mien_labelled){.path = names[at], .name = names[at], .label = label};
}

/// `angry` pictures of one class, then `happy` of another.
static size_t make(size_t angry, size_t happy) {
    for (size_t i = 0; i < angry; i++) {
        add(i, "angry", i, 0);
    }
    for (size_t i = 0; i < happy; i++) {
        add(angry + i, "happy", i, 1);
    }
    return angry + happy;
}

static void split(size_t count, double fraction, uint64_t seed) {
    memset(marks, true, sizeof marks); // what stood there must not matter
    ck_assert_msg(mien_labelled_split(items, count, fraction, seed, marks, &error) == MIEN_OK, "%s",
                  error.message);
}

static size_t marked(size_t from, size_t to) {
    size_t sum = 0;
    for (size_t i = from; i < to; i++) {
        sum += marks[i];
    }
    return sum;
}

static bool validates(const char *name, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return marks[i];
        }
    }
    return false;
}

START_TEST(each_class_gives_the_same_share) {
    const size_t count = make(ANGRY, HAPPY);
    for (size_t tenths = 0; tenths < 9; tenths++) {
        split(count, (double)tenths / 10, 1);
        ck_assert_uint_eq(marked(0, ANGRY), tenths * ANGRY / 10);
        ck_assert_uint_eq(marked(ANGRY, count), tenths * HAPPY / 10);
    }
    split(count, 0.001, 1);
    ck_assert_uint_eq(marked(0, ANGRY), 1); // one at least
    ck_assert_uint_eq(marked(ANGRY, count), 1);
    split(0, 0.5, 1);
}
END_TEST

/// Weights that are shipped were chosen by such parts; another rule would tell different ones.
START_TEST(what_was_cut_off_once_is_cut_off_always) {
    static const struct {
        uint64_t seed;
        const char *angry, *happy; // x: a picture that validates
    } known[] = {
        // by the same hashes in Python
        {0, ".x......x.x....x.....x.x...x.x..x.....x.", "xx...x...x.........x"},
        {1, ".......x..xx.....x.x.x..x..x.....x.....x", "..........xx...xxx.."},
    };
    for (size_t i = 0; i < 2; i++) {
        char angry[ANGRY + 1] = "", happy[HAPPY + 1] = "";
        split(make(ANGRY, HAPPY), 0.25, known[i].seed);
        for (size_t k = 0; k < ANGRY; k++) {
            angry[k] = marks[k] ? 'x' : '.';
        }
        for (size_t k = 0; k < HAPPY; k++) {
            happy[k] = marks[ANGRY + k] ? 'x' : '.';
        }
        ck_assert_str_eq(angry, known[i].angry);
        ck_assert_str_eq(happy, known[i].happy);
    }
}
END_TEST

START_TEST(names_and_the_seed_decide) {
    bool before[MOST];
    size_t count = make(ANGRY, HAPPY), both = 0;
    split(count, 0.25, 1);
    memcpy(before, marks, sizeof before);
    split(count, 0.25, 2);
    for (size_t i = 0; i < count; i++) {
        both += before[i] && marks[i];
    }
    ck_assert_uint_lt(both, ANGRY / 4 + HAPPY / 4);

    // Four more pictures move only those near the cut.
    char earlier[MOST][32];
    memcpy(earlier, names, sizeof earlier);
    const size_t more = make(ANGRY + 2, HAPPY + 2);
    split(more, 0.25, 1);
    both = 0;
    for (size_t i = 0; i < count; i++) {
        both += before[i] && validates(earlier[i], more);
    }
    ck_assert_uint_ge(both + 4, ANGRY / 4 + HAPPY / 4);
    // A class alone is cut as it is beside another.
    split(make(ANGRY, 0), 0.25, 1);
    ck_assert_mem_eq(marks, before, ANGRY * sizeof *marks);
}
END_TEST

START_TEST(splits_that_cannot_be) {
    const size_t count = make(1, 2);
    split(count, 0, 1);
    ck_assert_uint_eq(marked(0, count), 0);
    ck_assert_int_eq(mien_labelled_split(items, count, 0.1, 1, marks, &error), MIEN_BAD_INPUT);
    ck_assert_str_eq(error.message, "class \"angry\" has 1 picture, too few to train with and to "
                                    "validate with 0.1 of them");
    static const double bad[] = {-0.1, 1, (double)NAN};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(mien_labelled_split(items, count, bad[i], 1, marks, &error),
                         MIEN_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.message, "it is at least 0 and below 1"));
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("split");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, each_class_gives_the_same_share);
    tcase_add_test(tests, what_was_cut_off_once_is_cut_off_always);
    tcase_add_test(tests, names_and_the_seed_decide);
    tcase_add_test(tests, splits_that_cannot_be);
    Suite *suite = suite_create("split");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
