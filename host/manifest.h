// SPDX-License-Identifier: Apache-2.0
/// @file
/// Manifests: YAML files that name models, ensembles, datasets, recipes and sweeps, parsed into
/// typed structs.
///
/// The structs are filled from one table (host/manifest/table.c and those beside it), which also
/// yields the defaults, the checks, the text of `mien inspect`, docs/manifest.schema.json and
/// docs/manifests.md.
/// Everything a manifest points to is owned by it and lives until mien_manifest_free(). A parsed
/// manifest is immutable and may be read from any thread. Every message about a manifest reads
/// `file:line:column: what, and what would be right`, lines and columns counted from 1.
#ifndef MIEN_HOST_MANIFEST_H
#define MIEN_HOST_MANIFEST_H

#include "mien/plugin.h"

#include <stdio.h>

enum { MIEN_MANIFEST_MAX_BYTES = 1 << 20, MIEN_MANIFEST_MAX_CLASSES = 1000 };

typedef enum mien_manifest_kind {
    MIEN_KIND_MODEL = 0,
    MIEN_KIND_ENSEMBLE = 1,
    MIEN_KIND_DATASET = 2,
    MIEN_KIND_RECIPE = 3,
    MIEN_KIND_SWEEP = 4,
    MIEN_KIND_COUNT = 5,
} mien_manifest_kind;

/// A place in the file, from 1; line 0: the manifest does not say this, it is a default.
typedef struct mien_position {
    uint32_t line, column;
} mien_position;

/// A text and where it stands, for messages that are only known later ("no such file"). `text` is
/// NULL where the manifest does not give it.
typedef struct mien_manifest_text {
    const char *text;
    mien_position at;
} mien_manifest_text;

typedef struct mien_manifest_texts {
    const mien_manifest_text *items;
    size_t count;
} mien_manifest_texts;

/// Where `text` stands among them; their count where it does not. [any thread]
size_t mien_manifest_texts_find(const mien_manifest_texts *texts, const char *text);

typedef struct mien_manifest_numbers {
    const double *items;
    size_t count; ///< 0 where the manifest does not give it
    mien_position at;
} mien_manifest_numbers;

/// A free mapping from text to text, in the file's order.
typedef struct mien_manifest_pair {
    mien_manifest_text key, value; ///< a list stands as in YAML's flow style: "[32, 64]"
} mien_manifest_pair;

typedef struct mien_manifest_pairs {
    const mien_manifest_pair *items;
    size_t count;
} mien_manifest_pairs;

/// `weights:` of a model. `file.text` is NULL where the model has none.
typedef struct mien_manifest_weights {
    mien_manifest_text file;    ///< relative to the manifest's folder
    mien_manifest_text sha256;  ///< 64 lower-case hexadecimal digits
    mien_manifest_text license; ///< SPDX expression of the weights
    mien_manifest_text source;  ///< where they come from
} mien_manifest_weights;

/// `input:` of a model: what differs from the plugin's default (mien_manifest_input()).
typedef struct mien_manifest_input {
    uint32_t height, width, channels;   ///< 0: not given
    int32_t color, resize;              ///< mien_color, mien_resize; −1: not given
    double crop_fraction;               ///< 0: not given
    mien_manifest_numbers mean, stddev; ///< `mean`, `std`: 1 or 3 numbers
} mien_manifest_input;

/// One golden sample: a picture and what the model must answer.
typedef struct mien_manifest_golden {
    mien_manifest_text image;            ///< relative to the manifest's folder
    mien_manifest_numbers crop;          ///< x, y, width, height in pixels of the upright picture
    mien_manifest_numbers logits;        ///< one a class; either these
    mien_manifest_numbers probabilities; ///< or these
    mien_manifest_text top;              ///< the class a person sees; NULL: not given
    double tolerance; ///< of the largest difference, relative to max(1, largest expected value)
    mien_position at;
} mien_manifest_golden;

typedef struct mien_model_manifest {
    mien_manifest_text plugin;
    mien_manifest_weights weights;
    mien_manifest_texts classes; ///< 1 to MIEN_MANIFEST_MAX_CLASSES, unique
    mien_manifest_input input;
    mien_manifest_pairs config;       ///< checked against the plugin's table at load
    mien_manifest_text explain_layer; ///< a node's name; NULL: the graph's own
    const mien_manifest_golden *golden;
    size_t golden_count;
    mien_manifest_text card; ///< model card, relative to the manifest's folder
} mien_model_manifest;

