// SPDX-License-Identifier: Apache-2.0
#include "host/cli/explain_measure.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/json_output.h"
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
    mien_explain_options shuffled; ///< how maps of the next shuffled weights are made
} measured;

/// A picture before one model.
typedef struct subject {
    const mien_explaining_model *each;
    mien_batch input;
    uint32_t width, height; ///< of the picture
    mien_explanation map;
} subject;

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

/// A copy of the picture under every rule, with a little noise in it.
static void add_noise(const mien_batch *input, uint64_t *state, mien_batch *noisy) {
    for (size_t rule = 0; rule < input->rules; rule++) {
        const float *numbers = input->inputs[rule];
        const size_t count = input->numbers[rule];
        const double deviation = noise_part * deviation_of(numbers, count);
        for (size_t k = 0; k < count; k++) {
            noisy->inputs[rule][k] = numbers[k] + (float)(deviation * mien_random_normal(state));
        }
    }
}

/// The share of noisy copies whose map still points where it did, for the same class.
static mien_status measure_stability(const subject *what, measured *result, mien_error *error) {
    const mien_explaining_model *each = what->each;
    mien_batch noisy = {0};
    uint64_t state = 0;
    int stays = 0;
    mien_status status = mien_batch_create(each->answerer, 1, &noisy, error);
    for (int i = 0; i < NOISY && status == MIEN_OK; i++) {
        mien_explanation other = {0};
        add_noise(&what->input, &state, &noisy);
        status = mien_either_run(&each->explainer, &noisy, what->width, what->height,
                                 what->map.class_index, &other, error);
        if (status == MIEN_OK) {
            stays += is_near(&what->map, mien_explanation_peak(&what->map),
                             mien_explanation_peak(&other));
        }
        mien_explanation_clear(&other);
    }
    if (status == MIEN_OK) {
        mien_mean_add(&result->figures->stable, (double)stays / NOISY);
    }
    mien_batch_clear(&noisy);
    return status;
}

/// Where the method sees evidence, be it for or against the class: shuffled weights have no reason
/// to tell one from the other, and the sign of a whole map is their luck.
static void take_magnitudes(mien_explanation *map) {
    for (size_t i = 0; i < (size_t)map->height * map->width; i++) {
        map->values[i] = fabsf(map->values[i]);
    }
}

/// Correlates with the map of weights shuffled in the next order; NAN where that one says nothing.
static mien_status correlate(const subject *what, const mien_explanation *own, measured *result,
                             double *correlation, mien_error *error) {
    mien_either_explainer explainer = {0};
    mien_explanation other = {0};
    mien_status status =
        mien_either_create(what->each->answerer, &result->shuffled, &explainer, error);
    result->shuffled.shuffle++;
    if (status == MIEN_OK) {
        status = mien_either_run_signed(&explainer, &what->input, what->width, what->height,
                                        own->class_index, &other, error);
    }
    if (status == MIEN_OK && other.finite) {
        take_magnitudes(&other);
        status = mien_rank_correlation(own->values, other.values, (size_t)own->height * own->width,
                                       correlation, error);
    }
    mien_explanation_clear(&other);
    mien_either_clear(&explainer);
    return status;
}

/// Each picture has weights in an order of its own, so that the mean is not one order's luck.
static mien_status measure_sanity(const subject *what, measured *result, mien_error *error) {
    mien_explanation own = {0};
    double correlation = (double)NAN;
    if (mien_explain_asks_only(what->each->how)) {
        return MIEN_OK;
    }
    mien_status status = mien_either_run_signed(&what->each->explainer, &what->input, what->width,
                                                what->height, what->map.class_index, &own, error);
    if (status == MIEN_OK && own.finite) {
        take_magnitudes(&own);
        status = correlate(what, &own, result, &correlation, error);
    }
    if (status == MIEN_OK) {
        mien_mean_add(&result->figures->sanity, correlation);
        result->figures->sanity_empty += isnan(correlation);
    }
    mien_explanation_clear(&own);
    return status;
}

