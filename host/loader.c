// SPDX-License-Identifier: Apache-2.0
// Picture i lives in slot i modulo the number of slots, from when it is queued until the caller
// asks for the picture after it. Only pool threads touch a queued slot; libuv's loop, which the
// caller's thread runs while it waits, hands it back.
#include "host/loader.h"
#include "host/limits.h"
#include "zoo/image/inputs.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    DEFAULT_AHEAD = 64,
    MAX_THREADS = 1024,
    LOOP_FILES = 8, // that libuv opens for a loop and, once, for signals
};
static const size_t default_bytes = (size_t)16 << 20;

typedef struct slot {
    uv_work_t work;
    mien_loader *loader;
    mien_loader_item item;
    mien_error error;
    const float **inputs;      // item.inputs: as many as the options have
    mien_image_input *buffers; // as many as there are distinct rules
    bool finished;
} slot;

struct mien_loader {
    uv_loop_t loop;
    bool has_loop;
    atomic_bool stopping;
    const char *const *paths;
    size_t path_count;
    mien_input_spec *rules; // distinct
    size_t rule_count;
    size_t *rule_of; // for each of the options' inputs
    size_t input_count;
    bool has_crop;
    mien_rectangle crop;
    mien_status (*alter)(void *context, size_t index, mien_image *image, mien_error *error);
    void *context;
    mien_image_limits limits;
    slot *slots;
    size_t slot_count;
    size_t queued, delivered; // pictures so far
};

mien_status mien_loader_use_threads(uint32_t threads, mien_error *error) {
    if (threads < 1 || threads > MAX_THREADS) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "%u decoding threads; 1 to %d can be used",
                         threads, MAX_THREADS);
    }
    char text[16];
    snprintf(text, sizeof text, "%u", threads);
    if (setenv("UV_THREADPOOL_SIZE", text, 1) != 0) {
        return mien_fail_memory(error, "the environment");
    }
    return MIEN_OK;
}

size_t mien_loader_files(uint32_t threads) {
    return LOOP_FILES + (size_t)threads;
}

// --- On a thread of the pool ---------------------------------------------------------------------

static mien_status crop_picture(const mien_rectangle *crop, mien_image *image, mien_error *error) {
    mien_image part;
    mien_status status =
        mien_image_crop(image, crop->x, crop->y, crop->width, crop->height, &part, error);
    if (status == MIEN_OK) {
        mien_image_free(image);
        *image = part;
    }
    return status;
}

static mien_status prepare(const mien_loader *loader, slot *place) {
    mien_image image;
    mien_status status = mien_image_read(place->item.path, &loader->limits, &image, &place->error);
    if (status != MIEN_OK) {
        return status;
    }
    place->item.height = image.height;
    place->item.width = image.width;
    if (loader->has_crop) {
        status = crop_picture(&loader->crop, &image, &place->error);
    }
    if (status == MIEN_OK && loader->alter) {
        status = loader->alter(loader->context, place->item.index, &image, &place->error);
    }
    if (status == MIEN_OK) {
        status = mien_image_to_inputs(&image, place->buffers, loader->rule_count, &place->error);
    }
    mien_image_free(&image);
    return mien_error_context(&place->error, status, "%s", place->item.path);
}

static void work(uv_work_t *request) {
    slot *place = request->data;
    if (atomic_load_explicit(&place->loader->stopping, memory_order_relaxed)) {
        place->item.status = MIEN_CANCELLED;
        return;
    }
    place->item.status = prepare(place->loader, place);
}

// --- On the caller's thread ----------------------------------------------------------------------

static void after_work(uv_work_t *request, int status) {
    slot *place = request->data;
    place->finished = true;
    if (status == UV_ECANCELED) {
        place->item.status = MIEN_CANCELLED;
    }
}