typedef enum mien_ensemble_rule {
    MIEN_ENSEMBLE_SOFT = 0,  ///< weighted mean of probabilities
    MIEN_ENSEMBLE_HARD = 1,  ///< weighted vote of top classes
    MIEN_ENSEMBLE_STACK = 2, ///< logistic regression on members' log probabilities
} mien_ensemble_rule;

typedef struct mien_ensemble_member {
    mien_manifest_text model;           ///< a manifest's name or file (mien_registry_member())
    double weight;                      ///< over 0; not normalised
    double temperature;                 ///< over 0; divides its logits
    mien_manifest_numbers coefficients; ///< stack: classes × classes
} mien_ensemble_member;

typedef enum mien_fit_method {
    MIEN_FIT_TEMPERATURE = 0, ///< each member's, by itself
    MIEN_FIT_WEIGHTS = 1,     ///< of a soft vote
    MIEN_FIT_BOTH = 2,        ///< temperatures, then weights
    MIEN_FIT_STACK = 3,       ///< coefficients and intercept of a stack
    MIEN_FIT_METHODS = 4,
} mien_fit_method;

/// "temperature", "weights", "both", "stack", NULL: indexed by mien_fit_method.
extern const char *const mien_fit_method_names[];

/// `fitted:` of an ensemble: how its numbers came about, and the pictures that they were fitted to.
typedef struct mien_ensemble_fit {
    mien_fit_method method;
    mien_manifest_text data;  ///< as the command line named it; NULL: not fitted
    mien_manifest_text split; ///< of a dataset's manifest; or NULL
    double validation;        ///< the part of the data that was cut off for it; 1: all
    uint32_t seed;            ///< of the cut
    uint32_t pictures;
    mien_manifest_text digests; ///< a list of them (host/fit/digests.h)
    mien_manifest_text sha256;  ///< of that file
    /// Log loss on these pictures before and after, and of each by numbers fitted to others; 0:
    /// not known.
    double before, after, held_out;
} mien_ensemble_fit;

typedef struct mien_ensemble_manifest {
    const mien_ensemble_member *members; ///< at least one
    size_t member_count;
    mien_ensemble_rule rule;
    mien_manifest_texts classes;     ///< none: the members', which must be the same
    mien_manifest_numbers intercept; ///< stack: one a class
    mien_ensemble_fit fitted;
    const mien_manifest_golden *golden; ///< with `classes` alone
    size_t golden_count;
} mien_ensemble_manifest;

typedef enum mien_dataset_format {
    MIEN_DATASET_FOLDERS = 0, ///< one folder of pictures a class
} mien_dataset_format;

typedef struct mien_dataset_manifest {
    mien_manifest_text root; ///< relative to the manifest's folder
    mien_dataset_format format;
    mien_manifest_pairs splits;  ///< split to folder under root; none: root itself is one split
    mien_manifest_texts classes; ///< unique
    mien_manifest_pairs rename;  ///< folder to class, where they differ
} mien_dataset_manifest;

/// `data:` of a recipe: what is trained on.
typedef struct mien_recipe_data {
    mien_manifest_text dataset; ///< a folder or a dataset's manifest; NULL: the command line's
    mien_manifest_text split;   ///< of a dataset's manifest; NULL: "train", or its root
    double validation;          ///< part of the pictures, cut off
    uint32_t seed;              ///< of that cut
    mien_manifest_text votes;   ///< ferplus.csv; NULL: none
    double vote_weight;
    int32_t sampling; ///< 0 plain, 1 balanced: as mien_sampling
    uint32_t unreadable_limit;
} mien_recipe_data;

/// `start:` of a recipe: weights to begin with.
typedef struct mien_recipe_start {
    mien_manifest_text weights; ///< a safetensors file; NULL: from scratch
    mien_manifest_text source;  ///< where it comes from, for whoever lacks it
    mien_manifest_texts skip;   ///< patterns of parameters that begin afresh all the same
    int32_t statistics;         ///< mien_start_statistics
} mien_recipe_start;

typedef enum mien_start_statistics {
    MIEN_STATISTICS_KEEP = 0,
    MIEN_STATISTICS_REFRESH = 1, ///< measured anew on some batches
} mien_start_statistics;

