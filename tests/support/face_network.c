// SPDX-License-Identifier: Apache-2.0
#include "support/face_network.h"

#include "mien/image.h"
#include "support/expectation.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

const char *const face_networks[FACE_NETWORKS] = {"face-expression", "mini-xception"};

face_network open_face_network(int index) {
    face_network network;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_registry_create(NULL, &network.registry, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_msg(mien_model_load(network.registry, face_networks[index], NULL, &network.model,
                                  &error) == MIEN_OK,
                  "%s", error.message);
    const mien_input_spec *spec = mien_model_input(network.model);
    network.input =
        calloc((size_t)spec->height * spec->width * spec->channels, sizeof *network.input);
    ck_assert_ptr_nonnull(network.input);
    ck_assert_uint_eq(mien_model_classes(network.model), FACE_CLASSES);
    return network;
}

void close_face_network(face_network *network) {
    free(network->input);
    mien_model_free(network->model);
    mien_registry_free(network->registry);
}

static void softmax(float values[FACE_CLASSES]) {
    float largest = values[likeliest(values)], sum = 0;
    for (int i = 0; i < FACE_CLASSES; i++) {
        sum += values[i] = expf(values[i] - largest);
    }
    for (int i = 0; i < FACE_CLASSES; i++) {
        values[i] /= sum;
    }
}

void see_face(const face_network *network, const char *path, float probabilities[FACE_CLASSES]) {
    mien_error error = MIEN_ERROR_INIT;
    mien_image image;
    ck_assert_msg(mien_image_read(path, NULL, &image, &error) == MIEN_OK, "%s", error.message);
    ck_assert_msg(mien_image_to_input(&image, mien_model_input(network->model), network->input,
                                      &error) == MIEN_OK,
                  "%s", error.message);
    ck_assert_msg(mien_model_run(network->model, network->input, 1, probabilities, &error) ==
                      MIEN_OK,
                  "%s", error.message);
    mien_image_free(&image);
    softmax(probabilities);
}

yyjson_doc *read_answers(const char *name) {
    char *path = source_path(name);
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, NULL);
    ck_assert_msg(doc != NULL, "%s cannot be read", path);
    free(path);
    return doc;
}

void package_answer(yyjson_val *sample, int index, const char *prepared,
                    float probabilities[FACE_CLASSES]) {
    yyjson_val *list = yyjson_obj_get(yyjson_obj_get(sample, face_networks[index]), prepared);
    ck_assert_uint_eq(yyjson_arr_size(list), FACE_CLASSES);
    for (size_t i = 0; i < FACE_CLASSES; i++) {
        probabilities[i] = (float)yyjson_get_num(yyjson_arr_get(list, i));
    }
    softmax(probabilities);
}

int likeliest(const float probabilities[FACE_CLASSES]) {
    int best = 0;
    for (int i = 1; i < FACE_CLASSES; i++) {
        best = probabilities[i] > probabilities[best] ? i : best;
    }
    return best;
}

float largest_difference(const float a[FACE_CLASSES], const float b[FACE_CLASSES]) {
    float largest = 0;
    for (int i = 0; i < FACE_CLASSES; i++) {
        largest = fmaxf(largest, fabsf(a[i] - b[i]));
    }
    return largest;
}
