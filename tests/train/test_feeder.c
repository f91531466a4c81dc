// SPDX-License-Identifier: Apache-2.0
// Batches: which pictures, in which order, for which process, and that a batch depends on its
// number and the seed alone.
#include "support/folder.h"
#include "support/picture.h"
#include "tools/train/core/data/feeder.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANGRY = 12, HAPPY = 7, SAD = 4, ALL = ANGRY + HAPPY + SAD, CLASSES = 3, SIDE = 6 };
enum { NUMBERS = SIDE * SIDE * 3 };

static const char *const classes[CLASSES] = {"angry", "happy", "sad"};
static const mien_input_spec input = {.size = sizeof(mien_input_spec),
                                      .height = SIDE,
                                      .width = SIDE,
                                      .channels = 3,
                                      .color = MIEN_RGB,
                                      .mean = {0.5f, 0.5f, 0.5f},
                                      .std = {0.25f, 0.25f, 0.25f}};
static char *folder;
static mien_dataset *dataset;
static size_t indices[ALL];
static mien_error error;

static void set_up(void) {
    static const int counts[CLASSES] = {ANGRY, HAPPY, SAD};
    folder = make_folder();
    for (int c = 0, all = 0; c < CLASSES; c++) {
        for (int i = 0; i < counts[c]; i++, all++) {
            char name[64], path[4096];
            snprintf(name, sizeof name, "%s/%02d.png", classes[c], i);
            write_file(folder, name, "", 0);
            snprintf(path, sizeof path, "%s/%s", folder, name);
            mien_image image = picture_noise(SIDE, SIDE, 3);
            for (int j = 0; j < NUMBERS; j++) {
                image.pixels[j] = (uint8_t)(image.pixels[j] + 11 * all);
            }
            ck_assert_int_eq(mien_image_write_png(&image, path, &error), MIEN_OK);
            mien_image_free(&image);
            indices[all] = (size_t)all;
        }
    }
    const mien_dataset_options options = {
        .classes = classes, .class_count = CLASSES, .input = &input};
    ck_assert_msg(mien_dataset_read(folder, &options, NULL, &dataset, &error) == MIEN_OK, "%s",
                  error.message);
}

static void tear_down(void) {
    mien_dataset_free(dataset);
    remove_folder(folder);
}

static mien_feeder_options usual(size_t batch) {
    return (mien_feeder_options){.dataset = dataset,
                                 .indices = indices,
                                 .count = ALL,
                                 .input = &input,
                                 .classes = CLASSES,
                                 .batch = batch,
                                 .processes = 1,
                                 .seed = 5};
}

static const mien_augmentation strong = {.flip = 0.5,
                                         .rotate = 15,
                                         .scale = 0.15,
                                         .shift = 0.12,
                                         .brightness = 0.2,
                                         .contrast = 0.2,
                                         .erase = 0.4,
                                         .erase_area = 0.3,
                                         .mix = 0.7,
                                         .mixup = 0.3,
                                         .cutmix = 1};

static mien_feeder *open_at(const mien_feeder_options *options, uint64_t first) {
    mien_feeder *feeder = NULL;
    ck_assert_msg(mien_feeder_open(options, first, &feeder, &error) == MIEN_OK, "%s",
                  error.message);
    return feeder;
}

/// Copies of `count` batches, one after another.
typedef struct {
    float *pictures, *targets;
    size_t *examples;
} record;

static record take(const mien_feeder_options *options, uint64_t first, size_t count) {
    size_t rows = options->batch / options->processes;
    record made = {calloc(count * rows * NUMBERS, sizeof(float)),
                   calloc(count * rows * CLASSES, sizeof(float)),
                   calloc(count * rows, sizeof(size_t))};
    mien_feeder *feeder = open_at(options, first);
    for (size_t i = 0; i < count; i++) {
        const mien_batch *batch = mien_feeder_next(feeder);
        memcpy(made.pictures + i * rows * NUMBERS, batch->pictures, rows * NUMBERS * sizeof(float));
        memcpy(made.targets + i * rows * CLASSES, batch->targets, rows * CLASSES * sizeof(float));
        memcpy(made.examples + i * rows, batch->examples, rows * sizeof(size_t));
    }
    mien_feeder_close(feeder);
    return made;
}

static void free_record(record *made) {
    free(made->pictures);
    free(made->targets);
    free(made->examples);
}

// --- Order ---------------------------------------------------------------------------------------

START_TEST(every_picture_once_an_epoch_and_epochs_run_on) {
    const mien_feeder_options options = usual(5); // 23 pictures: batches span epochs
    mien_feeder *feeder = open_at(&options, 0);
    ck_assert_uint_eq(mien_feeder_batches(feeder), ALL / 5);
    mien_feeder_close(feeder);
    record made = take(&options, 0, ALL);
    int same = 0;
    for (size_t epoch = 0; epoch < 5; epoch++) {
        int seen[ALL] = {0};
        for (size_t i = 0; i < ALL; i++) {
            ck_assert_int_eq(seen[made.examples[epoch * ALL + i]]++, 0);
            same += epoch > 0 && made.examples[i] == made.examples[epoch * ALL + i];
        }
    }
    ck_assert_int_lt(same, 20); // of 92; 4 by chance
    free_record(&made);
}
END_TEST