static mien_status queue_picture(mien_loader *loader, mien_error *error) {
    slot *place = &loader->slots[loader->queued % loader->slot_count];
    place->finished = false;
    place->error.message[0] = '\0';
    place->item = (mien_loader_item){
        .index = loader->queued,
        .path = loader->paths[loader->queued],
        .message = place->error.message,
        .inputs = place->inputs,
    };
    int code = uv_queue_work(&loader->loop, &place->work, work, after_work);
    if (code != 0) {
        return mien_fail(error, MIEN_INTERNAL, "%s cannot be queued for decoding (%s)",
                         place->item.path, uv_strerror(code));
    }
    loader->queued++;
    return MIEN_OK;
}

mien_status mien_loader_next(mien_loader *loader, const mien_loader_item **item,
                             mien_error *error) {
    *item = NULL;
    while (loader->queued < loader->path_count &&
           loader->queued - loader->delivered < loader->slot_count) {
        mien_status status = queue_picture(loader, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    if (loader->delivered == loader->path_count) {
        return MIEN_OK;
    }
    const slot *place = &loader->slots[loader->delivered % loader->slot_count];
    while (!place->finished) {
        uv_run(&loader->loop, UV_RUN_ONCE);
    }
    loader->delivered++;
    *item = &place->item;
    return MIEN_OK;
}

// --- Opening and closing -------------------------------------------------------------------------

bool mien_input_rules_equal(const mien_input_spec *a, const mien_input_spec *b) {
    bool equal = a->height == b->height && a->width == b->width && a->channels == b->channels &&
                 a->color == b->color && a->resize == b->resize &&
                 a->crop_fraction == b->crop_fraction;
    for (uint32_t i = 0; i < a->channels && equal; i++) {
        equal = a->mean[i] == b->mean[i] && a->std[i] == b->std[i];
    }
    return equal;
}

static mien_status collect_rules(mien_loader *loader, const mien_loader_options *options,
                                 mien_error *error) {
    loader->input_count = options->input_count;
    loader->rules = calloc(options->input_count + 1, sizeof *loader->rules);
    loader->rule_of = calloc(options->input_count + 1, sizeof *loader->rule_of);
    if (!loader->rules || !loader->rule_of) {
        return mien_fail_memory(error, "input rules");
    }
    for (size_t i = 0; i < options->input_count; i++) {
        const mien_input_spec *rule = options->inputs[i];
        size_t k = 0;
        while (k < loader->rule_count && !mien_input_rules_equal(rule, &loader->rules[k])) {
            k++;
        }
        if (k == loader->rule_count) {
            loader->rules[loader->rule_count++] = *rule;
        }
        loader->rule_of[i] = k;
    }
    return MIEN_OK;
}

static bool rule_bytes(const mien_input_spec *rule, size_t *bytes) {
    return !__builtin_mul_overflow((size_t)rule->height, (size_t)rule->width, bytes) &&
           !__builtin_mul_overflow(*bytes, rule->channels * sizeof(float), bytes);
}

static mien_status choose_slot_count(mien_loader *loader, size_t ahead, mien_error *error) {
    size_t item_bytes = 0;
    for (size_t i = 0; i < loader->rule_count; i++) {
        size_t bytes;
        if (!rule_bytes(&loader->rules[i], &bytes) ||
            __builtin_add_overflow(item_bytes, bytes, &item_bytes)) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT, "an input of %ux%u is too large",
                             loader->rules[i].width, loader->rules[i].height);
        }
    }
    if (ahead == 0) {
        ahead = DEFAULT_AHEAD;
        if (item_bytes > default_bytes / ahead) {
            ahead = default_bytes / item_bytes;
        }
        ahead = ahead < 2 ? 2 : ahead; // one that the caller holds, one being made
    }
    ahead = ahead > loader->path_count ? loader->path_count : ahead;
    loader->slot_count = ahead < 1 ? 1 : ahead;
    return MIEN_OK;
}

