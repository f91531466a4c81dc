// SPDX-License-Identifier: Apache-2.0
// expected: uses mien_of_a_later_minor, which this host's libmien (plugin ABI 1.0) does not have;
// build it against this version of Mien, or update Mien
#include "../fixture.h"

void mien_of_a_later_minor(void);

BROKEN("newer-function", mien_of_a_later_minor());
