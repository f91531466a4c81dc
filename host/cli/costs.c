// SPDX-License-Identifier: Apache-2.0
#include "host/cli/costs.h"

#include <stdlib.h>

mien_status mien_costs_measure(mien_model *model, const float *input, double seconds,
                               mien_costs *costs, mien_error *error) {
    mien_timing timing = {0};
    mien_status status = mien_time_model(model, input, 1, seconds, &timing, error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_graph *graph = mien_model_graph(model);
    mien_cost cost = graph ? mien_graph_cost(graph) : (mien_cost){0};
    *costs = (mien_costs){.measured = true,
                          .p50_ms = mien_timing_quantile(&timing, 0.5),
                          .p95_ms = mien_timing_quantile(&timing, 0.95),
                          .runs = timing.count,
                          .has_graph = graph != NULL,
                          .parameters = cost.parameters,
                          .multiply_adds = cost.multiply_adds,
                          .weights_bytes = mien_file_bytes(mien_model_weights_path(model))};
    if (mien_model_context(model)) {
        costs->packed_bytes = mien_session_packed_bytes(mien_model_session(model));
        costs->arena_bytes = mien_context_arena_bytes(mien_model_context(model));
    }
    free(timing.milliseconds);
    return MIEN_OK;
}

uint64_t mien_costs_memory(const mien_costs *costs) {
    return costs->packed_bytes + costs->arena_bytes;
}
