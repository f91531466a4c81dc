// SPDX-License-Identifier: Apache-2.0
/// @file
/// A model, or an ensemble, that answers from a process of its own: a plugin that crashes, ends its
/// process or is killed costs its own answers, and nobody else's. Pictures and answers lie in
/// memory that both processes see, and all times are taken over there, so that what is between them
/// is in no figure.
///
///     mien_guest_create(registry, name, &guest, &error);          // before any thread is started
///     mien_guest_load(guest, &how, &error);
///     mien_guest_prepare(guest, &task, &error);
///     while (…) { mien_guest_put(…); mien_guest_answer(…); mien_guest_shares(…); }
///
/// A call whose model does not come through it is an error, MIEN_PLUGIN, that says how it ended and
/// while it did what ("was ended by signal 11 (Segmentation fault) while it answered"); later calls
/// give it again. After Ctrl-C a call is waited for no longer than a second, and is MIEN_CANCELLED.
/// [one thread at a time per guest]
#ifndef MIEN_HOST_CLI_GUEST_H
#define MIEN_HOST_CLI_GUEST_H

#include "host/cli/shared.h"

typedef struct mien_guest mien_guest;

/// Starts the process; the model is not loaded yet. `registry` and `name` are used over there as
/// they are now. Free with mien_guest_free(). Errors: MIEN_IO (no process can be had),
/// MIEN_OUT_OF_MEMORY. [while the process has one thread]
MIEN_MUST_CHECK mien_status mien_guest_create(mien_registry *registry, const char *name,
                                              mien_guest **guest, mien_error *error);
/// NULL is allowed. What is not closed is killed.
void mien_guest_free(mien_guest *guest);

/// Loads the model over there, in place of what is loaded there already. `how` has no extra output.
/// Errors: mien_answerer_load()'s.
MIEN_MUST_CHECK mien_status mien_guest_load(mien_guest *guest, const mien_model_options *how,
                                            mien_error *error);

/// Frees the model over there and ends the process; what the model is made of stays. Does nothing
/// when it has ended already. Errors: the model's end was none that a plugin may have.
MIEN_MUST_CHECK mien_status mien_guest_close(mien_guest *guest, mien_error *error);

/// @name What the model is made of, once it was loaded; all borrowed
/// @{
size_t mien_guest_rules(const mien_guest *guest);
/// `rule` below mien_guest_rules().
const mien_input_spec *mien_guest_rule(const mien_guest *guest, size_t rule);
size_t mien_guest_classes(const mien_guest *guest);
const char *mien_guest_class(const mien_guest *guest, size_t index);
/// The class of that name; mien_guest_classes() where it has none.
size_t mien_guest_find_class(const mien_guest *guest, const char *name);
/// Of an ensemble, in the answerer's order; 0 of a model.
size_t mien_guest_members(const mien_guest *guest);
/// mien_answerer_member_name() over there.
const char *mien_guest_member(const mien_guest *guest, size_t member);
/// @}

/// @name Answers
/// @{

/// What is asked of the model.
typedef struct mien_guest_task {
    size_t batch;          ///< pictures at a time, at most
    const size_t *columns; ///< where the classes that count stand among the model's; copied
    size_t classes;        ///< that count
    bool flip;             ///< answers are means over pictures and their mirror images
    bool members;          ///< of an ensemble: its members' answers, too
} mien_guest_task;

/// Makes room for the task, and forgets the one before. Errors: MIEN_OUT_OF_MEMORY, MIEN_IO (no
/// memory can be shared).
MIEN_MUST_CHECK mien_status mien_guest_prepare(mien_guest *guest, const mien_guest_task *task,
                                               mien_error *error);

/// Copies a prepared picture, one array a rule, to its place in the batch.
void mien_guest_put(mien_guest *guest, size_t place, const float *const *prepared);
/// Prepares a picture under every rule at its place. Errors: mien_batch_prepare()'s.
MIEN_MUST_CHECK mien_status mien_guest_put_image(mien_guest *guest, size_t place,
                                                 const mien_image *image, mien_error *error);

/// Answers for the first `pictures` of the batch, which `flip` turns round. Adds to `*seconds` how
/// long the network ran. Errors: mien_answerer_run()'s.
MIEN_MUST_CHECK mien_status mien_guest_answer(mien_guest *guest, size_t pictures, double *seconds,
                                              mien_error *error);

/// What was answered: the probabilities of the classes that count, which sum to 1, a picture after
/// the other. Borrowed until the next answer.
const double *mien_guest_shares(const mien_guest *guest);
/// The same of a picture's members one after the other, by themselves, and of the ensemble without
/// each (nothing where there is only one).
const double *mien_guest_alone(const mien_guest *guest, size_t picture);
const double *mien_guest_rest(const mien_guest *guest, size_t picture);

/// mien_time_model() over there, on the first picture of the batch. free() `timing->milliseconds`.
/// Errors: that one's.
MIEN_MUST_CHECK mien_status mien_guest_time(mien_guest *guest, double seconds, mien_timing *timing,
                                            mien_error *error);

/// mien_answerer_measure() over there.
MIEN_MUST_CHECK mien_status mien_guest_measure(mien_guest *guest, mien_answerer_size *size,
                                               mien_error *error);
/// @}

#endif
