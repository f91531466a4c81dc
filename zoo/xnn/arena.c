// SPDX-License-Identifier: Apache-2.0
// Laying out values by lifetimes: largest first, each at the lowest place that is free for as
// long as it lives (the "greedy by size" rule of Pisarchyk and Lee, 2020, arXiv:2001.03288).
#include "zoo/xnn/session.h"

#include <stdlib.h>

typedef struct block {
    size_t bytes, offset;
    uint32_t first, last; ///< steps
} block;

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

static void lifetimes(const mien_session *session, block *blocks) {
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
}

// Where a step may write over an input that nobody needs afterwards, both become one block.
static void share_in_place(const mien_session *session, block *blocks, uint32_t *root) {
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
            block *owner = &blocks[root[input]];
            if (owner->last != i) {
                continue;
            }
            owner->last = blocks[step->output].last;
            root[step->output] = root[input];
            break;
        }
    }
}

static int by_size(const void *a, const void *b) {
    const block *first = *(const block *const *)a, *second = *(const block *const *)b;
    if (first->bytes != second->bytes) {
        return first->bytes < second->bytes ? 1 : -1;
    }
    return first < second ? -1 : first > second;
}

static int by_offset(const void *a, const void *b) {
    const block *first = *(const block *const *)a, *second = *(const block *const *)b;
    if (first->offset != second->offset) {
        return first->offset < second->offset ? -1 : 1;
    }
    return first < second ? -1 : first > second;
}

static bool overlap_in_time(const block *a, const block *b) {
    return a->first <= b->last && b->first <= a->last;
}

// Places blocks one after another; `living` is scratch for as many pointers.
static bool place(block **blocks, size_t count, const block **living, size_t *total) {
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t alive = 0;
        for (size_t k = 0; k < i; k++) {
            if (overlap_in_time(blocks[i], blocks[k])) {
                living[alive++] = blocks[k];
            }
        }
        qsort(living, alive, sizeof *living, by_offset);
        size_t offset = 0;
        for (size_t k = 0; k < alive; k++) {
            if (living[k]->offset >= offset && living[k]->offset - offset >= blocks[i]->bytes) {
                break;
            }
            size_t end = living[k]->offset + living[k]->bytes;
            offset = end > offset ? end : offset;
        }
        blocks[i]->offset = offset;
        size_t end;
        if (__builtin_add_overflow(offset, blocks[i]->bytes, &end)) {
            return false;
        }
        *total = end > *total ? end : *total;
    }
    return true;
}

static mien_status lay_out(const mien_session *session, size_t batch, const size_t *workspace,
                           block *blocks, uint32_t *root, block **order, const block **living,
                           mien_arena *arena, mien_error *error) {
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
        block *scratch = &blocks[values + i];
        scratch->first = scratch->last = i;
        if (workspace[i]) {
            fits = fits && with_slack(workspace[i], &scratch->bytes);
            order[count++] = scratch;
        }
    }
    qsort(order, count, sizeof *order, by_size);
    if (!fits || !place(order, count, living, &arena->bytes)) {
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
    block *blocks = calloc(count, sizeof *blocks);
    uint32_t *root = calloc(count, sizeof *root);
    block **order = calloc(count, sizeof(block *));
    const block **living = calloc(count, sizeof(block *));
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
