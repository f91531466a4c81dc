// SPDX-License-Identifier: Apache-2.0
/// @file
/// The schema of results: what `mien evaluate` and `mien compare --data` write as JSON and into
/// tables says it, and who reads them refuses another. It is raised when a reader of before would
/// take something for what it is not; a field more does not.
#ifndef MIEN_HOST_CLI_RESULTS_SCHEMA_H
#define MIEN_HOST_CLI_RESULTS_SCHEMA_H

/// Results without a schema, from before there was one, are of this.
enum { MIEN_RESULTS_SCHEMA = 1 };

#endif
