// SPDX-License-Identifier: Apache-2.0
// What a drawing holds; host/draw_page.c puts it on paper.
#include "host/draw.h"

#include "host/cli/text.h"
#include "host/probabilities.h"
#include "zoo/replace.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

mien_status mien_drawing_check_path(const char *path, mien_error *error) {
    size_t length = strlen(path);
    if (length <= 4 || strcasecmp(path + length - 4, ".png") != 0) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "drawings are PNG files: give a name that ends in .png, not '%s'", path);
    }
    const mien_status status = mien_replace_check(path, error);
    return mien_error_context(error, status, "%s", path);
}

static void clear_panel(mien_drawing_panel *panel) {
    for (size_t i = 0; panel->labels && i < panel->count; i++) {
        free(panel->labels[i]);
    }
    free((void *)panel->labels);
    free(panel->shares);
    free(panel->title);
}

void mien_drawing_clear(mien_drawing *drawing) {
    for (size_t i = 0; i < drawing->count; i++) {
        clear_panel(&drawing->panels[i]);
    }
    free(drawing->panels);
    drawing->panels = NULL;
    drawing->count = 0;
}

/// Fills a panel; `order` is scratch for all classes.
static bool fill_panel(mien_drawing_panel *panel, const char *name, const char *const *classes,
                       const double *probabilities, size_t count, size_t top, size_t *order) {
    panel->count = top < count ? top : count;
    panel->title = mien_text_clean(name, false);
    panel->labels = (char **)calloc(panel->count, sizeof *panel->labels);
    panel->shares = calloc(panel->count, sizeof *panel->shares);
    if (!panel->title || !panel->labels || !panel->shares) {
        return false;
    }
    mien_top_classes(probabilities, count, panel->count, order);
    for (size_t i = 0; i < panel->count; i++) {
        panel->labels[i] = mien_text_clean(classes[order[i]], false);
        panel->shares[i] = probabilities[order[i]];
        if (!panel->labels[i]) {
            return false;
        }
    }
    return true;
}

mien_status mien_drawing_add(mien_drawing *drawing, const char *name, const char *const *classes,
                             const double *probabilities, size_t count, mien_error *error) {
    mien_drawing_panel panel = {0};
    size_t *order = calloc(count, sizeof *order);
    mien_drawing_panel *panels = NULL;
    if (order && fill_panel(&panel, name, classes, probabilities, count, drawing->top, order)) {
        panels = realloc(drawing->panels, (drawing->count + 1) * sizeof *panels);
    }
    free(order);
    if (!panels) {
        clear_panel(&panel);
        return mien_fail_memory(error, "a drawing");
    }
    drawing->panels = panels;
    drawing->panels[drawing->count++] = panel;
    return MIEN_OK;
}

mien_status mien_drawing_add_logits(mien_drawing *drawing, const char *name,
                                    const mien_answerer *model, const float *logits,
                                    mien_error *error) {
    const size_t count = mien_answerer_classes(model);
    const char **classes = (const char **)calloc(count, sizeof *classes);
    double *probabilities = calloc(count, sizeof *probabilities);
    mien_status status = MIEN_OK;
    if (classes && probabilities) {
        for (size_t i = 0; i < count; i++) {
            classes[i] = mien_answerer_class(model, i);
        }
        mien_probabilities(logits, count, probabilities);
        status = mien_drawing_add(drawing, name, classes, probabilities, count, error);
    } else {
        status = mien_fail_memory(error, "a drawing");
    }
    free((void *)classes);
    free(probabilities);
    return status;
}
