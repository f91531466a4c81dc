// SPDX-License-Identifier: Apache-2.0
#include "host/cli/answers.h"

#include "host/cli/json_output.h"
#include "host/cli/terminal.h"
#include "host/cli/text.h"
#include "host/probabilities.h"

#include <stdlib.h>

enum { BAR_COLUMNS = 30 };

/// A model's answer in order: `order[0]` is the top class.
typedef struct {
    const char *name;
    const mien_answerer *model;
    const float *logits;
    double *probabilities;
    size_t *order;
    size_t count;
} ranking;

static void print_padded(const char *text, size_t width) {
    char *clean = mien_text_clean(text, false);
    size_t used = clean ? mien_text_width(clean) : 0;
    printf("%s%*s", clean ? clean : "", used < width ? (int)(width - used) : 0, "");
    free(clean);
}

/// Nothing for nothing, so that no line ends in spaces.
static void print_bar(double share) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    bool fine = mien_text_utf8();
    size_t length = (size_t)(share * BAR_COLUMNS * 8 + 0.5);
    length = fine ? length : (length + 4) / 8 * 8;
    fputs(length ? "  " : "", stdout);
    for (size_t i = 0; i < length / 8; i++) {
        fputs(fine ? "█" : "#", stdout);
    }
    fputs(eighths[length % 8], stdout);
}

static void write_chart(const mien_answer_style *style, const ranking *ranked) {
    bool colour = mien_terminal_colour(stdout);
    size_t width = 0;
    for (size_t i = 0; i < ranked->count; i++) {
        size_t each = mien_text_width(mien_answerer_class(ranked->model, ranked->order[i]));
        width = each > width ? each : width;
    }
    for (size_t i = 0; i < ranked->count; i++) {
        double probability = ranked->probabilities[ranked->order[i]];
        fputs("  ", stdout);
        if (style->model_width) {
            print_padded(i == 0 ? ranked->name : "", style->model_width + 2);
        }
        fputs(colour && i == 0 ? mien_style_start(MIEN_STYLE_STRONG) : "", stdout);
        print_padded(mien_answerer_class(ranked->model, ranked->order[i]), width);
        printf("  %5.1f %%", 100 * probability);
        print_bar(probability);
        puts(colour && i == 0 ? MIEN_STYLE_END : "");
    }
}

static void write_line(const mien_answer_style *style, const mien_answer_picture *picture,
                       const ranking *ranked) {
    print_padded(picture->path, style->path_width);
    if (style->model_width) {
        fputs("  ", stdout);
        print_padded(ranked->name, style->model_width);
    }
    for (size_t i = 0; i < ranked->count; i++) {
        mien_text_print(stdout, "  %s %.1f %%",
                        mien_answerer_class(ranked->model, ranked->order[i]),
                        100 * ranked->probabilities[ranked->order[i]]);
    }
    putchar('\n');
}

static mien_status write_json(const mien_answer_style *style, const mien_answer_picture *picture,
                              const ranking *ranked, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "picture", picture->path);
    yyjson_mut_obj_add_uint(document, object, "width", picture->width);
    yyjson_mut_obj_add_uint(document, object, "height", picture->height);
    mien_json_add_rectangle(document, object, "crop", style->crop);
    mien_json_add_text(document, object, "model", ranked->name);
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, "predictions");
    for (size_t i = 0; i < ranked->count; i++) {
        size_t index = ranked->order[i];
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, array);
        mien_json_add_text(document, each, "class", mien_answerer_class(ranked->model, index));
        mien_json_add_number(document, each, "probability", ranked->probabilities[index], 6);
        mien_json_add_number(document, each, "logit", (double)ranked->logits[index], 7);
    }
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

mien_status mien_answer_write(const mien_answer_style *style, const mien_answer_picture *picture,
                              const char *name, const mien_answerer *model, const float *logits,
                              mien_error *error) {
    size_t classes = mien_answerer_classes(model);
    ranking ranked = {.name = name,
                      .model = model,
                      .logits = logits,
                      .probabilities = calloc(classes, sizeof(double)),
                      .order = calloc(classes, sizeof(size_t)),
                      .count = style->top < classes ? style->top : classes};
    mien_status status = MIEN_OK;
    if (!ranked.probabilities || !ranked.order) {
        status = mien_fail_memory(error, "an answer");
        goto done;
    }
    mien_probabilities(logits, classes, ranked.probabilities);
    mien_top_classes(ranked.probabilities, classes, ranked.count, ranked.order);
    if (style->json) {
        status = write_json(style, picture, &ranked, error);
    } else if (style->single) {
        write_chart(style, &ranked);
    } else {
        write_line(style, picture, &ranked);
    }
done:
    free(ranked.probabilities);
    free(ranked.order);
    return status;
}

mien_status mien_answer_write_problem(const mien_answer_style *style, const char *path,
                                      const char *message, mien_error *error) {
    if (!style->json) {
        return MIEN_OK;
    }
    return mien_json_write_problem(path, message, error);
}