/// Maps over the picture under every rule, one after the other in `numbers`; of a map, or of what
/// knows nothing but the centre.
static void lay_maps(const subject *what, bool centre, float *numbers, const float **maps) {
    const mien_answerer *answerer = what->each->answerer;
    for (size_t rule = 0; rule < mien_answerer_rules(answerer); rule++) {
        const mien_input_spec *spec = mien_answerer_rule(answerer, rule);
        if (centre) {
            mien_centre_prior(numbers, spec->height, spec->width);
        } else {
            mien_either_lay(answerer, &what->map, what->width, what->height, rule, numbers);
        }
        maps[rule] = numbers;
        numbers += (size_t)spec->height * spec->width;
    }
}

/// The map and what knows nothing but the centre, scored alike.
static mien_status measure_scores(const subject *what, measured *result, mien_error *error) {
    mien_answerer *answerer = what->each->answerer;
    const size_t rules = mien_answerer_rules(answerer);
    mien_status status = MIEN_OK;
    size_t pixels = 0;
    for (size_t rule = 0; rule < rules; rule++) { // no more than the batch has in memory
        const mien_input_spec *spec = mien_answerer_rule(answerer, rule);
        pixels += (size_t)spec->height * spec->width;
    }
    float *numbers = malloc(pixels * sizeof *numbers);
    const float **maps = (const float **)calloc(rules, sizeof *maps);
    if (!numbers || !maps) {
        status = mien_fail_memory(error, "a map");
    }
    for (int centre = 0; centre < 2 && status == MIEN_OK; centre++) {
        mien_faithfulness score;
        lay_maps(what, centre, numbers, maps);
        status = mien_faithfulness_score(answerer, mien_batch_inputs(&what->input),
                                         what->map.class_index, maps, &score, error);
        if (status == MIEN_OK) {
            add_score(centre ? &result->figures->centre : &result->figures->map, &score);
        }
    }
    free((void *)maps);
    free(numbers);
    return status;
}

static mien_status measure_map(const subject *what, measured *result, mien_error *error) {
    mien_status status = measure_scores(what, result, error);
    if (status == MIEN_OK) {
        status = measure_stability(what, result, error);
    }
    return status == MIEN_OK ? measure_sanity(what, result, error) : status;
}

static mien_status measure_one(const mien_explaining_model *each, const mien_picture *picture,
                               measured *result, mien_error *error) {
    const mien_image *part = mien_picture_part(picture);
    const char *why;
    subject what = {.each = each, .width = part->width, .height = part->height};
    mien_status status = mien_picture_batch(picture, each->answerer, &what.input, error);
    if (status == MIEN_OK) {
        status = mien_either_run(&each->explainer, &what.input, what.width, what.height,
                                 each->class_index, &what.map, error);
    }
    if (status == MIEN_OK && mien_explanation_visible(&what.map, &why)) {
        status = measure_map(&what, result, error);
    } else if (status == MIEN_OK) {
        result->figures->empty++;
    }
    mien_explanation_clear(&what.map);
    mien_batch_clear(&what.input);
    return status;
}

// --- All pictures --------------------------------------------------------------------------------

/// A model that failed keeps its error; the others go on.
static void begin_all(const mien_explaining *explaining, measured *results) {
    for (size_t i = 0; i < explaining->model_count; i++) {
        const mien_explaining_model *each = &explaining->models[i];
        mien_faithful *figures = results[i].figures;
        figures->how = each->how;
        figures->stable.is_share = true;
        snprintf(figures->method, sizeof figures->method, "%s", each->method);
        figures->error = each->error;
        results[i].shuffled = explaining->options.how;
        results[i].shuffled.method = each->how;
        results[i].shuffled.shuffled = true;
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
        begin_all(explaining, models);
        status = measure_all(explaining, &all, models, unusable, error);
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
    return mien_text_table_write_and_free(table, stdout, error);
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
