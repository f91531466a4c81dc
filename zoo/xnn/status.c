// SPDX-License-Identifier: Apache-2.0
#include "zoo/xnn/steps.h"

mien_status mien_xnn_fail(mien_error *error, enum xnn_status status, const char *what) {
    switch (status) {
    case xnn_status_success:
        return MIEN_OK;
    case xnn_status_out_of_memory:
        return mien_fail(error, MIEN_OUT_OF_MEMORY, "out of memory: cannot %s", what);
    case xnn_status_unsupported_hardware:
        // Also what it says, from then on, when memory ran out while it examined the processor.
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "XNNPACK cannot %s: this processor is not supported, or there was no "
                         "memory to examine it",
                         what);
    case xnn_status_unsupported_parameter:
        return mien_fail(error, MIEN_UNSUPPORTED, "XNNPACK cannot %s with these parameters", what);
    default:
        return mien_fail(error, MIEN_INTERNAL, "XNNPACK cannot %s (status %d)", what, (int)status);
    }
}

mien_status mien_xnn_made(mien_error *error, enum xnn_status status, xnn_operator_t operator_,
                          const char *what) {
    bool lost = status == xnn_status_success && !operator_;
    return mien_xnn_fail(error, lost ? xnn_status_out_of_memory : status, what);
}

mien_status mien_xnn_initialize(mien_error *error) {
    return mien_xnn_fail(error, xnn_initialize(NULL), "start");
}
