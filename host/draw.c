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

/// Fills a panel; `probabilities` and `order` are scratch for all classes.
static bool fill_panel(mien_drawing_panel *panel, const char *name, const mien_answerer *model,
                       const float *logits, size_t top, double *probabilities, size_t *order) {
    size_t classes = mien_answerer_classes(model);
    panel->count = top < classes ? top : classes;
    panel->title = mien_text_clean(name, false);
    panel->labels = (char **)calloc(panel->count, sizeof *panel->labels);
    panel->shares = calloc(panel->count, sizeof *panel->shares);
    if (!panel->title || !panel->labels || !panel->shares) {
        return false;
    }
    mien_probabilities(logits, classes, probabilities);
    mien_top_classes(probabilities, classes, panel->count, order);
    for (size_t i = 0; i < panel->count; i++) {
        panel->labels[i] = mien_text_clean(mien_answerer_class(model, order[i]), false);
        panel->shares[i] = probabilities[order[i]];
        if (!panel->labels[i]) {
            return false;
        }
    }
    return true;
}

mien_status mien_drawing_add(mien_drawing *drawing, const char *name, const mien_answerer *model,
                             const float *logits, mien_error *error) {
    size_t classes = mien_answerer_classes(model);
    mien_drawing_panel panel = {0};
    double *probabilities = calloc(classes, sizeof *probabilities);
    size_t *order = calloc(classes, sizeof *order);
    mien_drawing_panel *panels = NULL;
    if (probabilities && order &&
        fill_panel(&panel, name, model, logits, drawing->top, probabilities, order)) {
        panels = realloc(drawing->panels, (drawing->count + 1) * sizeof *panels);
    }
    free(probabilities);
    free(order);
    if (!panels) {
        clear_panel(&panel);
        return mien_fail_memory(error, "a drawing");
    }
    drawing->panels = panels;
    drawing->panels[drawing->count++] = panel;
    return MIEN_OK;
}
