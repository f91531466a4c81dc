// SPDX-License-Identifier: Apache-2.0
// Models over one data set, as `mien evaluate --json` and `mien compare --data --json` write it.
"use strict";

mien.comparison = function (data, suffix) {
  const models = mien.inOrder(data), good = models.filter((model) => !model.error);
  const classes = mien.list(data.classes);
  const about = mien.write.count(data.pictures) + " pictures of " + data.dataset + (data.split ? ", split " + data.split : "") + ": " + classes.join(", ") +
    (data.flip ? ". Answers are means over each picture and its mirror image" : "") + ".";
  const grid = (make) => (good.length ? mien.el("div", { class: "grid narrow" }, good.map(make).filter(Boolean)) : null);
  const percent = (model, key) => mien.write.percent(mien.figure(model, key).value);
  mien.part(() => mien.section("Ranking" + suffix, about, mien.comparisonTiles(data, good), good.length ? mien.rankTable(models) : null, mien.failures(models)));
  mien.part(() => mien.section("Accuracy and cost" + suffix, null, mien.costs(data, good)));
  mien.part(() => mien.pairs(data, suffix));
  mien.part(() => mien.members(good, suffix));
  mien.part(() => mien.faithfulness(models, suffix));
  mien.part(() => mien.section("Confusion" + suffix, "A row a label, a column an answer; shaded by the share of the label.",
    grid((model) => mien.matrix(model.model, classes, model.confusion, percent(model, "accuracy") + " right")), mien.classTable(good, classes)));
  mien.part(() => mien.section("Reliability" + suffix, "How often each was right, by how sure it said it was. On the dashed line, what it says is what it does; red is the gap, and the line at its end is how often it was right.",
    grid((model) => mien.reliability(model.model, mien.list(model.calibration), "calibration error " + percent(model, "calibration_error")))));
  mien.part(() => mien.disagreements(data, suffix));
};

/** Models as the comparison has them, the best first; those that failed come last. */
mien.inOrder = function (data) {
  const models = mien.list(data.models), places = new Map(mien.list(data.order).map((index, place) => [models[index], place]));
  const accuracy = (model) => (mien.isNumber(mien.figure(model, "accuracy").value) ? mien.figure(model, "accuracy").value : -Infinity);
  const latency = (model) => (mien.isNumber(model.p50_ms) ? model.p50_ms : Infinity);
  const place = (model) => (places.has(model) ? places.get(model) : Infinity);
  return models.slice().sort((a, b) => d3.ascending(place(a), place(b)) || d3.descending(accuracy(a), accuracy(b)) || d3.ascending(latency(a), latency(b)));
};

mien.comparisonTiles = function (data, good) {
  // All that have the best figure, in their order.
  const leaders = (key, better) => {
    const value = (model) => mien.figure(model, key).value, most = better(good.filter((model) => mien.isNumber(value(model))), value);
    return good.filter((model) => value(model) === most && most !== undefined);
  };
  const names = (models) => models.map((model) => model.model).join(", ");
  const best = leaders("accuracy", d3.max), fastest = leaders("p50_ms", d3.min), surest = leaders("calibration_error", d3.min);
  if (!best.length) return null;
  const tied = good.filter((model) => !best.includes(model) && mien.isNumber(model.rank) && model.rank === best[0].rank).map((model) => model.model);
  const crowd = data.votes && mien.figure(data.votes, "crowd_accuracy").value;
  const holder = mien.tiles([
    ["Most accurate", names(best), mien.write.percent(mien.figure(best[0], "accuracy").value) + (tied.length ? "; not told apart from " + mien.some(tied) : "")],
    fastest.length && ["Fastest", names(fastest), mien.write.milliseconds(fastest[0].p50_ms) + " a picture"],
    surest.length && ["Best calibrated", names(surest), mien.write.percent(mien.figure(surest[0], "calibration_error").value) + " off"],
    mien.isNumber(crowd) && ["The crowd", mien.write.percent(crowd), "people, on the same pictures"],
    good.length > 1 && mien.missing(data.missing),
  ]);
  holder.style.margin = "0 0 14px";
  return holder;
};

