// SPDX-License-Identifier: Apache-2.0
// The first batch, as the network would see it.
#include "tools/train/core/data/sheet.h"
#include "tools/train/core/loop/state.h"

#include <stdlib.h>

mien_status mien_trainer_preview(mien_trainer *trainer, const char *path, mien_error *error) {
    const char **const names = (const char **)calloc(trainer->classes, sizeof *names);
    if (!names) {
        return mien_fail_memory(error, "a preview");
    }
    for (size_t i = 0; i < trainer->classes; i++) {
        names[i] = trainer->recipe->model.classes.items[i].text;
    }
    const mien_batch_sheet sheet = {
        .batch = mien_feeder_next(trainer->feeder),
        .rows = trainer->rows,
        .input = &trainer->declaration->input,
        .classes = names,
        .class_count = trainer->classes,
    };
    const mien_status status = mien_batch_sheet_write(&sheet, path, error);
    free((void *)names);
    return status;
}
