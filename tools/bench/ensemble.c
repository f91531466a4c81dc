// SPDX-License-Identifier: Apache-2.0
// bench-ensemble ENSEMBLE [THREADS]: what an ensemble's answer to one picture costs beside its
// members' by themselves, medians of runs that take turns. tools/bench/ensemble runs it.
#include "host/answerer.h"
#include "host/cli/exit_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 300, WARM = 20 };

/// Milliseconds of each round: the members', then the ensemble's.
typedef struct {
    mien_answerer *ensemble;
    mien_batch input;
    float *logits;
    size_t members;
    double *times; ///< (members + 1) × ROUNDS
} bench;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static mien_status prepare(bench *made, mien_error *error) {
    made->members = mien_answerer_members(made->ensemble);
    size_t most = mien_answerer_classes(made->ensemble);
    for (size_t i = 0; i < made->members; i++) {
        const size_t own = mien_model_classes(mien_answerer_member(made->ensemble, i));
        most = own > most ? own : most;
    }
    made->logits = calloc(most, sizeof *made->logits);
    made->times = calloc((made->members + 1) * ROUNDS, sizeof *made->times);
    return made->logits && made->times ? mien_batch_create(made->ensemble, 1, &made->input, error)
                                       : mien_fail_memory(error, "a measurement");
}

/// Member `which`, or the ensemble where there is none.
static mien_status run(bench *made, size_t which, mien_error *error) {
    const float *const *const inputs = mien_batch_inputs(&made->input);
    if (which == made->members) {
        return mien_answerer_run(made->ensemble, inputs, 1, made->logits, error);
    }
    mien_model *const member = mien_answerer_member(made->ensemble, which);
    const mien_status status = mien_model_run(
        member, inputs[mien_answerer_rule_of(made->ensemble, which)], 1, made->logits, error);
    if (mien_model_context(member)) { // as in the ensemble: threads that wait busily slow the next
        mien_context_rest(mien_model_context(member));
    }
    return status;
}

static mien_status measure(bench *made, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t round = 0; round < ROUNDS + WARM; round++) {
        for (size_t i = 0; i <= made->members && status == MIEN_OK; i++) {
            const size_t which = (i + round) % (made->members + 1); // nobody is always the first
            const double begun = now();
            status = run(made, which, error);
            if (round >= WARM) {
                made->times[which * ROUNDS + round - WARM] = now() - begun;
            }
        }
    }
    return status;
}

static int compare_times(const void *a, const void *b) {
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double median(double *times) {
    qsort(times, ROUNDS, sizeof *times, compare_times);
    return (times[ROUNDS / 2 - 1] + times[ROUNDS / 2]) / 2;
}

static void print(bench *made, uint32_t threads) {
    double sum = 0;
    printf("%u threads, one picture, medians of %d runs in turn\n", threads, ROUNDS);
    for (size_t i = 0; i < made->members; i++) {
        const double time = median(made->times + i * ROUNDS);
        const mien_model *const model = mien_answerer_member(made->ensemble, i);
        printf("%-24s %8.3f ms\n", mien_model_manifest_of(model)->name.text, time);
        sum += time;
    }
    const double together = median(made->times + made->members * ROUNDS);
    printf("%-24s %8.3f ms\n", "their sum", sum);
    printf("%-24s %8.3f ms, %.3f of the sum\n", mien_answerer_manifest(made->ensemble)->name.text,
           together, together / sum);
}

int main(int count, char **words) {
    const uint32_t threads = count == 3 ? (uint32_t)strtoul(words[2], NULL, 10) : 1;
    if (count < 2 || count > 3 || threads == 0 || threads > 1024) {
        mien_complain("ensemble", "ENSEMBLE [THREADS] is needed");
        return MIEN_EXIT_USAGE;
    }
    const mien_model_options how = {.threads = threads};
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    bench made = {0};
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = mien_answerer_load(registry, words[1], &how, &made.ensemble, &error);
    }
    if (status == MIEN_OK) {
        status = prepare(&made, &error);
    }
    if (status == MIEN_OK) {
        status = measure(&made, &error);
    }
    if (status == MIEN_OK) {
        print(&made, threads);
    }
    mien_batch_clear(&made.input);
    free(made.logits);
    free(made.times);
    mien_answerer_free(made.ensemble);
    mien_registry_free(registry);
    const int code =
        status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with("ensemble", status, &error);
    return mien_finish_output("ensemble", code);
}
