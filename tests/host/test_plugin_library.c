// SPDX-License-Identifier: Apache-2.0
// Opening plugins: sound ones, and one for every way to fail.
#include "host/plugin_library.h"
#include "support/expectation.h"
#include "support/folder.h"
#include "zoo/config.h"

#include <check.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// The built plugin of a fixture's source file.
static char *built(const char *source) {
    const char *const base = strrchr(source, '/') + 1;
    char name[256];
    snprintf(name, sizeof name, "lib/mien/broken/%.*s.so", (int)strcspn(base, "."), base);
    return build_path(name);
}

static void check_fixture(const char *source) {
    char *const path = built(source);
    char *const expected = read_expectation(source, "// ");
    mien_plugin_library *library = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_plugin_library_open(path, NULL, &library, &error);
    if (strcmp(expected, "loads") == 0) {
        ck_assert_msg(status == MIEN_OK, "%s", error.message);
    } else {
        ck_assert_msg(status == MIEN_PLUGIN || status == MIEN_ABI_MISMATCH, "%s: status %d", path,
                      status);
        ck_assert_ptr_null(library);
        char *const real = realpath(path, NULL); // how messages name it
        ck_assert_msg(strncmp(error.message, real, strlen(real)) == 0, "%s", error.message);
        ck_assert_str_eq(error.message + strlen(real) + 2, expected);
        free(real);
    }
    mien_plugin_library_close(library);
    free(expected);
    free(path);
}

START_TEST(every_broken_plugin_has_its_message) {
    size_t count;
    char **const sources = match_paths("tests/broken/plugins/*/*.c", &count);
    for (size_t i = 0; i < count; i++) {
        check_fixture(sources[i]);
    }
    free_paths(sources, count);
}
END_TEST

START_TEST(statuses_tell_a_wrong_abi_from_a_broken_plugin) {
    static const char *const names[] = {"wrong-major", "entry-returns-null"};
    for (size_t i = 0; i < 2; i++) {
        char *const path = built(i == 0 ? "/wrong-major.c" : "/entry-returns-null.c");
        mien_plugin_library *library = NULL;
        ck_assert_int_eq(mien_plugin_library_open(path, names[i], &library, NULL),
                         MIEN_ABI_MISMATCH);
        free(path);
    }
}
END_TEST

static void check_refused(const char *path, mien_status status, const char *message) {
    mien_plugin_library *library = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_plugin_library_open(path, NULL, &library, &error), status);
    ck_assert_msg(strncmp(error.message, path, strlen(path)) == 0, "%s", error.message);
    ck_assert_msg(strstr(error.message, message), "%s", error.message);
    ck_assert_ptr_null(library);
}

/// Bytes of a sound plugin, to spoil.
static unsigned char *sound_bytes(size_t *size) {
    char *const path = built("/sound.c");
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    *size = (size_t)about.st_size;
    unsigned char *const bytes = malloc(*size);
    FILE *const file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    free(path);
    return bytes;
}

START_TEST(files_that_are_no_plugin) {
    char *const folder = make_folder();
    char path[4096];
    size_t size;
    unsigned char *const bytes = sound_bytes(&size);
    snprintf(path, sizeof path, "%s/plugin.so", folder);
    check_refused(path, MIEN_NOT_FOUND, "no such file");
    check_refused(folder, MIEN_PLUGIN, "not a file");
    write_file(folder, "plugin.so", "", 0);
    check_refused(path, MIEN_PLUGIN, "not a shared object (no ELF file)");
    write_file(folder, "plugin.so", "#!/bin/sh\n", 10);
    check_refused(path, MIEN_PLUGIN, "not a shared object (no ELF file)");
    write_file(folder, "plugin.so", bytes, 32);
    check_refused(path, MIEN_PLUGIN, "cut off after 32 bytes");
    Elf64_Ehdr *const header = (Elf64_Ehdr *)(void *)bytes;
    const Elf64_Half machine = header->e_machine, type = header->e_type;
    header->e_machine = machine == EM_RISCV ? EM_X86_64 : EM_RISCV;
    write_file(folder, "plugin.so", bytes, size);
    check_refused(path, MIEN_PLUGIN, machine == EM_RISCV ? "built for x86-64" : "built for RISC-V");
    header->e_machine = machine;
    header->e_type = ET_REL;
    write_file(folder, "plugin.so", bytes, size);
    check_refused(path, MIEN_PLUGIN, "another kind of ELF file");
    header->e_type = type;
    free(bytes);
    remove_folder(folder);
}
END_TEST

