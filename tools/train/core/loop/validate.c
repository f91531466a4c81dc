// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/state.h"
#include "tools/train/core/loss.h"

#include <stdlib.h>

/// Examples as rows of the network's input, from `first` on; returns how many there were.
static mien_status fill(mien_trainer *trainer, size_t first, size_t rows, float *targets,
                        mien_error *error) {
    const mien_input_spec *const input = &trainer->declaration->input;
    const size_t numbers = (size_t)input->height * input->width * input->channels;
    float *const pictures = mien_network_input(trainer->network);
    for (size_t row = 0; row < rows; row++) {
        const mien_example *const example =
            mien_dataset_at(trainer->dataset, trainer->validation[first + row]);
        const mien_status status =
            mien_example_to_input(example, input, pictures + row * numbers, error);
        if (status != MIEN_OK) {
            return status;
        }
        for (size_t c = 0; c < trainer->classes; c++) {
            targets[row * trainer->classes + c] = c == example->label;
        }
    }
    return MIEN_OK;
}

mien_status mien_trainer_validate(mien_trainer *trainer, double *loss, double *accuracy,
                                  mien_error *error) {
    const size_t count = trainer->validation_count, classes = trainer->classes;
    float *const targets = calloc(trainer->batch * classes, sizeof *targets);
    if (!targets) {
        return mien_fail_memory(error, "validation");
    }
    double losses = 0, correct = 0;
    mien_status status = MIEN_OK;
    for (size_t first = 0; first < count && status == MIEN_OK; first += trainer->batch) {
        const size_t left = count - first, rows = left < trainer->batch ? left : trainer->batch;
        status = fill(trainer, first, rows, targets, error);
        if (status == MIEN_OK) {
            status = mien_network_forward(trainer->network, MIEN_MODE_EVALUATE, 0, error);
        }
        if (status == MIEN_OK) { // a last batch that is not full has old pictures in its other rows
            const float *const logits = mien_network_logits(trainer->network);
            losses +=
                (double)rows * mien_loss_cross_entropy(logits, targets, NULL, rows, classes, NULL);
            correct += (double)mien_loss_correct(logits, targets, rows, classes);
        }
    }
    free(targets);
    if (status == MIEN_OK) {
        *loss = losses / (double)count;
        *accuracy = correct / (double)count;
    }
    return status;
}
