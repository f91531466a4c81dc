// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/checkpoint.h"

#include "mien/weights.h"
#include "tools/train/core/loop/state.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "mien-checkpoint-2"

enum { MOST_BUFFERS = 4, NAME = 64, FINGERPRINT = 24, FIXED_TENSORS = 3 };

/// One piece of memory that a checkpoint holds: numbers of 4 bytes, or of 8 kept as they are.
typedef struct piece {
    char name[NAME];
    void *bytes;
    size_t count;
    mien_dtype dtype; ///< MIEN_F32; MIEN_I64 for doubles and counters, bit by bit
} piece;

static size_t most_pieces(const mien_trainer *trainer) {
    return FIXED_TENSORS + MOST_BUFFERS + trainer->callback_count;
}

static piece make_piece(const char *prefix, const char *name, void *bytes, size_t count,
                        mien_dtype dtype) {
    piece made = {.bytes = bytes, .count = count, .dtype = dtype};
    snprintf(made.name, sizeof made.name, "%s%s", prefix, name);
    return made;
}

/// Everything, `pieces` being large enough; returns how many.
static size_t list_pieces(mien_trainer *trainer, piece *pieces) {
    size_t used = 0, count;
    float *const values = mien_network_values(trainer->network, &count);
    pieces[used++] = make_piece("", "values", values, count, MIEN_F32);
    pieces[used++] = make_piece("", "numbers", &trainer->numbers,
                                sizeof trainer->numbers / sizeof(double), MIEN_I64);
    pieces[used++] =
        make_piece("optimizer.", "steps", mien_optimizer_steps(trainer->optimizer), 1, MIEN_I64);
    mien_optimizer_buffer buffers[MOST_BUFFERS];
    const size_t buffer_count = mien_optimizer_buffers(trainer->optimizer, buffers);
    for (size_t i = 0; i < buffer_count; i++) {
        pieces[used++] = make_piece("optimizer.", buffers[i].name, buffers[i].numbers,
                                    buffers[i].count, MIEN_F32);
    }
    for (size_t i = 0; i < trainer->callback_count; i++) {
        const mien_callback_kind *const kind = trainer->callbacks[i].kind;
        double *const memory =
            kind->memory ? kind->memory(trainer->callbacks[i].state, &count) : NULL;
        if (memory) {
            pieces[used++] = make_piece("callback.", kind->name, memory, count, MIEN_I64);
        }
    }
    return used;
}

/// What the recipe says, on which a checkpoint depends. free() it; NULL when memory is out.
static char *describe(const mien_trainer *trainer) {
    char *text;
    return mien_manifest_describe_text(trainer->manifest, &text, NULL) == MIEN_OK ? text : NULL;
}

mien_status mien_checkpoint_save(mien_trainer *trainer, mien_error *error) {
    mien_status status;
    char data[FINGERPRINT], votes[FINGERPRINT];
    snprintf(data, sizeof data, "%016llx", (unsigned long long)trainer->fingerprint);
    snprintf(votes, sizeof votes, "%016llx", (unsigned long long)trainer->votes);
    piece *const pieces = calloc(most_pieces(trainer), sizeof *pieces);
    mien_named_tensor *const tensors = calloc(most_pieces(trainer), sizeof *tensors);
    char *const recipe = describe(trainer), *const path =
                                                mien_trainer_path(trainer, MIEN_CHECKPOINT_FILE);
    if (!pieces || !tensors || !recipe || !path) {
        status = mien_fail_memory(error, "a checkpoint");
    } else {
        const size_t count = list_pieces(trainer, pieces);
        for (size_t i = 0; i < count; i++) {
            const size_t bytes = pieces[i].count * mien_dtype_size(pieces[i].dtype);
            tensors[i] = (mien_named_tensor){
                pieces[i].name,
                {pieces[i].dtype, {.rank = 1, .dim = {pieces[i].count}}, pieces[i].bytes, bytes}};
        }
        const char *const metadata[] = {"format", FORMAT,  "recipe", recipe, "data",
                                        data,     "votes", votes,    NULL};
        status = mien_weights_write(path, tensors, count, metadata, error);
    }
    free(path);
    free(recipe);
    free(tensors);
    free(pieces);
    return status;
}

