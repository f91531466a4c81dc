// SPDX-License-Identifier: Apache-2.0
#include "host/page/embedded.h"

// The assembler takes the file as it is; an array in C would be five times its size to compile.
__asm__(".pushsection .rodata\n"
        ".global mien_page_begin\n.hidden mien_page_begin\n"
        ".global mien_page_end\n.hidden mien_page_end\n"
        "mien_page_begin:\n"
        ".incbin \"" MIEN_PAGE_FILE "\"\n"
        "mien_page_end:\n"
        ".byte 0\n"
        ".popsection\n");
