// SPDX-License-Identifier: Apache-2.0
/// @file
/// The contract between the host and a model plugin.
///
/// A plugin is a shared object that exports one symbol, `mien_plugin_entry`. Given the host's ABI
/// version it returns a constant descriptor, or NULL when it cannot serve that host. The host
/// reads the descriptor, validates the manifest's `config:` against the keys it lists, and then
/// takes one of two ways:
///
///  - `build(config, graph)`: declare the network with mien/graph.h. The host runs, profiles and
///    explains it on XNNPACK, and whatever else is derived from a graph comes for free.
///  - `open / run / close`: compute by itself, on anything. Features that need a graph refuse
///    such a model by name.
///
/// Exactly one of `build` and `open`+`run`+`close` is set.
///
/// Compatibility: the major version must match; a minor version only appends members, enum values
/// and functions. Every struct that crosses the border starts with its own size, so that either
/// side may be the older one: a member is there when it lies within `size`. A plugin that calls a
/// function which a minor version added loads only where libmien has it.
///
/// Ownership: the callee never frees what it was given; strings and buffers passed in live until
/// the call returns. Errors are a status and a message in the caller's mien_error (mien_fail()),
/// never printed, never `exit`. The host never passes NULL, except where a comment says so.
///
/// docs/writing-a-plugin.md goes from an empty folder to a model that Mien compares with others.
#ifndef MIEN_PLUGIN_H
#define MIEN_PLUGIN_H

#include "mien/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MIEN_ABI_MAJOR 1u
#define MIEN_ABI_MINOR 0u
#define MIEN_ABI_VERSION ((MIEN_ABI_MAJOR << 16) | MIEN_ABI_MINOR)

/// @name Configuration  [any thread]
/// @{
typedef enum mien_config_type {
    MIEN_CONFIG_INTEGER = 0,
    MIEN_CONFIG_NUMBER = 1,
    MIEN_CONFIG_BOOLEAN = 2,
    MIEN_CONFIG_TEXT = 3,
    MIEN_CONFIG_INTEGERS = 4, ///< a list
} mien_config_type;

enum { MIEN_CONFIG_MAX_INTEGERS = 32 };

/// One key a plugin takes under `config:`. The host checks type, range and choices, fills in
/// defaults, and prints the table in `mien inspect`; the plugin only has to check what involves
/// more than one key (with mien_graph_reject() or its own message).
typedef struct mien_config_key {
    size_t size;
    const char *name;
    mien_config_type type;
    const char *default_text;   ///< as it would stand in YAML ("18", "[32, 64]"); never NULL
    double minimum, maximum;    ///< INTEGER, NUMBER, and each of INTEGERS; equal: no range
    const char *const *choices; ///< TEXT: NULL-terminated list; NULL for free text
    const char *help;           ///< one sentence
} mien_config_key;
#define MIEN_CONFIG_KEY(...) {.size = sizeof(mien_config_key), __VA_ARGS__}

/// The validated configuration, the host's. Valid during the call it is passed to.
typedef struct mien_config mien_config;

/// Read a value by name. The key must be in the plugin's own table with that type: asking for
/// another is a programmer's error and asserts. A text is borrowed from the configuration.
MIEN_API int64_t mien_config_integer(const mien_config *config, const char *name);
MIEN_API double mien_config_number(const mien_config *config, const char *name);
MIEN_API bool mien_config_boolean(const mien_config *config, const char *name);
MIEN_API const char *mien_config_text(const mien_config *config, const char *name);
/// Copies up to `capacity` entries into `values`, returns how many the list holds.
MIEN_API size_t mien_config_integers(const mien_config *config, const char *name, int64_t *values,
                                     size_t capacity);
/// Length of the manifest's class list.
MIEN_API uint32_t mien_config_classes(const mien_config *config);
/// The manifest's input, else the plugin's default.
MIEN_API uint32_t mien_config_input_height(const mien_config *config);
MIEN_API uint32_t mien_config_input_width(const mien_config *config);
MIEN_API uint32_t mien_config_input_channels(const mien_config *config);
/// @}

/// @name Input
/// @{
typedef enum mien_color {
    MIEN_RGB = 0,
    MIEN_BGR = 1,
    MIEN_GRAY = 2, ///< ITU-R BT.601 luma; repeated when the input has three channels
} mien_color;

