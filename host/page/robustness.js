// SPDX-License-Identifier: Apache-2.0
// What pictures' damage does to models: rows with a corruption and its severity.
"use strict";

/** What must be the same for rows to be about the same pictures, each [name, value(row)]. */
mien.PICTURES = [
  ["data set", (row) => mien.write.text(row.dataset)],
  ["split", (row) => mien.write.text(row.split)],
  ["classes", (row) => mien.write.text(row.classes)],
  ["limit", (row) => String(row.limit || "none")],
  ["mirrored", (row) => (row.flip ? "yes" : "no")],
  ["pictures' digest", (row) => mien.write.text(row.data_digest)],
];

/** Rows apart by a key: a Map in their order. */
mien.byKey = function (rows, key) {
  const parts = new Map();
  for (const row of rows) {
    const name = key(row);
    if (!parts.has(name)) parts.set(name, []);
    parts.get(name).push(row);
  }
  return parts;
};

/** Of rows about the same cell the last without an error: what ran again counts once. */
mien.lastRows = function (rows) {
  const told = ["model", "model_digest", "corruption", "severity", "seed", "threads", "batch", "plan"];
  const key = (row) => JSON.stringify([mien.PICTURES.map(([, value]) => value(row)), told.map((name) => row[name])]);
  return [...mien.byKey(rows.filter((row) => !row.error), key).values()].map((same) => same[same.length - 1]);
};

/** Rows by the cells they are of. What is of no sweep has no cells, and each row is one. */
mien.byCell = (rows) => [...mien.byKey(rows, (row) => row.cell || row).values()];

/** Of each cell that never had an answer the last row. */
mien.failedRows = (rows) => mien.byCell(rows).filter((same) => same.every((row) => row.error)).map((same) => same[same.length - 1]);

/** Models with cells that failed: {model, count, error} for each of their errors. */
mien.failedModels = function (rows) {
  const most = 3;
  return [...mien.byKey(rows, (row) => JSON.stringify([row.model, row.model_digest])).values()].flatMap((own) => {
    const errors = [...mien.byKey(mien.failedRows(own), (row) => mien.write.text(row.error)).entries()];
    const all = mien.byCell(own).length, what = own.every((row) => row.cell) ? "cell" : "row";
    const told = (count, error) => ({ model: own[0].model, count: count + " of " + all + " " + what + (all === 1 ? "" : "s"), error });
    const others = d3.sum(errors.slice(most), ([, failed]) => failed.length);
    return [...errors.slice(0, most).map(([error, failed]) => told(failed.length, error)), ...(others ? [told(others, "other errors, in the table")] : [])];
  });
};

mien.robustness = function (rows) {
  const last = mien.lastRows(rows), failed = mien.failedRows(rows);
  const groups = [...mien.byKey(last, (row) => JSON.stringify(mien.PICTURES.map(([, value]) => value(row)))).values()];
  const several = groups.filter((group) => group.some(mien.isDamaged));
  const differs = mien.PICTURES.filter(([, value]) => new Set(several.map((group) => value(group[0]))).size > 1);
  const name = (group) => differs.map(([what, value]) => what + " " + value(group[0])).join(", ");
  mien.section("Robustness", "Figures over pictures that were damaged, by how badly. Severity 0 is the pictures as they are." +
    (several.length > 1 ? " Rows about other pictures stand apart." : ""),
    several.map((group) => [several.length > 1 ? mien.el("h3", null, name(group)) : null,
      ...mien.robustnessOf(group, failed.filter((row) => mien.isDamaged(row) && mien.samePictures(row, group[0])))]).flat());
};

/** Whether a row that failed would have been about another's pictures; it does not say its classes. */
mien.samePictures = (failed, row) => mien.PICTURES.every(([what, value]) => what === "classes" || value(failed) === value(row));

mien.isDamaged = (row) => row.corruption && row.corruption !== "none" && mien.isNumber(row.severity);

/** Models that differ in more than their name: {name, color, dashed, rows, clean}; of some all may have failed. */
mien.damagedModels = function (rows, failed) {
  const byName = mien.byKey([...rows, ...failed], (row) => row.model);
  return [...byName.values()].flatMap((own) => {
    const versions = [...mien.byKey(own, (row) => mien.write.text(row.model_digest)).entries()];
    const drawn = versions.filter(([, all]) => all.some((row) => mien.isDamaged(row) && !row.error)), newest = drawn.length ? drawn[drawn.length - 1][0] : null;
    return versions.map(([digest, all]) => ({
      name: mien.write.text(own[0].model) + (versions.length > 1 ? " (" + digest.slice(0, 6) + ")" : ""),
      color: mien.colorOf(own[0].model), dashed: digest !== newest,
      rows: all.filter((row) => mien.isDamaged(row) && !row.error), clean: all.filter((row) => !mien.isDamaged(row)), failed: all.some((row) => row.error),
    }));
  }).filter((model) => model.rows.length || model.failed);
};

/**
 * Means over what all of some models had done to their pictures, so that they can be compared:
 * {mean(model), shared, all, lacking}, the last being the names of models without one of them.
 */
