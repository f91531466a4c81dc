// SPDX-License-Identifier: Apache-2.0
/// @file
/// What commands ask: a model, or an ensemble of models that answers as one. Its members may differ
/// in input rule, so it says how many rules it has and takes pictures prepared under each;
/// members with equal rules share one.
#ifndef MIEN_HOST_ANSWERER_H
#define MIEN_HOST_ANSWERER_H

#include "host/answerer/combine.h"
#include "host/model.h"
#include "mien/image.h"
#include "zoo/image/inputs.h"

#include <stdint.h>

typedef struct mien_answerer mien_answerer;

/// Loads a model, or an ensemble with all its members, by name or path. `options` may be NULL; an
/// ensemble has no extra output, and with several threads runs members at the same time where that
/// is quicker. The registry must outlive it. Free with mien_answerer_free().
/// Errors: mien_model_load()'s, those of members with the ensemble's file:line:column in front;
/// MIEN_BAD_INPUT (a class that a member lacks, coefficients that are missing or too many).
/// [any thread]
MIEN_MUST_CHECK mien_status mien_answerer_load(mien_registry *registry, const char *name,
                                               const mien_model_options *options,
                                               mien_answerer **answerer, mien_error *error);
/// NULL is allowed.
void mien_answerer_free(mien_answerer *answerer);

/// `inputs`: for each rule, batch × height × width × channels f32. `logits`: batch × classes f32,
/// the caller's; of an ensemble, logarithms of its probabilities, so that softmax gives these back.
/// An ensemble of one gives its member's logits. Errors: mien_model_run()'s. [one thread at a time
/// per answerer]
MIEN_MUST_CHECK mien_status mien_answerer_run(mien_answerer *answerer, const float *const *inputs,
                                              size_t batch, float *logits, mien_error *error);

/// What each member says before it is combined: `ballots` is batch × members × classes f32, logits
/// of the answerer's classes in its order. A model is its own one member. Errors:
/// mien_model_run()'s. [one thread at a time per answerer]
MIEN_MUST_CHECK mien_status mien_answerer_ask(mien_answerer *answerer, const float *const *inputs,
                                              size_t batch, float *ballots, mien_error *error);

/// Nobody is left out.
#define MIEN_ALL_VOTE SIZE_MAX

/// Makes of what mien_answerer_ask() wrote what mien_answerer_run() answers. `without`: a member
/// that does not vote, as if the ensemble were of the others: weights count relative to those that
/// are left; a stack lacks the member's terms and keeps its intercept. At least one must be left.
/// [one thread at a time per answerer]
void mien_answerer_combine(mien_answerer *answerer, const float *ballots, size_t batch,
                           size_t without, float *logits);

/// @name What it is made of; all borrowed from the answerer  [any thread]
/// @{
const mien_manifest *mien_answerer_manifest(const mien_answerer *answerer);
size_t mien_answerer_rules(const mien_answerer *answerer);
/// `rule` below mien_answerer_rules().
const mien_input_spec *mien_answerer_rule(const mien_answerer *answerer, size_t rule);
/// Writes pointers to all of them.
void mien_answerer_list_rules(const mien_answerer *answerer, const mien_input_spec **rules);
size_t mien_answerer_classes(const mien_answerer *answerer);
const char *mien_answerer_class(const mien_answerer *answerer, size_t index);
/// Golden samples of its manifest.
const mien_manifest_golden *mien_answerer_golden(const mien_answerer *answerer, size_t *count);
/// Members in the order of their names: what an answer is does not depend on the manifest's order.
size_t mien_answerer_members(const mien_answerer *answerer);
/// What the ensemble's manifest calls it: the name or the file that it gives there; a model's own
/// name.
const char *mien_answerer_member_name(const mien_answerer *answerer, size_t member);
/// Whoever runs one keeps to its thread rule.
mien_model *mien_answerer_member(const mien_answerer *answerer, size_t member);
/// Where a member stands in the ensemble's manifest.
size_t mien_answerer_place(const mien_answerer *answerer, size_t member);
/// How an ensemble's members are put together, in their order here; NULL of a model.
const mien_combination *mien_answerer_combination(const mien_answerer *answerer);
/// Which of the answerer's rules is a member's.
size_t mien_answerer_rule_of(const mien_answerer *answerer, size_t member);
/// Where a class of the answerer stands among a member's.
size_t mien_answerer_class_of(const mien_answerer *answerer, size_t member, size_t index);
/// @}

/// What all members need together.
typedef struct mien_answerer_size {
    bool has_graph;                     ///< every member has one; else the next two are 0
    uint64_t parameters, multiply_adds; ///< multiply-adds of one picture
    uint64_t weights_bytes;             ///< of weights files
    uint64_t packed_bytes, arena_bytes; ///< so far; 0 where a plugin computes by itself
} mien_answerer_size;
mien_answerer_size mien_answerer_measure(const mien_answerer *answerer);

/// Numbers in one input of a model, and in its batch of `batch`, checked against overflow; false
/// when that is more than memory can hold.
bool mien_input_numbers(const mien_input_spec *spec, size_t batch, size_t *numbers);

/// A batch of pictures prepared for one answerer, an array for each of its rules. Start with
/// `= {0}`.
typedef struct mien_batch {
    float **inputs;
    size_t *numbers;          ///< of one picture, by rule
    mien_image_input *wanted; ///< by rule: it, and where the picture being prepared goes
    size_t rules;
} mien_batch;

/// Room for `pictures`, zeros at first; the rules are borrowed from the answerer. Free with
/// mien_batch_clear(), also after a failure. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_batch_create(const mien_answerer *answerer, size_t pictures,
                                              mien_batch *batch, mien_error *error);
void mien_batch_clear(mien_batch *batch);
/// Copies a prepared picture, one array a rule, to its place in the batch.
void mien_batch_put(mien_batch *batch, size_t place, const float *const *prepared);
/// Prepares a picture under every rule at its place. Errors: mien_image_to_inputs()'s.
MIEN_MUST_CHECK mien_status mien_batch_prepare(mien_batch *batch, size_t place,
                                               const mien_image *image, mien_error *error);
/// Turns the first `pictures` round, left for right.
void mien_batch_mirror(mien_batch *batch, size_t pictures);
/// The arrays, as mien_answerer_run() takes them.
const float *const *mien_batch_inputs(const mien_batch *batch);

#endif
