// SPDX-License-Identifier: Apache-2.0
// A fitted ensemble as a manifest, and beside it the list of pictures.
//
// The manifest has the list's digest, so the two must change at once, which two files cannot. The
// list is written twice instead, NAME.new.pictures first, and the manifest goes over to that before
// NAME.pictures is touched, and then back: wherever it is killed, a manifest has a list that is its
// own.
#include "host/cli/fitting.h"
#include "host/manifest/bind.h"
#include "host/paths.h"
#include "mien/weights.h"
#include "zoo/replace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char manifest_ending[] = ".yaml", list_ending[] = ".pictures",
                  new_list_ending[] = ".new.pictures";

static const char *file_name(const char *path) {
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/// "ensembles/fitted.yaml" is "fitted"; free() it. NULL when memory is out.
static char *name_of(const char *output) {
    const char *const name = file_name(output);
    return strndup(name, strlen(name) - strlen(manifest_ending));
}

/// A path beside the manifest; free() it. NULL when memory is out.
static char *beside(const char *output, const char *ending) {
    char *path = NULL;
    const int length = (int)(strlen(output) - strlen(manifest_ending));
    return asprintf(&path, "%.*s%s", length, output, ending) < 0 ? NULL : path;
}

// --- Before --------------------------------------------------------------------------------------

static mien_status check_name(const char *output, mien_error *error) {
    const char *const name = file_name(output), *const dot = strrchr(name, '.');
    if (!dot || strcmp(dot, manifest_ending) != 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "--output is \"%s\"; it must be NAME.yaml",
                         output);
    }
    char *const given = name_of(output);
    if (!given) {
        return mien_fail_memory(error, "a name");
    }
    mien_status status = MIEN_OK;
    if (mien_text_objection(MIEN_FORM_NAME, given, false)) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--output is \"%s\"; a manifest's name is lower-case letters, digits "
                           "and hyphens",
                           output);
    }
    free(given);
    return status;
}

/// Whether the members can be named there.
static mien_status check_members(const mien_registry *registry, const mien_manifest *manifest,
                                 const char *output, mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < manifest->ensemble.member_count && status == MIEN_OK; i++) {
        char *text = NULL;
        status = mien_registry_member_from(registry, manifest, i, output, &text, error);
        free(text);
    }
    return status == MIEN_INVALID_ARGUMENT ? mien_error_context(error, status, "--output") : status;
}

mien_status mien_fitting_check_output(const mien_registry *registry, const char *ensemble,
                                      const char *dataset, const char *output, mien_error *error) {
    mien_manifest *manifest = NULL;
    mien_status status = check_name(output, error);
    const char *const objection = mien_text_objection(MIEN_FORM_LINE, dataset, false);
    if (status == MIEN_OK && objection) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "the name of the data set cannot stand in a manifest: %s", objection);
    }
    if (status == MIEN_OK) {
        status = mien_error_context(error, mien_replace_check(output, error), "%s", output);
    }
    if (status == MIEN_OK) {
        status = mien_registry_manifest(registry, ensemble, &manifest, error);
    }
    if (status == MIEN_OK && mien_paths_same(manifest->path, output)) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--output is the ensemble itself, which is needed to fit it again; name "
                           "another file");
    }
    if (status == MIEN_OK && manifest->kind == MIEN_KIND_ENSEMBLE) {
        status = check_members(registry, manifest, output, error);
    }
    mien_manifest_free(manifest);
    return status;
}

// --- After ---------------------------------------------------------------------------------------

static void free_members(mien_ensemble_member *members, size_t count) {
    for (size_t i = 0; members && i < count; i++) {
        free((char *)members[i].model.text);
    }
    free(members);
}

/// The members in their manifest's order, named as seen from the output; free_members() them, also
/// after a failure.
static mien_status list_members(const mien_fitting *fitting, const mien_registry *registry,
                                const char *output, mien_ensemble_member **list,
                                mien_error *error) {
    const mien_manifest *const manifest = mien_answerer_manifest(fitting->answerer);
    const mien_ensemble_manifest *const ensemble = &manifest->ensemble;
    const mien_combination *const how = &fitting->rows[fitting->options->method].fit.how;
    const size_t block = how->classes * how->classes;
    mien_ensemble_member *const members = calloc(ensemble->member_count, sizeof *members);
    mien_status status = members ? MIEN_OK : mien_fail_memory(error, "a manifest");
    *list = members;
    for (size_t i = 0; i < ensemble->member_count && status == MIEN_OK; i++) {
        const size_t place = mien_answerer_place(fitting->answerer, i);
        mien_ensemble_member *const each = &members[place];
        char *text = NULL;
        status = mien_registry_member_from(registry, manifest, place, output, &text, error);
        *each = ensemble->members[place];
        each->model.text = text;
        each->weight = how->weights[i];
        each->temperature = how->temperatures[i];
        each->coefficients = (mien_manifest_numbers){0};
        if (how->rule == MIEN_ENSEMBLE_STACK) {
            each->coefficients.items = how->coefficients + i * block;
            each->coefficients.count = block;
        }
    }
    return status;
}

