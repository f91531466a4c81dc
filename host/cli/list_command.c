// SPDX-License-Identifier: Apache-2.0
// `mien list`: every manifest found, broken ones too.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/json_output.h"
#include "host/cli/shared.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"

#include <stdlib.h>

typedef struct {
    bool json, names;
} values;

/// What one row says of an entry.
typedef struct {
    const mien_registry_entry *entry;
    mien_declaration declaration; ///< zero unless it is a model that could be declared
    bool ready;                   ///< a model that can run; an ensemble of those
    bool counted;                 ///< it has a graph, or every member has
    uint64_t parameters, multiply_adds, weights_bytes; ///< of all members
    const char *problem; ///< NULL when sound; lives as long as `entry` and `error`
    mien_error error;
} row;

/// Adds a model, by itself or as a member.
static mien_status add_model(const mien_declaration *model, row *each) {
    const mien_manifest_text file = model->manifest->model.weights.file;
    char *path = NULL;
    mien_status status = MIEN_OK;
    if (file.text) {
        status = mien_manifest_resolve(model->manifest, file, &path, &each->error);
    }
    if (path) {
        each->weights_bytes += mien_file_bytes(path);
    }
    if (model->graph) {
        const mien_cost cost = mien_graph_cost(model->graph);
        each->parameters += cost.parameters;
        each->multiply_adds += cost.multiply_adds;
    }
    each->ready = each->ready && (path || !model->graph);
    each->counted = each->counted && model->graph;
    free(path);
    return status;
}

/// Takes the manifest.
static mien_status add_member(mien_registry *registry, mien_manifest *manifest,
                              mien_manifest_text name, row *each) {
    mien_declaration member;
    mien_status status =
        mien_model_declare_manifest(registry, manifest, NULL, &member, &each->error);
    if (status != MIEN_OK) {
        mien_manifest_free(manifest);
    } else {
        status = add_model(&member, each);
        mien_declaration_free(&member);
    }
    if (status != MIEN_OK) {
        mien_error_context(&each->error, status, "member \"%s\"", name.text);
        mien_manifest_locate(each->entry->manifest, name.at, status, &each->error);
    }
    return status;
}

static mien_status add_members(mien_registry *registry, row *each) {
    const mien_manifest *manifest = each->entry->manifest;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < manifest->ensemble.member_count && status == MIEN_OK; i++) {
        mien_manifest *member = NULL;
        status = mien_registry_member(registry, manifest, i, &member, &each->error);
        if (status == MIEN_OK) {
            status = add_member(registry, member, manifest->ensemble.members[i].model, each);
        }
    }
    return status;
}

static bool can_run(const mien_manifest *manifest) {
    return manifest->kind == MIEN_KIND_MODEL || manifest->kind == MIEN_KIND_ENSEMBLE;
}

static void examine(mien_registry *registry, const mien_registry_entry *entry, row *each) {
    *each = (row){.entry = entry, .problem = entry->problem, .ready = true, .counted = true};
    if (!entry->manifest || !can_run(entry->manifest)) {
        return;
    }
    mien_status status = MIEN_OK;
    if (entry->manifest->kind == MIEN_KIND_ENSEMBLE) {
        status = add_members(registry, each);
    } else {
        status = mien_model_declare(registry, entry->path, NULL, &each->declaration, &each->error);
        status = status == MIEN_OK ? add_model(&each->declaration, each) : status;
    }
    each->problem = status == MIEN_OK ? NULL : each->error.message;
}

/// "5 classes", "3 members", as there is nothing else to say of such a manifest.
static const char *plugin_text(const mien_manifest *manifest, char text[MIEN_TEXT_NUMBER]) {
    switch (manifest->kind) {
    case MIEN_KIND_MODEL:
    case MIEN_KIND_RECIPE: // whose first member is the model
        return manifest->model.plugin.text;
    case MIEN_KIND_ENSEMBLE:
        snprintf(text, MIEN_TEXT_NUMBER, "%zu members", manifest->ensemble.member_count);
        return text;
    case MIEN_KIND_SWEEP:
        snprintf(text, MIEN_TEXT_NUMBER, "%zu grids", manifest->sweep.grid_count);
        return text;
    case MIEN_KIND_DATASET:
    case MIEN_KIND_COUNT:
        break;
    }
    return "";
}

