// SPDX-License-Identifier: Apache-2.0
// The newest ONNX Runtime, which comes from npm: engine.mjs in a Node process runs it when told to
// and times it there. Requests and answers are lines of JSON over two pipes.
#include "tools/bench/race/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yyjson.h>

extern char **environ;

typedef struct {
    mien_race_engine head;
    pid_t process;
    FILE *requests, *answers;
    char *line;
    size_t capacity;
    const mien_race_case *what;
} node_engine;

/// Reads one answer; free it with yyjson_doc_free().
static mien_status receive(node_engine *self, yyjson_doc **answer, mien_error *error) {
    const ssize_t length = getline(&self->line, &self->capacity, self->answers);
    if (length <= 0) {
        return mien_fail(error, MIEN_INTERNAL, "Node ended before it answered");
    }
    *answer = yyjson_read(self->line, (size_t)length, 0);
    yyjson_val *root = yyjson_doc_get_root(*answer);
    if (!yyjson_is_obj(root)) {
        yyjson_doc_free(*answer);
        return mien_fail(error, MIEN_INTERNAL, "Node answered what is no JSON object");
    }
    const char *problem = yyjson_get_str(yyjson_obj_get(root, "error"));
    if (problem) {
        const mien_status status =
            mien_fail(error, MIEN_INTERNAL, "%s: %s", self->head.name, problem);
        yyjson_doc_free(*answer);
        return status;
    }
    return MIEN_OK;
}

/// Sends a request, takes ownership of it, and reads the answer.
static mien_status ask(node_engine *self, yyjson_mut_doc *request, yyjson_doc **answer,
                       mien_error *error) {
    char *text = yyjson_mut_write(request, 0, NULL);
    yyjson_mut_doc_free(request);
    if (!text) {
        return mien_fail_memory(error, "a request");
    }
    const bool sent = fprintf(self->requests, "%s\n", text) > 0 && fflush(self->requests) == 0;
    free(text);
    return sent ? receive(self, answer, error)
                : mien_fail(error, MIEN_INTERNAL, "Node takes no requests any longer");
}

static yyjson_mut_doc *create_request(yyjson_mut_val **root) {
    yyjson_mut_doc *request = yyjson_mut_doc_new(NULL);
    *root = yyjson_mut_obj(request);
    yyjson_mut_doc_set_root(request, *root);
    return request;
}

static mien_status load(mien_race_engine *engine, const mien_race_case *what, mien_error *error) {
    node_engine *self = (node_engine *)engine;
    yyjson_mut_val *root;
    yyjson_doc *answer = NULL;
    yyjson_mut_doc *request = create_request(&root);
    yyjson_mut_obj_add_str(request, root, "load", what->onnx);
    yyjson_mut_obj_add_str(request, root, "reference", what->reference);
    yyjson_mut_obj_add_uint(request, root, "batch", what->batch);
    yyjson_mut_obj_add_uint(request, root, "threads", what->threads);
    self->what = what;
    const mien_status status = ask(self, request, &answer, error);
    if (status == MIEN_OK) {
        yyjson_doc_free(answer);
    }
    return status;
}

/// Asks for a list of `count` numbers under `key` and calls `store` for each.
static mien_status ask_numbers(node_engine *self, yyjson_mut_doc *request, const char *key,
                               size_t count, void (*store)(void *to, size_t at, double value),
                               void *to, mien_error *error) {
    yyjson_doc *answer = NULL;
    mien_status status = ask(self, request, &answer, error);
    if (status != MIEN_OK) {
        return status;
    }
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(answer), key), *value;
    if (yyjson_arr_size(list) != count) {
        status = mien_fail(error, MIEN_INTERNAL, "Node answered %zu %s, not %zu",
                           yyjson_arr_size(list), key, count);
    } else {
        size_t at, most;
        yyjson_arr_foreach(list, at, most, value) {
            store(to, at, yyjson_get_num(value));
        }
    }
    yyjson_doc_free(answer);
    return status;
}

static void store_double(void *to, size_t at, double value) {
    ((double *)to)[at] = value;
}

