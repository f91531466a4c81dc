// SPDX-License-Identifier: Apache-2.0
// A mapped weights file does not stay in memory beside what was made of it: neither after its
// digest was checked nor once a session has packed it.
#include "mien/session.h"
#include "support/folder.h"
#include "support/memory_weights.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 2048, FEATURES = 2048, FILE_KIB = INPUTS * FEATURES / 256 };
static const char name[] = "mapped.safetensors";

/// KiB of the file that are in this process' memory.
static long resident(void) {
    char line[4096];
    bool ours = false, found = false;
    long total = 0, part;
    FILE *file = fopen("/proc/self/smaps", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        if (strchr(line, '-') && strstr(line, " r")) {
            ours = strstr(line, name) != NULL;
            found = found || ours;
        } else if (ours && sscanf(line, "Rss: %ld kB", &part) == 1) {
            total += part;
        }
    }
    fclose(file);
    ck_assert_msg(found, "%s is not mapped", name);
    return total;
}

static void fill(const mien_parameter *parameter, float *values, size_t count, void *user) {
    (void)parameter;
    (void)user;
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)(i % 7);
    }
}

static mien_graph *make_graph(void) {
    mien_error error = MIEN_ERROR_INIT;
    mien_graph *graph = NULL;
    ck_assert_int_eq(mien_graph_create(&graph, &error), MIEN_OK);
    mien_node input = mien_flatten(graph, mien_input(graph, 1, 1, INPUTS), MIEN_FLATTEN_HWC);
    mien_node output = mien_linear(graph, input, "head", MIEN_LINEAR(.features = FEATURES));
    ck_assert_msg(mien_graph_finish(graph, output, &error) == MIEN_OK, "%s", error.message);
    return graph;
}

START_TEST(what_was_read_once_leaves_memory) {
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    mien_session *session = NULL;
    char path[4096], digest[MIEN_SHA256_HEX];
    char *folder = make_folder();
    mien_graph *graph = make_graph();
    struct memory_weights made = memory_weights_make(graph, fill, NULL);
    mien_named_tensor tensors[2];
    const size_t count = mien_weights_count(made.weights);
    ck_assert_uint_le(count, 2);
    for (size_t i = 0; i < count; i++) {
        tensors[i] = mien_weights_at(made.weights, i);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(mien_weights_write(path, tensors, count, NULL, &error), MIEN_OK);
    ck_assert_int_eq(mien_sha256_file(path, digest, &error), MIEN_OK);

    ck_assert_msg(mien_weights_open(path, digest, &weights, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_int_lt(resident(), FILE_KIB / 8);
    ck_assert_msg(mien_session_create(graph, weights, NULL, &session, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_int_lt(resident(), FILE_KIB / 8);
    const float *first = mien_weights_find(weights, "head.weight")->data;
    ck_assert_float_eq(first[6], 6);
    ck_assert_float_eq(first[INPUTS * FEATURES - 1], (INPUTS * FEATURES - 1) % 7);

    mien_session_free(session);
    mien_weights_close(weights);
    memory_weights_free(&made);
    mien_graph_free(graph);
    remove_folder(folder);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory of weights");
    TCase *cases = tcase_create("memory of weights");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, what_was_read_once_leaves_memory);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
