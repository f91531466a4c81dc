// SPDX-License-Identifier: Apache-2.0
#include "host/cli/explain_measure.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/json_output.h"
#include "host/explain/grid.h"
#include "host/explain/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOISY = 2,     // copies of each picture
    NEAR_PART = 8, // a peak stays where it moves by less than such a part of the map's extent
};
static const double noise_part = 0.05; // of the picture's deviation

/// A model's figures in the making.
typedef struct measured {
    mien_faithful *figures;
    mien_explainer *shuffled; ///< NULL for methods that only ask
} measured;

static void add_score(mien_faithful_scores *what, const mien_faithfulness *score) {
    mien_mean_add(&what->deletion, score->deletion);
    mien_mean_add(&what->insertion, score->insertion);
    mien_mean_add(&what->road, score->road);
}

// --- One picture ---------------------------------------------------------------------------------

static bool is_near(const mien_explanation *map, size_t first, size_t second) {
    double across = fabs((double)(first % map->width) - (double)(second % map->width));
    double down = fabs((double)(first / map->width) - (double)(second / map->width));
    // A map of few places has no nearer neighbour than the next place.
    double wide = fmax(map->width / (double)NEAR_PART, 1.001);
    double tall = fmax(map->height / (double)NEAR_PART, 1.001);
    return across < wide && down < tall;
}

static double deviation_of(const float *input, size_t count) {
    double total = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        total += (double)input[i];
        squares += (double)input[i] * (double)input[i];
    }
    total /= (double)count;
    return sqrt(fmax(squares / (double)count - total * total, 0));
}

/// Whether the map still points where it did under a little noise, for the same class.
static mien_status measure_stability(const mien_explaining_model *each, const float *input,
                                     const mien_explanation *map, measured *result,
                                     mien_error *error) {
    size_t numbers;
    mien_status status = MIEN_OK;
    float *noisy = mien_input_numbers(mien_model_input(each->model), 1, &numbers)
                       ? malloc(numbers * sizeof *noisy)
                       : NULL;
    if (!noisy) {
        return mien_fail_memory(error, "a noisy picture");
    }
    double deviation = noise_part * deviation_of(input, numbers);
    uint64_t state = 0;
    for (int i = 0; i < NOISY && status == MIEN_OK; i++) {
        mien_explanation other = {0};
        for (size_t k = 0; k < numbers; k++) {
            noisy[k] = input[k] + (float)(deviation * mien_random_normal(&state));
        }
        status = mien_explainer_run(each->explainer, noisy, map->class_index, &other, error);
        if (status == MIEN_OK) {
            mien_mean_add(&result->figures->stable,
                          is_near(map, mien_explanation_peak(map), mien_explanation_peak(&other)));
        }
        mien_explanation_clear(&other);
    }
    free(noisy);
    return status;
}

static mien_status measure_sanity(const float *input, const mien_explanation *map, measured *result,
                                  mien_error *error) {
    mien_explanation other = {0};
    double correlation = 0;
    if (!result->shuffled) {
        return MIEN_OK;
    }
    mien_status status =
        mien_explainer_run(result->shuffled, input, map->class_index, &other, error);
    if (status == MIEN_OK) {
        status = mien_rank_correlation(map->values, other.values, (size_t)map->height * map->width,
                                       &correlation, error);
    }
    mien_mean_add(&result->figures->sanity,
                  isnan(correlation) ? 0 : correlation); // an empty map is like none
    mien_explanation_clear(&other);
    return status;
}

