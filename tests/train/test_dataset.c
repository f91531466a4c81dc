// SPDX-License-Identifier: Apache-2.0
// Folders of real files become examples: bytes as the network's rule would see them, targets that
// blend labels and votes, and a part to validate with.
#include "support/folder.h"
#include "support/picture.h"
#include "tools/train/core/data/feeder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"angry", "happy", "sad"};
static const mien_input_spec gray_48 = {.size = sizeof(mien_input_spec),
                                        .height = 48,
                                        .width = 48,
                                        .channels = 1,
                                        .color = MIEN_GRAY,
                                        .mean = {0.5f},
                                        .std = {0.25f}};
static char *folder;
static mien_error error;

static void set_up(void) {
    folder = make_folder();
    error = (mien_error)MIEN_ERROR_INIT;
}

static void tear_down(void) {
    remove_folder(folder);
}

static void ck_message(const char *part) {
    ck_assert_msg(strstr(error.message, part), "\"%s\" is not in: %s", part, error.message);
}

static const char *path_of(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, uint32_t width, uint32_t height, uint32_t channels) {
    write_file(folder, name, "", 0); // makes its folders
    mien_image image = picture_noise(width, height, channels);
    image.pixels[0] = (uint8_t)name[strlen(name) - 5]; // tells "…/1.png" and "…/2.png" apart
    ck_assert_msg(mien_image_write_png(&image, path_of(name), &error) == MIEN_OK, "%s",
                  error.message);
    mien_image_free(&image);
}

static mien_dataset_options usual(void) {
    return (mien_dataset_options){.classes = classes, .class_count = 3, .input = &gray_48};
}

static mien_dataset *read_with(const mien_dataset_options *options,
                               const mien_dataset_watcher *watcher) {
    mien_dataset *dataset = NULL;
    ck_assert_msg(mien_dataset_read(folder, options, watcher, &dataset, &error) == MIEN_OK, "%s",
                  error.message);
    return dataset;
}

static void refused(const mien_dataset_options *options, mien_status status, const char *message) {
    mien_dataset *dataset = NULL;
    ck_assert_int_eq(mien_dataset_read(folder, options, NULL, &dataset, &error), status);
    ck_message(message);
    ck_assert_ptr_null(dataset);
}

/// Two pictures a class.
static void put_six(void) {
    for (size_t i = 0; i < 3; i++) {
        for (int j = 1; j <= 2; j++) {
            char name[64];
            snprintf(name, sizeof name, "%s/%d.png", classes[i], j);
            put(name, 48, 48, 1);
        }
    }
}

// --- Pictures ------------------------------------------------------------------------------------

START_TEST(examples_are_in_order_whatever_the_threads) {
    put_six();
    put("surprise/1.png", 48, 48, 1);
    for (uint32_t threads = 0; threads < 6; threads++) {
        mien_dataset_options options = usual();
        options.threads = threads;
        mien_dataset *dataset = read_with(&options, NULL);
        ck_assert_uint_eq(mien_dataset_count(dataset), 6);
        ck_assert_uint_eq(mien_dataset_unreadable(dataset), 0);
        ck_assert_uint_eq(mien_dataset_voted(dataset), 0);
        for (size_t i = 0; i < 6; i++) {
            const mien_example *example = mien_dataset_at(dataset, i);
            char name[64];
            snprintf(name, sizeof name, "%s/%zu.png", classes[i / 2], i % 2 + 1);
            ck_assert_str_eq(example->name, name);
            ck_assert_str_eq(example->path, path_of(name));
            ck_assert_uint_eq(example->label, i / 2);
            ck_assert_uint_eq(example->pixels[0], '1' + i % 2);
            ck_assert_uint_eq(example->votes, 0);
            for (size_t c = 0; c < 3; c++) {
                ck_assert_float_eq(example->target[c], c == i / 2);
            }
        }
        mien_dataset_free(dataset);
    }
    mien_dataset_free(NULL);
}
END_TEST

