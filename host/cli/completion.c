// SPDX-License-Identifier: Apache-2.0
#include "host/cli/completion.h"

#include <string.h>

void mien_complete_offer(FILE *file, const char *word, const char *name, const char *help) {
    if (strncmp(name, word, strlen(word)) == 0) {
        fprintf(file, "%s%s%s\n", name, help && *help ? "\t" : "", help ? help : "");
    }
}

/// Where candidates go, and what they must start with.
typedef struct {
    FILE *file;
    const char *prefix; ///< "--plan=" where the shell has it in the same word, else ""
    const char *word;   ///< what follows the prefix
} target;

static void offer(void *context, const char *name, const char *help) {
    const target *to = context;
    if (strncmp(name, to->word, strlen(to->word)) == 0) {
        fprintf(to->file, "%s%s%s%s\n", to->prefix, name, help && *help ? "\t" : "",
                help ? help : "");
    }
}

static void offer_kind(const target *to, mien_argument_kind kind, mien_name_source names) {
    switch (kind) {
    case MIEN_ARGUMENT_FILE:
        fputs(":files\n", to->file);
        break;
    case MIEN_ARGUMENT_FOLDER:
        fputs(":folders\n", to->file);
        break;
    case MIEN_ARGUMENT_MODEL:
    case MIEN_ARGUMENT_COMMAND:
        if (names) {
            names(kind, offer, (void *)to);
        }
        break;
    case MIEN_ARGUMENT_OTHER:
        break;
    }
}

static void offer_choices(const target *to, const char *const *choices) {
    for (size_t i = 0; choices && choices[i]; i++) {
        offer((void *)to, choices[i], NULL);
    }
}

static void offer_values(const target *to, const mien_option *option, mien_name_source names) {
    offer_choices(to, option->choices);
    offer_kind(to, option->kind, names);
}

/// The option that takes `word` ("--plan", "-t"), when it takes a value; else NULL.
static const mien_option *option_of(const mien_command *command, const char *word, size_t length) {
    for (size_t i = 0; i < command->option_count; i++) {
        const mien_option *option = &command->options[i];
        bool letter = length == 2 && word[0] == '-' && option->letter && word[1] == option->letter;
        bool name = length > 2 && strncmp(word, "--", 2) == 0 &&
                    strlen(option->name) == length - 2 &&
                    strncmp(option->name, word + 2, length - 2) == 0;
        if ((letter || name) && option->type != MIEN_OPTION_FLAG) {
            return option;
        }
    }
    return NULL;
}

static void offer_options(FILE *file, const mien_command *command, const char *word) {
    for (size_t i = 0; i < command->option_count; i++) {
        char name[128];
        snprintf(name, sizeof name, "--%s", command->options[i].name);
        mien_complete_offer(file, word, name, command->options[i].help);
    }
    mien_complete_offer(file, word, "--help", "this text");
}

void mien_complete(FILE *file, const mien_command *command, int count, char *const *words,
                   mien_name_source names) {
    char *word = count ? words[count - 1] : "";
    const char *before = count > 1 ? words[count - 2] : "";
    if (strcmp(word, "=") == 0) { // bash makes "=" a word of its own
        word = "";
    } else if (strcmp(before, "=") == 0 && count > 2) {
        before = words[count - 3];
    }
    target to = {.file = file, .prefix = "", .word = word};
    const mien_option *option = option_of(command, before, strlen(before));
    if (option) {
        offer_values(&to, option, names);
        return;
    }
    const char *equals = strchr(word, '=');
    if (equals && (option = option_of(command, word, (size_t)(equals - word)))) {
        char prefix[128];
        snprintf(prefix, sizeof prefix, "%.*s", (int)(equals - word) + 1, word);
        to.prefix = prefix;
        to.word = equals + 1;
        offer_values(&to, option, names);
        return;
    }
    if (*word == '-') {
        offer_options(file, command, word);
        return;
    }
    offer_choices(&to, command->operand_choices);
    offer_kind(&to, command->operand_kind, names);
}

const char *const mien_completion_shells[] = {"bash", "zsh", "fish", NULL};

static const char bash_script[] =
    "# bash completion for mien; made by `mien completion bash`\n"
    "_mien() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} line lines\n"
    "    [[ $current != = ]] || current=''\n"
    "    COMPREPLY=()\n"
    "    mapfile -t lines < <(mien __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "    for line in \"${lines[@]}\"; do\n"
    "        case $line in\n"
    "        :files)\n"
    "            compopt -o filenames\n"
    "            mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
    "            ;;\n"
    "        :folders)\n"
    "            compopt -o filenames\n"
    "            mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
    "            ;;\n"
    "        *) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "complete -F _mien mien\n";

static const char zsh_script[] =
    "#compdef mien\n"
    "# zsh completion for mien; made by `mien completion zsh`\n"
    "_mien() {\n"
    "    local -a lines described\n"
    "    local line\n"
    "    lines=(\"${(@f)$(mien __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "    for line in \"${lines[@]}\"; do\n"
    "        case $line in\n"
    "        '') ;;\n"
    "        :files) _files ;;\n"
    "        :folders) _files -/ ;;\n"
    "        *$'\\t'*) described+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        *) described+=(\"${line//:/\\\\:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#described} == 0 )) || _describe 'mien' described\n"
    "}\n"
    "if [[ ${funcstack[1]} == _mien ]]; then\n"
    "    _mien \"$@\"\n"
    "else\n"
    "    compdef _mien mien\n"
    "fi\n";

static const char fish_script[] = "# fish completion for mien; made by `mien completion fish`\n"
                                  "function __mien_complete\n"
                                  "    set -l words (commandline -opc) (commandline -ct)\n"
                                  "    set -e words[1]\n"
                                  "    for line in (mien __complete $words 2>/dev/null)\n"
                                  "        switch $line\n"
                                  "            case ':files'\n"
                                  "                __fish_complete_path (commandline -ct)\n"
                                  "            case ':folders'\n"
                                  "                __fish_complete_directories (commandline -ct)\n"
                                  "            case '*'\n"
                                  "                echo $line\n"
                                  "        end\n"
                                  "    end\n"
                                  "end\n"
                                  "complete -c mien -f -a '(__mien_complete)'\n";

const char *mien_completion_script(const char *shell) {
    static const char *const scripts[] = {bash_script, zsh_script, fish_script};
    for (size_t i = 0; mien_completion_shells[i]; i++) {
        if (strcmp(mien_completion_shells[i], shell) == 0) {
            return scripts[i];
        }
    }
    return NULL;
}
