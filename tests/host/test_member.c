// SPDX-License-Identifier: Apache-2.0
// An ensemble's members, by name and by file: which manifest counts, and what is refused.
#include "host/registry.h"
#include "tests/support/folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *shared, *own;

static void put(const char *folder, const char *file, const char *kind, const char *more) {
    char text[512], name[64];
    const char *const slash = strrchr(file, '/'), *const base = slash ? slash + 1 : file;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(base, "."), base);
    snprintf(text, sizeof text, "schema: 1\nkind: %s\nname: %s\n%s\n", kind, name, more);
    write_file(folder, file, text, strlen(text));
}

static void put_model(const char *folder, const char *file, const char *summary) {
    char more[128];
    snprintf(more, sizeof more, "summary: %s\nplugin: sound\nclasses: [a, b]", summary);
    put(folder, file, "model", more);
}

static void put_ensemble(const char *folder, const char *file, const char *model) {
    char more[256];
    snprintf(more, sizeof more, "members: [{model: %s}]", model);
    put(folder, file, "ensemble", more);
}

/// Of manifests: `shared`, as a folder of the search path, and `own`, of which nobody was told.
static void set_up(void) {
    shared = make_folder();
    own = make_folder();
    put_model(shared, "everywhere.yaml", "shared");
    put_model(shared, "both.yaml", "shared");
    put_model(own, "both.yaml", "own");
    put_model(own, "nested/nested.yaml", "nested");
    put_model(own, "sub/deep.yaml", "deep");
    put_model(own, "sub/other.yml", "yml");
    put_model(own, "sub/plain", "no ending");
    put(own, "faces.yaml", "dataset", "root: .\nclasses: [a]");
}

static void tear_down(void) {
    remove_folder(shared);
    remove_folder(own);
}

static mien_registry *open_registry(bool allow_outside) {
    const mien_registry_options options = {.manifest_path = shared,
                                           .plugin_path = shared,
                                           .allow_outside = allow_outside,
                                           .only_given = true};
    mien_registry *registry = NULL;
    ck_assert_int_eq(mien_registry_create(&options, &registry, NULL), MIEN_OK);
    return registry;
}

static char *path_in(const char *folder, const char *file) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

/// The ensemble of that file, which has one member.
static mien_manifest *read_ensemble(const mien_registry *registry, const char *folder,
                                    const char *file) {
    mien_manifest *ensemble = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_manifest(registry, path_in(folder, file), &ensemble, &error) ==
                      MIEN_OK,
                  "%s", error.message);
    return ensemble;
}

static mien_status find(const char *folder, const char *model, bool allow_outside, char *summary,
                        mien_error *error) {
    mien_registry *const registry = open_registry(allow_outside);
    put_ensemble(folder, "e.yaml", model);
    mien_manifest *const ensemble = read_ensemble(registry, folder, "e.yaml"), *member = NULL;
    const mien_status status = mien_registry_member(registry, ensemble, 0, &member, error);
    ck_assert((status == MIEN_OK) == (member != NULL));
    snprintf(summary, 64, "%s", member ? member->summary.text : "");
    mien_manifest_free(member);
    mien_manifest_free(ensemble);
    mien_registry_free(registry);
    return status;
}

static void expect(const char *folder, const char *model, const char *summary) {
    char found[64];
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(find(folder, model, false, found, &error) == MIEN_OK, "%s", error.message);
    ck_assert_str_eq(found, summary);
}

/// Refused at the member's place in the ensemble's file.
static void refuse(const char *model, mien_status status, const char *message) {
    char found[64];
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(find(own, model, false, found, &error), status);
    ck_assert_msg(strstr(error.message, "/e.yaml:4:19: "), "%s", error.message);
    ck_assert_msg(strstr(error.message, message), "'%s' does not say '%s'", error.message, message);
}

START_TEST(a_name_is_looked_for_in_the_own_folder_first) {
    expect(own, "both", "own");
    expect(shared, "both", "shared");
    expect(own, "everywhere", "shared");
    expect(own, "nested", "nested");
}
END_TEST

START_TEST(a_file_is_seen_from_the_ensemble) {
    expect(own, "both.yaml", "own");
    expect(own, "./both.yaml", "own");
    expect(own, "sub/deep.yaml", "deep");
    expect(own, "sub/other.yml", "yml");
    expect(own, "sub/plain", "no ending");
}
END_TEST

START_TEST(what_is_not_found_says_where_it_was_looked_for) {
    char looked[4096];
    snprintf(looked, sizeof looked,
             "member \"bth\": no manifest \"bth\"; did you mean \"both\"?; "
             "looked in %s, %s",
             own, shared);
    refuse("bth", MIEN_NOT_FOUND, looked);
    snprintf(looked, sizeof looked, "no file \"sub/none.yaml\" in folder %s", own);
    refuse("sub/none.yaml", MIEN_NOT_FOUND, looked);
    refuse("both.yaml/x.yaml", MIEN_NOT_FOUND, "no file \"both.yaml/x.yaml\"");
    refuse("deep", MIEN_NOT_FOUND, "no manifest \"deep\""); // which is a folder further
    refuse("./sub", MIEN_BAD_INPUT, "not a regular file");
}
END_TEST