/// Cut in the middle, the linker may refuse the file or crash on it; the host outlives both.
START_TEST(truncated_plugins_are_survived) {
    char *const folder = make_folder();
    char path[4096];
    size_t size;
    unsigned char *const bytes = sound_bytes(&size);
    snprintf(path, sizeof path, "%s/sound.so", folder);
    for (size_t cut = sizeof(Elf64_Ehdr); cut < size; cut += size / 7) {
        mien_plugin_library *library = NULL;
        mien_error error = MIEN_ERROR_INIT;
        write_file(folder, "sound.so", bytes, cut);
        // What is cut off at the very end (section names, say) may not be needed to run.
        mien_status status = mien_plugin_library_open(path, NULL, &library, &error);
        ck_assert(status == MIEN_PLUGIN || status == MIEN_OK);
        ck_assert(status == MIEN_OK || error.message[0] != '\0');
        mien_plugin_library_close(library);
    }
    free(bytes);
    remove_folder(folder);
}
END_TEST

START_TEST(what_a_newer_plugin_appends_is_passed_over) {
    char *const path = built("/newer-minor.c");
    mien_plugin_library *library = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_plugin_library_open(path, "newer-minor", &library, &error) == MIEN_OK, "%s",
                  error.message);
    const mien_plugin *const plugin = mien_plugin_library_descriptor(library);
    ck_assert_uint_eq(plugin->size, sizeof *plugin);
    ck_assert_uint_eq(plugin->config_key_count, 2);
    ck_assert_str_eq(mien_config_key_at(plugin, 1)->name, "second");
    ck_assert_str_eq(plugin->config_keys[1].help, "Two.");
    ck_assert_uint_eq(plugin->input->size, sizeof *plugin->input);
    ck_assert_uint_eq(plugin->input->channels, 3);
    mien_plugin_library_close(library);
    free(path);
}
END_TEST

START_TEST(a_name_other_than_the_file_s_is_refused) {
    char *const path = built("/sound.c");
    mien_plugin_library *library = NULL;
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_plugin_library_open(path, "other", &library, &error), MIEN_PLUGIN);
    ck_assert_ptr_nonnull(strstr(error.message, "calls itself \"sound\""));
    free(path);
}
END_TEST

/// The project's own plugins pass all of this.
START_TEST(shipped_plugins_open) {
    size_t count;
    char **const readmes = match_paths("plugins/*/README.md", &count);
    for (size_t i = 0; i < count; i++) {
        char name[256];
        *strrchr(readmes[i], '/') = '\0';
        snprintf(name, sizeof name, "lib/mien/plugins/%s.so", strrchr(readmes[i], '/') + 1);
        char *const path = build_path(name);
        mien_plugin_library *library = NULL;
        mien_error error = MIEN_ERROR_INIT;
        ck_assert_msg(mien_plugin_library_open(path, NULL, &library, &error) == MIEN_OK, "%s",
                      error.message);
        mien_plugin_library_close(library);
        free(path);
    }
    free_paths(readmes, count);
}
END_TEST

static Suite *suite(void) {
    Suite *const libraries = suite_create("plugin library");
    TCase *const opening = tcase_create("opening");
    tcase_add_test(opening, what_a_newer_plugin_appends_is_passed_over);
    tcase_add_test(opening, shipped_plugins_open);
    suite_add_tcase(libraries, opening);
    TCase *const refusing = tcase_create("refusing");
    tcase_set_timeout(refusing, 300);
    tcase_add_test(refusing, every_broken_plugin_has_its_message);
    tcase_add_test(refusing, statuses_tell_a_wrong_abi_from_a_broken_plugin);
    tcase_add_test(refusing, files_that_are_no_plugin);
    tcase_add_test(refusing, truncated_plugins_are_survived);
    tcase_add_test(refusing, a_name_other_than_the_file_s_is_refused);
    suite_add_tcase(libraries, refusing);
    return libraries;
}

int main(void) {
    SRunner *const runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
