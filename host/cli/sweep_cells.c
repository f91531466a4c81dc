// SPDX-License-Identifier: Apache-2.0
// From grids to cells, and what identifies each.
#include "host/cli/sweep.h"

#include "host/cli/sweep_digest.h"
#include "host/sha256.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BATCH = 32 };

/// What a name's files come to, worked out once.
typedef struct known {
    const char *name;
    char digest[MIEN_SHA256_HEX];
    mien_error problem; ///< why there is none; its status then stands for it
} known;

typedef struct lister {
    mien_sweep *sweep;
    const char *const *datasets; ///< of the command line
    size_t dataset_count;
    known *models, *sets;
    size_t model_count, set_count, capacity;
    mien_error *error;
} lister;

// --- Cells ---------------------------------------------------------------------------------------

typedef mien_status make_digest(const mien_sweep *, const char *name, char digest[MIEN_SHA256_HEX],
                                mien_error *error);

/// What cannot be read fails in its cells' rows; here its status stands for it, so that they are
/// others once it is mended.
static mien_status look_up(lister *state, known *list, size_t *count, const char *name,
                           make_digest *make, const char **digest) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            *digest = list[i].digest;
            return MIEN_OK;
        }
    }
    known *each = &list[*count];
    each->name = name;
    mien_status status = make(state->sweep, name, each->digest, &each->problem);
    if (status == MIEN_OUT_OF_MEMORY || status == MIEN_CANCELLED) {
        *state->error = each->problem;
        return status;
    }
    if (status != MIEN_OK) {
        snprintf(each->digest, sizeof each->digest, "unreadable %d", (int)status);
    }
    ++*count;
    *digest = each->digest;
    return MIEN_OK;
}

static mien_status identify(lister *state, mien_sweep_cell *cell) {
    const mien_sweep *sweep = state->sweep;
    const mien_sweep_manifest *said = &sweep->manifest->sweep;
    const char *model = NULL, *dataset = NULL;
    char digest[MIEN_SHA256_HEX], *text = NULL;
    mien_status status = look_up(state, state->models, &state->model_count, cell->model,
                                 mien_sweep_digest_model, &model);
    if (status == MIEN_OK) {
        status = look_up(state, state->sets, &state->set_count, cell->dataset,
                         mien_sweep_digest_dataset, &dataset);
    }
    if (status != MIEN_OK) {
        return status;
    }
    const int size =
        asprintf(&text, "cell %d.%d %s\n%s %s\n%s %s\n%s\n%u %d %g\n%s %u %u\n%lld %lld %s\n",
                 MIEN_SWEEP_SCHEMA, MIEN_CORRUPTION_VERSION, MIEN_VERSION, cell->model, model,
                 cell->dataset, dataset, sweep->classes ? sweep->classes : "", said->limit,
                 said->flip, said->seconds, mien_corruption_text(cell->corruption.kind),
                 cell->corruption.severity, cell->corruption.seed, (long long)cell->threads,
                 (long long)cell->batch, mien_plan_names[cell->plan]);
    if (size < 0) {
        return mien_fail_memory(state->error, "a cell");
    }
    status = mien_sha256_bytes(text, (size_t)size, digest, state->error);
    free(text);
    if (status == MIEN_OK) {
        memcpy(cell->id, digest, MIEN_SWEEP_ID - 1);
        memcpy(cell->model_digest, model, MIEN_SWEEP_ID - 1);
        memcpy(cell->data_digest, dataset, MIEN_SWEEP_ID - 1);
    }
    return status;
}

static mien_status add_cell(lister *state, const mien_sweep_cell *cell) {
    mien_sweep *sweep = state->sweep;
    if (sweep->count == MIEN_SWEEP_MOST) {
        return mien_fail(state->error, MIEN_BAD_INPUT,
                         "%s: has more than %d cells; make several sweeps of it",
                         sweep->manifest->path, MIEN_SWEEP_MOST);
    }
    if (sweep->count == state->capacity) {
        state->capacity = state->capacity ? 2 * state->capacity : 64;
        mien_sweep_cell *cells = reallocarray(sweep->cells, state->capacity, sizeof *cells);
        if (!cells) {
            return mien_fail_memory(state->error, "a sweep's cells");
        }
        sweep->cells = cells;
    }
    sweep->cells[sweep->count] = *cell;
    return identify(state, &sweep->cells[sweep->count++]);
}

static size_t length_of(const mien_manifest_numbers *numbers) {
    return numbers->count ? numbers->count : 1;
}

static double number_of(const mien_manifest_numbers *numbers, size_t i, double otherwise) {
    return numbers->count ? numbers->items[i] : otherwise;
}