static mien_status fill_slot(mien_loader *loader, slot *place, mien_error *error) {
    place->loader = loader;
    place->work.data = place;
    place->inputs = calloc(loader->input_count + 1, sizeof *place->inputs);
    place->buffers = calloc(loader->rule_count + 1, sizeof *place->buffers);
    if (!place->inputs || !place->buffers) {
        return mien_fail_memory(error, "a list of inputs");
    }
    for (size_t i = 0; i < loader->rule_count; i++) {
        mien_image_input *each = &place->buffers[i];
        size_t bytes;
        each->spec = &loader->rules[i];
        if (!rule_bytes(each->spec, &bytes) || !(each->values = malloc(bytes ? bytes : 1))) {
            return mien_fail_memory(error, "network inputs");
        }
    }
    for (size_t i = 0; i < loader->input_count; i++) {
        place->inputs[i] = place->buffers[loader->rule_of[i]].values;
    }
    return MIEN_OK;
}

// A rule that makes no sense fails here, once, instead of at every picture.
static mien_status try_rules(const mien_loader *loader, mien_error *error) {
    uint8_t black = 0;
    const mien_image pixel = {.height = 1, .width = 1, .channels = 1, .pixels = &black};
    return mien_image_to_inputs(&pixel, loader->slots[0].buffers, loader->rule_count, error);
}

static mien_status make_slots(mien_loader *loader, size_t ahead, mien_error *error) {
    mien_status status = choose_slot_count(loader, ahead, error);
    if (status != MIEN_OK) {
        return status;
    }
    loader->slots = calloc(loader->slot_count, sizeof *loader->slots);
    if (!loader->slots) {
        return mien_fail_memory(error, "pictures ahead");
    }
    for (size_t i = 0; i < loader->slot_count && status == MIEN_OK; i++) {
        status = fill_slot(loader, &loader->slots[i], error);
    }
    return status == MIEN_OK ? try_rules(loader, error) : status;
}

static mien_status start_loop(mien_loader *loader, mien_error *error) {
    // libuv ends the process where it lacks some of its files.
    mien_status status = mien_limits_try_files(LOOP_FILES, error);
    if (status != MIEN_OK) {
        return mien_error_context(error, status, "decoding ahead cannot start");
    }
    int code = uv_loop_init(&loader->loop);
    if (code == UV_ENOMEM) {
        return mien_fail_memory(error, "decoding ahead");
    }
    if (code != 0) {
        return mien_fail(error, MIEN_IO, "decoding ahead cannot start (%s)", uv_strerror(code));
    }
    loader->has_loop = true;
    return MIEN_OK;
}

mien_status mien_loader_open(const mien_loader_options *options, mien_loader **loader,
                             mien_error *error) {
    mien_loader *result = calloc(1, sizeof *result);
    if (!result) {
        return mien_fail_memory(error, "a loader");
    }
    atomic_init(&result->stopping, false);
    result->paths = options->paths;
    result->path_count = options->path_count;
    result->limits = options->limits;
    result->alter = options->alter;
    result->context = options->context;
    result->has_crop = options->crop != NULL;
    if (options->crop) {
        result->crop = *options->crop;
    }
    mien_status status = collect_rules(result, options, error);
    if (status == MIEN_OK) {
        status = make_slots(result, options->ahead, error);
    }
    if (status == MIEN_OK) {
        status = start_loop(result, error);
    }
    if (status != MIEN_OK) {
        mien_loader_close(result);
        return status;
    }
    *loader = result;
    return MIEN_OK;
}

static void stop_loop(mien_loader *loader) {
    atomic_store_explicit(&loader->stopping, true, memory_order_relaxed);
    for (size_t i = loader->delivered; i < loader->queued; i++) {
        uv_cancel((uv_req_t *)&loader->slots[i % loader->slot_count].work); // fails when begun
    }
    uv_run(&loader->loop, UV_RUN_DEFAULT);
    uv_loop_close(&loader->loop);
}

void mien_loader_close(mien_loader *loader) {
    if (!loader) {
        return;
    }
    if (loader->has_loop) {
        stop_loop(loader);
    }
    for (size_t i = 0; loader->slots && i < loader->slot_count; i++) {
        slot *place = &loader->slots[i];
        for (size_t k = 0; place->buffers && k < loader->rule_count; k++) {
            free(place->buffers[k].values);
        }
        free(place->buffers);
        free(place->inputs);
    }
    free(loader->slots);
    free(loader->rules);
    free(loader->rule_of);
    free(loader);
}
