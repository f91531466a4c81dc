// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/state.h"
#include "tools/train/core/loss.h"

#include <stdlib.h>

mien_status mien_trainer_show(mien_trainer *trainer, const size_t *examples, size_t rows,
                              mien_error *error) {
    const mien_input_spec *const input = &trainer->declaration->input;
    const size_t numbers = (size_t)input->height * input->width * input->channels;
    float *const pictures = mien_network_input(trainer->network);
    mien_status status = MIEN_OK;
    for (size_t row = 0; row < rows && status == MIEN_OK; row++) {
        status = mien_example_to_input(mien_dataset_at(trainer->dataset, examples[row]), input,
                                       pictures + row * numbers, error);
    }
    return status;
}

static void write_labels(const mien_trainer *trainer, const size_t *examples, size_t rows,
                         float *targets) {
    for (size_t row = 0; row < rows; row++) {
        const uint32_t label = mien_dataset_at(trainer->dataset, examples[row])->label;
        for (size_t c = 0; c < trainer->classes; c++) {
            targets[row * trainer->classes + c] = c == label;
        }
    }
}

mien_status mien_trainer_validate(mien_trainer *trainer, double *loss, double *accuracy,
                                  mien_error *error) {
    mien_processes *const processes = trainer->options.processes;
    const size_t count = trainer->validation_count, classes = trainer->classes;
    const size_t stride = trainer->rows * mien_processes_count(processes);
    float *const targets = calloc(trainer->rows * classes, sizeof *targets);
    mien_status status = targets ? MIEN_OK : mien_fail_memory(error, "validation");
    double losses = 0, correct = 0;
    for (size_t first = trainer->rows * mien_processes_rank(processes);
         first < count && status == MIEN_OK; first += stride) {
        const size_t left = count - first, rows = left < trainer->rows ? left : trainer->rows;
        const size_t *const examples = trainer->validation + first;
        write_labels(trainer, examples, rows, targets);
        status = mien_trainer_show(trainer, examples, rows, error);
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
    status = mien_processes_agree(processes, status, error);
    if (status == MIEN_OK) {
        double sums[] = {losses, correct};
        mien_processes_sum(processes, sums, 2);
        *loss = sums[0] / (double)count;
        *accuracy = sums[1] / (double)count;
    }
    return status;
}