/// The cell at a place of the grid, counted with the model fastest and the data set slowest, so
/// that cells of the same pictures stand together.
static mien_sweep_cell cell_at(const lister *state, const mien_sweep_grid *grid, size_t place,
                               size_t severities, size_t sets) {
    mien_sweep_cell cell = {0};
#define DIGIT(count) (digit = place % (count), place /= (count), digit)
    size_t digit;
    cell.model = grid->models.items[DIGIT(grid->models.count)].text;
    const size_t severity = DIGIT(severities);
    if (grid->corruptions.count) {
        const char *name = grid->corruptions.items[DIGIT(grid->corruptions.count)].text;
        // The manifest was checked.
        mien_status status = mien_corruption_find(name, &cell.corruption.kind, NULL);
        cell.corruption.kind = status == MIEN_OK ? cell.corruption.kind : MIEN_CORRUPTION_NONE;
    }
    const double seed = number_of(&grid->seeds, DIGIT(length_of(&grid->seeds)), 0);
    cell.threads = (int64_t)number_of(&grid->threads, DIGIT(length_of(&grid->threads)), 0);
    cell.batch =
        (int64_t)number_of(&grid->batches, DIGIT(length_of(&grid->batches)), DEFAULT_BATCH);
    const size_t plan = DIGIT(grid->plans.count ? grid->plans.count : 1);
    cell.plan = grid->plans.count && strcmp(grid->plans.items[plan].text, "small") == 0
                    ? MIEN_PLAN_SMALL
                    : MIEN_PLAN_FAST;
    const size_t set = DIGIT(sets);
    cell.dataset = grid->datasets.count ? grid->datasets.items[set].text : state->datasets[set];
#undef DIGIT
    if (cell.corruption.kind != MIEN_CORRUPTION_NONE) {
        cell.corruption.severity =
            (uint32_t)number_of(&grid->severities, severity, (double)severity + 1);
    }
    // What makes no difference makes no second cell.
    cell.corruption.seed = mien_corruption_draws(cell.corruption.kind) ? (uint32_t)seed : 0;
    return cell;
}

static mien_status list_grid(lister *state, const mien_sweep_grid *grid) {
    const size_t sets = grid->datasets.count ? grid->datasets.count : state->dataset_count;
    const size_t severities = grid->severities.count ? grid->severities.count : MIEN_SEVERITY_MOST;
    if (sets == 0) {
        return mien_fail(state->error, MIEN_INVALID_ARGUMENT,
                         "%s: has a grid without datasets; give them behind the sweep",
                         state->sweep->manifest->path);
    }
    const size_t factors[] = {grid->models.count,        severities,
                              grid->corruptions.count,   length_of(&grid->seeds),
                              length_of(&grid->threads), length_of(&grid->batches),
                              grid->plans.count,         sets};
    size_t places = 1;
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        if (__builtin_mul_overflow(places, factors[i] ? factors[i] : 1, &places) ||
            places > (size_t)MIEN_SWEEP_MOST * MIEN_SEVERITY_MOST) {
            return mien_fail(state->error, MIEN_BAD_INPUT,
                             "%s: a grid has more than %d cells; make several sweeps of it",
                             state->sweep->manifest->path, MIEN_SWEEP_MOST);
        }
    }
    mien_status status = MIEN_OK;
    for (size_t place = 0; place < places && status == MIEN_OK; place++) {
        const mien_sweep_cell cell = cell_at(state, grid, place, severities, sets);
        const bool again = cell.corruption.kind == MIEN_CORRUPTION_NONE &&
                           place / grid->models.count % severities != 0; // none has one severity
        status = again ? MIEN_OK : add_cell(state, &cell);
    }
    return status;
}

// --- All of them ---------------------------------------------------------------------------------

/// One that cannot be read says so in its row.
static bool is_fitted(const mien_registry *registry, const char *name) {
    mien_manifest *manifest = NULL;
    const mien_status status = mien_registry_manifest(registry, name, &manifest, NULL);
    const bool fitted = status == MIEN_OK && manifest->kind == MIEN_KIND_ENSEMBLE &&
                        manifest->ensemble.fitted.data.text;
    mien_manifest_free(manifest);
    return fitted;
}

static void set_apart(const lister *state) {
    for (size_t i = 0; i < state->model_count; i++) {
        const char *name = state->models[i].name;
        const bool fitted = is_fitted(state->sweep->registry, name);
        for (size_t k = 0; fitted && k < state->sweep->count; k++) {
            mien_sweep_cell *cell = &state->sweep->cells[k];
            cell->alone = cell->alone || strcmp(cell->model, name) == 0;
        }
    }
}

/// By identity, and of equal ones the first first.
static int compare_cells(const void *a, const void *b) {
    const mien_sweep_cell *left = *(mien_sweep_cell *const *)a;
    const mien_sweep_cell *right = *(mien_sweep_cell *const *)b;
    const int order = strcmp(left->id, right->id);
    return order ? order : left < right ? -1 : left > right;
}

