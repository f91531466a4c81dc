// SPDX-License-Identifier: Apache-2.0
// Broken and hostile pictures: a message that says what is wrong, nothing decoded, nothing leaked.
#include "support/folder.h"
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct sample {
    const char *name;
    const char *message; // part of it
} sample;

static const sample samples[] = {
    {"empty.png", "is empty"},
    {"empty.jpg", "is empty"},
    {"magic-only.png", "PNG is truncated"},
    {"magic-only.jpg", "JPEG is truncated"},
    {"truncated.png", "PNG is truncated"},
    {"truncated-header.png", "PNG is truncated"},
    {"truncated.jpg", "JPEG is truncated"},
    {"truncated-header.jpg", "JPEG is truncated"},
    {"truncated-progressive.jpg", "JPEG is truncated"},
    {"text.jpg", "is neither a JPEG nor a PNG"},
    {"gif.png", "is a GIF file; JPEG and PNG can be read"},
    {"bomb.png", "more pixels than memory can hold"},
    {"over-limit.png", "20000x20000 pixels; at most 100000000"},
    {"few-rows.png", "PNG"},
    {"zero-width.png", "PNG cannot be decoded (invalid image width)"},
    {"bad-depth.png", "PNG cannot be decoded (invalid bit depth)"},
    {"bad-filter.png", "PNG cannot be decoded (invalid scanline filter)"},
    {"no-palette.png", "PNG cannot be decoded"},
    {"checksum.png", "PNG cannot be decoded"},
    {"zlib.png", "PNG cannot be decoded"},
    {"no-pixels.png", "PNG cannot be decoded"},
    {"huge.jpg", "65500x65500 pixels; at most 100000000"},
    {"zero-height.jpg", "JPEG cannot be decoded"},
    {"corrupt.jpg", "JPEG cannot be decoded (Corrupt JPEG data: bad Huffman code)"},
    {"bad-table.jpg", "JPEG cannot be decoded (Bogus Huffman table definition)"},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void refuses(const char *path, const mien_image_limits *limits, mien_status wanted,
                    const char *message) {
    mien_image image;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_image_read(path, limits, &image, &error);
    ck_assert_msg(status == wanted, "%s: status %d (%s)", path, status, error.message);
    ck_assert_int_eq(error.status, wanted);
    ck_assert_msg(strncmp(error.message, path, strlen(path)) == 0, "%s", error.message);
    ck_assert_msg(strstr(error.message, message), "\"%s\" lacks \"%s\"", error.message, message);
    ck_assert_ptr_null(image.pixels);
    ck_assert_uint_eq(image.width, 0);
}

START_TEST(refuses_broken_files) {
    char name[256];
    snprintf(name, sizeof name, "broken/%s", samples[_i].name);
    refuses(picture_path(name), NULL, MIEN_BAD_INPUT, samples[_i].message);
}
END_TEST

START_TEST(refuses_every_truncation) {
    static const char *const names[] = {"interlaced.png", "palette-alpha.png", "progressive.jpg",
                                        "orientation-5.jpg"};
    size_t size;
    uint8_t *bytes = picture_bytes(picture_path(names[_i]), &size);
    size_t whole_from = size - (strstr(names[_i], ".png") ? 12 : 2); // what ends the file may miss
    for (size_t kept = 0; kept < whole_from; kept++) {
        uint8_t *part = malloc(kept + 1); // exact, so that a sanitizer sees reads past the end
        ck_assert_ptr_nonnull(part);
        memcpy(part, bytes, kept);
        mien_image image;
        mien_status status = mien_image_decode(part, kept, NULL, &image, NULL);
        ck_assert_msg(status == MIEN_BAD_INPUT || kept + 8 >= whole_from,
                      "%s cut to %zu of %zu bytes: status %d", names[_i], kept, size, status);
        mien_image_free(&image);
        free(part);
    }
    free(bytes);
}
END_TEST

START_TEST(refuses_what_is_no_file) {
    refuses(picture_path("broken"), NULL, MIEN_BAD_INPUT, "is a folder");
    refuses(picture_path("absent.jpg"), NULL, MIEN_NOT_FOUND, "there is no such file");
    refuses(picture_path("rgb.png/absent.jpg"), NULL, MIEN_NOT_FOUND, "there is no such file");
}
END_TEST

START_TEST(refuses_a_file_it_may_not_read) {
    char *folder = make_folder();
    write_file(folder, "secret.png", "x", 1);
    char path[4096];
    snprintf(path, sizeof path, "%s/secret.png", folder);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(chmod(path, 0), 0);
    uid_t user = geteuid(), nobody = 65534;
    if (user == 0 && seteuid(nobody) != 0) {
        fprintf(stderr, "skipped: root here cannot act as another user, and may read everything\n");
    } else {
        refuses(path, NULL, MIEN_IO, "cannot be opened (Permission denied)");
        ck_assert_int_eq(seteuid(user), 0);
    }
    remove_folder(folder);
}
END_TEST

START_TEST(keeps_to_the_callers_limits) {
    const char *path = picture_path("rgb.png"); // 21x17
    mien_image image;
    mien_image_limits exact = {.max_pixels = UINT64_C(21) * 17};
    ck_assert_int_eq(mien_image_read(path, &exact, &image, NULL), MIEN_OK);
    mien_image_free(&image);
    refuses(path, &(mien_image_limits){.max_pixels = 21 * 17 - 1}, MIEN_BAD_INPUT,
            "21x17 pixels; at most 356");
    refuses(path, &(mien_image_limits){.max_file_bytes = 100}, MIEN_BAD_INPUT,
            "larger than the 100 bytes");
    size_t size;
    uint8_t *bytes = picture_bytes(path, &size);
    exact = (mien_image_limits){.max_file_bytes = size - 1};
    ck_assert_int_eq(mien_image_decode(bytes, size, &exact, &image, NULL), MIEN_BAD_INPUT);
    exact.max_file_bytes = size;
    ck_assert_int_eq(mien_image_decode(bytes, size, &exact, &image, NULL), MIEN_OK);
    mien_image_free(&image);
    free(bytes);
}
END_TEST

START_TEST(refuses_wrong_calls) {
    mien_image image;
    ck_assert_int_eq(mien_image_decode(NULL, 5, NULL, &image, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_decode("", 0, NULL, NULL, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_read(NULL, NULL, &image, NULL), MIEN_INVALID_ARGUMENT);
    ck_assert_int_eq(mien_image_decode(NULL, 0, NULL, &image, NULL), MIEN_BAD_INPUT);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("broken");
    tcase_add_loop_test(tests, refuses_broken_files, 0, SAMPLES);
    tcase_add_loop_test(tests, refuses_every_truncation, 0, 4);
    tcase_add_test(tests, refuses_what_is_no_file);
    tcase_add_test(tests, refuses_a_file_it_may_not_read);
    tcase_add_test(tests, keeps_to_the_callers_limits);
    tcase_add_test(tests, refuses_wrong_calls);
    tcase_set_timeout(tests, 60);
    Suite *suite = suite_create("images: broken");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
