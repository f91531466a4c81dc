// SPDX-License-Identifier: Apache-2.0
#include "host/cli/explaining.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/explain/npy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// --- Models --------------------------------------------------------------------------------------

static mien_status find_class(const mien_answerer *model, const char *name, uint32_t *index,
                              mien_error *error) {
    size_t count = mien_answerer_classes(model), used = 0;
    char known[1024] = "";
    *index = MIEN_PREDICTED_CLASS;
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(mien_answerer_class(model, i), name) == 0) {
            *index = (uint32_t)i;
            return MIEN_OK;
        }
        int wrote = snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                             mien_answerer_class(model, i));
        used += wrote > 0 && (size_t)wrote < sizeof known - used ? (size_t)wrote : 0;
    }
    return name ? mien_fail(error, MIEN_BAD_INPUT, "%s %s has no class \"%.64s\"; it has %s",
                            mien_manifest_kind_text(mien_answerer_manifest(model)->kind),
                            mien_answerer_manifest(model)->name.text, name, known)
                : MIEN_OK;
}

static bool proceed(void *user) {
    mien_explaining *explaining = user;
    explaining->within += explaining->within < explaining->units;
    mien_progress_update(&explaining->progress, explaining->done + explaining->within);
    return !mien_interrupted();
}

/// By the method that was asked for, or by the one that serves every plugin.
static mien_status create_explainer(const mien_explaining_options *options,
                                    mien_explaining_model *each) {
    mien_explain_options how = options->how;
    mien_status status = mien_either_create(each->answerer, &how, &each->explainer, &each->error);
    if (status == MIEN_UNSUPPORTED && options->falls_back) {
        how.method = MIEN_OCCLUSION;
        status = mien_either_create(each->answerer, &how, &each->explainer, &each->error);
    }
    each->how = how.method;
    return status;
}

static void describe(mien_explaining_model *each, mien_explain_method method) {
    const mien_explainer *model = each->explainer.model;
    size_t layers = model ? mien_explainer_layer_count(model) : 0;
    const char *name = mien_explain_method_names[method];
    if (each->explainer.ensemble) {
        snprintf(each->method, sizeof each->method, "mean of %zu members' %s",
                 mien_answerer_members(each->answerer), name);
    } else if (layers == 0) {
        snprintf(each->method, sizeof each->method, "%s", name);
    } else {
        const char *first = mien_explainer_layer(model, 0)->name;
        snprintf(each->method, sizeof each->method, "%s of %.80s%s", name, first,
                 layers > 1 ? " and others" : "");
    }
}

static mien_status open_model(mien_explaining *explaining, mien_registry *registry,
                              mien_explaining_model *each) {
    mien_explaining_options *options = &explaining->options;
    const mien_model_options how = {.threads = options->how.threads, .deferred = !options->asks};
    mien_status status =
        mien_answerer_load(registry, each->name, &how, &each->answerer, &each->error);
    if (status == MIEN_OK) {
        status = find_class(each->answerer, options->class_name, &each->class_index, &each->error);
    }
    status = status == MIEN_OK ? create_explainer(options, each) : status;
    if (status == MIEN_OK) {
        describe(each, each->how);
    }
    return status;
}

mien_status mien_explaining_open(mien_explaining *explaining, mien_registry *registry,
                                 const mien_selection *selection, mien_error *error) {
    explaining->options.how.proceed = proceed;
    explaining->options.how.user = explaining;
    explaining->models = calloc(selection->count, sizeof *explaining->models);
    for (size_t i = 0; explaining->models && i < selection->count; i++) {
        mien_explaining_model *each = &explaining->models[i];
        each->name = strdup(selection->names[i]);
        if (!each->name) {
            break;
        }
        explaining->model_count++;
        each->how = explaining->options.how.method;
        each->error.status = open_model(explaining, registry, each);
        if (explaining->failure == MIEN_OK) {
            explaining->failure = each->error.status;
        }
    }
    return explaining->models && explaining->model_count == selection->count
               ? MIEN_OK
               : mien_fail_memory(error, "explanations");
}