/// The map and what knows nothing but the centre, scored alike.
static mien_status measure_scores(mien_model *model, const float *input,
                                  const mien_explanation *map, measured *result,
                                  mien_error *error) {
    const mien_input_spec *spec = mien_model_input(model);
    mien_faithfulness score;
    float *whole = malloc((size_t)spec->height * spec->width * sizeof *whole);
    if (!whole) {
        return mien_fail_memory(error, "a map");
    }
    mien_grid_resize(map->values, map->height, map->width, whole, spec->height, spec->width);
    mien_status status =
        mien_faithfulness_score(model, input, map->class_index, whole, &score, error);
    if (status == MIEN_OK) {
        add_score(&result->figures->map, &score);
        mien_centre_prior(whole, spec->height, spec->width);
        status = mien_faithfulness_score(model, input, map->class_index, whole, &score, error);
    }
    if (status == MIEN_OK) {
        add_score(&result->figures->centre, &score);
    }
    free(whole);
    return status;
}

static mien_status measure_one(const mien_explaining_model *each, const mien_picture *picture,
                               measured *result, mien_error *error) {
    float *input = NULL;
    const char *why;
    mien_explanation map = {0};
    mien_status status = mien_picture_input(picture, mien_model_input(each->model), &input, error);
    if (status == MIEN_OK) {
        status = mien_explainer_run(each->explainer, input, each->class_index, &map, error);
    }
    bool visible = status == MIEN_OK && mien_explanation_visible(&map, &why);
    if (status == MIEN_OK && !visible) {
        result->figures->empty++;
    }
    if (visible) {
        status = measure_scores(each->model, input, &map, result, error);
    }
    if (visible && status == MIEN_OK) {
        status = measure_stability(each, input, &map, result, error);
    }
    if (visible && status == MIEN_OK) {
        status = measure_sanity(input, &map, result, error);
    }
    mien_explanation_clear(&map);
    free(input);
    return status;
}

// --- All pictures --------------------------------------------------------------------------------

static mien_status open_shuffled(const mien_explaining *explaining, mien_model *model,
                                 mien_explain_method method, measured *result) {
    mien_explain_options how = explaining->options.how;
    mien_shuffled_weights shuffled;
    how.method = method;
    if (mien_explain_asks_only(method)) {
        return MIEN_OK;
    }
    mien_status status = mien_shuffle_weights(model, &shuffled, &result->figures->error);
    if (status != MIEN_OK) {
        return status;
    }
    how.weights = shuffled.weights;
    status = mien_explainer_create(model, &how, &result->shuffled, &result->figures->error);
    mien_shuffled_weights_clear(&shuffled);
    return status;
}

/// A model that failed keeps its error; the others go on.
static void open_all(mien_explaining *explaining, measured *results) {
    for (size_t i = 0; i < explaining->model_count; i++) {
        const mien_explaining_model *each = &explaining->models[i];
        mien_faithful *figures = results[i].figures;
        figures->how = each->how;
        snprintf(figures->method, sizeof figures->method, "%s", each->method);
        figures->error = each->error;
        if (each->error.status == MIEN_OK) {
            results[i].figures->error.status =
                open_shuffled(explaining, each->model, each->how, &results[i]);
        }
    }
}

static mien_status measure_picture(mien_explaining *explaining, const mien_picture *picture,
                                   measured *results, mien_error *error) {
    for (size_t i = 0; i < explaining->model_count; i++) {
        measured *result = &results[i];
        if (result->figures->error.status == MIEN_OK) {
            result->figures->error.status =
                measure_one(&explaining->models[i], picture, result, &result->figures->error);
        }
        if (result->figures->error.status == MIEN_CANCELLED || mien_interrupted()) {
            return mien_fail(error, MIEN_CANCELLED, "interrupted");
        }
        mien_progress_update(&explaining->progress, ++explaining->done);
    }
    return MIEN_OK;
}