static const struct {
    uint32_t width, height, channels; // of the file
    uint32_t input_width, input_height, input_channels;
    mien_color color;
    mien_resize resize;
    float crop;
    uint32_t kept_width, kept_height, kept_channels;
} kept[] = {
    {48, 48, 1, 96, 96, 3, MIEN_RGB, MIEN_RESIZE_STRETCH, 0, 48, 48, 1},
    {48, 48, 3, 96, 96, 3, MIEN_BGR, MIEN_RESIZE_STRETCH, 0, 48, 48, 3},
    {48, 40, 3, 48, 48, 1, MIEN_GRAY, MIEN_RESIZE_STRETCH, 0, 48, 40, 1},
    {48, 40, 3, 48, 48, 3, MIEN_GRAY, MIEN_RESIZE_STRETCH, 0, 48, 40, 1},
    {90, 130, 3, 48, 64, 3, MIEN_RGB, MIEN_RESIZE_STRETCH, 0, 48, 64, 3},
    {90, 20, 3, 48, 48, 3, MIEN_RGB, MIEN_RESIZE_STRETCH, 0, 48, 48, 3},
    {24, 24, 1, 48, 48, 1, MIEN_GRAY, MIEN_RESIZE_CROP, 0, 24, 24, 1},
    {24, 24, 1, 48, 48, 1, MIEN_GRAY, MIEN_RESIZE_CROP, 0.875f, 48, 48, 1},
    {24, 20, 3, 48, 48, 3, MIEN_RGB, MIEN_RESIZE_CROP, 0, 48, 48, 3},
    {24, 24, 1, 48, 48, 3, MIEN_BGR, MIEN_RESIZE_LETTERBOX, 0, 24, 24, 1},
    {24, 20, 3, 48, 48, 3, MIEN_BGR, MIEN_RESIZE_LETTERBOX, 0, 48, 48, 3},
};

START_TEST(bytes_give_the_inputs_own_numbers) {
    put("angry/1.png", kept[_i].width, kept[_i].height, kept[_i].channels);
    put("happy/1.png", kept[_i].width, kept[_i].height, kept[_i].channels);
    const mien_input_spec input = {.size = sizeof input,
                                   .height = kept[_i].input_height,
                                   .width = kept[_i].input_width,
                                   .channels = kept[_i].input_channels,
                                   .color = kept[_i].color,
                                   .resize = kept[_i].resize,
                                   .crop_fraction = kept[_i].crop,
                                   .mean = {0.5f, 0.4f, 0.3f},
                                   .std = {0.25f, 0.2f, 0.5f}};
    const mien_dataset_options options = {.classes = classes, .class_count = 2, .input = &input};
    mien_dataset *dataset = read_with(&options, NULL);
    const mien_example *example = mien_dataset_at(dataset, 1);
    ck_assert_uint_eq(example->width, kept[_i].kept_width);
    ck_assert_uint_eq(example->height, kept[_i].kept_height);
    ck_assert_uint_eq(example->channels, kept[_i].kept_channels);

    size_t count = (size_t)input.height * input.width * input.channels;
    float *expected = calloc(count, sizeof *expected), *got = calloc(count, sizeof *got);
    mien_image image = {0};
    ck_assert_int_eq(mien_image_read(path_of("happy/1.png"), NULL, &image, &error), MIEN_OK);
    ck_assert_int_eq(mien_image_to_input(&image, &input, expected, &error), MIEN_OK);
    ck_assert_int_eq(mien_example_to_input(example, &input, got, &error), MIEN_OK);
    ck_assert_mem_eq(got, expected, count * sizeof *got);
    mien_image_free(&image);
    free(expected);
    free(got);
    mien_dataset_free(dataset);
}
END_TEST

// --- Unreadable pictures -------------------------------------------------------------------------

