// SPDX-License-Identifier: Apache-2.0
// Import tables: reading them, what each kind of rule does, and what is refused.
#include "support/expectation.h"
#include "tools/import/core/apply.h"
#include "tools/import/core/pattern.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mien_import_set source, result;
static mien_table table;

static void set_up(void) {
    source = result = (mien_import_set){0};
    table = (mien_table){0};
}

static void tear_down(void) {
    mien_import_set_clear(&result);
    mien_import_set_clear(&source);
    mien_table_clear(&table);
}

static void add(const char *name, mien_dtype dtype, mien_shape shape, const void *data) {
    size_t elements;
    ck_assert(mien_shape_elements(&shape, &elements));
    const mien_tensor tensor = {
        .dtype = dtype, .shape = shape, .data = data, .bytes = elements * mien_dtype_size(dtype)};
    ck_assert_int_eq(mien_import_set_add(&source, name, &tensor, NULL, NULL), MIEN_OK);
}

static mien_status apply(const char *text, mien_error *error) {
    mien_status status = mien_table_parse(text, strlen(text), "t.yaml", &table, error);
    return status == MIEN_OK ? mien_import_apply(&table, &source, &result, error) : status;
}

static void must_apply(const char *text) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(apply(text, &error) == MIEN_OK, "%s", error.message);
}

static const mien_tensor *made(const char *name) {
    for (size_t i = 0; i < result.count; i++) {
        if (strcmp(result.items[i].name, name) == 0) {
            return &result.items[i].tensor;
        }
    }
    ck_abort_msg("there is no '%s'", name);
    return NULL;
}

static void has_shape(const mien_tensor *tensor, const char *expected) {
    char text[MIEN_SHAPE_TEXT];
    ck_assert_str_eq(mien_shape_format(&tensor->shape, text), expected);
}

static float numbers[2 * 3 * 4 * 5];

static void count_up(void) {
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        numbers[i] = (float)i;
    }
}

START_TEST(permute_moves_every_element) {
    count_up();
    add("a/kernel", MIEN_F32, (mien_shape){4, {2, 3, 4, 5}}, numbers);
    must_apply("rules:\n- {from: '*/kernel', to: '*.weight', permute: [3, 2, 0, 1]}\n");
    const mien_tensor *tensor = made("a.weight");
    has_shape(tensor, "[5, 4, 2, 3]");
    const float(*got)[4][2][3] = tensor->data;
    const float(*had)[3][4][5] = (const void *)numbers;
    for (int h = 0; h < 2; h++) {
        for (int w = 0; w < 3; w++) {
            for (int in = 0; in < 4; in++) {
                for (int out = 0; out < 5; out++) {
                    ck_assert_float_eq(got[out][in][h][w], had[h][w][in][out]);
                }
            }
        }
    }
}
END_TEST

START_TEST(reshape_follows_permute) {
    count_up();
    add("x", MIEN_F32, (mien_shape){3, {2, 3, 4}}, numbers);
    add("scalar", MIEN_F32, (mien_shape){0}, numbers + 7);
    must_apply("rules:\n"
               "- {from: x, to: y, permute: [2, 0, 1], reshape: [-1, 6]}\n"
               "- {from: scalar, to: one, reshape: [1]}\n");
    const mien_tensor *tensor = made("y");
    has_shape(tensor, "[4, 6]");
    const float *got = tensor->data;
    for (int i = 0; i < 24; i++) {
        ck_assert_float_eq(got[i], numbers[i % 6 * 4 + i / 6]);
    }
    has_shape(made("one"), "[1]");
    ck_assert_float_eq(*(const float *)made("one")->data, 7);
}
END_TEST

START_TEST(fill_leaves_the_tensor_to_other_rules) {
    static const uint8_t bytes[3] = {1, 2, 3};
    add("bn/scale", MIEN_U8, (mien_shape){1, {3}}, bytes);
    must_apply("rules:\n"
               "- {from: '*/scale', to: '*.mean', fill: 0}\n"
               "- {from: '*/scale', to: '*.variance', fill: -1.5e1}\n"
               "- {from: '*/scale', to: '*.weight'}\n");
    ck_assert_uint_eq(result.count, 3);
    const mien_tensor *tensor = made("bn.variance");
    has_shape(tensor, "[3]");
    ck_assert_int_eq(tensor->dtype, MIEN_F32);
    for (int i = 0; i < 3; i++) {
        ck_assert_float_eq(((const float *)tensor->data)[i], -15);
        ck_assert_float_eq(((const float *)made("bn.mean")->data)[i], 0);
    }
    ck_assert_int_eq(made("bn.weight")->dtype, MIEN_U8);
    ck_assert_mem_eq(made("bn.weight")->data, bytes, 3);
}
END_TEST

START_TEST(the_first_rule_that_matches_takes_it) {
    add("keep/a", MIEN_F32, (mien_shape){1, {1}}, numbers);
    add("keep/b", MIEN_F32, (mien_shape){1, {1}}, numbers);
    add("step/count", MIEN_F32, (mien_shape){1, {1}}, numbers);
    must_apply("rules:\n"
               "- {from: keep/b, to: special}\n"
               "- {from: keep/*, to: '*'}\n"
               "- {from: '**/count', drop: true}\n"
               "- {from: nothing, drop: true}\n");
    ck_assert_uint_eq(result.count, 2);
    made("special");
    made("a");
}
END_TEST

