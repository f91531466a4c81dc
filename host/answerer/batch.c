// SPDX-License-Identifier: Apache-2.0
// Pictures prepared under each of an answerer's rules.
#include "host/answerer.h"

#include <stdlib.h>
#include <string.h>

bool mien_input_numbers(const mien_input_spec *spec, size_t batch, size_t *numbers) {
    size_t bytes;
    return !__builtin_mul_overflow((size_t)spec->height, spec->width, numbers) &&
           !__builtin_mul_overflow(*numbers, spec->channels, numbers) &&
           !__builtin_mul_overflow(*numbers, batch, numbers) &&
           !__builtin_mul_overflow(*numbers, sizeof(float), &bytes);
}

mien_status mien_batch_create(const mien_answerer *answerer, size_t pictures, mien_batch *batch,
                              mien_error *error) {
    const size_t rules = mien_answerer_rules(answerer);
    *batch = (mien_batch){.rules = rules};
    batch->inputs = (float **)calloc(rules, sizeof *batch->inputs);
    batch->numbers = calloc(rules, sizeof *batch->numbers);
    batch->wanted = calloc(rules, sizeof *batch->wanted);
    bool good = batch->inputs && batch->numbers && batch->wanted;
    for (size_t i = 0; good && i < rules; i++) {
        const mien_input_spec *const rule = mien_answerer_rule(answerer, i);
        size_t all;
        batch->wanted[i].spec = rule;
        good = mien_input_numbers(rule, 1, &batch->numbers[i]) &&
               mien_input_numbers(rule, pictures, &all);
        batch->inputs[i] = good ? calloc(all, sizeof **batch->inputs) : NULL;
        good = batch->inputs[i] != NULL;
    }
    return good ? MIEN_OK : mien_fail_memory(error, "a batch of pictures");
}

void mien_batch_clear(mien_batch *batch) {
    for (size_t i = 0; batch->inputs && i < batch->rules; i++) {
        free(batch->inputs[i]);
    }
    free((void *)batch->inputs);
    free(batch->numbers);
    free(batch->wanted);
    *batch = (mien_batch){0};
}

void mien_batch_put(mien_batch *batch, size_t place, const float *const *prepared) {
    for (size_t i = 0; i < batch->rules; i++) {
        memcpy(batch->inputs[i] + place * batch->numbers[i], prepared[i],
               batch->numbers[i] * sizeof **batch->inputs);
    }
}

mien_status mien_batch_prepare(mien_batch *batch, size_t place, const mien_image *image,
                               mien_error *error) {
    for (size_t i = 0; i < batch->rules; i++) {
        batch->wanted[i].values = batch->inputs[i] + place * batch->numbers[i];
    }
    return mien_image_to_inputs(image, batch->wanted, batch->rules, error);
}

static void mirror(float *inputs, size_t count, const mien_input_spec *spec) {
    const size_t channels = spec->channels, width = spec->width;
    for (size_t row = 0; row < count * spec->height; row++) {
        float *left = inputs + row * width * channels, *right = left + (width - 1) * channels;
        for (; left < right; left += channels, right -= channels) {
            for (size_t k = 0; k < channels; k++) {
                const float held = left[k];
                left[k] = right[k];
                right[k] = held;
            }
        }
    }
}

void mien_batch_mirror(mien_batch *batch, size_t pictures) {
    for (size_t i = 0; i < batch->rules; i++) {
        mirror(batch->inputs[i], pictures, batch->wanted[i].spec);
    }
}

const float *const *mien_batch_inputs(const mien_batch *batch) {
    return (const float *const *)batch->inputs;
}
