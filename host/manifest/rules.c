// SPDX-License-Identifier: Apache-2.0
#include "host/manifest/bind.h"

#include "host/corruption/corruption.h"
#include "zoo/nearest.h"

#include <string.h>

#define FAIL(at, ...) mien_manifest_fail(manifest, at, error, MIEN_BAD_INPUT, __VA_ARGS__)

static mien_status check_crop(const mien_manifest *manifest, const mien_manifest_numbers *crop,
                              mien_error *error) {
    for (size_t i = 0; i < crop->count; i++) {
        const bool side = i >= 2;
        if (crop->items[i] != (double)(uint32_t)crop->items[i] || (side && crop->items[i] < 1)) {
            return FAIL(crop->at, "crop must be four whole numbers [x, y, width, height], width "
                                  "and height at least 1");
        }
    }
    return MIEN_OK;
}

/// Values and classes in different orders agree with every computation, but not with a person.
static mien_status check_top(const mien_manifest *manifest, const mien_manifest_golden *golden,
                             const mien_manifest_texts *classes,
                             const mien_manifest_numbers *values, mien_error *error) {
    mien_nearest nearest = {.word = golden->top.text};
    const size_t named = mien_manifest_texts_find(classes, golden->top.text);
    size_t largest = 0;
    for (size_t i = 0; i < classes->count; i++) {
        mien_nearest_offer(&nearest, classes->items[i].text);
        largest = values->items[i] > values->items[largest] ? i : largest;
    }
    if (named == classes->count) {
        return FAIL(golden->top.at, "\"%.64s\" is none of the classes%s%s%s", golden->top.text,
                    nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
                    nearest.best ? "\"?" : "; give the one that the picture shows");
    }
    if (named != largest) {
        return FAIL(golden->top.at,
                    "the picture shows \"%.64s\", but the largest value is that of \"%.64s\"; "
                    "write classes in the order of the network's outputs",
                    golden->top.text, classes->items[largest].text);
    }
    return MIEN_OK;
}

static mien_status check_golden(const mien_manifest *manifest, const mien_manifest_golden *golden,
                                const mien_manifest_texts *classes, mien_error *error) {
    if (golden->logits.count == 0 && golden->probabilities.count == 0) {
        return FAIL(golden->at, "a golden sample lacks its values; add logits or probabilities");
    }
    if (golden->logits.count > 0 && golden->probabilities.count > 0) {
        return FAIL(golden->at, "a golden sample has logits and probabilities; remove one");
    }
    const mien_manifest_numbers *const values =
        golden->logits.count ? &golden->logits : &golden->probabilities;
    if (values->count != classes->count) {
        return FAIL(values->at, "%zu values for %zu classes; give one a class", values->count,
                    classes->count);
    }
    mien_status status = check_crop(manifest, &golden->crop, error);
    return status == MIEN_OK && golden->top.text
               ? check_top(manifest, golden, classes, values, error)
               : status;
}

static mien_status check_model(const mien_manifest *manifest, mien_error *error) {
    const mien_manifest_numbers *const lists[] = {&manifest->model.input.mean,
                                                  &manifest->model.input.stddev};
    for (size_t i = 0; i < 2; i++) {
        if (lists[i]->count == 2) {
            return FAIL(lists[i]->at, "2 numbers; give one for all channels, or three");
        }
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < manifest->model.golden_count && status == MIEN_OK; i++) {
        status =
            check_golden(manifest, &manifest->model.golden[i], &manifest->model.classes, error);
    }
    return status;
}

static mien_status check_ensemble(const mien_manifest *manifest, mien_error *error) {
    const mien_ensemble_manifest *const ensemble = &manifest->ensemble;
    for (size_t i = 0; i < ensemble->member_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(ensemble->members[i].model.text, ensemble->members[j].model.text) == 0) {
                return FAIL(ensemble->members[i].model.at,
                            "member \"%s\" is given twice; raise its weight instead",
                            ensemble->members[i].model.text);
            }
        }
    }
    if (ensemble->golden_count && !ensemble->classes.count) {
        return FAIL(ensemble->golden[0].at,
                    "golden samples of an ensemble need classes: in the order of their values");
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < ensemble->golden_count && status == MIEN_OK; i++) {
        status = check_golden(manifest, &ensemble->golden[i], &ensemble->classes, error);
    }
    return status;
}

