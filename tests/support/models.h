// SPDX-License-Identifier: Apache-2.0
/// @file
/// Model manifests with weights, made for a test.
#ifndef TESTS_SUPPORT_MODELS_H
#define TESTS_SUPPORT_MODELS_H

#include "host/registry.h"

/// A registry over `folder` for manifests and the build's broken plugins and own plugins.
mien_registry *make_registry(const char *folder);

/// Writes `<folder>/<name>.yaml`: model `name` of `plugin` with classes a, b and c, then the lines
/// `more`.
void write_manifest(const char *folder, const char *name, const char *plugin, const char *more);

/// As write_manifest(), and weights made by seeded_parameter() with their digest.
void write_model(const char *folder, const char *name, const char *plugin, const char *more);

#endif
