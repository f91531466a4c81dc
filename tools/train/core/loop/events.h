// SPDX-License-Identifier: Apache-2.0
/// @file
/// Event files as TensorBoard reads them: records of TFRecord framing, each a protocol-buffer
/// Event.
///
/// Formats: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto and
/// tensorflow/core/framework/summary.proto.
#ifndef MIEN_TRAIN_LOOP_EVENTS_H
#define MIEN_TRAIN_LOOP_EVENTS_H

#include "mien/status.h"

#include <stddef.h>
#include <stdint.h>

/// One number of a step. What is not finite is left out.
typedef struct mien_scalar {
    const char *tag; ///< "loss/training": TensorBoard groups by what is before the slash
    double value;
} mien_scalar;

typedef struct mien_events mien_events;

/// Begins a new file in `folder`, events.out.tfevents.TIME.HOST.PROCESS. What earlier files of the
/// folder say of steps after `step` is to be forgotten. Free with mien_events_close(). Errors:
/// MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_events_open(const char *folder, uint64_t step,
                                             mien_events **events, mien_error *error);

/// Appends what a step came to. A reader meanwhile sees whole records. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_events_add(mien_events *events, uint64_t step,
                                            const mien_scalar *scalars, size_t count,
                                            mien_error *error);
/// NULL is allowed.
void mien_events_close(mien_events *events);

#endif
