// SPDX-License-Identifier: Apache-2.0
/// @file
/// Whether two models that were asked about the same pictures are equally often right.
///
/// Pictures that both have right, or both wrong, say nothing about that; of the others, an equal
/// model wins each by the toss of a coin (McNemar, 1947, "Note on the sampling error of the
/// difference between correlated proportions or percentages", Psychometrika 12(2),
/// doi:10.1007/BF02295996). The test is exact: no normal approximation, so it holds for few
/// pictures, too.
#ifndef MIEN_HOST_STATISTICS_MCNEMAR_H
#define MIEN_HOST_STATISTICS_MCNEMAR_H

#include <stddef.h>
#include <stdint.h>

/// The two-sided p-value: how often coins would fall at least as unevenly. `first_only` and
/// `second_only` are the pictures that one model alone has right. 1 where there are none.
/// [any thread]
double mien_mcnemar(uint32_t first_only, uint32_t second_only);

/// How many pictures it takes to find a difference at the level `level` (two-sided) with the
/// probability `power`, when one model alone is right on the share `first_only` of pictures and the
/// other on `second_only`:
///
///     n = (z(1 − level / 2) · √d + z(power) · √(d − e²))² / e²
///     d = first_only + second_only, e = first_only − second_only, z: quantile of the normal
///     distribution
///
/// (Connor, 1987, "Sample size for testing differences in proportions for the paired-sample
/// design", Biometrics 43(1), doi:10.2307/2531961). Rounded up; INFINITY where the shares are
/// equal. The exact test needs a few pictures more. [any thread]
double mien_mcnemar_pictures(double first_only, double second_only, double level, double power);

#endif
