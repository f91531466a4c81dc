// SPDX-License-Identifier: Apache-2.0
#include "host/cli/walk.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"

#include <stdlib.h>

static mien_status consume(const mien_walk *walk, mien_loader *loader, mien_progress *progress,
                           size_t *unreadable, mien_error *error) {
    const mien_loader_item *item = NULL;
    size_t done = 0;
    mien_status status;
    while ((status = mien_loader_next(loader, &item, error)) == MIEN_OK && item &&
           !(walk->enough && *walk->enough)) {
        if (item->status == MIEN_OK) {
            status = walk->take(walk->context, item, error);
        } else {
            mien_progress_clear(progress);
            mien_complain(walk->command, "%s", item->message);
            ++*unreadable;
        }
        if ((status == MIEN_OK || status == MIEN_CANCELLED) && mien_interrupted()) {
            status = mien_fail(error, MIEN_CANCELLED, "interrupted after %zu of %zu pictures",
                               done + (status == MIEN_OK), walk->index->count);
        }
        if (status != MIEN_OK) {
            return status;
        }
        mien_progress_update(progress, ++done);
    }
    return status;
}

mien_status mien_walk_run(const mien_walk *walk, size_t *unreadable, mien_error *error) {
    const size_t count = walk->index->count;
    const char **const paths = (const char **)calloc(count + 1, sizeof *paths);
    if (!paths) {
        return mien_fail_memory(error, "a list of pictures");
    }
    for (size_t i = 0; i < count; i++) {
        paths[i] = walk->index->items[i].path;
    }
    mien_loader_options options = walk->loader;
    options.paths = paths;
    options.path_count = count;
    mien_loader *loader = NULL;
    mien_progress progress;
    mien_progress_start(&progress, count);
    mien_status status = mien_loader_open(&options, &loader, error);
    if (status == MIEN_OK) {
        status = consume(walk, loader, &progress, unreadable, error);
    }
    mien_progress_clear(&progress);
    mien_loader_close(loader);
    free((void *)paths);
    return status;
}
