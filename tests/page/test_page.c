// SPDX-License-Identifier: Apache-2.0
// Pages hold what they are given, whatever that says; tables become objects.
#include "host/page/page.h"
#include "support/folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;
static char path[4096];

static void set_up(void) {
    folder = make_folder();
    snprintf(path, sizeof path, "%s/file", folder);
}

static void tear_down(void) {
    remove_folder(folder);
}

static char *read_file(void) {
    char *text = NULL;
    size_t capacity = 0;
    FILE *const file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(getdelim(&text, &capacity, '\0', file), 0);
    fclose(file);
    return text;
}

static size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static yyjson_mut_doc *document_of(const char *text) {
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const root = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_strcpy(document, root, "kind", text);
    return document;
}

START_TEST(no_text_leaves_its_place) {
    static const char hostile[] =
        "</script><script>alert(1)</script><!-- <script> {{data}} &lt; \\";
    mien_error error = MIEN_ERROR_INIT;
    yyjson_mut_doc *const plain = document_of("plain"), *const bad = document_of(hostile);
    ck_assert_msg(mien_page_write(path, "plain", plain, &error) == MIEN_OK, "%s", error.message);
    char *const before = read_file();
    ck_assert_msg(mien_page_write(path, hostile, bad, &error) == MIEN_OK, "%s", error.message);
    char *const after = read_file();
    ck_assert_uint_eq(count_of(after, "<script"), count_of(before, "<script"));
    ck_assert_uint_eq(count_of(after, "</script"), count_of(before, "</script"));
    ck_assert_uint_eq(count_of(after, "<!--"), count_of(before, "<!--"));
    ck_assert_ptr_nonnull(strstr(after, "<title>&lt;/script>&lt;script>alert(1)&lt;/script>"));

    yyjson_doc *again = NULL;
    ck_assert_msg(mien_page_read(path, &again, &error) == MIEN_OK, "%s", error.message);
    ck_assert_str_eq(yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(again), "kind")), hostile);
    yyjson_doc_free(again);
    yyjson_mut_doc_free(plain);
    yyjson_mut_doc_free(bad);
    free(before);
    free(after);
}
END_TEST

START_TEST(a_page_asks_for_nothing) {
    mien_error error = MIEN_ERROR_INIT;
    yyjson_mut_doc *const document = document_of("plain");
    ck_assert_int_eq(mien_page_write(path, "plain", document, &error), MIEN_OK);
    char *const text = read_file();
    ck_assert_ptr_nonnull(strstr(text, "default-src 'none'; img-src data:;"));
    ck_assert_uint_eq(count_of(text, " src="), 0);
    ck_assert_uint_eq(count_of(text, "@import"), 0);
    ck_assert_uint_eq(count_of(text, "url("), 0);
    ck_assert_ptr_nonnull(strstr(text, "Redistribution and use in source and binary forms"));
    free(text);
    yyjson_mut_doc_free(document);
}
END_TEST

START_TEST(what_is_no_page_is_said) {
    mien_error error = MIEN_ERROR_INIT;
    yyjson_doc *data = NULL;
    ck_assert_int_eq(mien_page_read(path, &data, &error), MIEN_NOT_FOUND);
    write_file(folder, "file", "<html></html>", 13);
    ck_assert_int_eq(mien_page_read(path, &data, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "is no report that Mien wrote"));
    yyjson_mut_doc *const document = document_of("x");
    ck_assert_int_eq(mien_page_write(folder, "a folder", document, &error), MIEN_IO);
    yyjson_mut_doc_free(document);
    ck_assert_int_eq(mien_page_write(path, "no memory", NULL, &error), MIEN_OUT_OF_MEMORY);
}
END_TEST

START_TEST(pictures_become_addresses) {
    mien_error error = MIEN_ERROR_INIT;
    uint8_t pixels[300 * 200 * 3];
    memset(pixels, 90, sizeof pixels);
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        const mien_image image = {200, 300, channels, pixels};
        char *address = NULL;
        ck_assert_msg(mien_page_picture(&image, 100, &address, &error) == MIEN_OK, "%s",
                      error.message);
        ck_assert_int_eq(strncmp(address, "data:image/jpeg;base64,/9j/", 27), 0);
        ck_assert_uint_lt(strlen(address), 3000);
        ck_assert_uint_eq(strspn(address + 23,
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/="),
                          strlen(address) - 23);
        free(address);
    }
}
END_TEST

/// What a table reads as, or its message.
static char *read_table(const char *text) {
    mien_error error = MIEN_ERROR_INIT;
    write_file(folder, "file", text, strlen(text));
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *rows = NULL;
    const mien_status status = mien_page_table(path, 2, document, &rows, &error);
    yyjson_mut_doc_set_root(document, rows);
    char *const read = status == MIEN_OK ? yyjson_mut_write(document, 0, NULL)
                                         : strdup(error.message + strlen(path));
    yyjson_mut_doc_free(document);
    return read;
}

static void reads(const char *table, const char *wanted) {
    char *const text = read_table(table);
    ck_assert_str_eq(text, wanted);
    free(text);
}

START_TEST(tables_are_read) {
    reads("a,b\n1,x\n", "[{\"a\":1.0,\"b\":\"x\"}]");
    reads("a,b\r\n-2.5e1,\r\n", "[{\"a\":-25.0,\"b\":null}]");
    reads("a,\"b, or \"\"c\"\"\"\n\"x\ny\",nan", "[{\"a\":\"x\\ny\",\"b, or \\\"c\\\"\":\"nan\"}]");
    reads("a\n", "[]");
}
END_TEST

START_TEST(broken_tables_are_said) {
    reads("a,b\n1\n", ":2: has 1 fields, where 2 are expected");
    reads("a\n\"1\n", ":2: a quoted field has no end");
    reads("a\n1\n2\n3\n", ": has more than 2 rows");
}
END_TEST

int main(void) {
    Suite *const suite = suite_create("page");
    TCase *const tests = tcase_create("page");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, no_text_leaves_its_place);
    tcase_add_test(tests, a_page_asks_for_nothing);
    tcase_add_test(tests, what_is_no_page_is_said);
    tcase_add_test(tests, pictures_become_addresses);
    tcase_add_test(tests, tables_are_read);
    tcase_add_test(tests, broken_tables_are_said);
    suite_add_tcase(suite, tests);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