typedef struct {
    char said[8][512];
    size_t complaints, total, done, asked, cancel_after;
} notes;

static void note_complaint(void *context, const char *message) {
    notes *taken = context;
    ck_assert_uint_lt(taken->complaints, 8);
    snprintf(taken->said[taken->complaints++], sizeof taken->said[0], "%s", message);
}

static void note_progress(void *context, size_t done, size_t total) {
    notes *taken = context;
    ck_assert_uint_ge(done, taken->done);
    ck_assert_uint_le(done, total);
    taken->done = done;
    taken->total = total;
}

static bool note_question(void *context) {
    notes *taken = context;
    return taken->cancel_after && ++taken->asked >= taken->cancel_after;
}

static mien_dataset_watcher watch(notes *taken) {
    return (mien_dataset_watcher){note_complaint, note_progress, note_question, taken};
}

START_TEST(unreadable_pictures_are_named_and_left_out) {
    put_six();
    write_file(folder, "angry/0.png", "no picture", 10);
    write_file(folder, "sad/1.png", "", 0);
    mien_dataset_options options = usual();
    options.unreadable_limit = 2;
    notes taken = {0};
    const mien_dataset_watcher watcher = watch(&taken);
    mien_dataset *dataset = read_with(&options, &watcher);
    ck_assert_uint_eq(mien_dataset_count(dataset), 5);
    ck_assert_uint_eq(mien_dataset_unreadable(dataset), 2);
    ck_assert_uint_eq(taken.complaints, 2);
    ck_assert_ptr_nonnull(strstr(taken.said[0], "/angry/0.png: "));
    ck_assert_ptr_nonnull(strstr(taken.said[1], "/sad/1.png: "));
    ck_assert_str_eq(mien_dataset_at(dataset, 4)->name, "sad/2.png");
    ck_assert_float_eq(mien_dataset_at(dataset, 4)->target[2], 1);
    mien_dataset_free(dataset);

    options.unreadable_limit = 1;
    refused(&options, MIEN_BAD_INPUT, "more than 1 pictures cannot be read, which is the limit");
    options.unreadable_limit = 0;
    options.threads = 1;
    refused(&options, MIEN_BAD_INPUT, "/angry/0.png: ");
    ck_message("; no unreadable picture is accepted");
}
END_TEST

/// What the error says is not said before it, too.
START_TEST(a_picture_is_named_once) {
    put_six();
    write_file(folder, "angry/0.png", "no picture", 10);
    write_file(folder, "sad/1.png", "", 0);
    mien_dataset_options options = usual();
    options.threads = 1;
    for (size_t limit = 0; limit < 2; limit++) {
        notes taken = {0};
        const mien_dataset_watcher watcher = watch(&taken);
        mien_dataset *dataset = NULL;
        options.unreadable_limit = limit;
        ck_assert_int_eq(mien_dataset_read(folder, &options, &watcher, &dataset, &error),
                         MIEN_BAD_INPUT);
        ck_message("/angry/0.png: ");
        ck_assert_uint_eq(taken.complaints, limit);
    }
}
END_TEST

START_TEST(a_class_with_nothing_readable) {
    put_six();
    write_file(folder, "happy/1.png", "x", 1);
    write_file(folder, "happy/2.png", "x", 1);
    mien_dataset_options options = usual();
    options.unreadable_limit = 9;
    refused(&options, MIEN_BAD_INPUT, ": none of the pictures of class \"happy\" can be read");
}
END_TEST

START_TEST(limits_hold_for_pictures) {
    put_six();
    mien_dataset_options options = usual();
    options.limits.max_pixels = 48 * 48 - 1;
    refused(&options, MIEN_BAD_INPUT, "at most 2303 pixels");
}
END_TEST

