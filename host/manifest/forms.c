// SPDX-License-Identifier: Apache-2.0
// What texts in a manifest may look like.
#include "host/manifest/bind.h"

#include <string.h>
#include <strings.h>

enum { LINE_MOST = 1000, NAME_MOST = 64, SHA256_DIGITS = 64 };

static const char *path_objection(const char *text) {
    if (text[0] == '/') {
        return "an absolute path; give one relative to the manifest's folder";
    }
    for (const char *part = text; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) {
            return "a path that leads out of the manifest's folder; move the file there";
        }
    }
    return NULL;
}

static const char *name_objection(const char *text) {
    const size_t length = strlen(text);
    const bool letters = text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
    if (letters && text[0] != '-' && text[length - 1] != '-' && length <= NAME_MOST) {
        return NULL;
    }
    return "no name; names are lower-case letters, digits and hyphens between them, at most 64";
}

bool mien_manifest_is_path(const char *text) {
    const char *const dot = strrchr(text, '.');
    return strchr(text, '/') || (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

static const char *manifest_objection(const char *text, bool allow_outside) {
    if (mien_manifest_is_path(text)) {
        return allow_outside ? NULL : path_objection(text);
    }
    return name_objection(text)
               ? "neither a name, which is lower-case letters, digits and hyphens between them, at "
                 "most 64, nor a file, which has a slash or ends in .yaml"
               : NULL;
}

const char *mien_text_objection(mien_text_form form, const char *text, bool allow_outside) {
    const size_t length = strlen(text);
    if (length == 0) {
        return form == MIEN_FORM_VALUE ? NULL : "empty";
    }
    if (length > LINE_MOST) {
        return "longer than 1000 bytes";
    }
    switch (form) {
    case MIEN_FORM_NAME:
        return name_objection(text);
    case MIEN_FORM_PATH:
        return allow_outside ? NULL : path_objection(text);
    case MIEN_FORM_MANIFEST:
        return manifest_objection(text, allow_outside);
    case MIEN_FORM_SHA256:
        return length == SHA256_DIGITS && strspn(text, "0123456789abcdef") == length
                   ? NULL
                   : "no SHA-256 digest; it is 64 lower-case hexadecimal digits, as sha256sum "
                     "prints them";
    case MIEN_FORM_LINE:
    case MIEN_FORM_VALUE:
        break;
    }
    return NULL;
}

bool mien_text_is_yaml_word(const char *text) {
    enum { LONGEST = 5 };
    if (strnlen(text, LONGEST + 1) > LONGEST) {
        return false; // as nearly all texts are
    }
    static const char *const words[] = {"true", "false", "yes",  "no", "on",   "off",
                                        "y",    "n",     "null", "~",  ".nan", ".inf"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i], text) == 0) {
            return true;
        }
    }
    return false;
}