static size_t class_count(const mien_manifest *manifest) {
    const bool model = manifest->kind == MIEN_KIND_MODEL || manifest->kind == MIEN_KIND_RECIPE;
    return model                                  ? manifest->model.classes.count
           : manifest->kind == MIEN_KIND_DATASET  ? manifest->dataset.classes.count
           : manifest->kind == MIEN_KIND_ENSEMBLE ? manifest->ensemble.classes.count
                                                  : 0;
}

/// Whether a model can run, or all members of an ensemble; of other kinds the manifest alone was
/// looked at, and it is sound.
static void add_state(mien_text_table *table, const row *each) {
    if (!can_run(each->entry->manifest)) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", "");
        return;
    }
    mien_text_table_cell(table, each->ready ? MIEN_STYLE_GOOD : MIEN_STYLE_FAINT, "%s",
                         each->ready ? "ready" : "no weights");
}

static void add_row(mien_text_table *table, const row *each) {
    const mien_manifest *manifest = each->entry->manifest;
    const mien_input_spec *input = &each->declaration.input;
    char text[MIEN_TEXT_NUMBER];
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", each->entry->name);
    if (each->problem) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                             manifest ? mien_manifest_kind_text(manifest->kind) : "");
        mien_text_table_cell(table, MIEN_STYLE_BAD, "broken: %s", each->problem);
        mien_text_table_end_row(table);
        return;
    }
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", mien_manifest_kind_text(manifest->kind));
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", plugin_text(manifest, text));
    const char *times = mien_text_times();
    size_t classes = class_count(manifest);
    snprintf(text, sizeof text, "%zu", classes);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", classes ? text : "");
    if (input->height) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u%s%u%s%u", input->height, times,
                             input->width, times, input->channels);
    } else {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", "");
    }
    const bool counted = each->counted && each->parameters;
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         counted ? mien_text_count(each->parameters, text) : "");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         each->weights_bytes ? mien_text_bytes(each->weights_bytes, text) : "");
    add_state(table, each);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         manifest->summary.text ? manifest->summary.text : "");
}

static mien_status write_table(const row *rows, size_t count, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "NAME"},
        {.title = "KIND"},
        {.title = "PLUGIN"},
        {.title = "CLASSES", .right = true},
        {.title = "INPUT"},
        {.title = "PARAMETERS", .right = true, .may_go = true},
        {.title = "WEIGHTS", .right = true},
        {.title = "STATE"},
        {.title = "SUMMARY", .shrinks = true, .may_go = true},
    };
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    for (size_t i = 0; i < count; i++) {
        add_row(table, &rows[i]);
    }
    return mien_text_table_write_and_free(table, stdout, error);
}

static yyjson_mut_val *json_texts(yyjson_mut_doc *document, const mien_manifest_texts *texts) {
    yyjson_mut_val *array = yyjson_mut_arr(document);
    for (size_t i = 0; i < texts->count; i++) {
        yyjson_mut_arr_append(array, mien_json_text(document, texts->items[i].text));
    }
    return array;
}

static void add_json_costs(yyjson_mut_doc *document, yyjson_mut_val *object, const row *each) {
    if (each->counted) {
        yyjson_mut_obj_add_uint(document, object, "parameters", each->parameters);
        yyjson_mut_obj_add_uint(document, object, "multiply_adds", each->multiply_adds);
    }
    if (each->weights_bytes) {
        yyjson_mut_obj_add_uint(document, object, "weights_bytes", each->weights_bytes);
    }
}

static void add_json_model(yyjson_mut_doc *document, yyjson_mut_val *object, const row *each) {
    const mien_manifest *manifest = each->entry->manifest;
    const mien_input_spec *input = &each->declaration.input;
    mien_json_add_text(document, object, "plugin", manifest->model.plugin.text);
    yyjson_mut_obj_add_val(document, object, "classes",
                           json_texts(document, &manifest->model.classes));
    if (each->problem) {
        return;
    }
    yyjson_mut_val *shape = yyjson_mut_obj_add_arr(document, object, "input");
    yyjson_mut_arr_add_uint(document, shape, input->height);
    yyjson_mut_arr_add_uint(document, shape, input->width);
    yyjson_mut_arr_add_uint(document, shape, input->channels);
    add_json_costs(document, object, each);
}

