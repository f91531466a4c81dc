// SPDX-License-Identifier: Apache-2.0
/// @file
/// Making the validated configuration a plugin reads with mien_config_*() of mien/plugin.h.
/// Exported for the host and tests; not installed.
#ifndef MIEN_ZOO_CONFIG_H
#define MIEN_ZOO_CONFIG_H

#include "mien/plugin.h"

/// Every key at its default. `plugin` (its key table and default input) is borrowed and must
/// outlive the configuration; `input` is the rule in force, NULL for the plugin's default. Free
/// with mien_config_free(). Errors: MIEN_PLUGIN (a default the table itself refuses),
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_API MIEN_MUST_CHECK mien_status mien_config_create(const mien_plugin *plugin,
                                                        const mien_input_spec *input,
                                                        uint32_t classes, mien_config **config,
                                                        mien_error *error);
/// NULL is allowed.
MIEN_API void mien_config_free(mien_config *config);

/// Sets a key from text as it would stand in YAML ("18", "0.5", "true", "mean", "[32, 64]").
/// Errors: MIEN_BAD_INPUT: unknown key (names the nearest), wrong type, out of range, not one of
/// the choices. The message has no position; the caller puts it in front.
MIEN_API MIEN_MUST_CHECK mien_status mien_config_set(mien_config *config, const char *name,
                                                     const char *text, mien_error *error);

/// The value in force as text ("18", "[32, 64]"); borrowed until the key is set again. The key must
/// be in the table. [any thread]
MIEN_API const char *mien_config_value_text(const mien_config *config, const char *name);

/// Key `index` of a plugin's table, whatever size of key the plugin was compiled with.
MIEN_API const mien_config_key *mien_config_key_at(const mien_plugin *plugin, size_t index);

/// "integer", "number", "true or false", "text", "list of integers". Static.
MIEN_API const char *mien_config_type_text(mien_config_type type);

#endif
