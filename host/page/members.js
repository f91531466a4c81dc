// SPDX-License-Identifier: Apache-2.0
// What is known of the members of ensembles: what each adds, and how much each two differ.
"use strict";

mien.members = function (models, suffix) {
  const ensembles = models.filter((model) => mien.list(model.members).length);
  mien.section("Members" + suffix, "What each member of an ensemble is by itself, and what it adds: the ensemble's figure less that without the member, with its 95 % interval. Of an accuracy more is better, of a log loss less. Members that seldom disagree, or whose Q is near 1, are wrong on the same pictures.",
    ensembles.flatMap((ensemble) => [mien.memberTable(ensemble), mien.memberPairs(ensemble)]));
};

mien.memberTable = function (ensemble) {
  const added = (name, key, write) => ({ name, write, value: (row) => mien.figure(row, key).value, low: (row) => mien.figure(row, key).low, high: (row) => mien.figure(row, key).high });
  return mien.table("Members of " + ensemble.model, mien.list(ensemble.members), [
    { name: "member", value: (row) => row.model, text: true, content: (row) => mien.named(row.model) },
    { name: "accuracy", value: (row) => row.accuracy, write: mien.write.percent },
    added("adds accuracy", "adds_accuracy", mien.write.percent),
    { name: "log loss", value: (row) => row.log_loss, write: mien.write.loss },
    added("adds log loss", "adds_log_loss", mien.write.loss),
  ], { filter: false });
};

mien.memberPairs = function (ensemble) {
  const diversity = ensemble.diversity || {}, pairs = mien.list(diversity.pairs);
  return pairs.length ? mien.table("Each two members", pairs, [
    { name: "first", value: (row) => row.first, text: true, content: (row) => mien.named(row.first) },
    { name: "second", value: (row) => row.second, text: true, content: (row) => mien.named(row.second) },
    { name: "disagree", help: "share of pictures with different answers", value: (row) => row.disagreement, write: mien.write.percent },
    { name: "Q", help: "1: right on the same pictures; 0: independent; below 0: right where the other is wrong", value: (row) => row.q, write: mien.write.figure },
    { name: "both right", value: (row) => row.both, write: mien.write.count },
    { name: "only first", value: (row) => row.first_only, write: mien.write.count },
    { name: "only second", value: (row) => row.second_only, write: mien.write.count },
    { name: "neither", value: (row) => row.neither, write: mien.write.count },
  ], { filter: false, more: pairs.length > 1 ? "means: disagree " + mien.write.percent(diversity.disagreement) + ", Q " + mien.write.figure(diversity.q) : null }) : null;
};
