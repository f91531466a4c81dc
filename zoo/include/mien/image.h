// SPDX-License-Identifier: Apache-2.0
/// @file
/// Pictures: decoding, orientation, resizing, and turning them into a network's input.
#ifndef MIEN_IMAGE_H
#define MIEN_IMAGE_H

#include "mien/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A decoded picture: 8-bit, interleaved, rows without gaps, top row first, upright.
typedef struct mien_image {
    uint32_t height, width;
    uint32_t channels; ///< 1 (grey) or 3 (RGB)
    uint8_t *pixels;   ///< owned; freed by mien_image_free()
} mien_image;

/// Limits on hostile files. A zero member means the default beside it.
typedef struct mien_image_limits {
    uint64_t max_file_bytes; ///< 256 MiB
    uint64_t max_pixels;     ///< 100 million; checked before anything is allocated
} mien_image_limits;

/// Decodes a JPEG or PNG held in memory. EXIF orientation is applied; an alpha channel is laid
/// over white; CMYK, palettes and 16 bits become 8-bit grey or RGB. `limits` may be NULL. On
/// success `image` is the caller's to free. Errors: MIEN_BAD_INPUT (not a picture, truncated,
/// corrupt, too large), MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_decode(const void *bytes, size_t size,
                                                       const mien_image_limits *limits,
                                                       mien_image *image, mien_error *error);

/// Reads and decodes a regular file; "-" is standard input. Messages start with the path. Errors:
/// as mien_image_decode(), and MIEN_NOT_FOUND, MIEN_IO. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_read(const char *path,
                                                     const mien_image_limits *limits,
                                                     mien_image *image, mien_error *error);

/// Frees the pixels and zeroes the struct. NULL is allowed. [one thread at a time per image]
MIEN_API void mien_image_free(mien_image *image);

/// A new image holding the rectangle, which must lie inside. Errors: MIEN_INVALID_ARGUMENT,
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_crop(const mien_image *image, uint32_t x,
                                                     uint32_t y, uint32_t width, uint32_t height,
                                                     mien_image *cropped, mien_error *error);

/// Resizes with a triangle filter widened by the scale when shrinking (antialiased), as Pillow's
/// Image.BILINEAR does; the result is within 2/255 of Pillow's. `resized` is the caller's to free.
/// [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_resize(const mien_image *image, uint32_t width,
                                                       uint32_t height, mien_image *resized,
                                                       mien_error *error);

/// Turns a picture into network input by the rule in `spec`: colour, resize, scale, normalise.
/// `input`: height × width × channels f32, the caller's. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_to_input(const mien_image *image,
                                                         const mien_input_spec *spec, float *input,
                                                         mien_error *error);

/// Writes an 8-bit grey or RGB PNG through a temporary name and a rename. A link at `path` stays,
/// and what it names is replaced; a device, pipe or folder is refused. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_image_write_png(const mien_image *image, const char *path,
                                                          mien_error *error);

#ifdef __cplusplus
}
#endif
#endif
