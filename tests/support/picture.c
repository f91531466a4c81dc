// SPDX-License-Identifier: Apache-2.0
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *picture_path(const char *name) {
    static char path[4096];
    const char *source = getenv("MIEN_SOURCE");
    int length =
        snprintf(path, sizeof path, "%s/tests/fixtures/images/%s", source ? source : ".", name);
    ck_assert_int_lt(length, (int)sizeof path);
    return path;
}

uint8_t *picture_bytes(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "cannot open %s; is MIEN_SOURCE the project's folder?", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long end = ftell(file);
    ck_assert_int_ge(end, 0);
    rewind(file);
    *size = (size_t)end;
    uint8_t *bytes = malloc(*size + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

mien_image picture_expected(const char *name) {
    char relative[256];
    snprintf(relative, sizeof relative, "expected/%s.ppm", name);
    FILE *file = fopen(picture_path(relative), "rb");
    if (!file) {
        snprintf(relative, sizeof relative, "expected/%s.pgm", name);
        file = fopen(picture_path(relative), "rb");
    }
    ck_assert_msg(file, "cannot open %s", picture_path(relative));
    char kind;
    mien_image image = {0};
    ck_assert_int_eq(fscanf(file, "P%c %u %u 255", &kind, &image.width, &image.height), 3);
    ck_assert_int_eq(fgetc(file), '\n');
    image.channels = kind == '6' ? 3 : 1;
    size_t size = (size_t)image.width * image.height * image.channels;
    image.pixels = malloc(size);
    ck_assert_ptr_nonnull(image.pixels);
    ck_assert_uint_eq(fread(image.pixels, 1, size, file), size);
    fclose(file);
    return image;
}

float *picture_expected_input(const char *name, size_t count) {
    char relative[256];
    snprintf(relative, sizeof relative, "expected/%s.f32", name);
    size_t size;
    float *values = (float *)(void *)picture_bytes(picture_path(relative), &size);
    ck_assert_uint_eq(size, count * sizeof *values);
    return values;
}

mien_image picture_noise(uint32_t width, uint32_t height, uint32_t channels) {
    mien_image image = {.height = height, .width = width, .channels = channels};
    image.pixels = malloc((size_t)width * height * channels);
    ck_assert_ptr_nonnull(image.pixels);
    uint8_t *pixel = image.pixels;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            for (uint32_t c = 0; c < channels; c++) {
                uint32_t value = (x * 73856093U) ^ (y * 19349663U) ^ (c * 83492791U);
                value = (value ^ (value >> 15)) * 2246822519U;
                *pixel++ = (uint8_t)(value >> 13);
            }
        }
    }
    return image;
}

int picture_difference(const mien_image *a, const mien_image *b) {
    ck_assert_msg(a->width == b->width && a->height == b->height && a->channels == b->channels,
                  "%ux%u with %u channels against %ux%u with %u", a->width, a->height, a->channels,
                  b->width, b->height, b->channels);
    int largest = 0;
    size_t size = (size_t)a->width * a->height * a->channels;
    for (size_t i = 0; i < size; i++) {
        int difference = abs(a->pixels[i] - b->pixels[i]);
        largest = difference > largest ? difference : largest;
    }
    return largest;
}
