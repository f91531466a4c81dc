// SPDX-License-Identifier: Apache-2.0
// Number i of a stream is splitmix64(fnv1a(name) + (i + 1) · golden ratio), its upper 24 bits a
// value in [-1, 1). Products are exact in double, so both halves round once, to the same float.
#include "support/seeded.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t key_of(const char *name) {
    uint64_t key = 0xCBF29CE484222325u;
    for (; *name; name++) {
        key = (key ^ (unsigned char)*name) * 0x100000001B3u;
    }
    return key;
}

static double value_at(uint64_t key, uint64_t index) {
    uint64_t bits = key + (index + 1) * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    bits ^= bits >> 31;
    return (double)(bits >> 40) * 0x1p-23 - 1.0;
}

double seeded_value(const char *name, uint64_t index) {
    return value_at(key_of(name), index);
}

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && !strcmp(text + length - end_length, end);
}

struct range {
    double centre, spread;
};

/// Sane activations through any depth, and no zero anywhere; see seeded.py.
static struct range range_of(const mien_parameter *parameter) {
    if (parameter->shape.rank == 1) {
        if (ends_with(parameter->name, "running_var")) {
            return (struct range){1.0, 0.5};
        }
        if (ends_with(parameter->name, "running_mean")) {
            return (struct range){0.0, 0.25};
        }
        if (ends_with(parameter->name, "bias")) {
            return (struct range){0.0, 0.125};
        }
        return (struct range){1.0, 0.25};
    }
    if (parameter->shape.rank == 3) {
        return (struct range){0.0, 0.5};
    }
    double fan_in = 1.0;
    for (uint32_t i = 1; i < parameter->shape.rank; i++) {
        fan_in *= (double)parameter->shape.dim[i];
    }
    const bool separable =
        strstr(parameter->name, ".conv_dw.") || strstr(parameter->name, ".conv_pw.");
    const double gain = separable ? 1.4 : 0.7;
    return (struct range){0.0, (double)(float)(gain * sqrt(6.0 / fan_in))};
}

void seeded_parameter(const mien_parameter *parameter, float *values, size_t count, void *user) {
    (void)user;
    const uint64_t key = key_of(parameter->name);
    const struct range range = range_of(parameter);
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)(range.centre + range.spread * value_at(key, i));
    }
}

static uint64_t numbered_key(const char *stem, size_t number) {
    char name[32];
    snprintf(name, sizeof name, "%s %zu", stem, number);
    return key_of(name);
}

float *seeded_pictures(size_t batch, size_t height, size_t width, size_t channels) {
    const size_t columns = (width + 7) / 8;
    float *pictures = malloc(batch * height * width * channels * sizeof *pictures);
    ck_assert_ptr_nonnull(pictures);
    float *pixel = pictures;
    for (size_t n = 0; n < batch; n++) {
        const uint64_t blocks = numbered_key("blocks", n), tint = numbered_key("tint", n),
                       noise = numbered_key("noise", n);
        for (size_t i = 0; i < height * width * channels; i++) {
            const size_t c = i % channels, x = i / channels % width, y = i / channels / width;
            const size_t block = (y / 8 * columns + x / 8) * channels + c;
            *pixel++ =
                (float)(value_at(blocks, block) + value_at(tint, c) + 0.5 * value_at(noise, i));
        }
    }
    return pictures;
}

uint32_t seeded_between(struct seeded_dice *dice, uint32_t low, uint32_t high) {
    const double unit = (seeded_value(dice->name, dice->index++) + 1.0) / 2.0;
    return low + (uint32_t)(unit * (high - low + 1));
}
