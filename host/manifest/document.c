// SPDX-License-Identifier: Apache-2.0
#include "host/manifest/document.h"

#include <string.h>
#include <yaml.h>

struct frame {
    mien_yaml_node *node, *last; // a list or mapping being read, and its newest entry
    const char *key;             // read, its value not yet
    mien_position key_at;
};

struct reader {
    const char *path;
    mien_pool *pool;
    mien_error *error;
    const char *bytes;
    size_t size;
    struct frame frames[MIEN_YAML_MAX_DEPTH];
    size_t depth, nodes;
    mien_yaml_node *root;
};

static mien_position position(yaml_mark_t mark) {
    return (mien_position){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static mien_status MIEN_PRINTF(3, 4)
    fail_at(const struct reader *reader, mien_position at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    mien_status status = mien_fail_v(reader->error, MIEN_BAD_INPUT, format, arguments);
    va_end(arguments);
    return mien_error_context(reader->error, status, "%s:%u:%u", reader->path, at.line, at.column);
}

static mien_status memory(const struct reader *reader) {
    return mien_fail(reader->error, MIEN_OUT_OF_MEMORY, "%s: out of memory for the file",
                     reader->path);
}

/// The byte at a position, which counts characters; 0 where there is none.
static char byte_at(const struct reader *reader, mien_position at) {
    const char *byte = reader->bytes, *const end = byte + reader->size;
    for (mien_position seen = {1, 1}; byte < end; byte++) {
        const bool continues = ((unsigned char)*byte & 0xc0) == 0x80;
        if (seen.line == at.line && seen.column == at.column && !continues) {
            return *byte;
        }
        seen.column += continues ? 0 : 1;
        if (*byte == '\n') {
            seen = (mien_position){seen.line + 1, 1};
        }
    }
    return '\0';
}

/// libyaml's own findings, with what would be right where its words do not say.
static mien_status syntax_error(const struct reader *reader, const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR) {
        return memory(reader);
    }
    const mien_position at = position(parser->problem_mark);
    const char *const problem = parser->problem ? parser->problem : "no reason given";
    if (byte_at(reader, at) == '\t') {
        return fail_at(reader, at, "a tab where YAML takes none; indent with spaces");
    }
    const bool indentation = strstr(problem, "mapping values") || strstr(problem, "expected key") ||
                             strstr(problem, "block end");
    const char *const advice = indentation ? "; check the indentation" : "";
    if (!parser->context) {
        return fail_at(reader, at, "not valid YAML: %s%s", problem, advice);
    }
    return fail_at(reader, at, "not valid YAML: %s (%s at line %zu)%s", problem, parser->context,
                   parser->context_mark.line + 1, advice);
}

static bool has_control(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        // C1 controls are two bytes; terminals obey them too.
        const bool c1 = byte == 0xc2 && i + 1 < length && (unsigned char)text[i + 1] < 0xa0;
        if (byte < 0x20 || byte == 0x7f || c1) {
            return true;
        }
    }
    return false;
}

static mien_status copy_text(const struct reader *reader, const yaml_event_t *event,
                             const char **text) {
    const char *const value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    while (length > 0 && value[length - 1] == '\n') {
        length--; // what a block scalar ends with
    }
    if (has_control(value, length)) {
        return fail_at(reader, position(event->start_mark),
                       "a control character or line break inside a value; write one line of text");
    }
    *text = mien_pool_text(reader->pool, value, length);
    return *text ? MIEN_OK : memory(reader);
}

/// Places a node into the innermost list or mapping, or as the root.
static mien_status place(struct reader *reader, mien_yaml_node *node) {
    if (++reader->nodes > MIEN_YAML_MAX_NODES) {
        return fail_at(reader, node->at, "more than %d values; a file has fewer",
                       MIEN_YAML_MAX_NODES);
    }
    if (reader->depth == 0) {
        reader->root = node;
        return MIEN_OK;
    }
    struct frame *const frame = &reader->frames[reader->depth - 1];
    if (frame->node->kind == MIEN_YAML_MAPPING) {
        node->key = frame->key;
        node->key_at = frame->key_at;
        frame->key = NULL;
    }
    *(frame->last ? &frame->last->next : &frame->node->first) = node;
    frame->last = node;
    frame->node->count++;
    return MIEN_OK;
}

static mien_status read_key(struct reader *reader, struct frame *frame, const yaml_event_t *event) {
    frame->key_at = position(event->start_mark);
    mien_status status = copy_text(reader, event, &frame->key);
    if (status != MIEN_OK) {
        return status;
    }
    if (event->data.scalar.plain_implicit && strcmp(frame->key, "<<") == 0) {
        return fail_at(reader, frame->key_at, "merge keys are not taken; write the keys out");
    }
    if (frame->node->count == MIEN_YAML_MAX_KEYS) {
        return fail_at(reader, frame->key_at, "more than %d keys in one mapping",
                       MIEN_YAML_MAX_KEYS);
    }
    for (const mien_yaml_node *other = frame->node->first; other; other = other->next) {
        if (strcmp(other->key, frame->key) == 0) {
            return fail_at(reader, frame->key_at,
                           "key \"%.64s\" is given twice, first at line %u; remove one", frame->key,
                           other->key_at.line);
        }
    }
    return MIEN_OK;
}