typedef enum mien_resize {
    MIEN_RESIZE_STRETCH = 0,   ///< to height × width, aspect ratio not kept
    MIEN_RESIZE_CROP = 1,      ///< shorter side to fit, centre crop
    MIEN_RESIZE_LETTERBOX = 2, ///< longer side to fit, centred on zero bytes (black)
} mien_resize;

/// How a picture becomes the network's input: decoded to 8 bits, put upright, made grey where one
/// channel is wanted, resized with an antialiased triangle filter (Pillow's BILINEAR), then
/// (value / 255 − mean) / std per channel, in `color` order. For values in −1…1 mean and std are
/// 0.5, for values in 0…255 mean is 0 and std 1 / 255.
typedef struct mien_input_spec {
    size_t size;
    uint32_t height, width, channels; ///< channels: 1 or 3
    mien_color color;
    mien_resize resize;
    float crop_fraction;   ///< MIEN_RESIZE_CROP: part of the resized shorter side that is kept
                           ///< (torchvision's 224 of 256 is 0.875); 0 means 1
    float mean[3], std[3]; ///< std is never 0
} mien_input_spec;
/// @}

/// A model that computes by itself. The plugin's own struct.
typedef struct mien_instance mien_instance;

typedef struct mien_open_arguments {
    size_t size;
    const mien_config *config;
    const char *weights_path; ///< NULL when the manifest names no weights; already SHA-256 checked
    uint32_t threads;         ///< how many threads `run` may use, at least 1
} mien_open_arguments;

/// The descriptor: constant, valid as long as the plugin is loaded. Members from `build` on
/// may be NULL as said at each.
typedef struct mien_plugin {
    size_t size;
    uint32_t abi_version;               ///< MIEN_ABI_VERSION the plugin was compiled with
    const char *id;                     ///< reverse URI, "org.example.emotion-net"; unique
    const char *name;                   ///< what manifests call it, "resnet-transfer"; [a-z0-9-]
    const char *version;                ///< semantic version of the plugin
    const char *license;                ///< SPDX expression
    const char *summary;                ///< one line
    const mien_config_key *config_keys; ///< may be NULL when config_key_count is 0
    size_t config_key_count;
    const mien_input_spec *input; ///< default, constant, never NULL; a manifest's `input:`
                                  ///< overrides it member by member

    /// Declares the network: `config` is validated, `graph` is empty. Returns the logits node (or
    /// MIEN_NO_NODE after a mistake); the host finishes the graph. Called once per model.
    /// [any thread, different graphs at the same time] NULL: the plugin runs by itself.
    mien_node (*build)(const mien_config *config, mien_graph *graph);

    /// Opens an instance into `*instance`, closed by `close`. On failure writes nothing there.
    /// [any thread] NULL exactly when `build` is set, like `run` and `close`.
    mien_status (*open)(const mien_open_arguments *arguments, mien_instance **instance,
                        mien_error *error);

    /// `input`: batch × height × width × channels f32, prepared by the input rule. `logits`:
    /// batch × classes f32, the host's, to be filled with finite numbers, before any softmax.
    /// batch is at least 1 and may differ from call to call. [one thread at a time per instance]
    mien_status (*run)(mien_instance *instance, const float *input, size_t batch, float *logits,
                       mien_error *error);

    /// Frees an instance; never NULL-called. [one thread at a time per instance]
    void (*close)(mien_instance *instance);

    /// Optional capabilities, by a name with a version: a constant struct that the capability's
    /// header defines, or NULL for names not known. This version of Mien defines none and asks for
    /// none: it is how later ones add some without a new ABI. [any thread] May itself be NULL.
    const void *(*get_extension)(const char *name);
} mien_plugin;

/// Makes a function visible outside the plugin: mien_plugin_entry() alone needs it.
#define MIEN_PLUGIN_EXPORT MIEN_API

/// What every plugin defines, once. Returns the descriptor, or NULL when the host's ABI does not
/// suit. Must not fail otherwise, do I/O or start threads: discovery calls it only when a manifest
/// asks for the plugin. Declared here so that C++ gives it C's name. [any thread]
MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi);
typedef const mien_plugin *(*mien_plugin_entry_function)(uint32_t host_abi);
#define MIEN_PLUGIN_ENTRY_SYMBOL "mien_plugin_entry"

/// True when a plugin compiled against this header can serve a host of ABI `host_abi`.
static inline bool mien_abi_compatible(uint32_t host_abi) {
    return (host_abi >> 16) == MIEN_ABI_MAJOR;
}

#ifdef __cplusplus
}
#endif
#endif
