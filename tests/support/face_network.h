// SPDX-License-Identifier: Apache-2.0
/// @file
/// The two networks that others trained, each over the seven emotions, and what their own packages
/// answer in Node (tests/reference/node/reference.mjs).
#ifndef TESTS_SUPPORT_FACE_NETWORK_H
#define TESTS_SUPPORT_FACE_NETWORK_H

#include "host/model.h"

#include <yyjson.h>

enum { FACE_CLASSES = 7, FACE_NETWORKS = 2 };

extern const char *const face_networks[FACE_NETWORKS];

typedef struct face_network {
    mien_registry *registry;
    mien_model *model;
    float *input;
} face_network;

/// Loads number `index`; fails the test when that fails.
face_network open_face_network(int index);
void close_face_network(face_network *network);

/// Probabilities of a picture by this network.
void see_face(const face_network *network, const char *path, float probabilities[FACE_CLASSES]);

/// The document of a file below the source tree.
yyjson_doc *read_answers(const char *name);

/// What package number `index` answers in `sample`, as probabilities. `prepared`: "package", with
/// its own resizing, or "centred", resized beforehand as Mien does.
void package_answer(yyjson_val *sample, int index, const char *prepared,
                    float probabilities[FACE_CLASSES]);

int likeliest(const float probabilities[FACE_CLASSES]);
float largest_difference(const float a[FACE_CLASSES], const float b[FACE_CLASSES]);

#endif
