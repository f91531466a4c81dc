// SPDX-License-Identifier: Apache-2.0
// mien-import: foreign weights as a safetensors file. `mien import` runs it.
#include "tools/import/core/apply.h"
#include "tools/import/core/source.h"

#include "host/cli/exit_code.h"
#include "host/cli/program.h"
#include "host/cli/text.h"
#include "zoo/replace.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const char *output, *map;
    int format, dtype;
    bool list;
} values;

static const char *const formats[] = {[MIEN_SOURCE_AUTO] = "auto",
                                      [MIEN_SOURCE_SAFETENSORS] = "safetensors",
                                      [MIEN_SOURCE_TFJS_LAYERS] = "tfjs-layers",
                                      [MIEN_SOURCE_TFJS_GRAPH] = "tfjs-graph",
                                      [MIEN_SOURCE_COUNT] = NULL};
enum { DTYPE_KEEP, DTYPE_F32, DTYPE_F16 };
static const char *const dtypes[] = {
    [DTYPE_KEEP] = "keep", [DTYPE_F32] = "f32", [DTYPE_F16] = "f16", NULL};

static void print_list(const mien_import_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        char shape[MIEN_SHAPE_TEXT];
        const mien_tensor *tensor = &set->items[i].tensor;
        mien_text_print(stdout, "%s  %s %s\n", set->items[i].name, mien_dtype_name(tensor->dtype),
                        mien_shape_format(&tensor->shape, shape));
    }
}

static mien_status write_set(const mien_import_set *set, const char *path, mien_error *error) {
    char digest[MIEN_SHA256_HEX];
    size_t bytes = 0;
    mien_named_tensor *tensors = calloc(set->count + 1, sizeof *tensors);
    if (!tensors) {
        return mien_fail_memory(error, "a list of tensors");
    }
    for (size_t i = 0; i < set->count; i++) {
        tensors[i] = (mien_named_tensor){set->items[i].name, set->items[i].tensor};
        bytes += set->items[i].tensor.bytes;
    }
    mien_status status = mien_weights_write(path, tensors, set->count, NULL, error);
    if (status == MIEN_OK) {
        status = mien_sha256_file(path, digest, error);
    }
    if (status == MIEN_OK) {
        mien_text_print(stdout, "%s: %zu tensors, %zu bytes\nsha256: %s\n", path, set->count, bytes,
                        digest);
    }
    free(tensors);
    return status;
}

static mien_status import(const char *path, const values *settings, mien_error *error) {
    mien_source source = {0};
    mien_import_set mapped = {0}, *result = &source.tensors;
    mien_table table = {0};
    mien_status status =
        mien_source_open(path, (mien_source_format)settings->format, &source, error);
    if (status == MIEN_OK && settings->map) {
        status = mien_table_read(settings->map, &table, error);
        if (status == MIEN_OK) {
            status = mien_import_apply(&table, &source.tensors, &mapped, error);
        }
        result = &mapped;
    }
    if (status == MIEN_OK && settings->dtype != DTYPE_KEEP) {
        mien_dtype dtype = settings->dtype == DTYPE_F16 ? MIEN_F16 : MIEN_F32;
        status = mien_import_convert(result, dtype, error);
    }
    if (status == MIEN_OK && settings->list) {
        print_list(result);
    }
    if (status == MIEN_OK && settings->output) {
        status = write_set(result, settings->output, error);
    }
    mien_table_clear(&table);
    mien_import_set_clear(&mapped);
    mien_source_close(&source);
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *settings = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    if (!settings->output && !settings->list) {
        mien_complain("import", "where to? Give --output FILE, or --list");
        return MIEN_EXIT_USAGE;
    }
    mien_status status = MIEN_OK;
    if (settings->output) { // before all of SOURCE is read
        status = mien_replace_check(settings->output, &error);
        status = mien_error_context(&error, status, "%s", settings->output);
    }
    if (status == MIEN_OK) {
        status = import(arguments->operands[0], settings, &error);
    }
    return status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with("import", status, &error);
}

static const mien_option options[] = {
    MIEN_TEXT_OPTION(values, output, "output", 'o', "FILE", MIEN_ARGUMENT_FILE,
                     "safetensors file to write"),
    MIEN_CHOICE_OPTION(values, format, "format", 'f', "FORMAT", formats,
                       "format of SOURCE; auto goes by its first bytes"),
    MIEN_TEXT_OPTION(values, map, "map", 'm', "TABLE", MIEN_ARGUMENT_FILE,
                     "table of names and layouts; without it names stay as they are"),
    MIEN_CHOICE_OPTION(values, dtype, "dtype", 'd', "TYPE", dtypes,
                       "type of floating-point tensors; keep leaves them as in SOURCE"),
    MIEN_FLAG_OPTION(values, list, "list", 'l',
                     "print the tensors that would be written; with --output, write them too"),
};

static const mien_example examples[] = {
    {"mien import --list model.json", "What a TensorFlow.js model holds"},
    {"mien import --map face-expression.yaml --dtype f16 -o face-expression.safetensors "
     "face_expression_model-weights_manifest.json",
     "Weights for a manifest, renamed and in half precision"},
};

static const mien_command command = {
    .name = "import",
    .summary = "Turn foreign weights into a safetensors file",
    .operands = "SOURCE",
    .fewest = 1,
    .most = 1,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "SOURCE is a safetensors file or the JSON file of a TensorFlow.js model, of layers "
        "(*-weights_manifest.json) or a graph (model.json), with its .bin files beside it. A "
        "TABLE in YAML gives tensors the names and layouts that a plugin's graph has; those of the "
        "shipped models are in share/mien/import.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};

int main(int count, char **arguments) {
    return mien_companion_main(&command, count, arguments);
}
