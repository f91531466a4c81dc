// SPDX-License-Identifier: Apache-2.0
/// @file
/// What `mien fit` finds out: an ensemble's members asked once about labelled pictures, its numbers
/// fitted by every method, and how good each is.
///
/// The members' answers are kept, pictures × members × classes numbers, so memory grows with the
/// pictures that are fitted to.
#ifndef MIEN_HOST_CLI_FITTING_H
#define MIEN_HOST_CLI_FITTING_H

#include "host/answerer.h"
#include "host/dataset.h"
#include "host/fit/digests.h"
#include "host/fit/fit.h"

#include <stdio.h>

/// Each picture's answer by numbers fitted to the other four fifths.
enum { MIEN_FIT_FOLDS = 5 };

typedef struct mien_fitting_options {
    const char *split;
    int method;
    double validation, penalty; ///< `validation` 0: all pictures
    int64_t seed, batch, threads;
} mien_fitting_options;

/// What came of a method.
typedef struct mien_fitting_row {
    mien_error error; ///< why it comes to nothing; status MIEN_OK: it was fitted
    mien_fit fit;
    double figures[MIEN_FIGURE_COUNT];  ///< on the pictures that were fitted to
    double held_out[MIEN_FIGURE_COUNT]; ///< NAN where the pictures are too few for folds
} mien_fitting_row;

typedef struct mien_fitting {
    const char *dataset; ///< as given
    const mien_fitting_options *options;
    mien_answerer *answerer;
    mien_index index;       ///< the pictures that are fitted to
    uint64_t *digests;      ///< one a picture
    mien_fit_sample sample; ///< those that could be used
    size_t unreadable;
    double before[MIEN_FIGURE_COUNT];     ///< the ensemble as it is
    double (*members)[MIEN_FIGURE_COUNT]; ///< each by itself, in the answerer's order
    mien_fitting_row rows[MIEN_FIT_METHODS];
} mien_fitting;

/// Loads, reads, asks and fits. Free with mien_fitting_clear(), also after a failure. Pictures that
/// cannot be used are complained of and counted. Errors: MIEN_INVALID_ARGUMENT (a model where an
/// ensemble is needed), MIEN_BAD_INPUT (an ensemble that is fitted already, no picture that can be
/// used), MIEN_CANCELLED, those of loading models and listing data sets, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_fitting_run(mien_registry *registry, const char *ensemble,
                                             const char *dataset,
                                             const mien_fitting_options *options,
                                             mien_fitting *fitting, mien_error *error);
/// Frees the members and zeroes the struct.
void mien_fitting_clear(mien_fitting *fitting);

/// Lists the pictures to fit to, in fitting->index: all, or, with a part to validate with, those
/// that training keeps for it. Errors: those of data sets, MIEN_CANCELLED.
MIEN_MUST_CHECK mien_status mien_fitting_list(mien_registry *registry, mien_fitting *fitting,
                                              mien_error *error);
/// Asks all members about the listed pictures. Errors: the models', MIEN_CANCELLED, MIEN_BAD_INPUT,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_fitting_ask(mien_fitting *fitting, mien_error *error);
/// Fits by every method. A method that fails keeps its error in its row. Errors: MIEN_CANCELLED,
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_fitting_fit(mien_fitting *fitting, mien_error *error);

/// Whether a fitted manifest can be written there, before the work begins. Errors:
/// MIEN_INVALID_ARGUMENT (no NAME.yaml, the file of the ensemble itself or of a member, a folder
/// from which a member cannot be named, a data set whose name no manifest can hold), MIEN_IO (no
/// such folder), those of reading the ensemble's manifest and finding its members.
MIEN_MUST_CHECK mien_status mien_fitting_check_output(const mien_registry *registry,
                                                      const char *ensemble, const char *dataset,
                                                      const char *output, mien_error *error);
/// Writes the ensemble with the numbers of the chosen method, and beside it the list of pictures.
/// Members are named as that place needs it. Errors: mien_replace_file()'s with the path,
/// mien_registry_member_from()'s, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_fitting_write(const mien_fitting *fitting,
                                               const mien_registry *registry, const char *output,
                                               mien_error *error);

/// For people, and one indented JSON object; `output`: where the manifest was written, or NULL.
/// Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_fitting_write_text(const mien_fitting *fitting, const char *output,
                                                    FILE *file, mien_error *error);
MIEN_MUST_CHECK mien_status mien_fitting_write_json(const mien_fitting *fitting, const char *output,
                                                    FILE *file, mien_error *error);

#endif