START_TEST(unaltered_rows_are_the_examples) {
    mien_feeder_options options = usual(4);
    options.label_smoothing = 0.3;
    record made = take(&options, 0, 6);
    for (size_t i = 0; i < 24; i++) {
        const mien_example *example = mien_dataset_at(dataset, made.examples[i]);
        float expected[NUMBERS];
        ck_assert_int_eq(mien_example_to_input(example, &input, expected, &error), MIEN_OK);
        float largest = 0;
        for (size_t j = 0; j < NUMBERS; j++) {
            largest = fmaxf(largest, fabsf(expected[j] - made.pictures[i * NUMBERS + j]));
        }
        ck_assert_float_le(largest, 1e-5f);
        for (size_t c = 0; c < CLASSES; c++) {
            ck_assert_float_eq_tol(made.targets[i * CLASSES + c], example->label == c ? 0.8f : 0.1f,
                                   1e-6f);
        }
    }
    free_record(&made);
}
END_TEST

START_TEST(balanced_batches_hold_as_many_of_each_class) {
    mien_feeder_options options = usual(6);
    options.sampling = MIEN_SAMPLING_BALANCED;
    record made = take(&options, 3, 42);
    int seen[ALL] = {0};
    for (size_t batch = 0; batch < 42; batch++) {
        int counts[CLASSES] = {0};
        for (size_t i = 0; i < 6; i++) {
            size_t index = made.examples[batch * 6 + i];
            counts[mien_dataset_at(dataset, index)->label]++;
            seen[index]++;
        }
        for (size_t c = 0; c < CLASSES; c++) {
            ck_assert_int_eq(counts[c], 2);
        }
    }
    // 84 of each class: 7 of each of 12, 12 of each of 7, 21 of each of 4; one more or less where
    // the count begins or ends within a round.
    for (size_t i = 0; i < ALL; i++) {
        int expected = i < ANGRY ? 7 : i < ANGRY + HAPPY ? 12 : 21;
        ck_assert_int_le(abs(seen[i] - expected), 1);
    }
    free_record(&made);
}
END_TEST

START_TEST(balanced_among_the_classes_that_are_there) {
    size_t some[] = {0, 1, 2, 3, 20, 21}; // angry and sad
    mien_feeder_options options = usual(4);
    options.indices = some;
    options.count = 6;
    options.sampling = MIEN_SAMPLING_BALANCED;
    record made = take(&options, 0, 10);
    int angry = 0;
    for (size_t i = 0; i < 40; i++) {
        size_t index = made.examples[i];
        ck_assert(index < 4 || index == 20 || index == 21);
        angry += index < 4;
    }
    ck_assert_int_eq(angry, 20);
    free_record(&made);
}
END_TEST

// --- The same again ------------------------------------------------------------------------------

START_TEST(a_batch_depends_on_its_number_alone) {
    for (int balanced = 0; balanced < 2; balanced++) {
        mien_feeder_options options = usual(5);
        options.augmentation = strong;
        options.sampling = balanced ? MIEN_SAMPLING_BALANCED : MIEN_SAMPLING_PLAIN;
        record whole = take(&options, 0, 14);
        for (uint64_t first = 1; first < 13; first += 3) {
            options.ahead = (size_t)first; // which must not matter
            record rest = take(&options, first, 14 - first);
            ck_assert_mem_eq(rest.pictures, whole.pictures + first * 5 * NUMBERS,
                             (14 - first) * 5 * NUMBERS * sizeof(float));
            ck_assert_mem_eq(rest.targets, whole.targets + first * 5 * CLASSES,
                             (14 - first) * 5 * CLASSES * sizeof(float));
            ck_assert_mem_eq(rest.examples, whole.examples + first * 5,
                             (14 - first) * 5 * sizeof(size_t));
            free_record(&rest);
        }
        options.seed++;
        record other = take(&options, 0, 14);
        ck_assert_mem_ne(other.examples, whole.examples, (size_t)14 * 5 * sizeof(size_t));
        free_record(&other);
        free_record(&whole);
    }
}
END_TEST

START_TEST(processes_share_one_batch) {
    enum { BATCH = 12, BATCHES = 8 };
    mien_feeder_options options = usual(BATCH);
    options.augmentation = strong;
    options.augmentation.mix = 1;
    record whole = take(&options, 2, BATCHES);
    for (uint32_t processes = 2; processes <= 4; processes++) { // 4: partners are elsewhere
        size_t rows = BATCH / processes;
        options.processes = processes;
        for (uint32_t rank = 0; rank < processes; rank++) {
            options.rank = rank;
            record part = take(&options, 2, BATCHES);
            for (size_t i = 0; i < BATCHES * rows; i++) {
                size_t row = i / rows * BATCH + i % rows * processes + rank;
                ck_assert_uint_eq(part.examples[i], whole.examples[row]);
                ck_assert_mem_eq(part.pictures + i * NUMBERS, whole.pictures + row * NUMBERS,
                                 NUMBERS * sizeof(float));
                ck_assert_mem_eq(part.targets + i * CLASSES, whole.targets + row * CLASSES,
                                 CLASSES * sizeof(float));
            }
            free_record(&part);
        }
    }
    free_record(&whole);
}
END_TEST