void mien_explaining_close(mien_explaining *explaining) {
    for (size_t i = 0; i < explaining->model_count; i++) {
        mien_either_clear(&explaining->models[i].explainer);
        mien_answerer_free(explaining->models[i].answerer);
        free(explaining->models[i].name);
    }
    free(explaining->models);
    mien_sheet_clear(&explaining->sheet);
    *explaining = (mien_explaining){0};
}

// --- Files ---------------------------------------------------------------------------------------

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/// The picture's name without folder and ending, as the beginning of files' names.
static void stem_of(const char *path, char *stem, size_t size) {
    const char *base = base_name(path);
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot != base ? (size_t)(dot - base) : strlen(base);
    snprintf(stem, size, "%.*s", (int)(length < size ? length : size - 1),
             strcmp(path, "-") == 0 ? "stdin" : base);
}

/// How many pictures before this one have the same stem.
static size_t namesakes(const mien_paths *paths, size_t index, const char *stem) {
    size_t count = 0;
    for (size_t i = 0; i < index; i++) {
        char other[256];
        stem_of(paths->items[i], other, sizeof other);
        count += strcmp(stem, other) == 0;
    }
    return count;
}

/// A part of a file's name: what could lead to another folder, or be taken for a part's end or a
/// blank, is written as in URLs, so that no two texts become one.
static void put_part(FILE *name, const char *text) {
    for (const char *at = text; *at; at++) {
        const bool plain = (unsigned char)*at > ' ' && !strchr("/%+\\", *at) && *at != 0x7F;
        fprintf(name, plain ? "%c" : "%%%02X", (unsigned char)*at);
    }
}

/// What was chosen for the map stands in its file's name: another choice is another file.
static void put_choices(FILE *name, const mien_explaining_options *options) {
    fprintf(name, ".%s", mien_explain_method_names[options->how.method]);
    for (size_t i = 0; i < options->how.layer_count; i++) {
        fputc(i ? '+' : '.', name);
        put_part(name, options->how.layers[i]);
    }
    fputs(options->how.flips ? ".flips" : "", name);
    fputs(options->how.principal ? ".principal" : "", name);
    if (options->class_name) {
        fputc('.', name);
        put_part(name, options->class_name);
    }
}

static char *file_name(const mien_explaining *explaining, const mien_paths *paths, size_t index,
                       const mien_explaining_model *each, const char *ending) {
    char stem[256], number[32] = "";
    stem_of(paths->items[index], stem, sizeof stem);
    size_t before = namesakes(paths, index, stem);
    if (before) {
        snprintf(number, sizeof number, "-%zu", before + 1);
    }
    char *name = NULL;
    size_t length = 0;
    FILE *made = open_memstream(&name, &length);
    if (!made) {
        return NULL;
    }
    fprintf(made, "%s/%s%s.%s", explaining->options.save, stem, number,
            mien_answerer_manifest(each->answerer)->name.text);
    put_choices(made, &explaining->options);
    fputs(ending, made);
    if (fclose(made) != 0) {
        free(name);
        return NULL;
    }
    return name;
}

static mien_status make_folder(const char *path, mien_error *error) {
    struct stat what;
    if (mkdir(path, 0777) != 0 && (stat(path, &what) != 0 || !S_ISDIR(what.st_mode))) {
        return mien_fail(error, MIEN_IO, "cannot make the folder %s: %s", path, strerror(errno));
    }
    return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0
               ? MIEN_OK
               : mien_fail(error, MIEN_IO, "cannot write to the folder %s: %s", path,
                           strerror(errno));
}

