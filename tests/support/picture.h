// SPDX-License-Identifier: Apache-2.0
/// @file
/// Pictures for tests: fixtures, expected results, made-up ones, comparison.
#ifndef TESTS_SUPPORT_PICTURE_H
#define TESTS_SUPPORT_PICTURE_H

#include "mien/image.h"

/// Path of a file below tests/fixtures/images; a static buffer, overwritten by the next call.
const char *picture_path(const char *name);

/// A file's bytes, the caller's to free. Fails the test when it cannot be read.
uint8_t *picture_bytes(const char *path, size_t *size);

/// Reads tests/fixtures/images/expected/<name>.ppm, or .pgm where there is no .ppm.
mien_image picture_expected(const char *name);

/// Reads `count` numbers from tests/fixtures/images/expected/<name>.f32; the caller's to free.
float *picture_expected_input(const char *name, size_t count);

/// A picture without any smoothness, the same as noise() in tests/reference/make_images.py.
mien_image picture_noise(uint32_t width, uint32_t height, uint32_t channels);

/// Largest difference of two bytes; fails the test when sizes or channels differ.
int picture_difference(const mien_image *a, const mien_image *b);

#endif
