// SPDX-License-Identifier: Apache-2.0
/// @file
/// Answers of models to pictures, as `mien predict` prints them.
#ifndef MIEN_HOST_CLI_ANSWERS_H
#define MIEN_HOST_CLI_ANSWERS_H

#include "host/answerer.h"
#include "host/loader.h"

/// How answers are printed.
typedef struct mien_answer_style {
    bool json;
    size_t top;                 ///< classes shown
    bool single;                ///< one picture: a small chart instead of a line
    size_t model_width;         ///< of the widest model's name; 0: one model, its name is left out
    size_t path_width;          ///< of the widest path, to align what follows
    const mien_rectangle *crop; ///< for JSON; NULL: none
} mien_answer_style;

/// The picture that is answered for.
typedef struct mien_answer_picture {
    const char *path;
    uint32_t height, width;
} mien_answer_picture;

/// Prints the answer of a model, which is called as it was given. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_answer_write(const mien_answer_style *style,
                                              const mien_answer_picture *picture, const char *name,
                                              const mien_answerer *model, const float *logits,
                                              mien_error *error);

/// Prints, in JSON only, that a picture could not be used. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_answer_write_problem(const mien_answer_style *style,
                                                      const char *path, const char *message,
                                                      mien_error *error);

#endif