static void add_json_ensemble(yyjson_mut_doc *document, yyjson_mut_val *object, const row *each) {
    const mien_ensemble_manifest *ensemble = &each->entry->manifest->ensemble;
    yyjson_mut_val *members = yyjson_mut_obj_add_arr(document, object, "members");
    for (size_t i = 0; i < ensemble->member_count; i++) {
        yyjson_mut_arr_append(members, mien_json_text(document, ensemble->members[i].model.text));
    }
    if (ensemble->classes.count) {
        yyjson_mut_obj_add_val(document, object, "classes",
                               json_texts(document, &ensemble->classes));
    }
    if (!each->problem) {
        add_json_costs(document, object, each);
    }
}

static yyjson_mut_val *json_row(yyjson_mut_doc *document, const row *each) {
    yyjson_mut_val *object = yyjson_mut_obj(document);
    const mien_manifest *manifest = each->entry->manifest;
    mien_json_add_text(document, object, "name", each->entry->name);
    mien_json_add_text(document, object, "path", each->entry->path);
    if (manifest) {
        mien_json_add_text(document, object, "kind", mien_manifest_kind_text(manifest->kind));
        mien_json_add_text(document, object, "summary", manifest->summary.text);
        if (manifest->kind == MIEN_KIND_MODEL) {
            add_json_model(document, object, each);
        } else if (manifest->kind == MIEN_KIND_ENSEMBLE) {
            add_json_ensemble(document, object, each);
        } else if (manifest->kind == MIEN_KIND_DATASET) {
            yyjson_mut_obj_add_val(document, object, "classes",
                                   json_texts(document, &manifest->dataset.classes));
        }
    }
    mien_json_add_text(document, object, "error", each->problem);
    return object;
}

static mien_status write_json(const row *rows, size_t count, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *array = yyjson_mut_arr(document);
    for (size_t i = 0; i < count; i++) {
        yyjson_mut_arr_append(array, json_row(document, &rows[i]));
    }
    yyjson_mut_doc_set_root(document, array);
    mien_status status = mien_json_write(document, true, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

static mien_status list(mien_registry *registry, const values *options,
                        const mien_registry_entry *entries, size_t count, mien_error *error) {
    if (options->names) {
        for (size_t i = 0; i < count; i++) {
            if (entries[i].manifest && can_run(entries[i].manifest)) {
                puts(entries[i].name);
            }
        }
        return MIEN_OK;
    }
    row *rows = calloc(count + 1, sizeof *rows);
    if (!rows) {
        return mien_fail_memory(error, "a list of manifests");
    }
    for (size_t i = 0; i < count; i++) {
        examine(registry, &entries[i], &rows[i]);
    }
    if (count == 0 && !options->json) {
        mien_complain("list", "no manifest found; set MIEN_MANIFEST_PATH to their folder");
    }
    mien_status status = options->json ? write_json(rows, count, error)
                         : count       ? write_table(rows, count, error)
                                       : MIEN_OK;
    for (size_t i = 0; i < count; i++) {
        mien_declaration_free(&rows[i].declaration);
    }
    free(rows);
    return status;
}

static int run(const mien_arguments *arguments) {
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_registry_entry *entries = NULL;
    size_t count = 0;
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = mien_registry_list(registry, &entries, &count, &error);
    }
    if (status == MIEN_OK) {
        status = list(registry, arguments->values, entries, count, &error);
    }
    mien_registry_entries_free(entries, count);
    mien_registry_free(registry);
    return status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with("list", status, &error);
}

static const mien_option options[] = {
    MIEN_JSON_OPTION(values, "one JSON array instead of a table"),
    MIEN_FLAG_OPTION(values, names, "names", 'n',
                     "only the names of models and ensembles, one a line"),
};

const mien_command mien_list_command = {
    .name = "list",
    .summary = "List models, ensembles and datasets",
    .operands = "",
    .description =
        "Lists every manifest found: in the folders of MIEN_MANIFEST_PATH, then ./manifests, then "
        "where Mien is installed. A broken manifest, or one whose plugin refuses it, is a row with "
        "its error, and so is an ensemble with such a member. Weights are looked at by 'mien "
        "check', "
        "not here.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .run = run,
};
