// SPDX-License-Identifier: Apache-2.0
/// @file
/// Whether what a map points at is what the model looks at.
#ifndef MIEN_HOST_EXPLAIN_FAITHFULNESS_H
#define MIEN_HOST_EXPLAIN_FAITHFULNESS_H

#include "host/answerer.h"
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

/// Scores a map of a class of a model or an ensemble. `inputs` and `maps`: for each of the
/// answerer's rules the picture as the rule wants it, and the map over it, of the rule's height and
/// width. The same share of all of them is changed at a time. Errors: mien_answerer_run()'s,
/// MIEN_OUT_OF_MEMORY. [one thread at a time per answerer]
MIEN_MUST_CHECK mien_status mien_faithfulness_score(mien_answerer *answerer,
                                                    const float *const *inputs,
                                                    uint32_t class_index, const float *const *maps,
                                                    mien_faithfulness *score, mien_error *error);

/// A map that knows nothing but that faces are in the middle: a Gaussian whose deviation is a
/// quarter of each extent.
void mien_centre_prior(float *map, uint32_t height, uint32_t width);

/// Spearman's rank correlation of two maps; NAN where one of them is the same all over. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_rank_correlation(const float *a, const float *b, size_t count,
                                                  double *correlation, mien_error *error);

#endif