/// The first line in which two descriptions differ, for the message.
static mien_status refuse_recipe(const char *now, const char *then, mien_error *error) {
    size_t line = 0;
    for (size_t i = 0; now[i] && now[i] == then[i]; i++) {
        line = now[i] == '\n' ? i + 1 : line;
    }
    while (now[line] == ' ') {
        line++;
    }
    return mien_fail(
        error, MIEN_BAD_INPUT,
        "was made with another recipe: \"%.*s\" is new; take back the change, or train "
        "anew with another --output",
        (int)strcspn(now + line, "\n"), now + line);
}

static bool is_fingerprint(const char *text, uint64_t hash) {
    char wanted[FINGERPRINT];
    snprintf(wanted, sizeof wanted, "%016llx", (unsigned long long)hash);
    return strcmp(text, wanted) == 0;
}

static mien_status check(const mien_trainer *trainer, const mien_weights *weights,
                         mien_error *error) {
    const char *const format = mien_weights_metadata(weights, "format");
    const char *const recipe = mien_weights_metadata(weights, "recipe");
    const char *const data = mien_weights_metadata(weights, "data");
    const char *const votes = mien_weights_metadata(weights, "votes");
    if (format && strcmp(format, "mien-checkpoint-1") == 0) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "is of an earlier version of mien train; end that run with it, or train "
                         "anew with another --output");
    }
    if (!format || strcmp(format, FORMAT) != 0 || !recipe || !data || !votes) {
        return mien_fail(error, MIEN_BAD_INPUT, "is no checkpoint of mien train");
    }
    if (!is_fingerprint(data, trainer->fingerprint)) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "was made with other pictures; give the same --data, or train anew with "
                         "another --output");
    }
    if (!is_fingerprint(votes, trainer->votes)) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "was made with other votes; give the same --votes, or train anew with "
                         "another --output");
    }
    char *const now = describe(trainer);
    if (!now) {
        return mien_fail_memory(error, "a recipe");
    }
    const mien_status status =
        strcmp(now, recipe) == 0 ? MIEN_OK : refuse_recipe(now, recipe, error);
    free(now);
    return status;
}

/// All tensors are looked at before the first is taken, so that a damaged file changes nothing.
static mien_status take(mien_trainer *trainer, const mien_weights *weights, piece *pieces,
                        mien_error *error) {
    const size_t count = list_pieces(trainer, pieces);
    for (size_t i = 0; i < count; i++) {
        const mien_tensor *const tensor = mien_weights_find(weights, pieces[i].name);
        if (!tensor || tensor->dtype != pieces[i].dtype || tensor->shape.rank != 1 ||
            tensor->shape.dim[0] != pieces[i].count) {
            return mien_fail(error, MIEN_BAD_INPUT, "lacks \"%s\", or has it in another size",
                             pieces[i].name);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const mien_tensor *const tensor = mien_weights_find(weights, pieces[i].name);
        memcpy(pieces[i].bytes, tensor->data, tensor->bytes);
    }
    return MIEN_OK;
}

mien_status mien_checkpoint_load(mien_trainer *trainer, mien_error *error) {
    mien_weights *weights = NULL;
    piece *const pieces = calloc(most_pieces(trainer), sizeof *pieces);
    char *const path = mien_trainer_path(trainer, MIEN_CHECKPOINT_FILE);
    if (!pieces || !path) {
        free(path);
        free(pieces);
        return mien_fail_memory(error, "a checkpoint");
    }
    mien_status status = mien_weights_open(path, NULL, &weights, error);
    if (status == MIEN_OK) {
        status = check(trainer, weights, error);
        if (status == MIEN_OK) {
            status = take(trainer, weights, pieces, error);
        }
        if (status != MIEN_OK) {
            mien_error_context(error, status, "%s", path);
        }
    }
    mien_weights_close(weights);
    free(path);
    free(pieces);
    return status;
}
