// SPDX-License-Identifier: Apache-2.0
/// @file
/// A sweep: the cells of its grids, which of them a file of results has, and the work of filling in
/// the others.
///
/// A cell's identity is a digest of all that its figures follow from (host/cli/sweep_digest.h): the
/// model, its plugin's file, the data set's pictures, Mien's version, and the settings. It is the
/// same on every machine that has the same files, so that results from several are put together by
/// `cat`.
#ifndef MIEN_HOST_CLI_SWEEP_H
#define MIEN_HOST_CLI_SWEEP_H

#include "host/cli/evaluation.h"
#include "host/cli/judge.h"

enum {
    MIEN_SWEEP_SCHEMA = 1, ///< of rows
    MIEN_SWEEP_ID = 17,    ///< 16 hexadecimal digits and a NUL
    MIEN_SWEEP_MOST = 20000,
};

typedef enum mien_cell_state { MIEN_CELL_OPEN, MIEN_CELL_FAILED, MIEN_CELL_DONE } mien_cell_state;

typedef struct mien_sweep_cell {
    char id[MIEN_SWEEP_ID];
    char model_digest[MIEN_SWEEP_ID], data_digest[MIEN_SWEEP_ID]; ///< their beginnings
    const char *model, *dataset;                                  ///< borrowed
    mien_corruption corruption;
    int64_t threads, batch; ///< as mien_evaluation_options has them
    mien_plan plan;
    bool alone;  ///< the model is a fitted ensemble, whose pictures others beside it would lose
    bool chosen; ///< to be done here
    mien_cell_state state;
    yyjson_doc *row; ///< what the results have of it; NULL: nothing
} mien_sweep_cell;

typedef struct mien_sweep {
    const mien_manifest *manifest; ///< borrowed, as the registry
    mien_registry *registry;
    char *classes; ///< "angry,happy,sad"; NULL: not given
    mien_sweep_cell *cells;
    size_t count;
    mien_sweep_cell **by_id;
} mien_sweep;

/// Lists the cells of a manifest of kind sweep; `datasets` stand where a grid gives none. Nothing
/// is run. A data set that cannot be listed has cells all the same, which fail when they run. Free
/// with mien_sweep_clear(), also after a failure. Errors: MIEN_INVALID_ARGUMENT (a data set is
/// wanted, or one too many is given), MIEN_BAD_INPUT (too many cells), the first data set's where
/// none can be listed, MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_list(const mien_manifest *manifest, mien_registry *registry,
                                            const char *const *datasets, size_t dataset_count,
                                            mien_sweep *sweep, mien_error *error);
/// Frees the members and zeroes the struct.
void mien_sweep_clear(mien_sweep *sweep);

/// The cell of that identity; NULL: there is none.
mien_sweep_cell *mien_sweep_find(const mien_sweep *sweep, const char *id);

/// "cnn-baseline fer2013/test blur:3 seed 0 threads 0 batch 32 fast".
enum { MIEN_SWEEP_TEXT = 512 };
const char *mien_sweep_text(const mien_sweep_cell *cell, char text[MIEN_SWEEP_TEXT]);

/// Reads which cells a file of results has; one that is not there has none. Rows of other cells are
/// passed over. Where a cell has several rows, one without an error counts. Rows that were cut off
/// are passed over, and said; such a one at the end is taken away if `repair` is set. Only what
/// begins as a row does is ever taken away.
/// Errors: MIEN_BAD_INPUT (names the line; rows of another schema), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_read(mien_sweep *sweep, const char *path, bool repair,
                                            mien_error *error);

/// What a text of rows comes to.
typedef struct mien_sweep_extent {
    size_t torn;  ///< rows that were cut off (host/cli/torn.h)
    size_t whole; ///< bytes without one that was cut off at the text's end
} mien_sweep_extent;

/// As mien_sweep_read(), from bytes in memory, which are not needed afterwards; `path` is for
/// messages.
MIEN_MUST_CHECK mien_status mien_sweep_parse(mien_sweep *sweep, const void *bytes, size_t size,
                                             const char *path, mien_sweep_extent *extent,
                                             mien_error *error);

/// Hands on each row of results, the caller's from then on; `take` fails with an error that lacks
/// the place, which is put before it. Rows that were cut off are passed over. Errors: `take`'s,
/// MIEN_BAD_INPUT (names line and column; a row of another schema), MIEN_OUT_OF_MEMORY.
typedef mien_status mien_sweep_take(void *context, yyjson_doc *row, mien_error *error);
MIEN_MUST_CHECK mien_status mien_sweep_rows(const void *bytes, size_t size, const char *path,
                                            mien_sweep_take *take, void *context,
                                            mien_sweep_extent *extent, mien_error *error);