mien.sharedMeans = function (models, key, chosen) {
  const condition = (row) => JSON.stringify([row.corruption, row.severity, row.seed || 0]);
  const own = new Map(models.map((model) => [model, mien.byKey(
    model.rows.filter((row) => chosen(row) && mien.isNumber(mien.figure(row, key).value)), condition)]));
  const taking = models.filter((model) => own.get(model).size);
  const all = [...new Set(taking.flatMap((model) => [...own.get(model).keys()]))];
  const shared = all.filter((one) => taking.every((model) => own.get(model).has(one)));
  return {
    mean: (model) => (own.get(model).size ? d3.mean(shared, (one) => d3.mean(own.get(model).get(one), (row) => mien.figure(row, key).value)) : undefined),
    all: all.length, shared: shared.length,
    lacking: taking.filter((model) => own.get(model).size < all.length).map((model) => model.name),
  };
};

mien.cleanMean = (model, figure) => d3.mean(model.clean, (row) => mien.figure(row, figure.key).value);

mien.robustnessTable = function (models, kinds, figure) {
  const total = mien.sharedMeans(models, figure.key, () => true);
  const byKind = new Map(kinds.map((kind) => [kind, mien.sharedMeans(models, figure.key, (row) => row.corruption === kind)]));
  const counts = [...mien.byKey(models.filter((model) => model.rows.length), (model) => model.rows[0].pictures).entries()].filter(([count]) => mien.isNumber(count));
  const notes = [
    total.shared < total.all ? "damaged: over the " + total.shared + " of " + total.all + " kinds, severities and seeds that all models have; incomplete: " + total.lacking.join(", ") : null,
    counts.length > 1 ? "pictures differ: " + counts.map(([count, own]) => count + " of " + own.map((model) => model.name).join(", ")).join("; ") : null,
  ].filter(Boolean);
  return mien.table("Mean " + figure.name + " over severities", models, [
    { name: "model", value: (model) => model.name, text: true, content: (model) => mien.dotted(model.color, model.name) },
    { name: "as they are", value: (model) => mien.cleanMean(model, figure), write: figure.write, best: figure.best },
    { name: "damaged", value: total.mean, write: figure.write, best: figure.best },
    ...kinds.map((kind) => ({ name: kind, value: byKind.get(kind).mean, write: figure.write, best: figure.best })),
  ], { filter: false, more: notes.length ? notes.join(". ") : null });
};

/** Charts and a table of rows about the same pictures, and a line for who has only rows that failed. */
mien.robustnessOf = function (rows, failed) {
  const models = mien.damagedModels(rows, failed), damaged = models.flatMap((model) => model.rows);
  const figures = mien.FIGURES.filter((figure) => damaged.some((row) => mien.isNumber(mien.figure(row, figure.key).value)));
  if (!figures.length) return [];
  // The best first, as in the ranking: in the table, in the legend, and among lines.
  const standing = (model) => {
    const mean = mien.cleanMean(model, figures[0]);
    return mien.isNumber(mean) ? (figures[0].best === "low" ? mean : -mean) : Infinity;
  };
  models.sort((a, b) => d3.ascending(standing(a), standing(b)));
  const place = mien.el("div", { class: "grid thirds" }), means = mien.el("div");
  const curved = models.filter((model) => model.rows.length), visible = new Set(curved);
  const kinds = [...new Set(damaged.map((row) => row.corruption))];
  let figure = figures[0], told = null;

  /** Means over seeds, and over threads and batches, which change no answer. */
  function curve(model, kind) {
    const mean = (list) => d3.mean(list, (row) => mien.figure(row, figure.key).value);
    const bySeverity = mien.byKey(model.rows.filter((row) => row.corruption === kind), (row) => row.severity);
    const points = [...bySeverity.entries()].map(([severity, own]) => [severity, mean(own)]).sort((a, b) => a[0] - b[0]);
    const start = mean(model.clean);
    return mien.isNumber(start) && points.length && points[0][0] !== 0 ? [[0, start], ...points] : points;
  }

  /** All charts have one scale, so that what hurts most is seen to. */
  function show() {
    const drawn = kinds.map((kind) => [kind, curved.map((model) => ({ ...model, model, points: curve(model, kind) }))]);
    const points = drawn.flatMap(([, series]) => series.flatMap((one) => one.points));
    const places = [...new Set(points.map((point) => point[0]))].sort(d3.ascending), yRange = d3.extent(points, (point) => point[1]);
    place.replaceChildren(...drawn.map(([kind, series]) => mien.lines(kind, series.filter((one) => visible.has(one.model)), {
      yFormat: figure.write, yRange, xLabel: "severity", xValues: places, height: 220, legend: false, tipTitle: (at) => (at === 0 ? "As they are" : "Severity " + at),
    })).filter(Boolean));
    if (told !== figure) means.replaceChildren(mien.robustnessTable(models, kinds, figure));
    told = figure;
  }
  const choice = mien.el("select", { "aria-label": "Figure", onchange: (event) => {
    figure = figures[event.target.selectedIndex];
    show();
  } }, figures.map((one) => mien.el("option", null, one.name)));
  show();
  const legend = mien.legend(curved, visible, show);
  legend.append(...models.filter((model) => !curved.includes(model)).map((model) => mien.el("li", { class: "still" }, mien.dotted(model.color, model.name + ": failed"))));
  return [
    mien.el("div", { class: "tools" }, choice, models.length > 1 ? legend : null), place, means,
  ];
};
