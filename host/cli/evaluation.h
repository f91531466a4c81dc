// SPDX-License-Identifier: Apache-2.0
/// @file
/// What `mien evaluate` finds out: models over one data set, each a row, and how it is printed.
/// `mien compare` goes on from there.
#ifndef MIEN_HOST_CLI_EVALUATION_H
#define MIEN_HOST_CLI_EVALUATION_H

#include "host/cli/costs.h"
#include "host/cli/faithful.h"
#include "host/cli/guest.h"
#include "host/cli/shared.h"
#include "host/corruption/corruption.h"
#include "host/dataset.h"
#include "host/evaluation/crowd.h"
#include "host/evaluation/members.h"
#include "host/evaluation/scores.h"
#include "host/fit/digests.h"
#include "host/pool.h"

#include <stdio.h>
#include <yyjson.h>

/// One model and what came of it.
typedef struct mien_evaluation_row {
    char *name;             ///< as given; owned
    mien_error error;       ///< why it cannot be scored; status MIEN_OK: it was
    mien_guest *guest;      ///< the model, in a process of its own; NULL: none could be had
    mien_digests fitted;    ///< pictures that an ensemble was fitted to; none: it was not
    size_t fitted_to;       ///< how many of the data set's these are
    size_t *columns;        ///< where each class of the evaluation stands among the model's
    mien_scores *scores;    ///< against labels
    mien_scores *consensus; ///< against majorities of votes; NULL without votes
    double seconds;         ///< that the network ran
    double figures[MIEN_FIGURE_COUNT];
    mien_interval intervals[MIEN_FIGURE_COUNT];
    double consensus_accuracy; ///< NAN where no picture has a majority
    mien_interval consensus_interval;
    mien_class_scores *classes; ///< one each
    mien_reliability_bin bins[MIEN_RELIABILITY_BINS];
    mien_members *members;               ///< of an ensemble; else NULL
    mien_member_figures *member_figures; ///< one each, in the answerer's order
    mien_costs costs;                    ///< where they were to be measured
    mien_faithful *faithful;             ///< of its maps, where that was to be measured; else NULL
    uint32_t rank;                       ///< among the models compared, 1 is the best; 0: none were
    bool front;                          ///< compared, and on the front of accuracy against latency
} mien_evaluation_row;

typedef struct mien_evaluation {
    const char *command;         ///< whose it is, for messages
    const char *dataset, *split; ///< as given; `split` may be NULL
    const char *votes_path;      ///< as given; NULL: none
    mien_pool *pool;             ///< owns the lists of names
    mien_manifest *manifest;     ///< of the data set; NULL where it is a folder
    char *folder;                ///< of its pictures
    const char **known;          ///< classes of the data set
    size_t known_count;
    const char **classes; ///< that count, in the data set's order or as given
    size_t class_count;
    bool chosen; ///< the user gave them
    mien_index index;
    mien_crowd crowd; ///< with votes
    mien_evaluation_row *rows;
    size_t count;
    size_t *used; ///< which pictures of the index were scored, in the order of the scores
    size_t used_count;
    size_t unreadable; ///< pictures that could not be used
    size_t fitted_to;  ///< pictures left out, for one of the models was fitted to them
    bool flip;         ///< answers are means over pictures and their mirror images
    size_t batch;
    uint32_t threads;
    mien_corruption corruption; ///< done to every picture
    size_t limit;               ///< pictures that count, evenly from the index; 0: all
} mien_evaluation;

/// Finds the data set: a folder, or a manifest by name or path. Its classes are the manifest's, or
/// the folders that it holds. Errors: MIEN_NOT_FOUND, MIEN_BAD_INPUT (a manifest of another kind, a
/// folder without folders), and the manifest's.
MIEN_MUST_CHECK mien_status mien_evaluation_find(mien_evaluation *evaluation,
                                                 const mien_registry *registry, mien_error *error);

/// Chooses the classes, `given` ("angry,happy,sad") or, where that is NULL, those that the data set
/// and all models know, and lists their pictures. A model that lacks a given class, or knows fewer
/// than two of the data set's, gets an error of its own; where no model is left, nothing is chosen.
/// Errors: MIEN_INVALID_ARGUMENT (`given` is
/// no such list), MIEN_BAD_INPUT (fewer than two in common), mien_index_read()'s and, with votes,
/// theirs.
MIEN_MUST_CHECK mien_status mien_evaluation_choose(mien_evaluation *evaluation, const char *given,
                                                   mien_error *error);

/// Whether any model can answer, or did: else there are no classes and no pictures.
bool mien_evaluation_scored(const mien_evaluation *evaluation);

/// "angry;happy;sad": the classes that count, as in CSV. free() it; NULL when memory is out.
char *mien_evaluation_classes_text(const mien_evaluation *evaluation);

/// Frees the members and zeroes the struct.
void mien_evaluation_clear(mien_evaluation *evaluation);

/// How many pictures were scored.
size_t mien_evaluation_pictures(const mien_evaluation *evaluation);

/// Pictures a second that the row's network computed; NAN when it did not.
double mien_evaluation_rate(const mien_evaluation_row *row);

/// What was evaluated and how, in a few lines.
void mien_evaluation_write_heading(const mien_evaluation *evaluation, FILE *file);

/// For people: all about one model, or a table of several. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_evaluation_write_text(const mien_evaluation *evaluation,
                                                       FILE *file, mien_error *error);
/// Adds what was evaluated and all rows to a JSON object, with ranks and costs where models were
/// compared. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_evaluation_add_json(const mien_evaluation *evaluation,
                                                     yyjson_mut_doc *document,
                                                     yyjson_mut_val *object, mien_error *error);
/// One indented JSON object. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_evaluation_write_json(const mien_evaluation *evaluation,
                                                       FILE *file, mien_error *error);
/// Tables have columns for what was measured.
typedef enum mien_evaluation_table {
    MIEN_TABLE_EVALUATED, ///< `mien evaluate`'s
    MIEN_TABLE_COMPARED,  ///< with ranks and costs
    MIEN_TABLE_FAITHFUL,  ///< and how faithful maps are
} mien_evaluation_table;

/// Whether mien_evaluation_append_csv() could be done, before the work begins. Errors: as that
/// one's.
MIEN_MUST_CHECK mien_status mien_evaluation_check_csv(const char *path, mien_evaluation_table kind,
                                                      mien_error *error);
/// Appends a line a model to a comma-separated table, after a line of column names where the file
/// is new or empty. Each kind is a table of its own. All of it or nothing
/// is written, also where several programs append at a time. Errors: MIEN_BAD_INPUT (a table with
/// other columns), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_evaluation_append_csv(const mien_evaluation *evaluation,
                                                       const char *path, mien_evaluation_table kind,
                                                       mien_error *error);

#endif