static const struct pattern {
    const char *from, *to, *name, *expected; // NULL: no match
} patterns[] = {
    {"a/b", "c", "a/b", "c"},
    {"a/b", "c", "a/bc", NULL},
    {"*/*/w", "*.*.w", "x1/y2/w", "x1.y2.w"},
    {"*/w", "*", "x/y/w", NULL},
    {"**/w", "**", "x/y/w", "x/y"},
    {"*", "*", "", NULL},
    {"**/*/w", "*:**", "a/b/c/w", "a/b:c"},
    {"*a*", "*-*", "xaay", "x-ay"},
    {"*_*", "*", "__", NULL},
    {"é*", "*é", "éü", "üé"},
};

START_TEST(stars) {
    const struct pattern *pattern = &patterns[_i];
    mien_pattern_captures captures;
    bool matches = mien_pattern_match(pattern->from, pattern->name, &captures);
    ck_assert_msg(matches == (pattern->expected != NULL), "%s: %s", pattern->from, pattern->name);
    if (matches) {
        char *filled = mien_pattern_fill(pattern->to, &captures);
        ck_assert_str_eq(filled, pattern->expected);
        free(filled);
    }
}
END_TEST

START_TEST(long_names_take_no_time) {
    char name[MIEN_PATTERN_MAX_NAME + 2];
    memset(name, 'a', sizeof name);
    name[MIEN_PATTERN_MAX_NAME] = '\0';
    mien_pattern_captures captures;
    // Every way to share out the letters among the stars is 10²⁰ ways.
    ck_assert(!mien_pattern_match("**a**a**a**a**a**a**a**b", name, &captures));
    ck_assert(mien_pattern_match("**a**a**a**a**a**a**a**a", name, &captures));
    name[MIEN_PATTERN_MAX_NAME] = 'a';
    name[MIEN_PATTERN_MAX_NAME + 1] = '\0';
    ck_assert(!mien_pattern_match("**", name, &captures));
}
END_TEST

START_TEST(broken_tables_are_refused) {
    size_t count;
    char **paths = match_paths("tests/broken/tables/*.yaml", &count);
    for (size_t i = 0; i < count; i++) {
        char *expected = read_expectation(paths[i], "\n");
        mien_error error = MIEN_ERROR_INIT;
        mien_status status = mien_table_read(paths[i], &table, &error);
        ck_assert_msg(status == MIEN_BAD_INPUT, "%s: status %d", paths[i], status);
        size_t length = strlen(paths[i]);
        ck_assert_msg(strncmp(error.message, paths[i], length) == 0, "%s", error.message);
        ck_assert_str_eq(error.message + length + 1, expected);
        mien_table_clear(&table);
        free(expected);
    }
    free_paths(paths, count);
}
END_TEST

START_TEST(tables_that_cannot_be_read) {
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_table_read("/nowhere/t.yaml", &table, &error), MIEN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "/nowhere/t.yaml"));
    ck_assert_int_eq(mien_table_read("/", &table, &error), MIEN_BAD_INPUT);
    char *large = malloc(MIEN_PATTERN_MAX_NAME + 64);
    int head = sprintf(large, "rules:\n- {from: a, to: ");
    memset(large + head, 'b', MIEN_PATTERN_MAX_NAME + 1);
    strcpy(large + head + MIEN_PATTERN_MAX_NAME + 1, "}\n");
    ck_assert_int_eq(mien_table_parse(large, strlen(large), "t.yaml", &table, &error),
                     MIEN_BAD_INPUT);
    ck_assert_str_eq(error.message, "t.yaml:2:17: to must be a name or pattern of 1 to 1024 bytes");
    free(large);
}
END_TEST

