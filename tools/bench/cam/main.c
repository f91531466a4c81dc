// SPDX-License-Identifier: Apache-2.0
// Predictions and Grad-CAM maps of one picture, again and again, for tools/bench/explain_peers:
//
//     bench-cam MANIFEST THREADS
//
// answers each line "predict N" or "explain N" on standard input by the seconds that N of them
// took. The map is of the default layer and the predicted class.
#include "host/explain/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench {
    mien_registry *registry;
    mien_model *model;
    mien_explainer *explainer;
    float *input, *logits;
} bench;

static mien_status prepare(bench *made, char **arguments, mien_error *error) {
    const uint32_t threads = (uint32_t)strtoul(arguments[2], NULL, 10);
    const mien_model_options how = {.threads = threads};
    mien_status status = mien_registry_create(NULL, &made->registry, error);
    if (status == MIEN_OK) {
        status = mien_model_load(made->registry, arguments[1], &how, &made->model, error);
    }
    if (status == MIEN_OK) {
        const mien_explain_options options = {.method = MIEN_GRAD_CAM, .threads = threads};
        status = mien_explainer_create(made->model, &options, &made->explainer, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    const mien_input_spec *spec = mien_model_input(made->model);
    const size_t numbers = (size_t)spec->height * spec->width * spec->channels;
    made->input = calloc(numbers, sizeof *made->input);
    made->logits = calloc(mien_model_classes(made->model), sizeof *made->logits);
    if (!made->input || !made->logits) {
        return mien_fail_memory(error, "a picture");
    }
    for (size_t i = 0; i < numbers; i++) {
        made->input[i] = (float)(i * 7919 % 1009) / 504.5f - 1;
    }
    return MIEN_OK;
}

static mien_status act(bench *made, bool explains, mien_error *error) {
    if (!explains) {
        return mien_model_run(made->model, made->input, 1, made->logits, error);
    }
    mien_explanation map = {0};
    mien_status status =
        mien_explainer_run(made->explainer, made->input, MIEN_PREDICTED_CLASS, &map, error);
    mien_explanation_clear(&map);
    return status;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static mien_status serve(bench *made, mien_error *error) {
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        const bool explains = strncmp(line, "explain ", 8) == 0;
        const unsigned long times = strtoul(line + 8, NULL, 10);
        const double start = now();
        for (unsigned long i = 0; i < times; i++) {
            mien_status status = act(made, explains, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
        printf("{\"seconds\": %.9f}\n", now() - start);
        fflush(stdout);
    }
    return MIEN_OK;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("Usage: bench-cam MANIFEST THREADS\n", stderr);
        return 2;
    }
    mien_error error = MIEN_ERROR_INIT;
    bench made = {0};
    mien_status status = prepare(&made, arguments, &error);
    if (status == MIEN_OK) {
        status = serve(&made, &error);
    }
    if (status != MIEN_OK) {
        fprintf(stderr, "bench-cam: %s\n", error.message);
    }
    mien_explainer_free(made.explainer);
    mien_model_free(made.model);
    mien_registry_free(made.registry);
    free(made.input);
    free(made.logits);
    return status == MIEN_OK ? 0 : 1;
}