static mien_status refuse_decoration(const struct reader *reader, const yaml_event_t *event,
                                     const yaml_char_t *anchor, const yaml_char_t *tag) {
    if (anchor) {
        return fail_at(reader, position(event->start_mark),
                       "anchor &%.64s; Mien takes no anchors and aliases, write values out",
                       (const char *)anchor);
    }
    if (tag) {
        return fail_at(reader, position(event->start_mark),
                       "tag %.64s; Mien takes no tags, remove it", (const char *)tag);
    }
    return MIEN_OK;
}

static mien_status make_node(struct reader *reader, const yaml_event_t *event, mien_yaml_kind kind,
                             mien_yaml_node **node) {
    mien_yaml_node *const made = mien_pool_alloc(reader->pool, 1, sizeof *made);
    if (!made) {
        return memory(reader);
    }
    made->kind = kind;
    made->at = position(event->start_mark);
    *node = made;
    return place(reader, made);
}

static struct frame *awaiting_key(struct reader *reader) {
    struct frame *const frame = reader->depth ? &reader->frames[reader->depth - 1] : NULL;
    return frame && frame->node->kind == MIEN_YAML_MAPPING && !frame->key ? frame : NULL;
}

static mien_status read_scalar(struct reader *reader, const yaml_event_t *event) {
    mien_status status =
        refuse_decoration(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (status != MIEN_OK) {
        return status;
    }
    struct frame *const mapping = awaiting_key(reader);
    if (mapping) {
        return read_key(reader, mapping, event);
    }
    mien_yaml_node *node;
    status = make_node(reader, event, MIEN_YAML_SCALAR, &node);
    if (status != MIEN_OK) {
        return status;
    }
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return copy_text(reader, event, &node->text);
}

static mien_status open_collection(struct reader *reader, const yaml_event_t *event,
                                   mien_yaml_kind kind, const yaml_char_t *anchor,
                                   const yaml_char_t *tag) {
    mien_status status = refuse_decoration(reader, event, anchor, tag);
    if (status != MIEN_OK) {
        return status;
    }
    if (awaiting_key(reader)) {
        return fail_at(reader, position(event->start_mark), "a key must be text");
    }
    if (reader->depth == MIEN_YAML_MAX_DEPTH) {
        return fail_at(reader, position(event->start_mark), "nested deeper than %d levels",
                       MIEN_YAML_MAX_DEPTH);
    }
    mien_yaml_node *node;
    status = make_node(reader, event, kind, &node);
    if (status == MIEN_OK) {
        reader->frames[reader->depth++] = (struct frame){.node = node};
    }
    return status;
}

static mien_status read_event(struct reader *reader, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return reader->root ? fail_at(reader, position(event->start_mark),
                                      "a second document; a file holds one, so use two files")
                            : MIEN_OK;
    case YAML_ALIAS_EVENT:
        return fail_at(reader, position(event->start_mark),
                       "alias *%.64s; Mien takes no anchors and aliases, write values out",
                       (const char *)event->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(reader, event, MIEN_YAML_LIST, event->data.sequence_start.anchor,
                               event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_collection(reader, event, MIEN_YAML_MAPPING, event->data.mapping_start.anchor,
                               event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        reader->depth--;
        return MIEN_OK;
    default:
        return MIEN_OK;
    }
}

static mien_status read_events(struct reader *reader, yaml_parser_t *parser) {
    for (bool ended = false; !ended;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            return syntax_error(reader, parser);
        }
        mien_status status = read_event(reader, &event);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (status != MIEN_OK) {
            return status;
        }
    }
    return MIEN_OK;
}

mien_status mien_yaml_parse(const void *bytes, size_t size, const char *path, mien_pool *pool,
                            const mien_yaml_node **root, mien_error *error) {
    struct reader reader = {
        .path = path, .pool = pool, .error = error, .bytes = bytes, .size = size};
    mien_position at = {1, 1};
    const char *what;
    if (size > MIEN_MANIFEST_MAX_BYTES) {
        return fail_at(&reader, at, "larger than %d bytes; a file is smaller",
                       MIEN_MANIFEST_MAX_BYTES);
    }
    if (!mien_yaml_check_bytes(bytes, size, &at, &what)) {
        return fail_at(&reader, at, "%s", what);
    }
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { // a mark that editors leave
        bytes = reader.bytes += 3;
        size = reader.size -= 3;
    }
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return memory(&reader);
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, size ? bytes : (const void *)"", size);
    mien_status status = read_events(&reader, &parser);
    yaml_parser_delete(&parser);
    *root = reader.root;
    return status;
}
