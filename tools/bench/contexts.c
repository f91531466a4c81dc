// SPDX-License-Identifier: Apache-2.0
// bench-contexts MANIFEST [fast|small]: what a model and a second run context cost in memory, as a
// JSON object. tools/bench/memory runs it.
#include "host/cli/exit_code.h"
#include "host/cli/json_output.h"
#include "host/cli/shared.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    size_t packed_one, packed_two; ///< packed weights with one context, with two
    size_t arena;
    long second; ///< resident bytes that the second context added
} costs;

/// Resident bytes of this process.
static long resident(void) {
    long pages = 0, resident_pages = 0;
    malloc_trim(0); // what was freed should not hide what is taken
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &pages, &resident_pages) != 2) {
        resident_pages = 0;
    }
    if (file) {
        fclose(file);
    }
    return resident_pages * sysconf(_SC_PAGESIZE);
}

static mien_status run(mien_context *context, const mien_model *model, mien_error *error) {
    size_t numbers;
    float *input = mien_input_numbers(mien_model_input(model), 1, &numbers)
                       ? calloc(numbers, sizeof *input)
                       : NULL;
    float *logits = calloc(mien_model_classes(model), sizeof *logits);
    const mien_status status = input && logits ? mien_context_run(context, input, 1, logits, error)
                                               : mien_fail_memory(error, "a picture");
    free(input);
    free(logits);
    return status;
}

static mien_status measure(mien_model *model, costs *measured, mien_error *error) {
    mien_session *session = mien_model_session(model);
    mien_context *second = NULL;
    if (!session) {
        return mien_fail(error, MIEN_UNSUPPORTED, "the model's plugin computes by itself");
    }
    mien_status status = run(mien_model_context(model), model, error);
    measured->packed_one = mien_session_packed_bytes(session);
    measured->arena = mien_context_arena_bytes(mien_model_context(model));
    const long before = resident();
    if (status == MIEN_OK) {
        status = mien_context_create(session, 1, &second, error);
    }
    if (status == MIEN_OK) {
        status = run(second, model, error);
    }
    measured->second = resident() - before;
    measured->packed_two = mien_session_packed_bytes(session);
    mien_context_free(second);
    return status;
}

static mien_status print(const mien_model *model, const costs *measured, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    yyjson_mut_obj_add_uint(document, object, "weights_bytes", mien_model_weights_bytes(model));
    yyjson_mut_obj_add_uint(document, object, "packed_bytes", measured->packed_one);
    yyjson_mut_obj_add_uint(document, object, "packed_bytes_of_two", measured->packed_two);
    yyjson_mut_obj_add_uint(document, object, "arena_bytes", measured->arena);
    yyjson_mut_obj_add_int(document, object, "second_context_bytes", measured->second);
    const mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

int main(int count, char **words) {
    if (count < 2 || count > 3) {
        mien_complain("contexts", "MANIFEST [fast|small] is needed");
        return MIEN_EXIT_USAGE;
    }
    const bool small = count == 3 && strcmp(words[2], "small") == 0;
    const mien_model_options options = {.threads = 1,
                                        .plan = small ? MIEN_PLAN_SMALL : MIEN_PLAN_FAST};
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_model *model = NULL;
    costs measured;
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = mien_model_load(registry, words[1], &options, &model, &error);
    }
    if (status == MIEN_OK) {
        status = measure(model, &measured, &error);
    }
    if (status == MIEN_OK) {
        status = print(model, &measured, &error);
    }
    mien_model_free(model);
    mien_registry_free(registry);
    const int code =
        status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with("contexts", status, &error);
    return mien_finish_output("contexts", code);
}