static mien_status add_to_sheet(mien_sheet *sheet, const mien_picture *picture,
                                const mien_explaining_row *row, mien_error *error) {
    char answer[160] = "";
    const mien_explaining_model *each = row->model;
    bool failed = row->error.status != MIEN_OK;
    if (!failed) {
        snprintf(answer, sizeof answer, "%.120s %.1f %%",
                 mien_answerer_class(each->answerer, row->explanation.class_index),
                 100 * row->explanation.probability);
    }
    const mien_sheet_answer what = {
        .title = each->name,
        .answer = answer,
        .method = each->method,
        .explanation = failed ? NULL : &row->explanation,
        .input = failed ? NULL : mien_either_view(each->answerer),
        .trouble = failed ? row->error.message : NULL,
    };
    return mien_sheet_add_answer(sheet, mien_picture_part(picture), &what, error);
}

static mien_status save_overlay(const mien_picture *picture, const char *path,
                                const mien_explaining_row *row, mien_error *error) {
    mien_sheet sheet = {0};
    mien_status status =
        mien_sheet_add_picture(&sheet, mien_picture_part(picture), base_name(path), error);
    if (status == MIEN_OK) {
        status = add_to_sheet(&sheet, picture, row, error);
    }
    if (status == MIEN_OK) {
        status = mien_sheet_write(&sheet, row->overlay_file, error);
    }
    mien_sheet_clear(&sheet);
    return status;
}

/// The raw map as it is; what cannot be seen is not drawn.
static mien_status save(const mien_explaining *explaining, const mien_paths *paths, size_t index,
                        const mien_picture *picture, mien_explaining_row *row, mien_error *error) {
    const char *why;
    const mien_explanation *explanation = &row->explanation;
    row->map_file = file_name(explaining, paths, index, row->model, ".npy");
    mien_status status = row->map_file
                             ? mien_npy_write(row->map_file, explanation->values,
                                              explanation->height, explanation->width, error)
                             : mien_fail_memory(error, "a file's name");
    if (status == MIEN_OK && mien_explanation_visible(explanation, &why)) {
        row->overlay_file = file_name(explaining, paths, index, row->model, ".png");
        status = row->overlay_file ? save_overlay(picture, paths->items[index], row, error)
                                   : mien_fail_memory(error, "a file's name");
    }
    return status;
}

// --- Pictures ------------------------------------------------------------------------------------

static void find_peak(const mien_explaining *explaining, const mien_picture *picture,
                      mien_explaining_row *row) {
    const mien_explanation *map = &row->explanation;
    const mien_image *part = mien_picture_part(picture);
    mien_view view =
        mien_view_of(mien_either_view(row->model->answerer), part->width, part->height);
    const size_t best = mien_explanation_peak(map);
    const mien_rectangle *crop = explaining->options.crop;
    row->peak_x = view.left + ((double)(best % map->width) + 0.5) * view.width / map->width;
    row->peak_y = view.top + ((double)(best / map->width) + 0.5) * view.height / map->height;
    row->peak_x += crop ? crop->x : 0;
    row->peak_y += crop ? crop->y : 0;
}

static mien_status explain_one(const mien_explaining *explaining, const mien_picture *picture,
                               mien_explaining_row *row) {
    const mien_explaining_model *each = row->model;
    const mien_image *part = mien_picture_part(picture);
    mien_batch input = {0};
    if (each->error.status != MIEN_OK) {
        row->error = each->error;
        return each->error.status;
    }
    mien_status status = mien_picture_batch(picture, each->answerer, &input, &row->error);
    if (status == MIEN_OK) {
        status = mien_either_run(&each->explainer, &input, part->width, part->height,
                                 each->class_index, &row->explanation, &row->error);
    }
    mien_batch_clear(&input);
    row->error.status = status;
    if (status == MIEN_OK) {
        find_peak(explaining, picture, row);
    }
    return status;
}