START_TEST(progress_and_interruption) {
    put_six();
    mien_dataset_options options = usual();
    for (uint32_t threads = 1; threads < 4; threads += 2) {
        options.threads = threads;
        notes taken = {0};
        mien_dataset_watcher watcher = watch(&taken);
        mien_dataset_free(read_with(&options, &watcher));
        ck_assert_uint_eq(taken.total, 6);
        ck_assert_uint_eq(taken.done, 6);
    }
    options.threads = 1;
    notes taken = {.cancel_after = 2};
    const mien_dataset_watcher watcher = watch(&taken);
    mien_dataset *dataset = NULL;
    ck_assert_int_eq(mien_dataset_read(folder, &options, &watcher, &dataset, &error),
                     MIEN_CANCELLED);
    ck_assert_uint_eq(taken.done, 2);
    ck_assert_ptr_null(dataset);
}
END_TEST

START_TEST(wrong_data) {
    put_six();
    mien_dataset_options options = usual();
    options.class_count = 1;
    refused(&options, MIEN_INVALID_ARGUMENT, "there is nothing to tell apart: 1 class");
    static const char *const other[] = {"angry", "fear"};
    options.class_count = 2;
    options.classes = other;
    refused(&options, MIEN_NOT_FOUND, "there is no folder of class \"fear\"");
    write_file(folder, "fear/.hidden", "", 0);
    refused(&options, MIEN_BAD_INPUT, "/fear: there is no .jpg, .jpeg or .png file");
    options = usual();
    options.vote_weight = 1.5;
    refused(&options, MIEN_INVALID_ARGUMENT, "the votes' weight is 1.5");
}
END_TEST

// --- Votes ---------------------------------------------------------------------------------------

#define HEAD "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface\n"

static void put_votes(const char *rows) {
    char text[4096];
    int length = snprintf(text, sizeof text, HEAD "%s", rows);
    write_file(folder, "votes.csv", text, (size_t)length);
}

static void ck_target(const mien_dataset *dataset, size_t index, uint32_t votes, double angry,
                      double happy, double sad) {
    const mien_example *example = mien_dataset_at(dataset, index);
    const double expected[] = {angry, happy, sad};
    ck_assert_uint_eq(example->votes, votes);
    for (size_t c = 0; c < 3; c++) {
        ck_assert_double_eq_tol((double)example->target[c], expected[c], 1e-6);
    }
}

START_TEST(targets_blend_labels_and_votes) {
    put_six();
    put_votes("train/angry/1.png,2,1,0,3,4,0,0,0,0,0\n"  // of eight for ours, four
              "train/angry/2.png,9,0,0,0,0,0,0,0,1,0\n"  // nobody for ours
              "train/happy/1.png,0,10,0,0,0,0,0,0,0,0\n" // all agree
              "train/sad/2.png,0,0,0,0,5,0,0,0,0,0\n");  // all differ
    mien_dataset_options options = usual();
    char votes[4096];
    snprintf(votes, sizeof votes, "%s", path_of("votes.csv"));
    options.votes = votes;
    for (int quarter = 0; quarter <= 4; quarter++) {
        double w = options.vote_weight = quarter / 4.0;
        mien_dataset *dataset = read_with(&options, NULL);
        ck_assert_uint_eq(mien_dataset_voted(dataset), 3);
        ck_target(dataset, 0, 8, 1 - w + w * 4 / 8, w * 1 / 8, w * 3 / 8);
        ck_target(dataset, 1, 0, 1, 0, 0);
        ck_target(dataset, 2, 10, 0, 1, 0);
        ck_target(dataset, 3, 0, 0, 1, 0);
        ck_target(dataset, 5, 5, w, 0, 1 - w);
        mien_dataset_free(dataset);
    }
}
END_TEST

