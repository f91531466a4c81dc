// SPDX-License-Identifier: Apache-2.0
// Mien, through the host's own loading of models.
#include "tools/bench/race/engine.h"

#include "host/cli/progress.h"
#include "host/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_race_engine head;
    mien_registry *registry;
    mien_model *model;
    const mien_race_case *what;
    float *logits;
} mien_engine;

static void unload(mien_race_engine *engine) {
    mien_engine *self = (mien_engine *)engine;
    mien_model_free(self->model);
    free(self->logits);
    self->model = NULL;
    self->logits = NULL;
}

static mien_status load(mien_race_engine *engine, const mien_race_case *what, mien_error *error) {
    mien_engine *self = (mien_engine *)engine;
    const mien_model_options options = {.threads = what->threads};
    self->what = what;
    self->logits = calloc(what->batch * what->classes, sizeof *self->logits);
    mien_status status = self->logits ? mien_model_load(self->registry, what->manifest, &options,
                                                        &self->model, error)
                                      : mien_fail_memory(error, "logits");
    if (status != MIEN_OK) {
        unload(engine);
    }
    return status;
}

static mien_status run(mien_race_engine *engine, size_t count, double *milliseconds,
                       mien_error *error) {
    mien_engine *self = (mien_engine *)engine;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        const double start = mien_seconds();
        status =
            mien_model_run(self->model, self->what->nhwc, self->what->batch, self->logits, error);
        milliseconds[i] = 1e3 * (mien_seconds() - start);
    }
    return status;
}

static mien_status logits(mien_race_engine *engine, float *logits, mien_error *error) {
    (void)error;
    mien_engine *self = (mien_engine *)engine;
    memcpy(logits, self->logits, self->what->batch * self->what->classes * sizeof *logits);
    return MIEN_OK;
}

static void close_engine(mien_race_engine *engine) {
    mien_engine *self = (mien_engine *)engine;
    unload(engine);
    mien_registry_free(self->registry);
    free(self);
}

mien_status mien_race_ours_open(mien_race_engine **engine, mien_error *error) {
    static const mien_race_engine_kind kind = {load, run, logits, unload, close_engine};
    mien_engine *self = calloc(1, sizeof *self);
    if (!self) {
        return mien_fail_memory(error, "an engine");
    }
    self->head.kind = &kind;
    snprintf(self->head.name, sizeof self->head.name, "mien");
    const mien_status status = mien_registry_create(NULL, &self->registry, error);
    if (status != MIEN_OK) {
        free(self);
        return status;
    }
    *engine = &self->head;
    return MIEN_OK;
}
