// SPDX-License-Identifier: Apache-2.0
/// @file
/// What the files of zoo/image share: allocation with checked sizes, the codecs' entry points, and
/// the resampler that both resizing and input preparation call.
#ifndef ZOO_IMAGE_INTERNAL_H
#define ZOO_IMAGE_INTERNAL_H

#include "mien/image.h"

/// EXIF's number for a picture that is upright as stored; the others are 2 to 8.
enum { MIEN_ORIENTATION_UPRIGHT = 1 };

/// Members of `limits`, which may be NULL, or their defaults.
uint64_t mien_image_max_file_bytes(const mien_image_limits *limits);
uint64_t mien_image_max_pixels(const mien_image_limits *limits);

/// Refuses sizes that are zero or hold more pixels than the limits allow.
mien_status mien_image_check_size(uint64_t width, uint64_t height, const mien_image_limits *limits,
                                  mien_error *error);

/// Sets the members and allocates pixels, uninitialised.
mien_status mien_image_allocate(mien_image *image, uint32_t width, uint32_t height,
                                uint32_t channels, mien_error *error);

/// Refuses a NULL image, one without pixels, and channel counts other than 1 and 3.
mien_status mien_image_check(const mien_image *image, mien_error *error);

/// Gives back memory after a picture of four channels was compacted in place to fewer.
void mien_image_shrink(mien_image *image, uint32_t channels);

/// Codecs: `image` is as stored in the file, `orientation` is EXIF's number.
mien_status mien_decode_jpeg(const uint8_t *bytes, size_t size, const mien_image_limits *limits,
                             mien_image *image, int *orientation, mien_error *error);
mien_status mien_decode_png(const uint8_t *bytes, size_t size, const mien_image_limits *limits,
                            mien_image *image, int *orientation, mien_error *error);

/// EXIF orientation of a JPEG file, or of an EXIF block that starts at its TIFF header;
/// MIEN_ORIENTATION_UPRIGHT when there is none or it makes no sense.
mien_status mien_orientation_of_jpeg(const uint8_t *bytes, size_t size, int *orientation,
                                     mien_error *error);
mien_status mien_orientation_of_tiff(const uint8_t *bytes, size_t size, int *orientation,
                                     mien_error *error);

/// Turns the picture upright, replacing its pixels.
mien_status mien_orientation_apply(mien_image *image, int orientation, mien_error *error);

/// One axis of a resize: `source` pixels become `target`, of which only `count` starting at
/// `offset` are computed.
typedef struct mien_resample_axis {
    uint32_t source, target, offset, count;
} mien_resample_axis;

/// Computes rows.count × columns.count pixels of the resized picture into `output`, 8-bit,
/// interleaved, without gaps.
mien_status mien_resample(const mien_image *image, mien_resample_axis rows,
                          mien_resample_axis columns, uint8_t *output, mien_error *error);

#endif
