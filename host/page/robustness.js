// SPDX-License-Identifier: Apache-2.0
// What pictures' damage does to models: rows with a corruption and its severity.
"use strict";

mien.robustness = function (rows) {
  const damaged = rows.filter((row) => row.corruption && row.corruption !== "none" && mien.isNumber(row.severity));
  if (!damaged.length) return;
  const clean = rows.filter((row) => !row.corruption || row.corruption === "none");
  const figures = mien.FIGURES.filter((figure) => damaged.some((row) => mien.isNumber(mien.figure(row, figure.key).value)));
  if (!figures.length) return;
  const place = mien.el("div", { class: "grid thirds" });
  const kinds = [...new Set(damaged.map((row) => row.corruption))], models = [...new Set(damaged.map((row) => row.model))];
  const mean = (list, key) => d3.mean(list, (row) => mien.figure(row, key).value);

  /** Means over seeds, threads and whatever else cells differ by. */
  function curve(model, kind, key) {
    const own = damaged.filter((row) => row.model === model && row.corruption === kind);
    const points = [...new Set(own.map((row) => row.severity))].sort(d3.ascending).map((severity) => [severity, mean(own.filter((row) => row.severity === severity), key)]);
    const start = mean(clean.filter((row) => row.model === model), key);
    return mien.isNumber(start) && !points.some(([severity]) => severity === 0) ? [[0, start], ...points] : points;
  }
  const lines = models.map((model) => ({ name: mien.write.text(model), color: mien.colorOf(model), model })), visible = new Set(lines);
  let figure = figures[0];

  /** All charts have one scale, so that what hurts most is seen to. */
  function show() {
    const drawn = kinds.map((kind) => [kind, lines.map((line) => ({ ...line, line, points: curve(line.model, kind, figure.key) }))]);
    const points = drawn.flatMap(([, series]) => series.flatMap((one) => one.points));
    const places = [...new Set(points.map((point) => point[0]))].sort(d3.ascending), yRange = d3.extent(points, (point) => point[1]);
    place.replaceChildren(...drawn.map(([kind, series]) => mien.lines(kind, series.filter((one) => visible.has(one.line)), {
      yFormat: figure.write, yRange, xLabel: "severity", xValues: places, height: 220, legend: false, tipTitle: (at) => (at === 0 ? "As they are" : "Severity " + at),
    })).filter(Boolean));
  }
  const choice = mien.el("select", { "aria-label": "Figure", onchange: (event) => {
    figure = figures[event.target.selectedIndex];
    show();
  } }, figures.map((figure) => mien.el("option", null, figure.name)));
  show();

  const summary = models.map((model) => {
    const own = damaged.filter((row) => row.model === model), start = mean(clean.filter((row) => row.model === model), figures[0].key);
    return { model, clean: start, mean: mean(own, figures[0].key), kinds: Object.fromEntries(kinds.map((kind) => [kind, mean(own.filter((row) => row.corruption === kind), figures[0].key)])) };
  });
  const percent = figures[0].write, best = figures[0].best;
  mien.section("Robustness", "Figures over pictures that were damaged, by how badly. Severity 0 is the pictures as they are.",
    mien.el("div", { class: "tools" }, choice, models.length > 1 ? mien.legend(lines, visible, show) : null), place,
    mien.table("Mean " + figures[0].name + " over severities", summary, [
      { name: "model", value: (row) => row.model, text: true, content: (row) => mien.named(row.model) },
      { name: "as they are", value: (row) => row.clean, write: percent, best },
      { name: "damaged", value: (row) => row.mean, write: percent, best },
      ...kinds.map((kind) => ({ name: kind, value: (row) => row.kinds[kind], write: percent, best })),
    ], { filter: false }));
};
