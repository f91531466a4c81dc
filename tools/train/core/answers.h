// SPDX-License-Identifier: Apache-2.0
/// @file
/// A teacher's answers on disk: a safetensors file, named by what they depend on.
#ifndef MIEN_TRAIN_ANSWERS_H
#define MIEN_TRAIN_ANSWERS_H

#include "host/answerer.h"
#include "tools/train/core/data/dataset.h"

/// Logits, one row a picture.
typedef struct mien_answers {
    float *logits; ///< free() it
    size_t pictures, classes;
} mien_answers;

/// Hashes all that `teacher`'s answers to `dataset` depend on, each member of it included. Errors:
/// MIEN_OUT_OF_MEMORY, MIEN_IO.
MIEN_MUST_CHECK mien_status mien_answers_key(const mien_answerer *teacher,
                                             const mien_dataset *dataset, char key[MIEN_SHA256_HEX],
                                             mien_error *error);

/// `<folder>/teacher-<key>.safetensors`, free() it. NULL: out of memory.
char *mien_answers_path(const char *folder, const char *key);

/// Reads the file into answers->logits; pictures and classes say what must be in it. Errors:
/// MIEN_NOT_FOUND (no such file), MIEN_BAD_INPUT (not these answers), mien_weights_open()'s.
MIEN_MUST_CHECK mien_status mien_answers_read(const char *path, const char *key,
                                              mien_answers *answers, mien_error *error);

/// Writes it whole or not at all, and its folder where there is none. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_answers_write(const char *path, const char *key,
                                               const mien_answers *answers, mien_error *error);

#endif
