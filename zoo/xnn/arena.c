// SPDX-License-Identifier: Apache-2.0
// Laying out values by lifetimes.
#include "zoo/xnn/place.h"
#include "zoo/xnn/session.h"

#include <stdlib.h>

// What steps may read past a buffer's end is its own: another thread may write the next buffer.
static bool with_slack(size_t bytes, size_t *block_bytes) {
    if (__builtin_add_overflow(bytes, (size_t)MIEN_BUFFER_SLACK + MIEN_BUFFER_ALIGNMENT - 1,
                               block_bytes)) {
        return false;
    }
    *block_bytes -= *block_bytes % MIEN_BUFFER_ALIGNMENT;
    return true;
}

static bool value_bytes(size_t elements, size_t batch, size_t *bytes) {
    return !__builtin_mul_overflow(elements, batch, bytes) &&
           !__builtin_mul_overflow(*bytes, sizeof(float), bytes) && with_slack(*bytes, bytes);
}

static void lifetimes(const mien_session *session, mien_block *blocks) {
    for (uint32_t i = 0; i < session->step_count; i++) {
        const mien_step *step = &session->steps[i];
        blocks[step->output].first = blocks[step->output].last = i;
        for (int k = 0; k < 2; k++) {
            if (step->input[k] != MIEN_NO_VALUE) {
                blocks[step->input[k]].last = i;
            }
        }
    }
    uint32_t end = session->step_count;
    blocks[session->output_value].last = end;
    if (session->extra_value != MIEN_NO_VALUE) {
        blocks[session->extra_value].last = end;
    }
    for (uint32_t i = 0; i < session->layer_count; i++) {
        blocks[session->layers[i].activation].last = end;
        if (session->layers[i].gradient != MIEN_NO_VALUE) {
            blocks[session->layers[i].gradient].last = end;
        }
    }
}

// Where a step may write over an input that nobody needs afterwards, both become one block.
static void share_in_place(const mien_session *session, mien_block *blocks, uint32_t *root) {
    for (uint32_t i = 0; i < session->step_count; i++) {
        const mien_step *step = &session->steps[i];
        if (!step->kind->in_place) {
            continue;
        }
        for (int k = 0; k < 2; k++) {
            int32_t input = step->input[k];
            if (input == MIEN_NO_VALUE ||
                session->value_elements[input] != session->value_elements[step->output]) {
                continue;
            }
            mien_block *owner = &blocks[root[input]];
            if (owner->last != i) {
                continue;
            }
            owner->last = blocks[step->output].last;
            root[step->output] = root[input];
            break;
        }
    }
}

static mien_status lay_out(const mien_session *session, size_t batch, const size_t *workspace,
                           mien_block *blocks, uint32_t *root, mien_block **order,
                           const mien_block **living, mien_arena *arena, mien_error *error) {
    uint32_t values = session->value_count, steps = session->step_count;
    bool fits = true;
    for (uint32_t i = 0; i < values; i++) {
        root[i] = i;
        fits = fits && value_bytes(session->value_elements[i], batch, &blocks[i].bytes);
    }
    lifetimes(session, blocks);
    share_in_place(session, blocks, root);
    size_t count = 0;
    for (uint32_t i = 0; i < values; i++) {
        if (root[i] == i) {
            order[count++] = &blocks[i];
        }
    }
    for (uint32_t i = 0; i < steps; i++) {
        mien_block *scratch = &blocks[values + i];
        scratch->first = scratch->last = i;
        if (workspace[i]) {
            fits = fits && with_slack(workspace[i], &scratch->bytes);
            order[count++] = scratch;
        }
    }
    if (!fits || !mien_place(order, count, living, &arena->bytes)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "a batch of %zu is too large", batch);
    }
    for (uint32_t i = 0; i < values; i++) {
        arena->offset[i] = blocks[root[i]].offset;
    }
    for (uint32_t i = 0; i < steps; i++) {
        arena->workspace_offset[i] = blocks[values + i].offset;
    }
    return MIEN_OK;
}

mien_status mien_arena_plan(const mien_session *session, size_t batch, const size_t *workspace,
                            mien_arena *arena, mien_error *error) {
    size_t count = (size_t)session->value_count + session->step_count;
    mien_block *blocks = calloc(count, sizeof *blocks);
    uint32_t *root = calloc(count, sizeof *root);
    mien_block **order = calloc(count, sizeof(mien_block *));
    const mien_block **living = calloc(count, sizeof(mien_block *));
    mien_status status =
        blocks && root && order && living
            ? lay_out(session, batch, workspace, blocks, root, order, living, arena, error)
            : mien_fail_memory(error, "planning activations");
    free(blocks);
    free(root);
    free(order);
    free(living);
    return status;
}
