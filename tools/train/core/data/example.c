// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/data/feeder.h"

mien_status mien_example_to_input(const mien_example *example, const mien_input_spec *input,
                                  float *target, mien_error *error) {
    const mien_image image = {.height = example->height,
                              .width = example->width,
                              .channels = example->channels,
                              .pixels = (uint8_t *)example->pixels};
    mien_input_spec spec = *input; // what other rules cut off is off already
    spec.resize = MIEN_RESIZE_STRETCH;
    return mien_image_to_input(&image, &spec, target, error);
}
