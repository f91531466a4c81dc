// SPDX-License-Identifier: Apache-2.0
#include "host/cli/costs.h"

#include "host/cli/progress.h"

#include <stdlib.h>
#include <string.h>

enum { TURNS = 10 };

/// A model loaded anew: one that ran batches has an arena for these.
static mien_status open_subject(const mien_model_options *how, const mien_picture *picture,
                                mien_costs_subject *subject) {
    static const size_t any = 0; // of its classes
    const mien_guest_task task = {.batch = 1, .columns = &any, .classes = 1};
    mien_status status = mien_guest_load(subject->guest, how, &subject->error);
    if (status == MIEN_OK) {
        status = mien_guest_prepare(subject->guest, &task, &subject->error);
    }
    return status == MIEN_OK ? mien_guest_put_image(subject->guest, 0, mien_picture_part(picture),
                                                    &subject->error)
                             : status;
}

static mien_status append(mien_timing *all, const mien_timing *turn, mien_error *error) {
    double *milliseconds =
        reallocarray(all->milliseconds, all->count + turn->count, sizeof *milliseconds);
    if (!milliseconds) {
        return mien_fail_memory(error, "a measurement");
    }
    memcpy(milliseconds + all->count, turn->milliseconds, turn->count * sizeof *milliseconds);
    all->milliseconds = milliseconds;
    all->count += turn->count;
    return MIEN_OK;
}

static mien_status take_turn(mien_costs_subject *subject, double seconds) {
    mien_timing turn = {0};
    mien_status status = mien_guest_time(subject->guest, seconds, &turn, &subject->error);
    if (status == MIEN_OK) {
        status = append(&subject->timing, &turn, &subject->error);
    }
    free(turn.milliseconds);
    return status;
}

static void fill_costs(mien_costs_subject *subject) {
    mien_answerer_size size;
    if (mien_guest_measure(subject->guest, &size, &subject->error) != MIEN_OK) {
        return;
    }
    mien_timing_sort(&subject->timing);
    subject->costs = (mien_costs){.measured = true,
                                  .p50_ms = mien_timing_quantile(&subject->timing, 0.5),
                                  .p95_ms = mien_timing_quantile(&subject->timing, 0.95),
                                  .runs = subject->timing.count,
                                  .has_graph = size.has_graph,
                                  .parameters = size.parameters,
                                  .multiply_adds = size.multiply_adds,
                                  .weights_bytes = size.weights_bytes,
                                  .packed_bytes = size.packed_bytes,
                                  .arena_bytes = size.arena_bytes};
}

static mien_status take_turns(mien_costs_subject *subjects, size_t count, double seconds,
                              mien_progress *progress, mien_error *error) {
    for (size_t i = 0; i < TURNS * count; i++) {
        mien_costs_subject *each = &subjects[i % count];
        if (each->error.status == MIEN_OK && take_turn(each, seconds / TURNS) == MIEN_CANCELLED) {
            *error = each->error;
            return MIEN_CANCELLED;
        }
        mien_progress_update(progress, i + 1);
    }
    return MIEN_OK;
}

mien_status mien_costs_measure(mien_plan plan, uint32_t threads, const mien_picture *picture,
                               double seconds, mien_costs_subject *subjects, size_t count,
                               mien_error *error) {
    const mien_model_options how = {.threads = threads, .plan = plan};
    mien_progress progress;
    for (size_t i = 0; i < count; i++) {
        subjects[i].error.status = open_subject(&how, picture, &subjects[i]);
    }
    mien_progress_start(&progress, TURNS * count);
    mien_status status = take_turns(subjects, count, seconds, &progress, error);
    mien_progress_clear(&progress);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        if (subjects[i].error.status == MIEN_OK) {
            fill_costs(&subjects[i]);
        }
    }
    return status;
}

void mien_costs_end(mien_costs_subject *subjects, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(subjects[i].timing.milliseconds);
        subjects[i].timing = (mien_timing){0};
    }
}

uint64_t mien_costs_memory(const mien_costs *costs) {
    return costs->packed_bytes + costs->arena_bytes;
}
