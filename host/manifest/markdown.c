// SPDX-License-Identifier: Apache-2.0
// The table as the reference in docs/manifests.md.
#include "host/manifest/table.h"

static void write_rows(FILE *file, const mien_section *section, const char *prefix) {
    for (size_t i = 0; i < section->count; i++) {
        const mien_field *const field = &section->fields[i];
        char expected[MIEN_EXPECTED_CAPACITY], name[128];
        const bool nested = field->section != NULL;
        const char *const mark = field->type == MIEN_FIELD_SECTIONS ? "[]" : "";
        snprintf(name, sizeof name, "%s%s%s", prefix, field->name, mark);
        fprintf(file, "| `%s` | %s | %s | %s |\n", name,
                !nested ? mien_field_expected(field, expected)
                : *mark ? "a list of mappings"
                        : "a mapping",
                field->required       ? "required"
                : field->default_text ? field->default_text
                                      : "",
                field->help);
        if (nested) {
            char deeper[160];
            snprintf(deeper, sizeof deeper, "%s.", name);
            write_rows(file, field->section, deeper);
        }
    }
}

static void write_table(FILE *file, const char *title, const mien_section *section) {
    fprintf(file, "### %s\n\n| key | what it must be | default | meaning |\n|---|---|---|---|\n",
            title);
    write_rows(file, section, "");
    fputs("\n", file);
}

mien_status mien_schema_write_markdown(FILE *file, mien_error *error) {
    write_table(file, "Every kind", mien_manifest_section(MIEN_KIND_MODEL)->base);
    for (int i = 0; i < MIEN_KIND_COUNT; i++) {
        const mien_manifest_kind kind = (mien_manifest_kind)i;
        char title[64];
        snprintf(title, sizeof title, "kind: %s", mien_manifest_kind_text(kind));
        write_table(file, title, mien_manifest_section(kind));
    }
    return ferror(file) ? mien_fail(error, MIEN_IO, "cannot write the reference of manifests")
                        : MIEN_OK;
}
