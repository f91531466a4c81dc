// SPDX-License-Identifier: Apache-2.0
// mien-import: foreign weights as a safetensors file. `mien import` runs it.
#include "tools/import/core/apply.h"
#include "tools/import/core/source.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_BAD_INPUT = 3 };

typedef struct import_settings {
    char *source, *output, *format, *map, *dtype;
    int list;
    mien_source_format source_format;
} import_settings;

static int usage_error(const char *what, const char *which) {
    fprintf(stderr, "mien import: %s%s; see mien import --help\n", which, what);
    return EXIT_USAGE;
}

static int exit_code(mien_status status) {
    switch (status) {
    case MIEN_OK:
        return EXIT_DONE;
    case MIEN_BAD_INPUT:
    case MIEN_NOT_FOUND:
    case MIEN_UNSUPPORTED:
        return EXIT_BAD_INPUT;
    default:
        return EXIT_FAILED;
    }
}

static int check_settings(import_settings *settings) {
    if (!settings->source) {
        return usage_error("which file is to be imported?", "");
    }
    if (!settings->output && !settings->list) {
        return usage_error("where to? Give --output FILE, or --list", "");
    }
    if (settings->dtype && strcmp(settings->dtype, "f32") != 0 &&
        strcmp(settings->dtype, "f16") != 0) {
        return usage_error(" is no type; f32 and f16 are", settings->dtype);
    }
    for (int i = 0; settings->format && i < MIEN_SOURCE_COUNT; i++) {
        if (strcmp(settings->format, mien_source_format_text((mien_source_format)i)) == 0) {
            settings->source_format = (mien_source_format)i;
            return EXIT_DONE;
        }
    }
    if (settings->format) {
        return usage_error(" is no format; auto, safetensors, tfjs-layers and tfjs-graph are",
                           settings->format);
    }
    return EXIT_DONE;
}

static int parse_options(int count, const char **arguments, import_settings *settings) {
    const struct poptOption options[] = {
        {"output", 'o', POPT_ARG_STRING, &settings->output, 0, "safetensors file to write", "FILE"},
        {"format", 'f', POPT_ARG_STRING, &settings->format, 0,
         "format of SOURCE: auto (the default, by its first bytes), safetensors, tfjs-layers or "
         "tfjs-graph",
         "FORMAT"},
        {"map", 'm', POPT_ARG_STRING, &settings->map, 0,
         "table of names and layouts; without it names stay as they are", "TABLE"},
        {"dtype", 'd', POPT_ARG_STRING, &settings->dtype, 0,
         "type of floating-point tensors, f32 or f16; by default as in SOURCE", "TYPE"},
        {"list", 'l', POPT_ARG_NONE, &settings->list, 0,
         "print the tensors that would be written; with --output, write them too", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    poptContext context = poptGetContext("mien import", count, arguments, options, 0);
    if (!context) {
        fprintf(stderr, "mien import: out of memory\n");
        return EXIT_FAILED;
    }
    poptSetOtherOptionHelp(context, "[OPTION...] SOURCE");
    int result = poptGetNextOpt(context), code;
    const char *source = poptGetArg(context);
    if (result < -1) {
        fprintf(stderr, "mien import: %s: %s; see mien import --help\n",
                poptBadOption(context, POPT_BADOPTION_NOALIAS), poptStrerror(result));
        code = EXIT_USAGE;
    } else if (source && poptPeekArg(context)) {
        code = usage_error(" is one file too many", poptPeekArg(context));
    } else {
        settings->source = source ? strdup(source) : NULL;
        code = check_settings(settings);
    }
    poptFreeContext(context);
    return code;
}

static void print_list(const mien_import_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        char shape[MIEN_SHAPE_TEXT];
        const mien_tensor *tensor = &set->items[i].tensor;
        printf("%s  %s %s\n", set->items[i].name, mien_dtype_name(tensor->dtype),
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
        printf("%s: %zu tensors, %zu bytes\nsha256: %s\n", path, set->count, bytes, digest);
    }
    free(tensors);
    return status;
}

static mien_status run(const import_settings *settings, mien_error *error) {
    mien_source source = {0};
    mien_import_set mapped = {0}, *result = &source.tensors;
    mien_table table = {0};
    mien_status status =
        mien_source_open(settings->source, settings->source_format, &source, error);
    if (status == MIEN_OK && settings->map) {
        status = mien_table_read(settings->map, &table, error);
        if (status == MIEN_OK) {
            status = mien_import_apply(&table, &source.tensors, &mapped, error);
        }
        result = &mapped;
    }
    if (status == MIEN_OK && settings->dtype) {
        mien_dtype dtype = strcmp(settings->dtype, "f16") == 0 ? MIEN_F16 : MIEN_F32;
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

int main(int count, char **arguments) {
    import_settings settings = {0};
    mien_error error = MIEN_ERROR_INIT;
    int code = parse_options(count, (const char **)arguments, &settings);
    if (code == EXIT_DONE) {
        mien_status status = run(&settings, &error);
        if (status == MIEN_OK && (fflush(stdout) != 0 || ferror(stdout))) {
            status = mien_fail(&error, MIEN_IO, "standard output cannot be written");
        }
        if (status != MIEN_OK) {
            fprintf(stderr, "mien import: %s\n", error.message);
        }
        code = exit_code(status);
    }
    free(settings.source);
    free(settings.output);
    free(settings.format);
    free(settings.map);
    free(settings.dtype);
    return code;
}
