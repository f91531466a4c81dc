// SPDX-License-Identifier: Apache-2.0
// Confusion matrices: a row a label, a column an answer, shaded by the label's share.
"use strict";

mien.matrix = function (title, classes, counts, more) {
  const size = classes.length;
  const fits = size > 0 && mien.list(counts).length === size && counts.every((row) => mien.list(row).length === size);
  if (!fits) return null;
  const sums = counts.map((row) => d3.sum(row));
  const chart = mien.chart("Confusion matrix: " + title, (svg, width) => {
    const left = Math.min(104, Math.max(56, width * 0.2)), top = 40;
    const side = Math.min((width - left - 2) / size, 150), tall = Math.min(side, size > 4 ? 54 : 74);
    const small = side < 46;
    svg.append("text").attr("x", left).attr("y", 12).text("answer →");
    svg.append("text").attr("x", left - 10).attr("y", 30).attr("text-anchor", "end").text("label ↓");
    const fit = (text) => mien.cut(text, Math.max(3, Math.floor(side / 6.6)));
    svg.append("g").selectAll("text").data(classes).enter().append("text").attr("class", "strong").attr("text-anchor", "middle")
      .attr("x", (name, i) => left + (i + 0.5) * side).attr("y", 30).text(fit);
    svg.append("g").selectAll("text").data(classes).enter().append("text").attr("class", "strong").attr("text-anchor", "end")
      .attr("x", left - 10).attr("y", (name, i) => top + (i + 0.5) * tall).attr("dy", "0.35em").text((name) => mien.cut(name, Math.floor(left / 7)));
    const cells = counts.flatMap((row, i) => row.map((count, k) => ({ count, i, k, share: sums[i] ? count / sums[i] : 0 })));
    const boxes = svg.append("g").selectAll("g").data(cells).enter().append("g").attr("transform", (cell) => "translate(" + (left + cell.k * side) + "," + (top + cell.i * tall) + ")");
    boxes.append("rect").attr("x", 1.5).attr("y", 1.5).attr("width", side - 3).attr("height", tall - 3).attr("rx", 5).style("fill", (cell) =>
      "color-mix(in srgb, " + (cell.i === cell.k ? "var(--right)" : "var(--wrong)") + " " + (100 * cell.share).toFixed(1) + "%, var(--raised))");
    boxes.append("text").attr("x", side / 2).attr("y", tall / 2).attr("dy", small ? "0.35em" : "-0.1em").attr("text-anchor", "middle").attr("class", "strong")
      .style("font-weight", 620).style("font-size", small ? "11px" : "14px").text((cell) => mien.write.share(cell.share).replace(small ? / %/ : /$^/, ""));
    if (!small) {
      boxes.append("text").attr("x", side / 2).attr("y", tall / 2).attr("dy", "1.25em").attr("text-anchor", "middle").attr("class", "strong")
        .style("font-size", "11px").text((cell) => mien.write.count(cell.count));
    }
    boxes.on("pointermove", (cell) => mien.tip.show(d3.event, classes[cell.i] + (cell.i === cell.k ? ", rightly" : " taken for " + classes[cell.k]), [
      ["pictures", mien.write.count(cell.count)], ["of this label", mien.write.percent(cell.share)]])).on("pointerleave", mien.tip.hide);
    return top + size * tall + 4;
  });
  return mien.card(title, more, chart.holder);
};
