// SPDX-License-Identifier: Apache-2.0
// Statistics of batch norms, measured on the new data (`statistics: refresh`).
#include "tools/train/core/loop/start.h"

#include "tools/train/core/loop/state.h"

/// Enough for a mean and a variance; more pictures hardly change them.
enum { PICTURES = 512 };

/// Row `row` of batch `batch`: examples at even distances, so that every class is there as often as
/// in the whole.
static const mien_example *pick(const mien_trainer *trainer, size_t index, size_t wanted) {
    const size_t at = index * trainer->training_count / wanted;
    return mien_dataset_at(trainer->dataset, trainer->training[at]);
}

mien_status mien_start_refresh(mien_trainer *trainer, mien_error *error) {
    const mien_input_spec *const input = &trainer->declaration->input;
    const size_t numbers = (size_t)input->height * input->width * input->channels;
    float *const pictures = mien_network_input(trainer->network);
    const size_t batches = (PICTURES + trainer->batch - 1) / trainer->batch;
    mien_status status = MIEN_OK;
    const mien_processes *const processes = trainer->options.processes;
    for (size_t batch = 0; batch < batches && status == MIEN_OK; batch++) {
        for (size_t local = 0; local < trainer->rows && status == MIEN_OK; local++) {
            const size_t row =
                local * mien_processes_count(processes) + mien_processes_rank(processes);
            const size_t index = row * batches + batch; // every batch has every class
            status = mien_example_to_input(pick(trainer, index, batches * trainer->batch), input,
                                           pictures + local * numbers, error);
        }
        if (status == MIEN_OK) {
            status = mien_network_forward(trainer->network, MIEN_MODE_REFRESH, batch, error);
        }
    }
    if (status != MIEN_OK) {
        mien_processes_break(trainer->options.processes);
    } else {
        const size_t shown = batches * trainer->batch;
        mien_trainer_say("batch norms have the statistics of %zu pictures",
                         shown < trainer->training_count ? shown : trainer->training_count);
    }
    return status;
}