/// Says on standard error how many rows of a file were passed over, but for `said` of them.
void mien_sweep_say_torn(const char *path, const mien_sweep_extent *extent, size_t said);

/// A figure in a cell's row; NAN: it has none.
double mien_sweep_figure(yyjson_val *row, size_t figure, mien_figure_part part);

/// Rows of an earlier sweep, by what was measured rather than by identity, which new weights
/// change.
typedef struct mien_sweep_baseline mien_sweep_baseline;

/// Reads them from a file of results. `criteria` are borrowed. Free with
/// mien_sweep_baseline_free(). Errors: mien_sweep_rows()'s, MIEN_NOT_FOUND, MIEN_IO, MIEN_BAD_INPUT
/// (no row has a figure that there is a tolerance for).
MIEN_MUST_CHECK mien_status mien_sweep_baseline_read(const char *path,
                                                     const mien_criteria *criteria,
                                                     mien_sweep_baseline **baseline,
                                                     mien_error *error);
/// As mien_sweep_baseline_read(), from bytes in memory, which are not needed afterwards; `path` is
/// for messages, and borrowed.
MIEN_MUST_CHECK mien_status mien_sweep_baseline_parse(const void *bytes, size_t size,
                                                      const char *path,
                                                      const mien_criteria *criteria,
                                                      mien_sweep_baseline **baseline,
                                                      mien_sweep_extent *extent, mien_error *error);
/// NULL is allowed.
void mien_sweep_baseline_free(mien_sweep_baseline *baseline);

/// Adds a verdict a tolerance for a cell that is done, called `name`. What it is held against is
/// the last row without an error of a cell with the same model, data set, split, classes and
/// settings; where there is none, that is a verdict, too. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_baseline_judge(const mien_sweep_baseline *baseline,
                                                      const mien_sweep_cell *cell, const char *name,
                                                      mien_verdicts *verdicts, mien_error *error);

typedef struct mien_sweep_judge {
    mien_criteria criteria;
    mien_sweep_baseline *baseline; ///< NULL: none
    const char *junit;             ///< NULL: none
} mien_sweep_judge;

/// Reads gates, tolerances and baseline. Free with mien_sweep_judge_clear(), also after a failure.
/// Errors: mien_criteria_read()'s, mien_sweep_baseline_read()'s, MIEN_INVALID_ARGUMENT (the
/// baseline is the file of results).
MIEN_MUST_CHECK mien_status mien_sweep_judge_begin(const mien_judge_options *options,
                                                   const mien_manifest *manifest,
                                                   const char *results, mien_sweep_judge *judge,
                                                   mien_error *error);
/// Frees the members and zeroes the struct.
void mien_sweep_judge_clear(mien_sweep_judge *judge);

/// Judges all chosen cells, those done before included, says what fell short on standard error, and
/// writes the report if there is to be one. `*passed`: nothing fell short. Errors:
/// MIEN_OUT_OF_MEMORY, mien_verdicts_write_junit()'s.
MIEN_MUST_CHECK mien_status mien_sweep_judge_run(const mien_sweep_judge *judge,
                                                 const mien_sweep *sweep, bool *passed,
                                                 mien_error *error);

/// Whether mien_sweep_write_csv() could be done, before the work begins. Errors: as that one's.
MIEN_MUST_CHECK mien_status mien_sweep_check_csv(const char *path, mien_error *error);

/// Writes a table of the chosen cells, those done before included, in the grids' order, in the
/// place of one that was written before. A cell that failed or was not run is a row with its error.
/// Errors: MIEN_BAD_INPUT (what is there is no such table), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_write_csv(const mien_sweep *sweep, const char *path,
                                                 mien_error *error);

typedef struct mien_sweep_options {
    const char *results; ///< path
    bool fail_fast, retry, json;
} mien_sweep_options;

/// Runs the chosen cells that are not done, and, with `retry`, those that failed. Each is appended
/// to the results as soon as it is known. Cells that differ in their models alone go over the
/// pictures together, where the sweep gives the classes. `*failed`: the first failure's status.
/// Errors: MIEN_CANCELLED (Ctrl-C, SIGTERM), MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_run(mien_sweep *sweep, const mien_sweep_options *options,
                                           mien_status *failed, mien_error *error);

/// A cell's row as one line of JSON, line feed included; free() it. `row` is NULL where the cell
/// failed with `problem`. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_sweep_row(const mien_sweep *sweep, const mien_sweep_cell *cell,
                                           const mien_evaluation *evaluation,
                                           const mien_evaluation_row *row,
                                           const mien_error *problem, char **line,
                                           mien_error *error);

#endif
