// SPDX-License-Identifier: Apache-2.0
// The report of one training run.
"use strict";
mien.views = {};

mien.views.training = function (data) {
  const run = data.run || {}, history = mien.list(data.history), judged = data.evaluation;
  const last = history[history.length - 1] || {};
  const state = run.finished ? "Finished after " + run.epoch + " of " + run.epochs + " epochs" : "Epoch " + run.epoch + " of " + run.epochs;
  mien.head("Training", data.recipe.name, [data.recipe.summary, state + ", " + mien.write.time(run.seconds) + "."].filter(Boolean).join(". "));
  document.getElementById("page").append(mien.tiles([
    ["Validation accuracy", mien.write.percent(run.best_accuracy), "best, epoch " + run.best_epoch],
    ["Validation loss", mien.write.figure(run.best_loss), "of that epoch"],
    judged && ["Macro F1", mien.write.figure(judged.macro_f1), "epoch " + judged.epoch],
    judged && ["Calibration error", mien.write.percent(judged.calibration_error), "expected, 15 bins"],
    ["Pictures", mien.write.count(run.training), mien.write.count(run.validation) + " more for validation"],
    ["Speed", mien.write.speed(last.pictures_per_second), "pictures a second"],
  ]));
  mien.section("Curves", null, mien.trainingCurves(history, run));
  if (judged) mien.judgement(judged, data.classes);
  mien.section("Recipe", "As it was run, with every default.", mien.card(null, null, mien.el("pre", null, data.recipe.text)));
};

mien.trainingCurves = function (history, run) {
  const of = (key) => history.map((row) => [row.epoch, row[key]]);
  const pair = (key, name) => [
    { name: "training", color: "var(--c1)", dashed: true, points: of(key) },
    { name: "validation", color: "var(--c0)", points: of("validation_" + key), title: name }];
  const marks = run.best_epoch ? [[run.best_epoch, "best"]] : [];
  const common = { xLabel: "epoch", marks, tipTitle: (epoch) => "Epoch " + epoch };
  return mien.grid(
    mien.lines("Accuracy", pair("accuracy"), { ...common, yFormat: mien.write.percent, more: "training pictures are augmented" }),
    mien.lines("Loss", pair("loss"), { ...common, more: "cross-entropy" }),
    mien.lines("Learning rate", [{ name: "rate", color: "var(--c2)", points: of("rate") }], { ...common, marks: [], height: 190, zero: true, yFormat: mien.write.rate, more: "at each epoch's end" }),
    mien.lines("Speed", [{ name: "pictures/s", color: "var(--c3)", points: of("pictures_per_second") }], { ...common, marks: [], height: 190, zero: true, yFormat: mien.write.speed, more: "pictures a second" }));
};

/** What one model did on one set of pictures. */
mien.judgement = function (judged, classes) {
  mien.section("Classes", "The best epoch on the " + mien.write.count(judged.pictures) + " pictures kept for validation.",
    mien.grid(
      mien.matrix("Confusion matrix", classes, judged.confusion, "share of each label"),
      mien.reliability("Reliability", mien.list(judged.calibration), "expected calibration error " + mien.write.percent(judged.calibration_error))),
    mien.table("By class", mien.list(judged.classes), mien.classColumns(), { filter: false }));
  const mistakes = mien.list(judged.mistakes);
  mien.section("Worst mistakes", mistakes.length ? "Validation pictures whose label got the smallest probability, worst first. Some of the labels are wrong." : null,
    mistakes.length ? mien.gallery(mistakes.map((mistake) => ({
      picture: mistake.picture, path: mistake.path,
      lines: [["said " + mistake.answer, mien.write.share(mistake.confidence), true], ["label " + mistake.label, mien.write.share(mistake.label_probability)]],
    }))) : null);
};

mien.classColumns = () => [
  { name: "class", value: (row) => row.class, text: true },
  { name: "pictures", value: (row) => row.pictures, write: mien.write.count },
  { name: "precision", value: (row) => row.precision, write: mien.write.percent },
  { name: "recall", value: (row) => row.recall, write: mien.write.percent },
  { name: "F1", value: (row) => row.f1, write: mien.write.percent },
];