/// Numbers of pictures in a random order, the same each time.
static size_t *choose(size_t count, mien_error *error) {
    size_t *order = calloc(count, sizeof *order);
    uint64_t state = 0;
    for (size_t i = 0; order && i < count; i++) {
        size_t other = (size_t)mien_random_below(&state, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    if (!order) {
        mien_fail_memory(error, "a sample");
    }
    return order;
}

typedef struct pictures {
    const char *command;
    const char *const *paths;
    size_t count, sample;
} pictures;

static mien_status measure_all(mien_explaining *explaining, const pictures *all, measured *results,
                               size_t *unusable, mien_error *error) {
    size_t *order = choose(all->count, error);
    mien_status status = order ? MIEN_OK : MIEN_OUT_OF_MEMORY;
    mien_progress_start(&explaining->progress, all->sample * explaining->model_count);
    for (size_t i = 0; i < all->sample && status == MIEN_OK; i++) {
        mien_picture picture = {0};
        mien_error trouble = MIEN_ERROR_INIT;
        mien_status read =
            mien_picture_read(all->paths[order[i]], explaining->options.crop, &picture, &trouble);
        if (read == MIEN_OK) {
            status = measure_picture(explaining, &picture, results, error);
        } else {
            mien_progress_clear(&explaining->progress);
            mien_complain(all->command, "%s", trouble.message);
            (*unusable)++;
            explaining->done += explaining->model_count;
        }
        mien_picture_clear(&picture);
    }
    mien_progress_clear(&explaining->progress);
    free(order);
    return status;
}

mien_status mien_explain_take_measures(mien_explaining *explaining, const char *command,
                                       const char *const *paths, size_t count, size_t sample,
                                       mien_faithful *results, size_t *unusable,
                                       mien_error *error) {
    const pictures all = {command, paths, count, sample && sample < count ? sample : count};
    measured *models = calloc(explaining->model_count, sizeof *models);
    mien_status status = models ? MIEN_OK : mien_fail_memory(error, "measurements");
    for (size_t i = 0; models && i < explaining->model_count; i++) {
        models[i].figures = &results[i];
    }
    if (status == MIEN_OK) {
        open_all(explaining, models);
        status = measure_all(explaining, &all, models, unusable, error);
    }
    for (size_t i = 0; models && i < explaining->model_count; i++) {
        mien_explainer_free(models[i].shuffled);
    }
    free(models);
    return status;
}

// --- mien explain --measure ----------------------------------------------------------------------

static mien_status write_table(const mien_explaining *explaining, const mien_faithful *results,
                               mien_error *error) {
    mien_text_table *table = mien_faithful_create_table();
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    for (size_t i = 0; i < explaining->model_count; i++) {
        mien_faithful_add_rows(table, explaining->models[i].name, &results[i]);
    }
    mien_status status = mien_text_table_write(table, stdout, error);
    mien_text_table_free(table);
    return status;
}

static mien_status write_object(const char *model, const mien_faithful *result, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "model", model);
    mien_faithful_add_json(document, object, result);
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

static mien_status write_results(const mien_explaining *explaining, const mien_faithful *results,
                                 mien_error *error) {
    mien_status status = MIEN_OK;
    if (!explaining->options.json) {
        return write_table(explaining, results, error);
    }
    for (size_t i = 0; i < explaining->model_count && status == MIEN_OK; i++) {
        status = write_object(explaining->models[i].name, &results[i], error);
    }
    return status;
}

mien_status mien_explain_measure(mien_explaining *explaining, const mien_paths *paths,
                                 size_t sample, size_t *unusable, mien_error *error) {
    mien_faithful *results = calloc(explaining->model_count, sizeof *results);
    mien_status status = results ? MIEN_OK : mien_fail_memory(error, "measurements");
    if (status == MIEN_OK) {
        status =
            mien_explain_take_measures(explaining, "explain", (const char *const *)paths->items,
                                       paths->count, sample, results, unusable, error);
    }
    if (status == MIEN_OK) {
        status = write_results(explaining, results, error);
    }
    for (size_t i = 0; results && i < explaining->model_count; i++) {
        mien_status own = results[i].error.status;
        explaining->failure = explaining->failure == MIEN_OK ? own : explaining->failure;
    }
    free(results);
    return status;
}
