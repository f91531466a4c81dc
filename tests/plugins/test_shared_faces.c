// SPDX-License-Identifier: Apache-2.0
// The two networks that others trained on faces that are not ours to ship, in ../shared/data:
// against their own packages, and against people's labels. Skipped where that folder is not there.
#include "support/face_network.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SKIPPED = 77 }; // to ctest

static char folder[512]; // ../shared/data

START_TEST(probabilities_are_the_packages) {
    face_network network = open_face_network(_i);
    yyjson_doc *doc = read_answers("tests/fixtures/reference/faces.json");
    yyjson_val *samples = yyjson_obj_get(yyjson_doc_get_root(doc), "samples"), *sample;
    ck_assert_uint_ge(yyjson_arr_size(samples), 20);
    float largest = 0, resized = 0;
    size_t index, count, agreed = 0;
    yyjson_arr_foreach(samples, index, count, sample) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder,
                 yyjson_get_str(yyjson_obj_get(sample, "file")));
        float got[FACE_CLASSES], expected[FACE_CLASSES];
        see_face(&network, path, got);
        package_answer(sample, _i, "package", expected);
        resized = fmaxf(resized, largest_difference(got, expected));
        agreed += likeliest(got) == likeliest(expected);
        package_answer(sample, _i, "centred", expected);
        float difference = largest_difference(got, expected);
        ck_assert_msg(difference <= 0.02f, "%s: probabilities are off by %g", path,
                      (double)difference);
        largest = fmaxf(largest, difference);
    }
    printf("%s: probabilities within %.2g of the package's on %zu faces; with its own resizing "
           "within %.2g, %zu with the same top class\n",
           face_networks[_i], (double)largest, count, (double)resized, agreed);
    // Unsmoothed resizing of faces this small changes a few answers, not most.
    ck_assert_uint_ge(agreed + 3, count);
    yyjson_doc_free(doc);
    close_face_network(&network);
}
END_TEST

static int is_png(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".png") == 0;
}

static const char *const three[] = {"angry", "happy", "sad"};

// How many pictures of the folder of class `label` have it as the likeliest of the three.
static int count_right(const face_network *network, int label, const int columns[3],
                       int *pictures) {
    char path[1024];
    snprintf(path, sizeof path, "%s/fer2013/test/%s", folder, three[label]);
    struct dirent **entries;
    int right = 0, count = scandir(path, &entries, is_png, alphasort);
    ck_assert_msg(count > 0, "%s holds no pictures", path);
    for (int i = 0; i < count; i++) {
        float got[FACE_CLASSES];
        snprintf(path, sizeof path, "%s/fer2013/test/%s/%s", folder, three[label],
                 entries[i]->d_name);
        see_face(network, path, got);
        int best = 0;
        for (int c = 1; c < 3; c++) {
            best = got[columns[c]] > got[columns[best]] ? c : best;
        }
        right += best == label;
        free(entries[i]);
    }
    free(entries);
    *pictures += count;
    return right;
}

START_TEST(accuracy_is_that_of_an_independent_run) {
    static const double expected[FACE_NETWORKS] = {0.764, 0.815}; // of the same weights
    face_network network = open_face_network(_i);
    int columns[3] = {-1, -1, -1}, right = 0, pictures = 0;
    for (int i = 0; i < 3 * FACE_CLASSES; i++) {
        const char *name = mien_model_class(network.model, (size_t)(i % FACE_CLASSES));
        if (strcmp(name, three[i / FACE_CLASSES]) == 0) {
            columns[i / FACE_CLASSES] = i % FACE_CLASSES;
        }
    }
    for (int label = 0; label < 3; label++) {
        ck_assert_int_ge(columns[label], 0);
        right += count_right(&network, label, columns, &pictures);
    }
    double accuracy = (double)right / pictures;
    printf("%s: %.2f %% (%d of %d faces, angry, happy or sad)\n", face_networks[_i], 100 * accuracy,
           right, pictures);
    ck_assert_int_eq(pictures, 1981);
    ck_assert_double_le(fabs(accuracy - expected[_i]), 0.005);
    close_face_network(&network);
}
END_TEST

int main(void) {
    const char *source = getenv("MIEN_SOURCE");
    snprintf(folder, sizeof folder, "%s/../shared/data", source ? source : ".");
    if (access(folder, R_OK) != 0) {
        printf("NOT COMPARED: the faces of %s are not there\n", folder);
        return SKIPPED;
    }
    Suite *suite = suite_create("shared faces");
    TCase *faces = tcase_create("faces");
    tcase_set_timeout(faces, 300);
    tcase_add_loop_test(faces, probabilities_are_the_packages, 0, FACE_NETWORKS);
    tcase_add_loop_test(faces, accuracy_is_that_of_an_independent_run, 0, FACE_NETWORKS);
    suite_add_tcase(suite, faces);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