/** What it would take to tell the first two apart. */
mien.missing = function (missing) {
  if (!missing || missing.pictures === undefined) return null;
  const title = "To tell the first two apart";
  return missing.pictures === null ? [title, "no number", "of pictures like these would do: the two are equally often right"]
    : [title, "≈ " + mien.write.count(mien.roundUp(missing.pictures)), "more such pictures would do, " + mien.write.share(missing.power) + " of the time"];
};

/** Two digits: nobody knows such a number better. */
mien.roundUp = function (count) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / unit) * unit;
};

mien.rankTable = (models) => mien.table("Models", models, [
  { name: "model", value: (row) => row.model, text: true, content: (row) => mien.named(row.model) },
  { name: "rank", value: (row) => row.rank, best: "low", help: "models that the pictures do not tell apart share a rank" },
  ...mien.figureColumns(mien.FIGURES, ["accuracy"]),
  { name: "front", value: (row) => (row.pareto ? "front" : null), text: true, help: "nothing else is both faster and more accurate",
    content: (row) => (row.pareto ? mien.el("span", { class: "badge" }, "front") : "") },
  ...mien.figureColumns(mien.COSTS, []),
], { filter: models.length > 6, more: "press a column to sort" });

/** Why models have no figures, below the table, where there is room for it: {model, count, error}. */
mien.failures = function (models) {
  const failed = models.filter((model) => model.error);
  return failed.length ? mien.card("Without an answer", null, mien.el("ul", { class: "failures" }, failed.map((model) => mien.el("li", null,
    mien.el("strong", null, mien.write.text(model.model)), model.count ? mien.el("span", { class: "count" }, model.count) : null,
    mien.el("span", { class: "failure" }, mien.write.text(model.error)))))) : null;
};

/** The first names of many. */
mien.some = (names) => names.slice(0, 3).join(", ") + (names.length > 3 ? " and " + (names.length - 3) + " more" : "");

/** Figures against a cost that the reader chooses. */
mien.costs = function (data, good) {
  const costs = mien.COSTS.filter((cost) => cost.key !== "pictures_per_second" && good.filter((model) => mien.isNumber(model[cost.key])).length > 1);
  const dots = good.map((model) => ({ name: model.model, color: mien.colorOf(model.model), ...mien.figure(model, "accuracy") }));
  if (data.votes) dots.push({ name: "the crowd", color: "var(--ink)", ...mien.figure(data.votes, "crowd_accuracy") });
  const intervals = mien.intervals("Accuracy", dots, mien.write.percent, "with 95 % intervals");
  if (!costs.length) return intervals ? mien.grid(intervals) : null;
  const place = mien.el("div");
  const show = (cost) => place.replaceChildren(mien.pareto("Accuracy against",
    good.map((model) => ({ name: model.model, color: mien.colorOf(model.model), x: model[cost.key], y: mien.figure(model, "accuracy").value, low: mien.figure(model, "accuracy").low, high: mien.figure(model, "accuracy").high })),
    { xLabel: cost.long, yLabel: "accuracy", xFormat: cost.write, yFormat: mien.write.percent, more: choice }) || "");
  const choice = mien.el("select", { "aria-label": "Cost", onchange: (event) => show(costs[event.target.selectedIndex]) },
    costs.map((cost) => mien.el("option", null, cost.long)));
  show(costs[0]);
  return mien.grid(place, intervals);
};

/** Each model's maps, and below them what a map scores that only knows the centre. */
mien.faithfulness = function (models, suffix) {
  const measured = models.filter((model) => model.faithfulness);
  const rows = measured.flatMap(({ model, faithfulness: each }) => [
    { model, method: each.error ? null : each.method, ...each },
    ...(each.centre ? [{ model, method: "the centre", ...each.centre }] : [])]);
  const mean = (row, key) => (row[key] || {}).mean, margin = (row, key) => (row[key] || {}).margin;
  mien.section("Faithfulness" + suffix, "Whether models look where their maps point: means over pictures with 95 % intervals. A map that is not better than the centre's has told nothing about its model.",
    rows.length ? mien.table("Faithfulness", rows, [
      { name: "model", value: (row) => row.model, text: true, content: (row) => mien.named(row.model) },
      { name: "method", value: (row) => row.method, text: true },
      ...mien.FAITHFULNESS.map(({ key, name, long }) => ({ name, help: long, write: mien.write.figure, value: (row) => mean(row, key),
        low: (row) => (mien.isNumber(margin(row, key)) ? mean(row, key) - margin(row, key) : null),
        high: (row) => (mien.isNumber(margin(row, key)) ? mean(row, key) + margin(row, key) : null) })),
      { name: "pictures", value: (row) => row.measured, write: mien.write.count },
      { name: "without a map", value: (row) => row.empty, write: mien.write.count },
      { name: "error", value: (row) => row.error, text: true, long: true, content: (row) => mien.el("span", { class: "failure" }, row.error || "") },
    ], { filter: false }) : null);
};

