// SPDX-License-Identifier: Apache-2.0
// Reliability diagrams, and figures with their intervals.
"use strict";

/** How often right, by how sure: bars against the diagonal, and below them how many pictures. */
mien.reliability = function (title, bins, more, color = "var(--accent)") {
  const count = bins.length, total = d3.sum(bins, (bin) => bin.pictures);
  if (!count || !total) return null;
  const chart = mien.chart("Reliability: " + title, (svg, width) => {
    const height = 292, area = { left: 50, right: width - 18, top: 10, bottom: 206 };
    const x = d3.scaleLinear().domain([0, 1]).range([area.left, area.right]);
    const y = d3.scaleLinear().domain([0, 1]).range([area.bottom, area.top]);
    const low = { top: 218, bottom: height - 42 };
    const most = d3.max(bins, (bin) => bin.pictures);
    const amount = d3.scaleLinear().domain([0, most]).range([low.bottom, low.top]);
    const wide = (area.right - area.left) / count;
    mien.axes(svg, { ...area, bottom: low.bottom }, x, y, { yFormat: mien.write.share, xFormat: mien.write.share, xLabel: "how sure it was" });
    const bars = svg.append("g").selectAll("g").data(bins.map((bin, i) => ({ bin, i }))).enter().append("g").filter(({ bin }) => bin.pictures > 0);
    const box = (top, bottom) => bars.append("rect").attr("x", ({ i }) => area.left + i * wide + 1).attr("width", Math.max(1, wide - 2))
      .attr("y", ({ bin }) => top(bin)).attr("height", ({ bin }) => Math.max(0, bottom(bin) - top(bin)));
    box((bin) => y(Math.min(bin.accuracy, bin.confidence)), () => y(0)).attr("fill", color).attr("opacity", 0.85);
    // From what it claimed to what was so, on which a line stands.
    box((bin) => y(Math.max(bin.accuracy, bin.confidence)), (bin) => y(Math.min(bin.accuracy, bin.confidence))).attr("class", "gap").attr("fill", "var(--bad)").attr("opacity", 0.4);
    box((bin) => y(bin.accuracy) - 1, (bin) => y(bin.accuracy) + 1).attr("fill", color);
    box((bin) => amount(bin.pictures), () => low.bottom).attr("fill", "var(--faint)").attr("opacity", 0.55);
    svg.append("line").attr("class", "cross").attr("x1", x(0)).attr("y1", y(0)).attr("x2", x(1)).attr("y2", y(1));
    svg.append("text").attr("x", area.left + 4).attr("y", low.top + 9).text("pictures");
    svg.append("g").selectAll("rect").data(bins).enter().append("rect").attr("x", (bin, i) => area.left + i * wide).attr("width", wide).attr("y", area.top)
      .attr("height", low.bottom - area.top).attr("fill", "transparent")
      .on("pointermove", (bin, i) => mien.tip.show(d3.event, mien.write.share(i / count) + " to " + mien.write.share((i + 1) / count) + " sure", [
        ["said", mien.write.percent(bin.confidence)], ["was right", mien.write.percent(bin.accuracy)], ["pictures", mien.write.count(bin.pictures)]]))
      .on("pointerleave", mien.tip.hide);
    return height;
  });
  return mien.card(title, more, chart.holder);
};

/** One figure of several models, each a dot with its interval: {name, value, low, high, color}. */
mien.intervals = function (title, rows, write, more) {
  const drawn = rows.filter((row) => mien.isNumber(row.value));
  if (drawn.length < 2) return null;
  const chart = mien.chart(title, (svg, width) => {
    const step = 34, height = drawn.length * step + 50;
    const left = Math.min(12 + 7 * d3.max(drawn, (row) => row.name.length), Math.max(80, width * 0.45));
    const area = { left, right: width - 18, top: 6, bottom: height - 36 };
    const ends = drawn.flatMap((row) => [row.value, row.low, row.high]).filter(mien.isNumber);
    const x = d3.scaleLinear().domain(d3.extent(ends)).nice().range([area.left, area.right]);
    svg.append("g").selectAll("line").data(x.ticks(Math.floor((area.right - left) / 80))).enter().append("line").attr("class", "grid-line")
      .attr("x1", x).attr("x2", x).attr("y1", area.top).attr("y2", area.bottom);
    svg.append("g").attr("class", "axis").attr("transform", "translate(0," + area.bottom + ")")
      .call(d3.axisBottom(x).ticks(Math.floor((area.right - left) / 80)).tickFormat(write).tickSize(0).tickPadding(8)).call((g) => g.select("path").remove());
    const lines = svg.append("g").selectAll("g").data(drawn).enter().append("g").attr("transform", (row, i) => "translate(0," + (area.top + (i + 0.5) * step) + ")");
    lines.append("text").attr("class", "strong").attr("x", left - 12).attr("dy", "0.35em").attr("text-anchor", "end")
      .each(function (row) { mien.fitText(this, row.name, left - 12); });
    lines.filter((row) => mien.isNumber(row.low) && mien.isNumber(row.high)).append("line").attr("x1", (row) => x(row.low)).attr("x2", (row) => x(row.high))
      .attr("stroke", (row) => row.color).attr("stroke-width", 7).attr("stroke-linecap", "round").attr("opacity", 0.3);
    lines.append("circle").attr("r", 5).attr("cx", (row) => x(row.value)).attr("fill", (row) => row.color);
    lines.append("rect").attr("y", -step / 2).attr("height", step).attr("width", Math.max(0, width)).attr("fill", "transparent")
      .on("pointermove", (row) => mien.tip.show(d3.event, row.name, [[title, write(row.value)], ["interval", write(row.low) + " … " + write(row.high)]]))
      .on("pointerleave", mien.tip.hide);
    return height;
  });
  return mien.card(title, more, chart.holder);
};

/** A name that would not fit, cut in its middle, as ends of paths matter more than their middles. */
mien.cut = function (text, most) {
  const keep = Math.max(2, Math.floor((most - 1) / 2));
  return text.length <= most ? text : text.slice(0, keep) + "…" + text.slice(-keep);
};
