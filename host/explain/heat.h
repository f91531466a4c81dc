// SPDX-License-Identifier: Apache-2.0
/// @file
/// The colours of maps.
#ifndef MIEN_HOST_EXPLAIN_HEAT_H
#define MIEN_HOST_EXPLAIN_HEAT_H

#include "host/explain/view.h"

/// From black over purple and orange to light yellow for 0 to 1: lighter is always more, in grey
/// and to eyes that tell fewer colours as well.
void mien_heat(double share, double rgb[3]);

/// A picture in grey with its map over it, `side` pixels the longer side. A map that cannot be seen
/// (`explanation` NULL, empty or not finite) leaves the grey. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_heat_overlay(const mien_image *picture,
                                              const mien_explanation *explanation,
                                              const mien_input_spec *input, uint32_t side,
                                              mien_image *overlay, mien_error *error);

/// The picture alone at that size.
MIEN_MUST_CHECK mien_status mien_heat_picture(const mien_image *picture, uint32_t side,
                                              mien_image *scaled, mien_error *error);

#endif