mien.pairs = function (data, suffix) {
  const pairs = mien.list(data.pairs);
  mien.section("Pairs" + suffix, "Each two models on the same pictures: McNemar's exact test, with Holm's correction where there are more than two.",
    pairs.length ? mien.table("Pairs", pairs, [
      { name: "first", value: (row) => row.first, text: true, content: (row) => mien.named(row.first) },
      { name: "second", value: (row) => row.second, text: true, content: (row) => mien.named(row.second) },
      { name: "difference", value: (row) => mien.figure(row, "difference").value, low: (row) => mien.figure(row, "difference").low, high: (row) => mien.figure(row, "difference").high, write: mien.write.percent },
      { name: "only first right", value: (row) => row.first_only, write: mien.write.count },
      { name: "only second right", value: (row) => row.second_only, write: mien.write.count },
      { name: "p", value: (row) => row.p, write: mien.write.figure },
      { name: "p, Holm", value: (row) => row.p_holm, write: mien.write.figure },
      { name: "told apart", value: (row) => (row.apart ? "yes" : "no"), text: true, content: (row) => mien.el("span", { class: row.apart ? "badge" : "badge plain" }, row.apart ? "yes" : "no") },
    ], { filter: pairs.length > 8 }) : null);
};

mien.classTable = function (good, classes) {
  const rows = good.map((model) => ({ model: model.model, each: mien.list(model.classes) })).filter((row) => row.each.length === classes.length);
  return rows.length ? mien.table("F1 by class", rows, [
    { name: "model", value: (row) => row.model, text: true, content: (row) => mien.named(row.model) },
    ...classes.map((name, i) => ({ name, value: (row) => row.each[i].f1, write: mien.write.percent, best: "high" })),
  ], { filter: false }) : null;
};

mien.disagreements = function (data, suffix) {
  const all = mien.list(data.disagreements);
  if (!all.length) return;
  const item = (one) => ({
    picture: one.thumbnail, path: one.picture,
    lines: [["label", one.label], ...mien.list(one.answers).map((answer) => [answer.model, answer.class + " " + mien.write.share(answer.probability), answer.class !== one.label])],
  });
  const names = [...new Set(all.flatMap((one) => mien.list(one.answers).map((answer) => answer.model)))];
  const place = mien.el("div");
  const wrong = (one, name) => mien.list(one.answers).some((answer) => answer.model === name && answer.class !== one.label);
  const alone = (one, name) => mien.list(one.answers).every((answer) => (answer.class !== one.label) === (answer.model === name));
  const choices = [["all", () => true], ...names.map((name) => ["where " + name + " is wrong", (one) => wrong(one, name)]), ...names.map((name) => ["where " + name + " alone is wrong", (one) => alone(one, name)])]
    .map(([text, test]) => [text, all.filter(test)]).filter(([, kept]) => kept.length);
  const show = (at) => place.replaceChildren(...mien.gallery(choices[at][1].map(item), 20));
  const choice = mien.el("select", { "aria-label": "Which disagreements", onchange: (event) => show(event.target.selectedIndex) },
    choices.map(([text, kept]) => mien.el("option", null, text + " (" + kept.length + ")")));
  show(0);
  mien.section("Disagreements" + suffix, "Pictures that models answer differently, the surest contradictions first; " + all.length + " of " + mien.write.count(data.disputed) + ". Answers in red with a cross are not the label.",
    mien.el("div", { class: "tools" }, choice), place);
};
