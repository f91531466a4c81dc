// SPDX-License-Identifier: Apache-2.0
// Debian's ONNX Runtime through its C API, as its documentation would have it run a network on N
// threads: every graph optimisation, sequential execution, and threads that spin for work. The
// batch is fixed beforehand, so that shapes can be folded away.
#include "tools/bench/race/engine.h"

#include "host/cli/progress.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <onnxruntime_c_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    mien_race_engine head;
    const OrtApi *api;
    OrtEnv *environment;
    OrtMemoryInfo *memory;
    OrtSession *session;
    OrtValue *input, *output;
    const mien_race_case *what;
    float *logits;
} onnx_engine;

static const char *const input_names[] = {"pictures"}, *const output_names[] = {"logits"};

/// Turns an OrtStatus into ours and releases it.
static mien_status translate(const OrtApi *api, OrtStatus *problem, const char *doing,
                             mien_error *error) {
    if (!problem) {
        return MIEN_OK;
    }
    const mien_status status = mien_fail(error, MIEN_INTERNAL, "ONNX Runtime, %s: %s", doing,
                                         api->GetErrorMessage(problem));
    api->ReleaseStatus(problem);
    return status;
}

static void unload(mien_race_engine *engine) {
    onnx_engine *self = (onnx_engine *)engine;
    self->api->ReleaseValue(self->input);
    self->api->ReleaseValue(self->output);
    self->api->ReleaseSession(self->session);
    free(self->logits);
    self->input = self->output = NULL;
    self->session = NULL;
    self->logits = NULL;
}

static OrtStatus *set_options(const OrtApi *api, OrtSessionOptions *options,
                              const mien_race_case *what) {
    OrtStatus *problem = api->SetIntraOpNumThreads(options, (int)what->threads);
    if (!problem) {
        problem = api->SetInterOpNumThreads(options, 1);
    }
    if (!problem) {
        problem = api->SetSessionExecutionMode(options, ORT_SEQUENTIAL);
    }
    if (!problem) {
        problem = api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL);
    }
    if (!problem) {
        problem = api->AddFreeDimensionOverrideByName(options, "batch", (int64_t)what->batch);
    }
    return problem;
}

/// Debian's build registers the schemas of ONNX twice, by itself and through libonnx, and says so a
/// thousand times on standard error with the first session, harmlessly, past its own logger; errors
/// come as an OrtStatus. silence(-1) sends standard error nowhere, until it is called with what it
/// returned.
static int silence(int kept) {
    fflush(stderr);
    if (kept >= 0) {
        dup2(kept, STDERR_FILENO);
        close(kept);
        return -1;
    }
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (nowhere >= 0 && kept >= 0) {
        dup2(nowhere, STDERR_FILENO);
    }
    close(nowhere);
    return kept;
}

static OrtStatus *create_session(onnx_engine *self) {
    OrtSessionOptions *options = NULL;
    OrtStatus *problem = self->api->CreateSessionOptions(&options);
    if (!problem) {
        problem = set_options(self->api, options, self->what);
    }
    if (!problem) {
        const int kept = silence(-1);
        problem =
            self->api->CreateSession(self->environment, self->what->onnx, options, &self->session);
        silence(kept);
    }
    self->api->ReleaseSessionOptions(options);
    return problem;
}

static OrtStatus *bind(onnx_engine *self, const float *values, const int64_t *shape, size_t rank,
                       OrtValue **value) {
    size_t bytes = sizeof *values;
    for (size_t i = 0; i < rank; i++) {
        bytes *= (size_t)shape[i];
    }
    return self->api->CreateTensorWithDataAsOrtValue(self->memory, (void *)values, bytes, shape,
                                                     rank, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                                                     value);
}

static mien_status load(mien_race_engine *engine, const mien_race_case *what, mien_error *error) {
    onnx_engine *self = (onnx_engine *)engine;
    const int64_t batch = (int64_t)what->batch;
    const int64_t pictures[] = {batch, (int64_t)what->channels, (int64_t)what->height,
                                (int64_t)what->width};
    const int64_t answers[] = {batch, (int64_t)what->classes};
    self->what = what;
    self->logits = calloc(what->batch * what->classes, sizeof *self->logits);
    if (!self->logits) {
        return mien_fail_memory(error, "logits");
    }
    OrtStatus *problem = create_session(self);
    if (!problem) {
        problem = bind(self, what->nchw, pictures, 4, &self->input);
    }
    if (!problem) {
        problem = bind(self, self->logits, answers, 2, &self->output);
    }
    const mien_status status = translate(self->api, problem, what->onnx, error);
    if (status != MIEN_OK) {
        unload(engine);
    }
    return status;
}

static mien_status run(mien_race_engine *engine, size_t count, double *milliseconds,
                       mien_error *error) {
    onnx_engine *self = (onnx_engine *)engine;
    OrtStatus *problem = NULL;
    for (size_t i = 0; i < count && !problem; i++) {
        const OrtValue *const inputs[] = {self->input};
        const double start = mien_seconds();
        problem = self->api->Run(self->session, NULL, input_names, inputs, 1, output_names, 1,
                                 &self->output);
        milliseconds[i] = 1e3 * (mien_seconds() - start);
    }
    return translate(self->api, problem, "running", error);
}

static mien_status logits(mien_race_engine *engine, float *logits, mien_error *error) {
    (void)error;
    onnx_engine *self = (onnx_engine *)engine;
    memcpy(logits, self->logits, self->what->batch * self->what->classes * sizeof *logits);
    return MIEN_OK;
}

static void close_engine(mien_race_engine *engine) {
    onnx_engine *self = (onnx_engine *)engine;
    if (self->api) {
        unload(engine);
        self->api->ReleaseMemoryInfo(self->memory);
        self->api->ReleaseEnv(self->environment);
    }
    free(self);
}

/// Opens the library, which stays open for good, and finds its functions.
static mien_status find_api(onnx_engine *self, mien_error *error) {
    const OrtApiBase *(*get_base)(void) = NULL;
    void *library = dlopen(MIEN_ONNXRUNTIME, RTLD_NOW | RTLD_LOCAL);
    if (library) {
        *(void **)&get_base = dlsym(library, "OrtGetApiBase");
    }
    if (!get_base) {
        return mien_fail(error, MIEN_INTERNAL, "ONNX Runtime cannot be opened: %s", dlerror());
    }
    self->api = get_base()->GetApi(ORT_API_VERSION);
    if (!self->api) {
        return mien_fail(error, MIEN_INTERNAL, "ONNX Runtime %s is too old",
                         get_base()->GetVersionString());
    }
    snprintf(self->head.name, sizeof self->head.name, "onnxruntime %s",
             get_base()->GetVersionString());
    return MIEN_OK;
}

static mien_status start(onnx_engine *self, mien_error *error) {
    const mien_status status = find_api(self, error);
    if (status != MIEN_OK) {
        return status;
    }
    OrtStatus *problem = self->api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "bench", &self->environment);
    if (!problem) {
        problem =
            self->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &self->memory);
    }
    return translate(self->api, problem, "starting", error);
}

mien_status mien_race_onnx_open(mien_race_engine **engine, mien_error *error) {
    static const mien_race_engine_kind kind = {load, run, logits, unload, close_engine};
    onnx_engine *self = calloc(1, sizeof *self);
    if (!self) {
        return mien_fail_memory(error, "an engine");
    }
    self->head.kind = &kind;
    const mien_status status = start(self, error);
    if (status == MIEN_OK) {
        *engine = &self->head;
    } else {
        close_engine(&self->head);
    }
    return status;
}
