// SPDX-License-Identifier: Apache-2.0
/// @file
/// How faithful one model's maps are, over many pictures: the figures, and how they are printed.
/// `mien explain --measure` and `mien compare --faithfulness` have them from explain_measure.h.
#ifndef MIEN_HOST_CLI_FAITHFUL_H
#define MIEN_HOST_CLI_FAITHFUL_H

#include "host/cli/text_table.h"
#include "host/evaluation/bootstrap.h"
#include "host/explain/faithfulness.h"

#include <yyjson.h>

/// A mean over pictures, as sums.
typedef struct mien_mean {
    double total, squares;
    size_t count;
    bool is_share; ///< values are from 0 to 1, and most often one of the two
} mien_mean;

/// The figures of one map.
typedef struct mien_faithful_scores {
    mien_mean deletion, insertion, road;
} mien_faithful_scores;

typedef struct mien_faithful {
    char method[128];                 ///< "grad-cam of features"
    mien_explain_method how;          ///< the same without the layer
    mien_faithful_scores map, centre; ///< the model's map, and one that only knows the centre
    mien_mean stable;                 ///< share of noisy copies whose map has its peak where it was
    mien_mean sanity;    ///< correlation of strengths with the map of shuffled weights, where that
                         ///< is not the same all over
    size_t sanity_empty; ///< pictures where it is; with `sanity` none for methods that only ask
    size_t empty;        ///< pictures without a map to score
    mien_error error;    ///< why there are no figures; MIEN_OK: there are
} mien_faithful;

/// Values that are no numbers are passed over.
void mien_mean_add(mien_mean *mean, double value);
/// NAN where there is nothing.
double mien_mean_value(const mien_mean *mean);
/// How far the ends of the mean's 95 % interval are off, by Student's t; of a share that is none or
/// all, or of few pictures, the farther end of its exact interval (host/statistics/share.h). NAN
/// where there are not two values.
double mien_mean_margin(const mien_mean *mean);
/// The mean with its margin to both sides, of a share no farther than 0 and 1.
mien_interval mien_mean_interval(const mien_mean *mean);

/// The correlation with maps of shuffled weights; nothing where most of these are the same all
/// over, since a few others do not say what is left of the model.
mien_mean mien_faithful_sanity(const mien_faithful *faithful);
/// Share of the maps of shuffled weights that are the same all over; NAN where there are none.
double mien_faithful_sanity_empty(const mien_faithful *faithful);

/// The figures as CSV and JSON call them, each with its mean: NAME, centre_NAME.
typedef struct mien_faithful_figure {
    const char *name;
    mien_mean mean;
} mien_faithful_figure;

enum { MIEN_FAITHFUL_FIGURES = 8 };
/// Fills in all figures, in the order of the columns.
void mien_faithful_figures(const mien_faithful *faithful,
                           mien_faithful_figure figures[MIEN_FAITHFUL_FIGURES]);

/// A table for people, to be filled with mien_faithful_add_rows(); NULL when memory is out.
mien_text_table *mien_faithful_create_table(void);
/// The model's row, and the centre's below it; or why there are none.
void mien_faithful_add_rows(mien_text_table *table, const char *model,
                            const mien_faithful *faithful);

/// Adds the method, and the figures or `error`, to an object.
void mien_faithful_add_json(yyjson_mut_doc *document, yyjson_mut_val *object,
                            const mien_faithful *faithful);

#endif
