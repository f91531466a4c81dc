// SPDX-License-Identifier: Apache-2.0
// Pictures are known again by what they show, and lists of them are read as if a stranger wrote
// them.
#include "host/fit/digests.h"
#include "mien/weights.h"
#include "support/folder.h"
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder;
static mien_error error;

static void set_up(void) {
    folder = make_folder();
    error = (mien_error)MIEN_ERROR_INIT;
}

static void tear_down(void) {
    remove_folder(folder);
}

static const char *path_of(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static uint64_t digest_of(const mien_image *image) {
    uint64_t digest = 0;
    ck_assert_int_eq(mien_picture_digest(image, &digest, &error), MIEN_OK);
    return digest;
}

// --- Pictures ------------------------------------------------------------------------------------

START_TEST(a_picture_is_what_it_shows) {
    mien_image grey = picture_noise(90, 70, 1), colour = picture_noise(90, 70, 3), read;
    const uint64_t digest = digest_of(&grey);

    // Written and read again, and grey as three channels.
    ck_assert_int_eq(mien_image_write_png(&grey, path_of("a.png"), &error), MIEN_OK);
    ck_assert_int_eq(mien_image_read(path_of("a.png"), NULL, &read, &error), MIEN_OK);
    ck_assert_uint_eq(digest_of(&read), digest);
    mien_image_free(&read);
    mien_image wide = picture_noise(90, 70, 3);
    for (size_t i = 0; i < 90 * 70 * 3; i++) {
        wide.pixels[i] = grey.pixels[i / 3];
    }
    ck_assert_uint_eq(digest_of(&wide), digest);

    // Another last pixel, another shape of the same bytes, colour.
    wide.pixels[90 * 70 * 3 - 1] ^= 1;
    ck_assert_uint_ne(digest_of(&wide), digest);
    grey.width = 70;
    grey.height = 90;
    ck_assert_uint_ne(digest_of(&grey), digest);
    ck_assert_uint_ne(digest_of(&colour), digest);
    mien_image_free(&grey);
    mien_image_free(&colour);
    mien_image_free(&wide);
}
END_TEST

/// sha256sum of "1 2 1\n" and the bytes 7 and 9: its first 16 digits.
START_TEST(a_digest_is_the_beginning_of_a_sha_256) {
    uint8_t pixels[] = {7, 9};
    const mien_image image = {.height = 1, .width = 2, .channels = 1, .pixels = pixels};
    ck_assert_uint_eq(digest_of(&image), 0x8693d78ab1aa7fc5u);
}
END_TEST

// --- Lists ---------------------------------------------------------------------------------------

START_TEST(lists_are_sorted_and_found_in) {
    static const uint64_t given[] = {9, UINT64_MAX, 0, 9, 5};
    mien_digests made = {0}, none = {0};
    ck_assert_int_eq(mien_digests_make(given, 5, &made, &error), MIEN_OK);
    ck_assert_uint_eq(made.count, 4);
    for (size_t i = 0; i < 5; i++) {
        ck_assert(mien_digests_hold(&made, given[i]));
        ck_assert(!mien_digests_hold(&made, given[i] ^ 64));
        ck_assert(!mien_digests_hold(&none, given[i]));
    }
    ck_assert_int_eq(mien_digests_make(NULL, 0, &none, &error), MIEN_OK);
    ck_assert_uint_eq(none.count, 0);
    mien_digests_free(&made);
    mien_digests_free(&none);
}
END_TEST

static const struct {
    const char *text, *message; // NULL: it is read
    size_t size, count;
} lists[] = {
    {"", NULL, 0, 0},
    {"0000000000000005\nffffffffffffffff\n", NULL, 34, 2},
    {"0000000000000005\nffffffffffffffff", "p:2:17: is no list of pictures", 33, 0},
    {"0000000000000005\r\n", "p:1:17: is no list of pictures", 18, 0},
    {"000000000000000G\n", "p:1:16: is no list", 17, 0},
    {"000000000000000A\n", "p:1:16: is no list", 17, 0},
    {"\n", "p:1:1: is no list", 1, 0},
    {"00000\n", "p:1:6: is no list", 6, 0},
    {"0000000000000005\n0000\0", "p:2:5: is no list", 22, 0},
    {"0000000000000005\n0000000000000005\n", "p:2:1: is not larger than the line before", 34, 0},
    {"0000000000000005\n0000000000000004\n", "p:2:1: is not larger", 34, 0},
};

START_TEST(what_is_no_list_says_where) {
    mien_digests read = {0};
    // In memory of its own, so that reading on is seen.
    char *bytes = malloc(lists[_i].size + !lists[_i].size);
    memcpy(bytes, lists[_i].text, lists[_i].size);
    const mien_status status = mien_digests_parse(bytes, lists[_i].size, "p", &read, &error);
    free(bytes);
    if (lists[_i].message) {
        ck_assert_int_eq(status, MIEN_BAD_INPUT);
        ck_assert_msg(strstr(error.message, lists[_i].message), "%s", error.message);
        ck_assert_ptr_null(read.items);
    } else {
        ck_assert_int_eq(status, MIEN_OK);
        ck_assert_uint_eq(read.count, lists[_i].count);
    }
    mien_digests_free(&read);
}
END_TEST

// --- Of a manifest -------------------------------------------------------------------------------

static mien_manifest *write_manifest(const char *list, const char *digest) {
    char text[1024];
    snprintf(text, sizeof text,
             "schema: 1\nkind: ensemble\nname: e\nmembers: [{model: m}]\n"
             "fitted: {method: both, data: d, validation: 1, pictures: 2, digests: %s, sha256: "
             "'%s'}\n",
             list, digest);
    write_file(folder, "e.yaml", text, strlen(text));
    mien_manifest *manifest = NULL;
    ck_assert_msg(mien_manifest_read(path_of("e.yaml"), NULL, &manifest, &error) == MIEN_OK, "%s",
                  error.message);
    return manifest;
}

static void refused(const char *list, const char *digest, mien_status status, const char *part) {
    mien_digests digests = {0};
    mien_manifest *manifest = write_manifest(list, digest);
    ck_assert_int_eq(mien_digests_of(manifest, &digests, &error), status);
    ck_assert_msg(strstr(error.message, part), "\"%s\" is not in: %s", part, error.message);
    ck_assert_ptr_null(digests.items);
    mien_manifest_free(manifest);
}

START_TEST(a_manifest_has_its_own_list_or_none) {
    static const uint64_t given[] = {3, 1};
    char digest[MIEN_SHA256_HEX], other[MIEN_SHA256_HEX];
    mien_digests made = {0}, read = {0};
    ck_assert_int_eq(mien_digests_make(given, 2, &made, &error), MIEN_OK);
    ck_assert_int_eq(mien_digests_write(&made, path_of("e.pictures"), &error), MIEN_OK);
    ck_assert_int_eq(mien_sha256_file(path_of("e.pictures"), digest, &error), MIEN_OK);
    mien_manifest *manifest = write_manifest("e.pictures", digest);
    ck_assert_msg(mien_digests_of(manifest, &read, &error) == MIEN_OK, "%s", error.message);
    ck_assert_uint_eq(read.count, 2);
    ck_assert_mem_eq(read.items, made.items, 2 * sizeof *made.items);
    mien_digests_free(&read);
    mien_digests_free(&made);
    mien_manifest_free(manifest);

    refused("gone", digest, MIEN_NOT_FOUND, "e.yaml:5:70: no file \"gone\"");
    memset(other, '0', sizeof other - 1);
    other[sizeof other - 1] = '\0';
    refused("e.pictures", other, MIEN_BAD_INPUT, "has another SHA-256");
    write_file(folder, "no.pictures", "five\n", 5);
    ck_assert_int_eq(mien_sha256_file(path_of("no.pictures"), other, &error), MIEN_OK);
    refused("no.pictures", other, MIEN_BAD_INPUT, "no.pictures:1:2: is no list of pictures");
    write_file(folder, "empty.pictures", "", 0);
    ck_assert_int_eq(mien_sha256_file(path_of("empty.pictures"), other, &error), MIEN_OK);
    refused("empty.pictures", other, MIEN_BAD_INPUT,
            "empty.pictures lists 0 pictures, and the ensemble says it was fitted to 2");
    static const char three[] = "0000000000000001\n0000000000000002\n0000000000000003\n";
    write_file(folder, "three.pictures", three, sizeof three - 1);
    ck_assert_int_eq(mien_sha256_file(path_of("three.pictures"), other, &error), MIEN_OK);
    refused("three.pictures", other, MIEN_BAD_INPUT, "lists 3 pictures");
    ck_assert_int_eq(symlink("/etc/passwd", path_of("link.pictures")), 0);
    refused("link.pictures", digest, MIEN_BAD_INPUT, "leads out of the manifest's folder");
    write_file(folder, "folder.pictures/inside", "", 0);
    refused("folder.pictures", digest, MIEN_BAD_INPUT, "is not a file");
}
END_TEST

START_TEST(what_is_not_fitted_has_an_empty_list) {
    static const char text[] = "schema: 1\nkind: ensemble\nname: e\nmembers: [{model: m}]\n";
    mien_manifest *manifest = NULL;
    mien_digests digests = {0};
    ck_assert_int_eq(mien_manifest_parse(text, sizeof text - 1, "e.yaml", NULL, &manifest, &error),
                     MIEN_OK);
    ck_assert_int_eq(mien_digests_of(manifest, &digests, &error), MIEN_OK);
    ck_assert_uint_eq(digests.count, 0);
    mien_manifest_free(manifest);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("digests");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_picture_is_what_it_shows);
    tcase_add_test(tests, a_digest_is_the_beginning_of_a_sha_256);
    tcase_add_test(tests, lists_are_sorted_and_found_in);
    tcase_add_loop_test(tests, what_is_no_list_says_where, 0, sizeof lists / sizeof *lists);
    tcase_add_test(tests, a_manifest_has_its_own_list_or_none);
    tcase_add_test(tests, what_is_not_fitted_has_an_empty_list);
    Suite *suite = suite_create("digests");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