static mien_ensemble_fit describe_fit(const mien_fitting *fitting) {
    const mien_fitting_options *const options = fitting->options;
    const mien_fitting_row *const row = &fitting->rows[options->method];
    const double held_out = row->held_out[MIEN_FIGURE_LOG_LOSS];
    return (mien_ensemble_fit){.method = (mien_fit_method)options->method,
                               .data.text = fitting->dataset,
                               .split.text = options->split,
                               .validation = options->validation > 0 ? options->validation : 1,
                               .seed = options->validation > 0 ? (uint32_t)options->seed : 0,
                               .pictures = (uint32_t)fitting->sample.pictures,
                               .before = fitting->before[MIEN_FIGURE_LOG_LOSS],
                               .after = row->figures[MIEN_FIGURE_LOG_LOSS],
                               .held_out = isnan(held_out) ? 0 : held_out};
}

static bool write_bytes(FILE *file, const void *text) {
    return fputs(text, file) >= 0;
}

static mien_status write_manifest(const mien_manifest *manifest, const char *output,
                                  mien_error *error) {
    char *text = NULL;
    mien_status status = mien_manifest_describe_text(manifest, &text, error);
    if (status == MIEN_OK) {
        status = mien_error_context(error, mien_replace_file(output, write_bytes, text, error),
                                    "%s", output);
    }
    free(text);
    return status;
}

static mien_status write_list(const mien_fitting *fitting, const char *path,
                              char digest[MIEN_SHA256_HEX], mien_error *error) {
    mien_digests digests = {0};
    mien_status status =
        mien_digests_make(fitting->digests, fitting->sample.pictures, &digests, error);
    if (status == MIEN_OK) {
        status = mien_digests_write(&digests, path, error);
    }
    mien_digests_free(&digests);
    return status == MIEN_OK ? mien_sha256_file(path, digest, error) : status;
}

static mien_status write_pair(const mien_fitting *fitting, mien_manifest *fitted,
                              const char *output, const char *ending, mien_error *error) {
    char digest[MIEN_SHA256_HEX], *const list = beside(output, ending);
    if (!list) {
        return mien_fail_memory(error, "a path");
    }
    mien_status status = write_list(fitting, list, digest, error);
    if (status == MIEN_OK) {
        fitted->ensemble.fitted.digests.text = file_name(list);
        fitted->ensemble.fitted.sha256.text = digest;
        status = write_manifest(fitted, output, error);
    }
    free(list);
    return status;
}

static mien_status write_both(const mien_fitting *fitting, mien_manifest *fitted,
                              const char *output, mien_error *error) {
    char *const meanwhile = beside(output, new_list_ending);
    mien_status status = meanwhile ? write_pair(fitting, fitted, output, new_list_ending, error)
                                   : mien_fail_memory(error, "a path");
    if (status == MIEN_OK) {
        status = write_pair(fitting, fitted, output, list_ending, error);
    }
    if (status == MIEN_OK) {
        unlink(meanwhile);
    }
    free(meanwhile);
    return status;
}

mien_status mien_fitting_write(const mien_fitting *fitting, const mien_registry *registry,
                               const char *output, mien_error *error) {
    mien_manifest fitted = *mien_answerer_manifest(fitting->answerer);
    const mien_combination *const how = &fitting->rows[fitting->options->method].fit.how;
    char *const name = name_of(output);
    mien_ensemble_member *members = NULL;
    mien_status status = name ? list_members(fitting, registry, output, &members, error)
                              : mien_fail_memory(error, "a manifest");
    if (status == MIEN_OK) {
        fitted.name.text = name;
        fitted.ensemble.members = members;
        fitted.ensemble.rule = how->rule;
        fitted.ensemble.intercept = (mien_manifest_numbers){0};
        if (how->rule == MIEN_ENSEMBLE_STACK) {
            fitted.ensemble.intercept.items = how->intercepts;
            fitted.ensemble.intercept.count = how->classes;
        }
        fitted.ensemble.fitted = describe_fit(fitting);
        fitted.ensemble.golden_count = 0; // they are the other numbers' answers
        status = write_both(fitting, &fitted, output, error);
    }
    free(name);
    free_members(members, fitted.ensemble.member_count);
    return status;
}
