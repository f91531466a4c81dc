// SPDX-License-Identifier: Apache-2.0
// What the dynamic loader would say in its own words, said in ours.
#include "host/plugin/internal.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// This program's own header, made by the linker: what a plugin's must match.
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static const char *machine_name(unsigned machine) {
    switch (machine) {
    case EM_X86_64:
        return "x86-64";
    case EM_386:
        return "32-bit x86";
    case EM_AARCH64:
        return "arm64";
    case EM_ARM:
        return "32-bit ARM";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "another processor";
    }
}

static mien_status cannot_read(const char *path, int cause, mien_error *error) {
    return cause == ENOENT
               ? mien_fail(error, MIEN_NOT_FOUND, "%s: no such file", path)
               : mien_fail(error, MIEN_IO, "%s: cannot be read: %s", path, strerror(cause));
}

static mien_status check_header(const char *path, const ElfW(Ehdr) * header, size_t size,
                                mien_error *error) {
    if (size < SELFMAG || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return mien_fail(error, MIEN_PLUGIN,
                         "%s: not a shared object (no ELF file); build it with mien_add_plugin()",
                         path);
    }
    if (size < sizeof *header) {
        return mien_fail(error, MIEN_PLUGIN, "%s: cut off after %zu bytes; copy it again", path,
                         size);
    }
    const unsigned char *const ours = __ehdr_start.e_ident;
    if (header->e_ident[EI_CLASS] != ours[EI_CLASS] || header->e_ident[EI_DATA] != ours[EI_DATA] ||
        header->e_machine != __ehdr_start.e_machine) {
        return mien_fail(error, MIEN_PLUGIN,
                         "%s: built for %s; this host is %s, build the plugin for that", path,
                         machine_name(header->e_machine), machine_name(__ehdr_start.e_machine));
    }
    if (header->e_type != ET_DYN) {
        return mien_fail(error, MIEN_PLUGIN,
                         "%s: not a shared object (another kind of ELF file); build it with "
                         "mien_add_plugin()",
                         path);
    }
    return MIEN_OK;
}

mien_status mien_plugin_check_elf(const char *path, mien_error *error) {
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return cannot_read(path, errno, error);
    }
    mien_status status;
    struct stat about;
    ElfW(Ehdr) header = {0};
    ssize_t size;
    if (fstat(file, &about) != 0) {
        status = cannot_read(path, errno, error);
    } else if (!S_ISREG(about.st_mode)) {
        status = mien_fail(error, MIEN_PLUGIN, "%s: not a file", path);
    } else if ((size = pread(file, &header, sizeof header, 0)) < 0) {
        status = cannot_read(path, errno, error);
    } else {
        status = check_header(path, &header, (size_t)size, error);
    }
    close(file);
    return status;
}

mien_status mien_plugin_explain_dlerror(const char *path, const char *message, mien_error *error) {
    static const char missing[] = ": cannot open shared object file";
    static const char undefined[] = "undefined symbol: ";
    const char *const library = strstr(message, missing);
    const char *const symbol = strstr(message, undefined);
    if (strncmp(message, "libmien.so", sizeof "libmien.so" - 1) == 0) {
        return mien_fail(error, MIEN_ABI_MISMATCH,
                         "%s: needs %.*s; this host has plugin ABI %u.%u, build it against this "
                         "version of Mien",
                         path, (int)strcspn(message, ":"), message, MIEN_ABI_MAJOR, MIEN_ABI_MINOR);
    }
    if (library && strncmp(message, path, (size_t)(library - message)) != 0) {
        return mien_fail(error, MIEN_PLUGIN,
                         "%s: needs the library %.*s, which is not found; install it, or link the "
                         "plugin with an rpath to its folder",
                         path, (int)(library - message), message);
    }
    if (symbol) {
        const char *const name = symbol + sizeof undefined - 1;
        if (strncmp(name, "mien_", sizeof "mien_" - 1) == 0) {
            return mien_fail(error, MIEN_ABI_MISMATCH,
                             "%s: uses %.*s, which this host's libmien (plugin ABI %u.%u) does not "
                             "have; build it against this version of Mien, or update Mien",
                             path, (int)strcspn(name, ", "), name, MIEN_ABI_MAJOR, MIEN_ABI_MINOR);
        }
        return mien_fail(error, MIEN_PLUGIN,
                         "%s: uses the symbol %.*s, which neither libmien nor the plugin's "
                         "libraries have; link it with -Wl,-z,defs to see this at build",
                         path, (int)strcspn(name, ", "), name);
    }
    const bool memory = strstr(message, "out of memory") || strstr(message, "annot allocate");
    return mien_fail(error, memory ? MIEN_OUT_OF_MEMORY : MIEN_PLUGIN,
                     "%s: the dynamic loader refuses it: %s", path, message);
}