static bool sort_cells(mien_sweep *sweep) {
    free((void *)sweep->by_id);
    sweep->by_id = (mien_sweep_cell **)calloc(sweep->count + 1, sizeof *sweep->by_id);
    for (size_t i = 0; sweep->by_id && i < sweep->count; i++) {
        sweep->by_id[i] = &sweep->cells[i];
    }
    if (sweep->by_id) {
        qsort((void *)sweep->by_id, sweep->count, sizeof *sweep->by_id, compare_cells);
    }
    return sweep->by_id != NULL;
}

/// Keeps the first of equal cells, in their order.
static mien_status drop_repeated(mien_sweep *sweep, mien_error *error) {
    if (!sort_cells(sweep)) {
        return mien_fail_memory(error, "a sweep's cells");
    }
    for (size_t i = sweep->count; i-- > 1;) {
        if (strcmp(sweep->by_id[i]->id, sweep->by_id[i - 1]->id) == 0) {
            sweep->by_id[i]->model = NULL;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        if (sweep->cells[i].model) {
            sweep->cells[kept++] = sweep->cells[i];
        }
    }
    sweep->count = kept;
    return sort_cells(sweep) ? MIEN_OK : mien_fail_memory(error, "a sweep's cells");
}

static mien_status join_classes(mien_sweep *sweep, mien_error *error) {
    const mien_manifest_texts *classes = &sweep->manifest->sweep.classes;
    size_t size = 1;
    for (size_t i = 0; i < classes->count; i++) {
        size += strlen(classes->items[i].text) + 1;
    }
    sweep->classes = classes->count ? calloc(1, size) : NULL;
    char *to = sweep->classes;
    for (size_t i = 0; to && i < classes->count; i++) {
        to = stpcpy(i ? stpcpy(to, ",") : to, classes->items[i].text);
    }
    return to || !classes->count ? MIEN_OK : mien_fail_memory(error, "a list of classes");
}

/// A sweep whose data sets all cannot be read has nothing to go on with.
static mien_status check_sets(const lister *state, mien_error *error) {
    for (size_t i = 0; i < state->set_count; i++) {
        if (state->sets[i].problem.status == MIEN_OK) {
            return MIEN_OK;
        }
    }
    if (state->set_count) {
        *error = state->sets[0].problem;
    }
    return state->set_count ? error->status : MIEN_OK;
}

mien_status mien_sweep_list(const mien_manifest *manifest, mien_registry *registry,
                            const char *const *datasets, size_t dataset_count, mien_sweep *sweep,
                            mien_error *error) {
    *sweep = (mien_sweep){.manifest = manifest, .registry = registry};
    const mien_sweep_manifest *said = &manifest->sweep;
    size_t models = 0, sets = dataset_count;
    bool open = false;
    for (size_t i = 0; i < said->grid_count; i++) {
        models += said->grids[i].models.count;
        sets += said->grids[i].datasets.count;
        open = open || said->grids[i].datasets.count == 0;
    }
    if (dataset_count && !open) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "%s: names its own datasets in every grid; \"%s\" has no place",
                         manifest->path, datasets[0]);
    }
    lister state = {
        .sweep = sweep, .datasets = datasets, .dataset_count = dataset_count, .error = error};
    state.models = calloc(models, sizeof *state.models);
    state.sets = calloc(sets + 1, sizeof *state.sets);
    mien_status status = state.models && state.sets ? join_classes(sweep, error)
                                                    : mien_fail_memory(error, "a sweep");
    for (size_t i = 0; i < said->grid_count && status == MIEN_OK; i++) {
        status = list_grid(&state, &said->grids[i]);
    }
    if (status == MIEN_OK) {
        status = check_sets(&state, error);
    }
    if (status == MIEN_OK) {
        set_apart(&state);
    }
    free(state.models);
    free(state.sets);
    return status == MIEN_OK ? drop_repeated(sweep, error) : status;
}

mien_sweep_cell *mien_sweep_find(const mien_sweep *sweep, const char *id) {
    for (size_t low = 0, high = sweep->count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(id, sweep->by_id[middle]->id);
        if (order == 0) {
            return sweep->by_id[middle];
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return NULL;
}

const char *mien_sweep_text(const mien_sweep_cell *cell, char text[MIEN_SWEEP_TEXT]) {
    char damage[64] = "none";
    const mien_corruption *done = &cell->corruption;
    if (done->kind != MIEN_CORRUPTION_NONE) {
        snprintf(damage, sizeof damage, "%s:%u", mien_corruption_text(done->kind), done->severity);
    }
    snprintf(text, MIEN_SWEEP_TEXT, "%s %s %s seed %u threads %lld batch %lld %s", cell->model,
             cell->dataset, damage, done->seed, (long long)cell->threads, (long long)cell->batch,
             mien_plan_names[cell->plan]);
    return text;
}

void mien_sweep_clear(mien_sweep *sweep) {
    for (size_t i = 0; i < sweep->count; i++) {
        yyjson_doc_free(sweep->cells[i].row);
    }
    free(sweep->cells);
    free((void *)sweep->by_id);
    free(sweep->classes);
    *sweep = (mien_sweep){0};
}
