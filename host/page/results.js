// SPDX-License-Identifier: Apache-2.0
// The report of results: comparisons, rows of sweeps and tables, training runs, sheets.
"use strict";

mien.views.results = function (data) {
  const comparisons = mien.list(data.comparisons), rows = mien.list(data.rows), runs = mien.list(data.runs), sheets = mien.list(data.sheets);
  mien.nameColors([...comparisons.flatMap((one) => mien.list(one.models).map((model) => model.model)), ...rows.map((row) => row.model),
    ...comparisons.flatMap((one) => mien.list(one.models).flatMap((model) => mien.list(model.members).map((member) => member && member.model)))]);
  mien.head("Results", data.title, "From " + data.sources.map((path) => path.split("/").slice(-2).join("/")).join(", ") + ".");
  comparisons.forEach((one, i) => mien.comparison(one, comparisons.length > 1 ? " · " + (i + 1) : ""));
  mien.part(() => mien.robustness(rows));
  mien.part(() => mien.section("Rows", rows.length ? "Every row as it was written. Words in the filter are looked for in all columns." : null, mien.failures(mien.failedModels(rows)), rows.length ? mien.rowTable(rows) : null));
  mien.part(() => mien.trainings(runs));
  mien.part(() => mien.section("Sheets", null, sheets.length ? mien.sheets(sheets) : null));
};

/** Gives each model one colour for the whole page. */
mien.nameColors = function (names) {
  const numbers = new Map();
  for (const name of names) {
    if (name !== undefined && name !== null && !numbers.has(name)) numbers.set(name, numbers.size);
  }
  mien.colorOf = (name) => mien.color(numbers.get(name) || 0);
};

mien.named = (name) => mien.dotted(mien.colorOf(name), mien.write.text(name));
mien.dotted = (color, name) => mien.el("span", { class: "named" }, mien.el("i", { class: "dot", style: { background: color } }), mien.el("span", null, name));

/** A figure of a row: {value, low, high}, whether it stands there as such, in "figures", or flat. */
mien.figure = function (row, key) {
  const found = row[key] !== undefined ? row[key] : (row.figures || {})[key];
  if (found && typeof found === "object") return found;
  return { value: found, low: row[key + "_low"], high: row[key + "_high"] };
};

mien.FIGURES = [
  { key: "accuracy", name: "accuracy", best: "high", write: mien.write.percent },
  { key: "balanced_accuracy", name: "balanced", best: "high", write: mien.write.percent },
  { key: "macro_f1", name: "macro F1", best: "high", write: mien.write.percent },
  { key: "majority_accuracy", name: "on majorities", best: "high", write: mien.write.percent },
  { key: "log_loss", name: "log loss", best: "low", write: mien.write.loss },
  { key: "brier", name: "Brier", best: "low", write: mien.write.loss },
  { key: "calibration_error", name: "calibration error", best: "low", write: mien.write.percent },
];
mien.COSTS = [
  { key: "p50_ms", name: "p50", best: "low", write: mien.write.milliseconds, long: "latency of one picture, median" },
  { key: "p95_ms", name: "p95", best: "low", write: mien.write.milliseconds, long: "latency of one picture, 95th percentile" },
  { key: "pictures_per_second", name: "pictures/s", best: "high", write: mien.write.speed },
  { key: "parameters", name: "parameters", best: "low", write: mien.write.large, long: "parameters" },
  { key: "multiply_adds", name: "multiply-adds", best: "low", write: mien.write.large, long: "multiply-adds" },
  { key: "weights_bytes", name: "weights", best: "low", write: mien.write.bytes, long: "size of the weights' file" },
  { key: "memory_bytes", name: "memory", best: "low", write: mien.write.bytes, long: "memory of one context" },
];

/** How faithful maps are; of a comparison, each stands as {mean, margin} below "faithfulness". */
mien.FAITHFULNESS = [
  { key: "deletion", name: "deletion", long: "probability while what the map points at is taken away: small is good" },
  { key: "insertion", name: "insertion", long: "probability while what the map points at comes first: large is good" },
  { key: "road", name: "ROAD", long: "by how much more it falls without the most important pixels than without the least: large is good" },
  { key: "stable", name: "stable", long: "share of noisy copies whose map has its peak where it was: 1 is good" },
  { key: "sanity", name: "sanity", long: "correlation of strengths with the map of shuffled weights; near 0 is good" },
];

/** Columns of a table for figures and costs. */
mien.figureColumns = (list, intervals) => list.map(({ key, name, best, write, long }) => ({
  name, best, write, help: long, value: (row) => mien.figure(row, key).value,
  low: intervals.includes(key) ? (row) => mien.figure(row, key).low : null,
  high: intervals.includes(key) ? (row) => mien.figure(row, key).high : null,
}));

mien.rowTable = function (rows) {
  const told = new Set([...mien.FIGURES, ...mien.COSTS].map((figure) => figure.key));
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => {
    const stem = key.replace(/_(low|high)$/, "");
    return !told.has(stem) && key !== "figures" && key !== "model" && key !== "error";
  });
  // What is the same in every row is said once.
  const constant = (key) => rows.length > 1 && rows.every((row) => row[key] === rows[0][key]);
  const same = keys.filter((key) => key !== "schema" && constant(key) && rows[0][key] !== null && rows[0][key] !== "");
  // Columns stand in the order of the rows, before or after the figures, and what only programs read
  // last.
  const order = Object.keys(rows[0]), first = Math.min(...order.map((key, i) => (told.has(key) || key === "figures" ? i : order.length)));
  const early = (key) => key !== "cell" && order.includes(key) && order.indexOf(key) < first;
  const plain = keys.filter((key) => key !== "schema" && !constant(key)).map((key) => ({ early: early(key), name: key.replace(/_/g, " "), value: (row) => row[key], text: rows.some((row) => typeof row[key] === "string") }));
  return mien.table("Rows", rows, [
    { name: "model", value: (row) => row.model, content: (row) => mien.named(row.model), text: true },
    ...plain.filter((column) => column.early),
    ...mien.figureColumns([...mien.FIGURES, ...mien.COSTS], ["accuracy"]).map((column) => ({ ...column, best: null })),
    ...plain.filter((column) => !column.early),
    { name: "error", value: (row) => row.error, text: true, long: true, content: (row) => mien.el("span", { class: "failure" }, row.error || "") },
  ], { more: same.length ? "all: " + same.map((key) => key.replace(/_/g, " ") + " " + mien.write.text(rows[0][key])).join(", ") : null });
};

/** Curves of several training runs together. */
mien.trainings = function (runs) {
  const name = (path) => path.replace(/\/history\.csv$/, "").replace(/^.*\//, "");
  const series = (key) => runs.map((run, i) => ({ name: name(run.name), color: mien.color(i), points: mien.list(run.history).map((row) => [row.epoch, row[key]]) }));
  const common = { xLabel: "epoch", tipTitle: (epoch) => "Epoch " + epoch };
  mien.section("Training", null, runs.length ? mien.grid(
    mien.lines("Validation accuracy", series("validation_accuracy"), { ...common, yFormat: mien.write.percent }),
    mien.lines("Validation loss", series("validation_loss"), common)) : null);
};
