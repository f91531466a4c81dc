// SPDX-License-Identifier: Apache-2.0
/// @file
/// Cells that several tables of figures have.
#ifndef MIEN_HOST_CLI_CELLS_H
#define MIEN_HOST_CLI_CELLS_H

#include "host/cli/text_table.h"
#include "host/evaluation/bootstrap.h"

#include <stdbool.h>

/// A number of four decimals, or, as `percent`, a share of two; "-" for NAN.
void mien_cell_number(mien_text_table *table, mien_style style, double value, bool percent);

/// "74.6 to 78.3", faint; "-" for NAN.
void mien_cell_interval(mien_text_table *table, mien_interval interval, bool percent);

#endif
