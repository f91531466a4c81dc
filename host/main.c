// SPDX-License-Identifier: Apache-2.0
#include "host/cli/program.h"

int main(int count, char **arguments) {
    return mien_program_main(count, arguments);
}
