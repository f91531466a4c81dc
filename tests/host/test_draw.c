// SPDX-License-Identifier: Apache-2.0
// Drawings of any number of models and classes are pages that can be looked at.
#include "host/draw.h"
#include "support/folder.h"
#include "support/picture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void set_up(void) {
    folder = make_folder();
}

static void tear_down(void) {
    remove_folder(folder);
}

/// A drawing of `panels` models that have `rows` classes each, with a label of every kind.
static mien_drawing make_drawing(size_t panels, size_t rows) {
    static const char *const labels[] = {"happy", "", "a label much longer than its column is wide",
                                         "überrascht", "恐怖"};
    mien_drawing drawing = {.top = rows, .count = panels};
    drawing.panels = calloc(panels, sizeof *drawing.panels);
    for (size_t i = 0; i < panels; i++) {
        mien_drawing_panel *const panel = &drawing.panels[i];
        panel->title = strdup("model");
        panel->count = rows;
        panel->labels = (char **)calloc(rows, sizeof *panel->labels);
        panel->shares = calloc(rows, sizeof *panel->shares);
        for (size_t j = 0; j < rows; j++) {
            panel->labels[j] = strdup(labels[j % 5]);
            panel->shares[j] = 1.0 / (double)(j + 1);
        }
    }
    return drawing;
}

/// Draws beside a picture of this size and reads the page again.
static mien_image draw(size_t panels, size_t rows, uint32_t height, uint32_t width) {
    mien_drawing drawing = make_drawing(panels, rows);
    mien_image picture = picture_noise(width, height, 3), page = {0};
    mien_error error = MIEN_ERROR_INIT;
    char path[4096];
    snprintf(path, sizeof path, "%s/page.png", folder);
    ck_assert_msg(mien_drawing_write(&drawing, &picture, path, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_msg(mien_image_read(path, NULL, &page, &error) == MIEN_OK, "%s", error.message);
    mien_drawing_clear(&drawing);
    mien_image_free(&picture);
    return page;
}

/// Whether the page's margin, on all sides, is paper: nothing is cut off at its edge.
static bool has_margin(const mien_image *page) {
    const size_t bytes = (size_t)page->width * 3;
    for (size_t y = 0; y < page->height; y++) {
        const uint8_t *const row = page->pixels + y * bytes;
        for (size_t i = 0; i < bytes; i++) {
            const bool edge =
                y < 20 || y + 20 >= page->height || i < (size_t)20 * 3 || i + 20 * 3 >= bytes;
            if (edge && row[i] != 255) {
                return false;
            }
        }
    }
    return true;
}

START_TEST(pictures_of_any_shape) {
    static const uint32_t shapes[][2] = {{48, 48}, {600, 40}, {40, 600}, {1, 1}, {2, 3000}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        mien_image page = draw(1, 7, shapes[i][0], shapes[i][1]);
        ck_assert_uint_le(page.width, 1200);
        ck_assert_uint_le(page.height, 640);
        ck_assert_msg(has_margin(&page), "%u by %u", shapes[i][0], shapes[i][1]);
        mien_image_free(&page);
    }
}
END_TEST

START_TEST(many_models_are_no_ribbon) {
    for (size_t panels = 1; panels <= 64; panels *= 2) {
        mien_image page = draw(panels, 4, 64, 64);
        ck_assert_msg(page.width < 3 * page.height, "%zu models: %ux%u", panels, page.width,
                      page.height);
        ck_assert_msg(page.height < 2 * page.width, "%zu models: %ux%u", panels, page.width,
                      page.height);
        ck_assert(has_margin(&page));
        mien_image_free(&page);
    }
}
END_TEST

START_TEST(a_thousand_classes_are_cut) {
    mien_image page = draw(2, 1000, 64, 64);
    ck_assert_uint_le(page.height, 1600);
    ck_assert(has_margin(&page));
    mien_image_free(&page);
}
END_TEST

static Suite *suite(void) {
    Suite *const drawings = suite_create("draw");
    TCase *const pages = tcase_create("pages");
    tcase_add_checked_fixture(pages, set_up, tear_down);
    tcase_set_timeout(pages, 120);
    tcase_add_test(pages, pictures_of_any_shape);
    tcase_add_test(pages, many_models_are_no_ribbon);
    tcase_add_test(pages, a_thousand_classes_are_cut);
    suite_add_tcase(drawings, pages);
    return drawings;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
