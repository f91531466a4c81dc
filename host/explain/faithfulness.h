// SPDX-License-Identifier: Apache-2.0
/// @file
/// Whether what a map points at is what the model looks at.
#ifndef MIEN_HOST_EXPLAIN_FAITHFULNESS_H
#define MIEN_HOST_EXPLAIN_FAITHFULNESS_H

#include "host/explain/explain.h"

/// How a class's probability follows the picture, as parts of it go in the map's order.
typedef struct mien_faithfulness {
    double deletion;  ///< mean probability while the mean colour covers the most important pixels
                      ///< first: small is good
    double insertion; ///< mean probability while the most important pixels come first out of a
                      ///< blur: large is good (both Petsiuk et al., arXiv:1806.07421)
    double road;      ///< by how much more the probability falls when the most important pixels
                      ///< are imputed than when the least important are, mean of shares from a
                      ///< fifth to four fifths: large is good (Rong et al., arXiv:2202.00449)
} mien_faithfulness;

/// Scores a map of the input's extents. Errors: the model's, MIEN_OUT_OF_MEMORY.
/// [one thread at a time per model]
MIEN_MUST_CHECK mien_status mien_faithfulness_score(mien_model *model, const float *input,
                                                    uint32_t class_index, const float *map,
                                                    mien_faithfulness *score, mien_error *error);

/// A map that knows nothing but that faces are in the middle: a Gaussian whose deviation is a
/// quarter of each extent.
void mien_centre_prior(float *map, uint32_t height, uint32_t width);

/// Spearman's rank correlation of two maps; NAN where one of them is the same all over. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_rank_correlation(const float *a, const float *b, size_t count,
                                                  double *correlation, mien_error *error);

/// A model's weights with the numbers of each tensor in a random order: as large as before, and
/// without anything that was learned (after Adebayo et al., arXiv:1810.03292).
typedef struct mien_shuffled_weights {
    void *bytes;
    mien_weights *weights;
} mien_shuffled_weights;

/// Free with mien_shuffled_weights_clear(). Errors: mien_weights_open()'s.
MIEN_MUST_CHECK mien_status mien_shuffle_weights(const mien_model *model,
                                                 mien_shuffled_weights *shuffled,
                                                 mien_error *error);
void mien_shuffled_weights_clear(mien_shuffled_weights *shuffled);

#endif
