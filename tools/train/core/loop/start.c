// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/start.h"

#include "tools/train/core/loop/state.h"
#include "tools/train/core/optimizer/rates.h"

#include <stdlib.h>
#include <string.h>

/// Copies a tensor of the right shape; false for types that are no weights.
static bool copy(const mien_tensor *tensor, float *target) {
    if (tensor->dtype == MIEN_F32) {
        memcpy(target, tensor->data, tensor->bytes);
    } else if (tensor->dtype == MIEN_F16) {
        mien_f16_to_f32(tensor->data, target, tensor->bytes / sizeof(uint16_t));
    }
    return tensor->dtype == MIEN_F32 || tensor->dtype == MIEN_F16;
}

static void take(const mien_weights *weights, const mien_manifest_texts *skip,
                 const mien_network_parameter *parameter, mien_start_report *report) {
    const mien_tensor *const tensor = mien_weights_find(weights, parameter->name);
    if (mien_patterns_match(skip, parameter->name)) {
        report->skipped++;
    } else if (!tensor) {
        report->missing++;
        report->first_missing = report->first_missing ? report->first_missing : parameter->name;
    } else if (!mien_shape_equal(&tensor->shape, &parameter->shape) ||
               !copy(tensor, parameter->value)) {
        report->misshapen++;
        report->first_misshapen =
            report->first_misshapen ? report->first_misshapen : parameter->name;
    } else {
        report->taken++;
    }
}

mien_status mien_start_load(mien_network *network, const char *path,
                            const mien_manifest_texts *skip, mien_start_report *report,
                            mien_error *error) {
    mien_weights *weights = NULL;
    mien_start_report made = {0};
    mien_status status = mien_weights_open(path, NULL, &weights, error);
    if (status != MIEN_OK) {
        return status;
    }
    size_t count, found = 0;
    const mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < count; i++) {
        take(weights, skip, &parameters[i], &made);
        found += mien_weights_find(weights, parameters[i].name) != NULL;
    }
    made.unused = mien_weights_count(weights) - found;
    mien_weights_close(weights);
    if (made.taken == 0 && made.skipped == count) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: start.skip leaves nothing to take; its patterns match every "
                         "parameter",
                         path);
    }
    if (made.taken == 0) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: nothing in it fits this network, whose first parameter is \"%s\"; "
                         "`mien import --list` shows what it holds",
                         path, count ? parameters[0].name : "");
    }
    *report = made;
    return MIEN_OK;
}

static void say(const char *path, const mien_start_report *report) {
    mien_trainer_say("%s: %zu parameters taken, %zu skipped as the recipe says, %zu not in it%s%s, "
                     "%zu of another shape%s%s; %zu tensors not used",
                     path, report->taken, report->skipped, report->missing,
                     report->first_missing ? ", first " : "",
                     report->first_missing ? report->first_missing : "", report->misshapen,
                     report->first_misshapen ? ", first " : "",
                     report->first_misshapen ? report->first_misshapen : "", report->unused);
}

/// Whoever wrote the recipe knows where its weights come from.
static mien_status find(const mien_trainer *trainer, char **path, mien_error *error) {
    const mien_recipe_start *const start = &trainer->recipe->start;
    mien_error problem = MIEN_ERROR_INIT;
    const mien_status status =
        mien_manifest_resolve(trainer->manifest, start->weights, path, &problem);
    if (status == MIEN_OK) {
        return MIEN_OK;
    }
    const char *const source = status == MIEN_NOT_FOUND ? start->source.text : NULL;
    return mien_fail(error, status, "%s%s%s", problem.message, source ? "; it comes from: " : "",
                     source ? source : "");
}

static mien_status load(mien_trainer *trainer, mien_error *error) {
    const mien_recipe_start *const start = &trainer->recipe->start;
    char *path = NULL;
    mien_start_report report = {0};
    mien_status status =
        mien_patterns_check(trainer->manifest, &start->skip, trainer->network, error);
    if (status == MIEN_OK) {
        status = find(trainer, &path, error);
    }
    if (status == MIEN_OK) {
        status = mien_start_load(trainer->network, path, &start->skip, &report, error);
        status = mien_manifest_locate(trainer->manifest, start->weights.at, status, error);
    }
    if (status == MIEN_OK) {
        say(path, &report);
    }
    free(path);
    return status;
}

static mien_status freeze(mien_trainer *trainer, mien_error *error) {
    const mien_manifest_texts *const patterns = &trainer->recipe->freeze;
    size_t count;
    mien_network_parameter *const parameters = mien_network_parameters(trainer->network, &count);
    mien_status status = mien_patterns_check(trainer->manifest, patterns, trainer->network, error);
    if (status != MIEN_OK || patterns->count == 0) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        parameters[i].frozen = mien_patterns_match(patterns, parameters[i].name);
    }
    return mien_network_freeze(trainer->network, error);
}

mien_status mien_start(mien_trainer *trainer, mien_error *error) {
    mien_network_initialize(trainer->network, trainer->recipe->train.seed);
    mien_status status = trainer->recipe->start.weights.text ? load(trainer, error) : MIEN_OK;
    return status == MIEN_OK ? freeze(trainer, error) : status;
}