static mien_status check_folders(const mien_manifest *manifest, const mien_manifest_texts *classes,
                                 mien_error *error) {
    for (size_t i = 0; i < classes->count; i++) {
        const mien_manifest_text class = classes->items[i];
        if (strchr(class.text, '/') || class.text[0] == '.') {
            return FAIL(class.at,
                        "class \"%.64s\" is no folder's name; it may hold no slash and "
                        "start with no dot",
                        class.text);
        }
    }
    return MIEN_OK;
}

static mien_status check_dataset(const mien_manifest *manifest, mien_error *error) {
    const mien_dataset_manifest *const dataset = &manifest->dataset;
    for (size_t i = 0; i < dataset->rename.count; i++) {
        const mien_manifest_text class = dataset->rename.items[i].value;
        if (mien_manifest_texts_find(&dataset->classes, class.text) == dataset->classes.count) {
            return FAIL(class.at, "\"%.64s\" is none of the classes; rename folders to classes",
                        class.text);
        }
    }
    // Split folders join root; class folders join those: neither may climb out again.
    for (size_t i = 0; i < dataset->rename.count; i++) {
        const mien_manifest_text folder = dataset->rename.items[i].key;
        if (strchr(folder.text, '/') || strcmp(folder.text, "..") == 0) {
            return FAIL(folder.at, "\"%.64s\" is no folder's name; give it without slashes",
                        folder.text);
        }
    }
    return check_folders(manifest, &dataset->classes, error);
}

static mien_status check_recipe(const mien_manifest *manifest, mien_error *error) {
    mien_status status = check_model(manifest, error); // the model is the recipe's first member
    return status == MIEN_OK ? check_folders(manifest, &manifest->recipe.model.classes, error)
                             : status;
}

static mien_status check_whole(const mien_manifest *manifest, const char *key,
                               const mien_manifest_numbers *numbers, mien_error *error) {
    for (size_t i = 0; i < numbers->count; i++) {
        if (numbers->items[i] != (double)(uint32_t)numbers->items[i]) {
            return FAIL(numbers->at, "%s must be whole numbers; %g is none", key,
                        numbers->items[i]);
        }
    }
    return MIEN_OK;
}

static mien_status check_grid(const mien_manifest *manifest, const mien_sweep_grid *grid,
                              mien_error *error) {
    mien_status status = check_whole(manifest, "severities", &grid->severities, error);
    status = status == MIEN_OK ? check_whole(manifest, "seeds", &grid->seeds, error) : status;
    status = status == MIEN_OK ? check_whole(manifest, "threads", &grid->threads, error) : status;
    status = status == MIEN_OK ? check_whole(manifest, "batches", &grid->batches, error) : status;
    for (size_t i = 0; i < grid->corruptions.count && status == MIEN_OK; i++) {
        const mien_manifest_text name = grid->corruptions.items[i];
        mien_error problem = MIEN_ERROR_INIT;
        mien_corruption_kind kind;
        if (mien_corruption_find(name.text, &kind, &problem) != MIEN_OK) {
            return FAIL(name.at, "%s", problem.message);
        }
    }
    for (size_t i = 0; i < grid->plans.count && status == MIEN_OK; i++) {
        const mien_manifest_text name = grid->plans.items[i];
        if (strcmp(name.text, "fast") != 0 && strcmp(name.text, "small") != 0) {
            return FAIL(name.at, "\"%s\" is no plan; plans are fast and small", name.text);
        }
    }
    return status;
}

static mien_status check_sweep(const mien_manifest *manifest, mien_error *error) {
    const mien_sweep_manifest *const sweep = &manifest->sweep;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sweep->grid_count && status == MIEN_OK; i++) {
        status = check_grid(manifest, &sweep->grids[i], error);
    }
    for (size_t i = 0; i < sweep->classes.count && status == MIEN_OK; i++) {
        if (strchr(sweep->classes.items[i].text, ',')) {
            return FAIL(sweep->classes.items[i].at, "a class holds no comma");
        }
    }
    return status;
}

mien_status mien_manifest_check_rules(const mien_manifest *manifest, mien_error *error) {
    switch (manifest->kind) {
    case MIEN_KIND_MODEL:
        return check_model(manifest, error);
    case MIEN_KIND_ENSEMBLE:
        return check_ensemble(manifest, error);
    case MIEN_KIND_DATASET:
        return check_dataset(manifest, error);
    case MIEN_KIND_RECIPE:
        return check_recipe(manifest, error);
    case MIEN_KIND_SWEEP:
        return check_sweep(manifest, error);
    case MIEN_KIND_COUNT:
        break;
    }
    return MIEN_OK;
}