// --- Targets -------------------------------------------------------------------------------------

START_TEST(mixed_targets_sum_to_one_and_keep_the_classes_mean) {
    mien_feeder_options options = usual(6);
    record plain = take(&options, 0, 40);
    options.augmentation = strong;
    options.augmentation.mix = 1;
    record mixed = take(&options, 0, 40);
    ck_assert_mem_eq(plain.examples, mixed.examples, 240 * sizeof(size_t));
    int changed = 0;
    for (size_t batch = 0; batch < 40; batch++) {
        float before[CLASSES] = {0}, after[CLASSES] = {0};
        for (size_t i = batch * 6; i < batch * 6 + 6; i++) {
            float sum = 0;
            for (size_t c = 0; c < CLASSES; c++) {
                before[c] += plain.targets[i * CLASSES + c];
                after[c] += mixed.targets[i * CLASSES + c];
                sum += mixed.targets[i * CLASSES + c];
                changed +=
                    fabsf(plain.targets[i * CLASSES + c] - mixed.targets[i * CLASSES + c]) > 0.01f;
            }
            ck_assert_float_eq_tol(sum, 1, 1e-5f);
        }
        for (size_t c = 0; c < CLASSES; c++) {
            ck_assert_float_eq_tol(before[c], after[c], 1e-4f);
        }
    }
    ck_assert_int_gt(changed, 100);
    free_record(&plain);
    free_record(&mixed);
}
END_TEST

START_TEST(a_teacher_has_its_say) {
    float teacher[ALL * CLASSES];
    for (size_t i = 0; i < ALL; i++) {
        float first = (float)i / ALL;
        memcpy(teacher + i * CLASSES, (float[]){first, 1 - first, 0}, CLASSES * sizeof *teacher);
    }
    mien_feeder_options options = usual(5);
    options.label_smoothing = 0.3;
    options.teacher = teacher;
    options.teacher_weight = 0.25;
    record made = take(&options, 0, 9);
    for (size_t i = 0; i < 45; i++) {
        size_t index = made.examples[i];
        for (size_t c = 0; c < CLASSES; c++) {
            float own = mien_dataset_at(dataset, index)->label == c ? 0.8f : 0.1f;
            ck_assert_float_eq_tol(made.targets[i * CLASSES + c],
                                   0.75f * own + 0.25f * teacher[index * CLASSES + c], 1e-6f);
        }
    }
    free_record(&made);
}
END_TEST

// --- Refusals and ends ---------------------------------------------------------------------------

START_TEST(options_that_cannot_be) {
    mien_feeder_options cases[8];
    for (int i = 0; i < 8; i++) {
        cases[i] = usual(4);
    }
    cases[0].batch = 0;
    cases[1].batch = ALL + 1;
    cases[2].processes = 3;
    cases[3].processes = 0;
    cases[4].rank = 1;
    cases[5].label_smoothing = 1;
    cases[6].teacher_weight = NAN;
    cases[7].augmentation.rotate = 200;
    static const char *const messages[] = {
        "a batch of 0 cannot be had", "a batch of 24 cannot be had from 23 pictures",
        "shared evenly among 3 ",     "shared evenly among 0 ",
        "shared evenly among 1 ",     "label smoothing is 1",
        "the teacher's weight is",    "augmentation: rotate is 200",
    };
    for (int i = 0; i < 8; i++) {
        mien_feeder *feeder = NULL;
        ck_assert_int_eq(mien_feeder_open(&cases[i], 0, &feeder, &error), MIEN_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, messages[i]), "%s", error.message);
        ck_assert_ptr_null(feeder);
    }
}
END_TEST

START_TEST(closing_at_any_time) {
    mien_feeder_options options = usual(ALL);
    options.augmentation = strong;
    for (size_t taken = 0; taken < 20; taken++) {
        options.ahead = taken % 5;
        mien_feeder *feeder = open_at(&options, taken);
        for (size_t i = 0; i < taken; i++) {
            ck_assert_ptr_nonnull(mien_feeder_next(feeder)->pictures);
        }
        mien_feeder_close(feeder);
    }
    mien_feeder_close(NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("feeder");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_picture_once_an_epoch_and_epochs_run_on);
    tcase_add_test(tests, unaltered_rows_are_the_examples);
    tcase_add_test(tests, balanced_batches_hold_as_many_of_each_class);
    tcase_add_test(tests, balanced_among_the_classes_that_are_there);
    tcase_add_test(tests, a_batch_depends_on_its_number_alone);
    tcase_add_test(tests, processes_share_one_batch);
    tcase_add_test(tests, mixed_targets_sum_to_one_and_keep_the_classes_mean);
    tcase_add_test(tests, a_teacher_has_its_say);
    tcase_add_test(tests, options_that_cannot_be);
    tcase_add_test(tests, closing_at_any_time);
    Suite *suite = suite_create("feeder");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