/// `augment:` of a recipe: strengths, 0 does nothing; as mien_augmentation of the trainer.
typedef struct mien_recipe_augment {
    double flip, rotate, scale, shift, brightness, contrast, erase, erase_area;
    double mix, mixup, cutmix;
} mien_recipe_augment;

typedef struct mien_recipe_loss {
    double label_smoothing;
    int32_t class_weights; ///< 0 none, 1 balanced
} mien_recipe_loss;

typedef struct mien_recipe_distill {
    mien_manifest_text teacher; ///< a model's or an ensemble's name, or a file; NULL: none
    double weight, temperature;
} mien_recipe_distill;

typedef struct mien_recipe_optimizer {
    int32_t rule; ///< 0 sgd, 1 adamw: as mien_optimizer_rule
    double rate, momentum;
    bool nesterov;
    double beta1, beta2, epsilon, weight_decay, clip, average;
    double layer_decay, head_rate; ///< factors of the rate: of the first layer, and of the last
} mien_recipe_optimizer;

typedef struct mien_recipe_schedule {
    int32_t kind; ///< 0 cosine, 1 step, 2 plateau, 3 constant: as mien_schedule_kind
    uint32_t warmup_steps;
    double final;         ///< cosine: factor of the rate in the end
    uint32_t step_epochs; ///< step: epochs between two falls
    double step_factor;
    uint32_t patience; ///< plateau: epochs without a better validation loss
    double factor;     ///< plateau
} mien_recipe_schedule;

/// Which epoch's values a run keeps.
typedef enum mien_keep {
    MIEN_KEEP_ACCURACY = 0, ///< of the highest validation accuracy; of equal ones, the lowest loss
    MIEN_KEEP_LOSS = 1,     ///< of the lowest validation loss
    MIEN_KEEP_LAST = 2,     ///< the last: where the number of epochs is known to be good
} mien_keep;

typedef struct mien_recipe_train {
    uint32_t epochs, batch;
    int32_t precision; ///< 0 auto, 1 f32, 2 bf16
    uint32_t seed;
    int32_t keep;              ///< mien_keep
    uint32_t patience;         ///< early stopping: epochs without a better validation; 0: never
    uint32_t threads;          ///< 0: one a processor
    uint32_t checkpoint_steps; ///< steps between checkpoints; 0: one an epoch
} mien_recipe_train;

/// How a model is trained. `model` is first, so that what holds for a model's manifest (its input
/// rule, its declaration) holds for the one a recipe trains; it has no weights and no golden
/// samples.
typedef struct mien_recipe_manifest {
    mien_model_manifest model;
    mien_recipe_data data;
    mien_recipe_start start;
    mien_manifest_texts freeze; ///< patterns of parameters that do not learn
    mien_recipe_augment augment;
    mien_recipe_loss loss;
    mien_recipe_distill distill;
    mien_recipe_optimizer optimizer;
    mien_recipe_schedule schedule;
    mien_recipe_train train;
} mien_recipe_manifest;

/// One of `grids:` of a sweep: every combination of these is a cell. A list that is not given has
/// one entry, its default.
typedef struct mien_sweep_grid {
    mien_manifest_texts models;       ///< at least one
    mien_manifest_texts datasets;     ///< none: the command line's
    mien_manifest_texts corruptions;  ///< names of mien_corruption_kind; none: "none"
    mien_manifest_numbers severities; ///< whole; none: all
    mien_manifest_numbers seeds;      ///< whole; none: 0
    mien_manifest_numbers threads;    ///< whole; none: 0, one a processor
    mien_manifest_numbers batches;    ///< whole; none: 32
    mien_manifest_texts plans;        ///< names of mien_plan; none: "fast"
} mien_sweep_grid;

typedef struct mien_sweep_manifest {
    mien_manifest_text split;    ///< of datasets that are manifests; NULL: their only one
    mien_manifest_texts classes; ///< that count; none: those that data set and model know
    uint32_t limit;              ///< pictures; 0: all
    bool flip;
    double seconds;               ///< for measuring latency; 0: it is not measured
    const mien_sweep_grid *grids; ///< at least one
    size_t grid_count;
} mien_sweep_manifest;

