// SPDX-License-Identifier: Apache-2.0
/// @file
/// Threads that wait for work, do it together with the thread that asks, and wait again.
#ifndef MIEN_HOST_TEAM_H
#define MIEN_HOST_TEAM_H

#include "mien/status.h"

#include <stdint.h>

typedef struct mien_team mien_team;

/// `helpers` threads beside the calling one, asleep. Free with mien_team_free(). Errors:
/// MIEN_OUT_OF_MEMORY, MIEN_INTERNAL (no more threads).
MIEN_MUST_CHECK mien_status mien_team_create(uint32_t helpers, mien_team **team, mien_error *error);
/// Ends the threads. NULL is allowed.
void mien_team_free(mien_team *team);

/// The part of one thread: `place` is 0 for the one that asked, and counts the helpers from 1.
typedef void (*mien_team_work)(void *context, uint32_t place);

/// Has every thread do its part, and returns when all have. Allocates nothing. [one thread at a
/// time per team]
void mien_team_run(mien_team *team, mien_team_work work, void *context);

#endif
