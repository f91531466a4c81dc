// SPDX-License-Identifier: Apache-2.0
/// @file
/// One training picture, altered: turned, moved, zoomed, mirrored, brightened, partly erased.
///
/// Drawing and doing are apart: what is drawn is a few numbers, so that tests, the contact sheet
/// and the feeder do the same.
#ifndef MIEN_TRAIN_DATA_AUGMENT_H
#define MIEN_TRAIN_DATA_AUGMENT_H

#include "tools/train/core/data/feeder.h"

/// What happens to one picture. All zeros is no valid alteration; draw one, with strengths of zero
/// for none.
typedef struct mien_alteration {
    float column[3], row[3]; ///< where an input's pixel (x, y) looks: c[0]·x + c[1]·y + c[2]
    float gain, offset;      ///< value ↦ gain · value + offset, in 0 to 255
    uint32_t top, left, height, width; ///< of the input, erased; height 0: nothing is
    uint64_t noise;                    ///< what the erased part's noise is made from
} mien_alteration;

/// Refuses strengths that make no sense, by name. Errors: MIEN_INVALID_ARGUMENT. [any thread]
MIEN_MUST_CHECK mien_status mien_augmentation_check(const mien_augmentation *augmentation,
                                                    mien_error *error);

/// Draws for row `row` of batch `batch`. [any thread]
mien_alteration mien_alteration_draw(const mien_augmentation *augmentation,
                                     const mien_example *example, const mien_input_spec *input,
                                     uint64_t seed, uint64_t batch, uint64_t row);

/// Writes the altered picture as the network's input. One bilinear look into the example's bytes
/// per pixel, edges replicated, not rounded to bytes in between. Without any alteration this is
/// mien_example_to_input() but for that rounding: within half a 255th of white. [any thread]
void mien_alteration_apply(const mien_alteration *alteration, const mien_example *example,
                           const mien_input_spec *input, float *target);

#endif