typedef struct mien_manifest {
    uint32_t schema; ///< 1
    mien_manifest_kind kind;
    mien_manifest_text name;    ///< [a-z0-9-], at most 64
    mien_manifest_text summary; ///< one line
    mien_manifest_text license; ///< SPDX expression of the model or data
    mien_manifest_texts tags;
    const char *path;   ///< as messages show it
    const char *folder; ///< of the file; "." where parsed from memory
    bool allow_outside; ///< as in the options it was parsed with
    union {
        mien_model_manifest model;
        mien_ensemble_manifest ensemble;
        mien_dataset_manifest dataset;
        mien_recipe_manifest recipe;
        mien_sweep_manifest sweep;
    };
    struct mien_pool *pool; ///< what owns all of it
} mien_manifest;

typedef struct mien_manifest_options {
    bool allow_outside; ///< the user allows paths out of the manifest's folder
    /// What the user says in place of the file, "train.epochs=3", ended by NULL; NULL: nothing.
    /// The value is YAML, and checked as the file's would be.
    const char *const *settings;
} mien_manifest_options;

/// Reads and checks a manifest file. `options` may be NULL. The manifest is the caller's. Errors:
/// MIEN_NOT_FOUND, MIEN_IO, MIEN_BAD_INPUT, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_manifest_read(const char *path,
                                               const mien_manifest_options *options,
                                               mien_manifest **manifest, mien_error *error);

/// As mien_manifest_read(), from bytes in memory; `path` is for messages and, up to its last
/// slash, the folder. Bytes need no terminator and are not needed afterwards. [any thread]
MIEN_MUST_CHECK mien_status mien_manifest_parse(const void *bytes, size_t size, const char *path,
                                                const mien_manifest_options *options,
                                                mien_manifest **manifest, mien_error *error);

/// NULL is allowed.
void mien_manifest_free(mien_manifest *manifest);

/// Whether a text that says which manifest is meant is the path of its file, having a slash or
/// ending in .yaml or .yml, rather than its name. [any thread]
bool mien_manifest_is_path(const char *text);

/// "model", "ensemble", "dataset", "recipe", "sweep". Static.
const char *mien_manifest_kind_text(mien_manifest_kind kind);

/// Writes `file:line:column: ` and the message. [any thread]
mien_status mien_manifest_fail(const mien_manifest *manifest, mien_position at, mien_error *error,
                               mien_status status, const char *format, ...) MIEN_PRINTF(5, 6);

/// Puts `file:line:column: ` in front of a message that came from elsewhere; `file: ` where `at` is
/// none, being of a setting. `status` comes back, and MIEN_OK changes nothing. [any thread]
mien_status mien_manifest_locate(const mien_manifest *manifest, mien_position at,
                                 mien_status status, mien_error *error);

/// A path of the manifest as one that can be opened: free() it. It must exist, and its real place
/// must be inside the manifest's folder unless the user allowed otherwise. Errors: MIEN_NOT_FOUND,
/// MIEN_BAD_INPUT (leads outside), MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_manifest_resolve(const mien_manifest *manifest,
                                                  mien_manifest_text path, char **resolved,
                                                  mien_error *error);

/// The input rule in force: a model manifest's `input:` over `defaults`, member by member, checked
/// as a whole (channels 1 or 3, grey with one channel or three, std not 0). Errors:
/// MIEN_BAD_INPUT. [any thread]
MIEN_MUST_CHECK mien_status mien_manifest_input_spec(const mien_manifest *manifest,
                                                     const mien_input_spec *defaults,
                                                     mien_input_spec *spec, mien_error *error);

/// What the manifest says, defaults included, for `mien inspect`: YAML that reads as the same.
/// Errors: MIEN_IO. [any thread]
MIEN_MUST_CHECK mien_status mien_manifest_describe(const mien_manifest *manifest, FILE *file,
                                                   mien_error *error);
/// The same as a text; free() it. `*text` is NULL after an error. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_manifest_describe_text(const mien_manifest *manifest, char **text,
                                                        mien_error *error);

/// The JSON Schema (2020-12) of all kinds, for editors: docs/manifest.schema.json. Errors:
/// MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_schema_write(FILE *file, mien_error *error);

/// The reference tables of docs/manifests.md: every key of every kind. Errors: MIEN_IO.
MIEN_MUST_CHECK mien_status mien_schema_write_markdown(FILE *file, mien_error *error);

#endif