START_TEST(members_are_models) {
    refuse("e", MIEN_BAD_INPUT, "member \"e\" is this ensemble itself; members are models");
    refuse("./e.yaml", MIEN_BAD_INPUT, "member \"./e.yaml\" is this ensemble itself");
    put_ensemble(own, "another.yaml", "both");
    refuse("another", MIEN_BAD_INPUT,
           "member \"another\" is an ensemble; members are models, so name those that it has");
    refuse("faces", MIEN_BAD_INPUT, "member \"faces\" is a dataset; members are models");
    write_file(own, "torn.yaml", "schema: 1\nkind: modle\n", 22);
    refuse("torn.yaml", MIEN_BAD_INPUT, "member \"torn.yaml\": ");
    refuse("torn", MIEN_BAD_INPUT, "/torn.yaml:2:7: kind is \"modle\"");
}
END_TEST

START_TEST(a_file_outside_is_for_the_user_to_allow) {
    mien_registry *const registry = open_registry(false);
    static const char *const outside[] = {"../a.yaml", "sub/../../a.yaml", "/a.yaml"};
    for (size_t i = 0; i < 3; i++) {
        mien_manifest *ensemble = NULL;
        mien_error error = MIEN_ERROR_INIT;
        put_ensemble(own, "e.yaml", outside[i]);
        ck_assert_int_eq(
            mien_registry_manifest(registry, path_in(own, "e.yaml"), &ensemble, &error),
            MIEN_BAD_INPUT);
        ck_assert_msg(strstr(error.message, "/e.yaml:4:19: model "), "%s", error.message);
        ck_assert_msg(strstr(error.message, "path"), "%s", error.message);
    }
    mien_registry_free(registry);
    char target[4096], found[64];
    snprintf(target, sizeof target, "%s", path_in(shared, "both.yaml"));
    ck_assert_int_eq(symlink(target, path_in(own, "link.yaml")), 0);
    refuse("link.yaml", MIEN_BAD_INPUT, "\"link.yaml\" is a link that leads out");
    ck_assert_int_eq(find(own, "link.yaml", true, found, NULL), MIEN_OK);
    ck_assert_str_eq(found, "shared");
    ck_assert_int_eq(find(own, target, true, found, NULL), MIEN_OK);
    ck_assert_str_eq(found, "shared");
}
END_TEST

/// What names the member `model` of an ensemble in `own` in another at `folder`/`file`; or the
/// message.
static void check_from(const char *model, const char *folder, const char *file, mien_status status,
                       const char *expected) {
    mien_registry *const registry = open_registry(false);
    put_ensemble(own, "e.yaml", model);
    mien_manifest *const ensemble = read_ensemble(registry, own, "e.yaml");
    mien_error error = MIEN_ERROR_INIT;
    char *text = NULL;
    ck_assert_msg(mien_registry_member_from(registry, ensemble, 0, path_in(folder, file), &text,
                                            &error) == status,
                  "%s", error.message);
    if (status == MIEN_OK) {
        ck_assert_str_eq(text, expected);
    } else {
        ck_assert_ptr_null(text);
        ck_assert_msg(strstr(error.message, expected), "%s", error.message);
    }
    free(text);
    mien_manifest_free(ensemble);
    mien_registry_free(registry);
}

START_TEST(from_elsewhere_a_member_has_another_name) {
    check_from("both", own, "new.yaml", MIEN_OK, "both");
    check_from("sub/deep.yaml", own, "new.yaml", MIEN_OK, "sub/deep.yaml");
    check_from("sub/deep.yaml", own, "sub/new.yaml", MIEN_OK, "deep.yaml");
    check_from("sub/plain", own, "sub/new.yaml", MIEN_OK, "./plain");
    check_from("everywhere", own, "sub/new.yaml", MIEN_OK, "everywhere");
    check_from("both", shared, "new.yaml", MIEN_INVALID_ARGUMENT, "cannot name");
    check_from("both", own, "sub/new.yaml", MIEN_INVALID_ARGUMENT, "cannot name");
    check_from("both", own, "both.yaml", MIEN_INVALID_ARGUMENT,
               "is the file of the member \"both\"");
    check_from("everywhere", own, "everywhere.yaml", MIEN_INVALID_ARGUMENT,
               "would be found in place of the member \"everywhere\"");
}
END_TEST

int main(void) {
    Suite *const suite = suite_create("member");
    TCase *const tests = tcase_create("cases");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_name_is_looked_for_in_the_own_folder_first);
    tcase_add_test(tests, a_file_is_seen_from_the_ensemble);
    tcase_add_test(tests, what_is_not_found_says_where_it_was_looked_for);
    tcase_add_test(tests, members_are_models);
    tcase_add_test(tests, a_file_outside_is_for_the_user_to_allow);
    tcase_add_test(tests, from_elsewhere_a_member_has_another_name);
    suite_add_tcase(suite, tests);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