static void store_float(void *to, size_t at, double value) {
    ((float *)to)[at] = (float)value;
}

static mien_status run(mien_race_engine *engine, size_t count, double *milliseconds,
                       mien_error *error) {
    node_engine *self = (node_engine *)engine;
    yyjson_mut_val *root;
    yyjson_mut_doc *request = create_request(&root);
    yyjson_mut_obj_add_uint(request, root, "run", count);
    return ask_numbers(self, request, "milliseconds", count, store_double, milliseconds, error);
}

static mien_status logits(mien_race_engine *engine, float *logits, mien_error *error) {
    node_engine *self = (node_engine *)engine;
    yyjson_mut_val *root;
    yyjson_mut_doc *request = create_request(&root);
    yyjson_mut_obj_add_bool(request, root, "logits", true);
    return ask_numbers(self, request, "logits", self->what->batch * self->what->classes,
                       store_float, logits, error);
}

static void unload(mien_race_engine *engine) {
    node_engine *self = (node_engine *)engine;
    yyjson_mut_val *root;
    yyjson_doc *answer = NULL;
    yyjson_mut_doc *request = create_request(&root);
    yyjson_mut_obj_add_bool(request, root, "unload", true);
    if (ask(self, request, &answer, NULL) == MIEN_OK) {
        yyjson_doc_free(answer);
    }
}

static void close_engine(mien_race_engine *engine) {
    node_engine *self = (node_engine *)engine;
    if (self->requests) {
        fclose(self->requests);
    }
    if (self->answers) {
        fclose(self->answers);
    }
    while (self->process > 0 && waitpid(self->process, NULL, 0) < 0 && errno == EINTR) {
    }
    free(self->line);
    free(self);
}

/// Starts Node in `folder` with its ends of the pipes as standard input and output.
static mien_status start(node_engine *self, const char *folder, int in, int out,
                         mien_error *error) {
    static char program[] = "node", script[] = "engine.mjs";
    char *const words[] = {program, script, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    const int problem =
        posix_spawnp(&self->process, program, &actions, &attributes, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (problem) {
        self->process = 0;
        return mien_fail(error, MIEN_INTERNAL, "node in %s cannot be started: %s", folder,
                         strerror(problem));
    }
    return MIEN_OK;
}

static mien_status connect_node(node_engine *self, const char *folder, mien_error *error) {
    int down[2], up[2];
    if (pipe2(down, O_CLOEXEC) != 0) {
        return mien_fail(error, MIEN_INTERNAL, "no pipe for Node: %s", strerror(errno));
    }
    if (pipe2(up, O_CLOEXEC) != 0) {
        close(down[0]);
        close(down[1]);
        return mien_fail(error, MIEN_INTERNAL, "no pipe for Node: %s", strerror(errno));
    }
    const mien_status status = start(self, folder, down[0], up[1], error);
    close(down[0]);
    close(up[1]);
    self->requests = fdopen(down[1], "w");
    self->answers = fdopen(up[0], "r");
    if (status == MIEN_OK && !(self->requests && self->answers)) {
        return mien_fail_memory(error, "streams for Node");
    }
    return status;
}

static mien_status read_version(node_engine *self, mien_error *error) {
    yyjson_doc *answer = NULL;
    const mien_status status = receive(self, &answer, error);
    if (status == MIEN_OK) {
        const char *version =
            yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(answer), "version"));
        snprintf(self->head.name, sizeof self->head.name, "onnxruntime-node %s",
                 version ? version : "?");
        yyjson_doc_free(answer);
    }
    return status;
}

mien_status mien_race_node_open(const char *folder, mien_race_engine **engine, mien_error *error) {
    static const mien_race_engine_kind kind = {load, run, logits, unload, close_engine};
    node_engine *self = calloc(1, sizeof *self);
    if (!self) {
        return mien_fail_memory(error, "an engine");
    }
    self->head.kind = &kind;
    mien_status status = connect_node(self, folder, error);
    if (status == MIEN_OK) {
        status = read_version(self, error);
    }
    if (status != MIEN_OK) {
        close_engine(&self->head);
        return status;
    }
    *engine = &self->head;
    return MIEN_OK;
}
