// SPDX-License-Identifier: Apache-2.0
/// @file
/// What is raced: one network at one batch on some threads, by Mien or by a peer.
#ifndef TOOLS_BENCH_RACE_ENGINE_H
#define TOOLS_BENCH_RACE_ENGINE_H

#include "mien/weights.h"

/// One network at one batch and thread count; everything is borrowed while an engine is open.
typedef struct mien_race_case {
    const char *model;
    const char *manifest;  ///< path of NAME.yaml
    const char *onnx;      ///< path of NAME.onnx
    const char *reference; ///< path of NAME.reference.safetensors
    const float *nhwc, *nchw, *expected;
    size_t height, width, channels, classes;
    size_t batch; ///< how many of the pictures are run
    uint32_t threads;
} mien_race_case;

typedef struct mien_race_engine mien_race_engine;

/// An engine's functions, each [one thread at a time].
typedef struct mien_race_engine_kind {
    /// Loads the case's network. Nothing stays open after a failure.
    mien_status (*load)(mien_race_engine *engine, const mien_race_case *what, mien_error *error);
    /// Runs it `count` times and fills `milliseconds`.
    mien_status (*run)(mien_race_engine *engine, size_t count, double *milliseconds,
                       mien_error *error);
    /// batch × classes of the run before.
    mien_status (*logits)(mien_race_engine *engine, float *logits, mien_error *error);
    /// What load() made; NULL-safe in the sense that a second call does nothing.
    void (*unload)(mien_race_engine *engine);
    /// The engine itself.
    void (*close)(mien_race_engine *engine);
} mien_race_engine_kind;

/// The head that every engine's own struct starts with.
struct mien_race_engine {
    const mien_race_engine_kind *kind;
    char name[32]; ///< "onnxruntime 1.21.0"
};

enum { MIEN_RACE_ENGINES = 3, MIEN_RACE_OURS = 0 };

/// Engines, to be closed by their kind. `folder` holds Node's packages and engine.mjs. Errors: an
/// engine cannot be started.
MIEN_MUST_CHECK mien_status mien_race_ours_open(mien_race_engine **engine, mien_error *error);
MIEN_MUST_CHECK mien_status mien_race_onnx_open(mien_race_engine **engine, mien_error *error);
MIEN_MUST_CHECK mien_status mien_race_node_open(const char *folder, mien_race_engine **engine,
                                                mien_error *error);

#endif
