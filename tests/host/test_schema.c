// SPDX-License-Identifier: Apache-2.0
// docs/manifest.schema.json and the reference in docs/manifests.md are what the table says. With
// MIEN_UPDATE=1 in the environment the test writes them anew.
#include "host/manifest.h"
#include "support/expectation.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static const char begin[] = "<!-- generated: every key -->\n";
static const char end[] = "<!-- end of generated -->\n";

static char *read_text(const char *path) {
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    char *text = NULL;
    size_t size = 0;
    // A file without a NUL is one record that ends at the end.
    ck_assert_msg(getdelim(&text, &size, '\0', file) > 0, "%s is empty", path);
    fclose(file);
    return text;
}

static bool updating(void) {
    const char *const update = getenv("MIEN_UPDATE");
    return update && strcmp(update, "1") == 0;
}

static void write_text(const char *path, const char *text) {
    FILE *const file = fopen(path, "wb");
    ck_assert_msg(file != NULL, "%s cannot be written", path);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static char *generated(mien_status (*write)(FILE *file, mien_error *error)) {
    char *text = NULL;
    size_t size;
    mien_error error = MIEN_ERROR_INIT;
    FILE *const file = open_memstream(&text, &size);
    ck_assert_msg(write(file, &error) == MIEN_OK, "%s", error.message);
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

START_TEST(the_schema_in_docs_is_the_tables) {
    char *const path = source_path("docs/manifest.schema.json");
    char *const text = generated(mien_schema_write);
    yyjson_doc *const document = yyjson_read(text, strlen(text), 0);
    ck_assert_ptr_nonnull(document);
    yyjson_doc_free(document);
    if (updating()) {
        write_text(path, text);
    }
    char *const committed = read_text(path);
    ck_assert_msg(strcmp(committed, text) == 0,
                  "%s is not what the table says; run this test with "
                  "MIEN_UPDATE=1",
                  path);
    free(committed);
    free(text);
    free(path);
}
END_TEST

START_TEST(the_reference_in_docs_is_the_tables) {
    char *const path = source_path("docs/manifests.md");
    char *const tables = generated(mien_schema_write_markdown);
    char *page = read_text(path), *whole = NULL;
    char *const first = strstr(page, begin), *const last = strstr(page, end);
    ck_assert_msg(first && last && first < last, "%s lost its marks", path);
    const int head = (int)(first - page) + (int)sizeof begin - 1;
    ck_assert_int_gt(asprintf(&whole, "%.*s\n%s%s", head, page, tables, last), 0);
    free(page);
    if (updating()) {
        write_text(path, whole);
    }
    page = read_text(path);
    ck_assert_msg(strcmp(page, whole) == 0,
                  "%s is not what the table says; run this test with "
                  "MIEN_UPDATE=1",
                  path);
    free(page);
    free(whole);
    free(tables);
    free(path);
}
END_TEST

static Suite *suite(void) {
    Suite *const schema = suite_create("schema");
    TCase *const docs = tcase_create("docs");
    tcase_add_test(docs, the_schema_in_docs_is_the_tables);
    tcase_add_test(docs, the_reference_in_docs_is_the_tables);
    suite_add_tcase(schema, docs);
    return schema;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