// Over the tensors "a/w" [2, 3] and "b/w" [2].
static const struct misfit {
    const char *text, *message;
} misfits[] = {
    {"rules:\n- {from: a/w, to: a}\n", "t.yaml has no rule for 1 of the 2 tensors: b/w"},
    {"rules: [{from: '*/w', fill: 1, to: '*'}]\n",
     "t.yaml has no rule for 2 of the 2 tensors: a/w, b/w"},
    {"rules: []\n", "t.yaml has no rule for 2 of the 2 tensors: a/w, b/w"},
    {"rules:\n- {from: '*/w', to: '*'}\n- {from: c, to: c}\n",
     "t.yaml:3:3: no tensor was left for 'c'; --list without --map shows the names there are"},
    {"rules:\n- {from: '*/w', to: '*'}\n- {from: a/w, to: again}\n",
     "t.yaml:3:3: no tensor was left for 'a/w'; --list without --map shows the names there are"},
    {"rules:\n- {from: '*/w', to: '*'}\n- {from: a/w, to: mean, fill: 0}\n",
     "t.yaml:3:3: no tensor was left for 'a/w'; --list without --map shows the names there are"},
    {"rules:\n- {from: a/w, to: x}\n- {from: b/w, to: x}\n",
     "what t.yaml makes: tensor 'x' is there twice"},
    {"rules:\n- {from: a/w, to: __metadata__}\n- {from: b/w, to: x}\n",
     "what t.yaml makes: a tensor is named '__metadata__', which safetensors files keep for "
     "something else; a table can rename it"},
    {"rules:\n- {from: '*/w', to: '*', permute: [1, 0]}\n",
     "t.yaml:2:3: tensor 'b/w': 'permute' lists 2 dimensions, but the tensor has 1"},
    {"rules:\n- {from: '*/w', to: '*', reshape: [-1, 4]}\n",
     "t.yaml:2:3: tensor 'a/w': 'reshape' does not fit the 6 elements of a tensor [2, 3]"},
    {"rules:\n- {from: '*/w', to: '*', reshape: [5]}\n",
     "t.yaml:2:3: tensor 'a/w': 'reshape' does not fit the 6 elements of a tensor [2, 3]"},
    {"rules:\n- {from: '*/w', to: '*', reshape: [4294967296, 4294967296, -1]}\n",
     "t.yaml:2:3: tensor 'a/w': the product of 'reshape' overflows"},
};

START_TEST(misfits_are_named) {
    const struct misfit *misfit = &misfits[_i];
    add("a/w", MIEN_F32, (mien_shape){2, {2, 3}}, numbers);
    add("b/w", MIEN_F32, (mien_shape){1, {2}}, numbers);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(apply(misfit->text, &error), MIEN_BAD_INPUT);
    ck_assert_str_eq(error.message, misfit->message);
}
END_TEST

START_TEST(long_lists_are_cut) {
    char name[32], expected[64];
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "tensor%d", i);
        add(name, MIEN_F32, (mien_shape){1, {1}}, numbers);
    }
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(apply("rules: []", &error), MIEN_BAD_INPUT);
    snprintf(expected, sizeof expected, "no rule for 30 of the 30 tensors: tensor0, ");
    ck_assert_ptr_nonnull(strstr(error.message, expected));
    ck_assert_ptr_nonnull(strstr(error.message, "tensor19, ..."));
    ck_assert_ptr_null(strstr(error.message, "tensor20"));
}
END_TEST

START_TEST(precision_can_be_changed) {
    static const float floats[4] = {1, -0.5f, 65504, 0.1f};
    static const int32_t integers[1] = {70000};
    add("f", MIEN_F32, (mien_shape){1, {4}}, floats);
    add("i", MIEN_I32, (mien_shape){1, {1}}, integers);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_import_convert(&source, MIEN_F16, &error), MIEN_OK);
    const mien_tensor *tensor = &source.items[0].tensor;
    static const uint16_t halves[4] = {0x3c00, 0xb800, 0x7bff, 0x2e66};
    ck_assert_int_eq(tensor->dtype, MIEN_F16);
    ck_assert_uint_eq(tensor->bytes, sizeof halves);
    ck_assert_mem_eq(tensor->data, halves, sizeof halves);
    ck_assert_int_eq(source.items[1].tensor.dtype, MIEN_I32);
    ck_assert_int_eq(mien_import_convert(&source, MIEN_F32, &error), MIEN_OK);
    const float *back = source.items[0].tensor.data;
    for (int i = 0; i < 3; i++) {
        ck_assert_float_eq(back[i], floats[i]);
    }
    ck_assert_float_eq_tol(back[3], floats[3], 5e-5f); // half of binary16's spacing there
}
END_TEST

START_TEST(too_large_for_half_precision) {
    static const float floats[2] = {1, -65505};
    add("f", MIEN_F32, (mien_shape){1, {2}}, floats);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_import_convert(&source, MIEN_F16, &error), MIEN_BAD_INPUT);
    ck_assert_str_eq(error.message,
                     "tensor 'f': element 1 is -65505, too large for f16; keep it in f32");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import tables");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, set_up, tear_down);
    tcase_add_test(rules, permute_moves_every_element);
    tcase_add_test(rules, reshape_follows_permute);
    tcase_add_test(rules, fill_leaves_the_tensor_to_other_rules);
    tcase_add_test(rules, the_first_rule_that_matches_takes_it);
    tcase_add_loop_test(rules, stars, 0, sizeof patterns / sizeof *patterns);
    tcase_add_test(rules, long_names_take_no_time);
    tcase_add_test(rules, precision_can_be_changed);
    suite_add_tcase(suite, rules);
    TCase *refused = tcase_create("refused");
    tcase_add_checked_fixture(refused, set_up, tear_down);
    tcase_add_test(refused, broken_tables_are_refused);
    tcase_add_test(refused, tables_that_cannot_be_read);
    tcase_add_loop_test(refused, misfits_are_named, 0, sizeof misfits / sizeof *misfits);
    tcase_add_test(refused, long_lists_are_cut);
    tcase_add_test(refused, too_large_for_half_precision);
    suite_add_tcase(suite, refused);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
