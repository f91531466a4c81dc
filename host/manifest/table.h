// SPDX-License-Identifier: Apache-2.0
/// @file
/// The one table of what manifests may say, recipes' and sweeps' parts in files of their own.
/// Reading, defaults, checks, `mien inspect`, the JSON Schema and the reference in
/// docs/manifests.md all follow it: a new key is one row here and one member in host/manifest.h.
#ifndef MIEN_HOST_MANIFEST_TABLE_H
#define MIEN_HOST_MANIFEST_TABLE_H

#include "host/manifest.h"

typedef enum mien_field_type {
    MIEN_FIELD_TEXT,     ///< mien_manifest_text
    MIEN_FIELD_INTEGER,  ///< uint32_t
    MIEN_FIELD_NUMBER,   ///< double
    MIEN_FIELD_BOOLEAN,  ///< bool
    MIEN_FIELD_CHOICE,   ///< an enum of int's size; −1 when not given and without a default
    MIEN_FIELD_NUMBERS,  ///< mien_manifest_numbers
    MIEN_FIELD_TEXTS,    ///< mien_manifest_texts, unique
    MIEN_FIELD_PAIRS,    ///< mien_manifest_pairs: a mapping with keys of the writer's own
    MIEN_FIELD_SECTION,  ///< a mapping with keys of its own table, members of the same struct
    MIEN_FIELD_SECTIONS, ///< a list of such mappings: pointer to structs, and a count
} mien_field_type;

/// What a TEXT, each of TEXTS and each value of PAIRS must look like.
typedef enum mien_text_form {
    MIEN_FORM_LINE = 0, ///< 1 to 1000 bytes
    MIEN_FORM_NAME,     ///< [a-z0-9] and hyphens between, at most 64 bytes
    MIEN_FORM_PATH,     ///< relative, inside the manifest's folder
    MIEN_FORM_MANIFEST, ///< a name, or such a path where mien_manifest_is_path() says so
    MIEN_FORM_SHA256,   ///< 64 lower-case hexadecimal digits
    MIEN_FORM_VALUE,    ///< any scalar, or a list of scalars; PAIRS only
} mien_text_form;

typedef struct mien_section mien_section;

typedef struct mien_field {
    const char *name;
    mien_field_type type;
    bool required;
    mien_text_form form;
    double minimum, maximum;    ///< INTEGER, NUMBER, each of NUMBERS
    size_t least, most;         ///< how many entries of TEXTS, NUMBERS, SECTIONS, PAIRS
    const char *const *choices; ///< CHOICE: NULL-terminated, in the enum's order
    const char *default_text;   ///< as YAML; NULL: none
    const char *help;           ///< one sentence
    size_t offset;              ///< of the member
    size_t count_offset;        ///< SECTIONS: of the count
    const mien_section *section;
} mien_field;

struct mien_section {
    const char *title;        ///< "a model", "weights", for messages
    const mien_section *base; ///< fields that come first; may be NULL
    const mien_field *fields;
    size_t count;
    size_t size;      ///< of the struct, for SECTIONS
    size_t at_offset; ///< of its mien_position, for SECTIONS; SIZE_MAX for none
};

/// What every kind says; and what recipes say as models do, of the model they train.
extern const mien_section mien_section_common, mien_section_input, mien_section_explain;
/// A recipe's own keys, in recipe_table.c.
extern const mien_section mien_section_recipe;
/// A sweep's, in sweep_table.c.
extern const mien_section mien_section_sweep;

/// The table of a kind.
const mien_section *mien_manifest_section(mien_manifest_kind kind);

/// NULL-terminated, in the enum's order.
extern const char *const mien_manifest_kinds[];

/// How many fields a section has, its base's included, and each of them; base's first.
size_t mien_section_fields(const mien_section *section);
const mien_field *mien_section_field(const mien_section *section, size_t index);

/// What a field's value must be, for people: "an integer from 1 to 4096". Into `text`; returns it.
enum { MIEN_EXPECTED_CAPACITY = 512 };
const char *mien_field_expected(const mien_field *field, char text[MIEN_EXPECTED_CAPACITY]);

/// "schema, kind, name". Into `text`; returns it.
const char *mien_section_keys(const mien_section *section, char text[MIEN_EXPECTED_CAPACITY]);

#endif
