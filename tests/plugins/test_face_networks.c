// SPDX-License-Identifier: Apache-2.0
// The two networks that others trained, against their own packages on the portrait that is shipped.
#include "host/golden.h"
#include "support/expectation.h"
#include "support/face_network.h"

#include <check.h>
#include <stdlib.h>

START_TEST(portrait_has_the_same_top_class) {
    face_network network = open_face_network(_i);
    yyjson_doc *doc = read_answers("tests/fixtures/reference/portrait.json");
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *classes = yyjson_obj_get(yyjson_obj_get(root, "classes"), face_networks[_i]);
    for (size_t i = 0; i < FACE_CLASSES; i++) {
        ck_assert_str_eq(mien_model_class(network.model, i),
                         yyjson_get_str(yyjson_arr_get(classes, i)));
    }
    yyjson_val *sample = yyjson_arr_get_first(yyjson_obj_get(root, "samples"));
    char *path = source_path("manifests/golden/collins.png");
    float got[FACE_CLASSES], package[FACE_CLASSES], centred[FACE_CLASSES];
    see_face(&network, path, got);
    package_answer(sample, _i, "package", package);
    package_answer(sample, _i, "centred", centred);
    ck_assert_int_eq(likeliest(got), likeliest(package));
    ck_assert_str_eq(mien_model_class(network.model, (size_t)likeliest(got)), "happy");
    ck_assert_float_le(largest_difference(got, package), 0.02f);
    ck_assert_float_le(largest_difference(got, centred), 0.001f);
    free(path);
    yyjson_doc_free(doc);
    close_face_network(&network);
}
END_TEST

START_TEST(golden_samples_pass) {
    mien_registry *registry = NULL;
    mien_answerer *answerer = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_create(NULL, &registry, &error) == MIEN_OK, "%s", error.message);
    ck_assert_msg(mien_answerer_load(registry, face_networks[_i], NULL, &answerer, &error) ==
                      MIEN_OK,
                  "%s", error.message);
    size_t count = 0;
    ck_assert_ptr_nonnull(mien_answerer_golden(answerer, &count));
    ck_assert_uint_eq(count, 2);
    for (size_t i = 0; i < count; i++) {
        mien_golden_result result;
        ck_assert_msg(mien_golden_run(answerer, i, &result, &error) == MIEN_OK, "%s",
                      error.message);
        ck_assert_msg(result.passed, "sample %zu is off by %g; %s%s", i, result.difference,
                      result.hint, result.problem);
    }
    mien_answerer_free(answerer);
    mien_registry_free(registry);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("face networks");
    TCase *networks = tcase_create("networks");
    tcase_set_timeout(networks, 60);
    tcase_add_loop_test(networks, portrait_has_the_same_top_class, 0, FACE_NETWORKS);
    tcase_add_loop_test(networks, golden_samples_pass, 0, FACE_NETWORKS);
    suite_add_tcase(suite, networks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