/// All models on one picture; `rows` are zero.
static mien_status explain_all(mien_explaining *explaining, const mien_paths *paths, size_t index,
                               const mien_picture *picture, mien_explaining_row *rows,
                               mien_error *error) {
    const mien_explaining_options *options = &explaining->options;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < explaining->model_count && status == MIEN_OK; i++) {
        mien_explaining_row *row = &rows[i];
        row->model = &explaining->models[i];
        mien_status result = explain_one(explaining, picture, row);
        explaining->failure = explaining->failure == MIEN_OK ? result : explaining->failure;
        if (result == MIEN_CANCELLED || mien_interrupted()) {
            return mien_fail(error, MIEN_CANCELLED, "interrupted");
        }
        if (result == MIEN_OK && options->save) {
            status = save(explaining, paths, index, picture, row, error);
        }
        if (status == MIEN_OK && options->draw) {
            status = add_to_sheet(&explaining->sheet, picture, row, error);
        }
        explaining->done += explaining->units;
        explaining->within = 0;
        mien_progress_update(&explaining->progress, explaining->done);
    }
    return status;
}

static void clear_rows(mien_explaining_row *rows, size_t count) {
    for (size_t i = 0; rows && i < count; i++) {
        mien_explanation_clear(&rows[i].explanation);
        free(rows[i].map_file);
        free(rows[i].overlay_file);
    }
    free(rows);
}

static mien_status explain_picture(mien_explaining *explaining, const mien_paths *paths,
                                   size_t index, const mien_picture *picture, mien_error *error) {
    const char *path = paths->items[index];
    mien_explaining_row *rows = calloc(explaining->model_count, sizeof *rows);
    mien_status status = rows ? MIEN_OK : mien_fail_memory(error, "explanations");
    if (status == MIEN_OK && explaining->options.draw) {
        status = mien_sheet_add_picture(&explaining->sheet, mien_picture_part(picture),
                                        base_name(path), error);
    }
    if (status == MIEN_OK) {
        status = explain_all(explaining, paths, index, picture, rows, error);
    }
    if (status == MIEN_OK) {
        mien_progress_make_way(&explaining->progress);
        status = explaining->options.json
                     ? mien_explaining_write_json(explaining, path, picture, rows, error)
                     : mien_explaining_write_text(explaining, path, picture, rows, error);
    }
    clear_rows(rows, explaining->model_count);
    return status == MIEN_OK ? mien_flush_output(error) : status;
}

/// How many batches of pictures a map takes, for the progress line.
static size_t units_of(const mien_explain_options *how) {
    enum { BATCH = 16 };
    size_t units = how->method == MIEN_OCCLUSION ? BATCH
                   : how->method == MIEN_RISE    ? (how->masks + BATCH - 1) / BATCH
                                                 : 1;
    return how->flips ? 2 * units : units;
}

mien_status mien_explaining_run(mien_explaining *explaining, const mien_paths *paths,
                                size_t *unusable, mien_error *error) {
    const mien_explaining_options *options = &explaining->options;
    mien_status status = options->save ? make_folder(options->save, error) : MIEN_OK;
    explaining->units = units_of(&options->how);
    mien_progress_start(&explaining->progress,
                        paths->count * explaining->model_count * explaining->units);
    for (size_t i = 0; i < paths->count && status == MIEN_OK; i++) {
        mien_picture picture = {0};
        mien_error trouble = MIEN_ERROR_INIT;
        mien_status read = mien_picture_read(paths->items[i], options->crop, &picture, &trouble);
        if (read == MIEN_OK) {
            status = explain_picture(explaining, paths, i, &picture, error);
        } else if (read == MIEN_OUT_OF_MEMORY) {
            *error = trouble;
            status = read;
        } else {
            mien_progress_clear(&explaining->progress);
            mien_complain("explain", "%s", trouble.message);
            (*unusable)++;
            status =
                mien_explaining_write_problem(explaining, paths->items[i], trouble.message, error);
        }
        mien_picture_clear(&picture);
    }
    mien_progress_clear(&explaining->progress);
    if (status == MIEN_OK && options->draw && explaining->sheet.count) {
        status = mien_sheet_write(&explaining->sheet, options->draw, error);
    }
    return status;
}