START_TEST(wrong_votes) {
    put_six();
    put("smirk/1.png", 48, 48, 1);
    put("anger/1.png", 48, 48, 1);
    put_votes("train/fear/7.png,2,1,0,3,4,0,0,0,0,0\n");
    mien_dataset_options options = usual();
    char votes[4096];
    snprintf(votes, sizeof votes, "%s", path_of("votes.csv"));
    options.votes = votes;
    refused(&options, MIEN_BAD_INPUT, "/votes.csv: names none of the 6 pictures of ");
    ck_message("(\"angry/1.png\" for one)");
    static const char *const smirk[] = {"angry", "smirk"}, *const twice[] = {"anger", "angry"};
    options.class_count = 2;
    options.classes = smirk;
    refused(&options, MIEN_BAD_INPUT, "nobody could vote for class \"smirk\"");
    options.classes = twice;
    refused(&options, MIEN_BAD_INPUT, "classes \"anger\" and \"angry\" are one and the same vote");
    options.votes = "none.csv";
    options.classes = classes;
    refused(&options, MIEN_NOT_FOUND, "none.csv: there is no such file");
}
END_TEST

// --- Splits --------------------------------------------------------------------------------------

enum { MANY = 40 };

static void put_many(void) {
    for (int i = 0; i < MANY; i++) {
        char name[64];
        snprintf(name, sizeof name, "angry/%02d.png", i);
        put(name, 2, 2, 1);
        if (i % 2 == 0) {
            snprintf(name, sizeof name, "happy/%02d.png", i);
            put(name, 2, 2, 1);
        }
    }
}

typedef struct {
    mien_dataset *dataset;
    size_t *training, *validation, training_count, validation_count;
} parts;

static parts split(double fraction, uint64_t seed) {
    mien_dataset_options options = usual();
    options.class_count = 2;
    parts made = {.dataset = read_with(&options, NULL)};
    ck_assert_msg(mien_dataset_split(made.dataset, fraction, seed, &made.training,
                                     &made.training_count, &made.validation, &made.validation_count,
                                     &error) == MIEN_OK,
                  "%s", error.message);
    return made;
}

static void free_parts(parts *made) {
    mien_dataset_free(made->dataset);
    free(made->training);
    free(made->validation);
}

START_TEST(splits_take_the_same_share_of_each_class) {
    put_many();
    for (int tenths = 0; tenths < 9; tenths++) {
        parts made = split(tenths / 10.0, 1);
        size_t angry = 0, seen = 0;
        ck_assert_uint_eq(made.training_count + made.validation_count, MANY * 3 / 2);
        ck_assert_uint_eq(made.validation_count, (size_t)tenths * MANY * 3 / 20);
        for (size_t i = 0; i < made.validation_count; i++) {
            angry += mien_dataset_at(made.dataset, made.validation[i])->label == 0;
            seen += i == 0 || made.validation[i] > made.validation[i - 1];
        }
        ck_assert_uint_eq(angry, (size_t)tenths * MANY / 10);
        ck_assert_uint_eq(seen, made.validation_count); // ascending, so each but once
        for (size_t i = 0, j = 0, k = 0; i < MANY * 3 / 2; i++) {
            bool checked = j < made.validation_count && made.validation[j] == i;
            ck_assert(checked || made.training[k] == i);
            j += checked;
            k += !checked;
        }
        free_parts(&made);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("dataset");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, examples_are_in_order_whatever_the_threads);
    tcase_add_loop_test(tests, bytes_give_the_inputs_own_numbers, 0, sizeof kept / sizeof *kept);
    tcase_add_test(tests, unreadable_pictures_are_named_and_left_out);
    tcase_add_test(tests, a_picture_is_named_once);
    tcase_add_test(tests, a_class_with_nothing_readable);
    tcase_add_test(tests, limits_hold_for_pictures);
    tcase_add_test(tests, progress_and_interruption);
    tcase_add_test(tests, wrong_data);
    tcase_add_test(tests, targets_blend_labels_and_votes);
    tcase_add_test(tests, wrong_votes);
    tcase_add_test(tests, splits_take_the_same_share_of_each_class);
    Suite *suite = suite_create("training data");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
