// SPDX-License-Identifier: Apache-2.0
/// @file
/// Everything in libmien. Plugin authors need mien/plugin.h alone.
#ifndef MIEN_MIEN_H
#define MIEN_MIEN_H

#include "mien/gradient.h"
#include "mien/graph.h"
#include "mien/image.h"
#include "mien/plugin.h"
#include "mien/session.h"
#include "mien/status.h"
#include "mien/tensor.h"
#include "mien/weights.h"

#endif
