// SPDX-License-Identifier: Apache-2.0
// One figure against another, with the front: those that nothing beats in both.
"use strict";

/** Those of {x, y} that no other has at most as much x with at least as much y. */
mien.front = function (points) {
  const sorted = points.slice().sort((a, b) => a.x - b.x || b.y - a.y);
  let best = -Infinity;
  return sorted.filter((point) => {
    const on = point.y > best;
    best = Math.max(best, point.y);
    return on;
  });
};

/** `points`: {name, x, y, low, high, color}; less x is better, and more y. */
mien.pareto = function (title, points, options) {
  const drawn = points.filter((point) => mien.isNumber(point.x) && point.x > 0 && mien.isNumber(point.y));
  if (drawn.length < 2) return null;
  const front = mien.front(drawn), below = mien.el("ul", { class: "legend", "aria-label": "Dots without a name" });
  const chart = mien.chart(title, (svg, width) => {
    const height = Math.max(280, Math.min(400, width * 0.62));
    const area = { left: 60, right: width - 16, top: 14, bottom: height - 46 };
    const [small, large] = d3.extent(drawn, (point) => point.x);
    const x = d3.scaleLog().domain([small / 1.35, large * 1.35]).range([area.left, area.right]);
    const ends = drawn.flatMap((point) => [point.y, point.low, point.high]).filter(mien.isNumber);
    const y = d3.scaleLinear().domain(d3.extent(ends)).nice().range([area.bottom, area.top]);
    const ticks = x.ticks().filter((tick) => [1, 2, 5].includes(+String(tick.toExponential())[0]));
    mien.axes(svg, area, x, y, { yFormat: options.yFormat, xFormat: options.xFormat, xLabel: options.xLabel, xValues: ticks });
    const step = front.flatMap((point, i) => (i ? [[point.x, front[i - 1].y], [point.x, point.y]] : [[point.x, point.y]]));
    step.push([x.domain()[1], front[front.length - 1].y]);
    svg.append("path").attr("d", d3.line().x((at) => x(at[0])).y((at) => y(at[1]))(step)).attr("fill", "none").attr("stroke", "var(--accent)").attr("stroke-width", 1.5).attr("stroke-dasharray", "6 4").attr("opacity", 0.8);
    const marks = svg.append("g").selectAll("g").data(drawn).enter().append("g");
    marks.filter((point) => mien.isNumber(point.low) && mien.isNumber(point.high)).append("line").attr("x1", (point) => x(point.x)).attr("x2", (point) => x(point.x))
      .attr("y1", (point) => y(point.low)).attr("y2", (point) => y(point.high)).attr("stroke", (point) => point.color).attr("stroke-width", 5).attr("stroke-linecap", "round").attr("opacity", 0.25);
    marks.append("circle").attr("cx", (point) => x(point.x)).attr("cy", (point) => y(point.y)).attr("r", (point) => (front.includes(point) ? 7 : 5.5)).attr("fill", (point) => point.color)
      .attr("stroke", "var(--card)").attr("stroke-width", 2);
    below.replaceChildren(...mien.labels(marks, drawn, front, x, y, area).map((point) => mien.el("li", { class: "still" }, mien.el("i", { class: "dot", style: { background: point.color, margin: 0 } }), point.name)));
    const told = (point) => [point.name, [[options.yLabel, options.yFormat(point.y)], [options.xLabel, options.xFormat(point.x)], ["on the front", front.includes(point) ? "yes" : "no"]]];
    svg.attr("role", "group");
    marks.attr("tabindex", 0).attr("role", "img").attr("aria-label", (point) => told(point).flat(2).join(" "))
      .on("pointermove", (point) => mien.tip.show(d3.event, ...told(point))).on("pointerleave", mien.tip.hide)
      .on("focus", function (point) { mien.tip.showAt(d3.select(this).select("circle").node(), ...told(point)); }).on("blur", mien.tip.hide);
    return height;
  });
  return mien.card(title, options.more, chart.holder, below);
};

/**
 * Names beside dots, each at the place that costs least: near its dot, and meeting no interval, no step
 * of the front, and not the wrong way round beside another's. None meets a dot or another name; one
 * that finds no such place is returned, for a list below the chart.
 */
mien.labels = function (marks, drawn, front, x, y, area) {
  const box = (left, right, top, bottom) => ({ left, right, top, bottom });
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const space = 4; // between what stands side by side, so that two names are not read as one
  const taken = drawn.map((point) => box(x(point.x) - 7 - space, x(point.x) + 7 + space, y(point.y) - 8, y(point.y) + 8));
  const crossed = drawn.filter((point) => mien.isNumber(point.low) && mien.isNumber(point.high)).map((point) => box(x(point.x) - 4, x(point.x) + 4, y(point.high), y(point.low)));
  front.forEach((point, i) => {
    const next = front[i + 1], end = next ? x(next.x) : area.right;
    crossed.push(box(x(point.x), end, y(point.y) - 1, y(point.y) + 1));
    if (next) crossed.push(box(end - 1, end + 1, y(next.y), y(point.y)));
  });
  const named = []; // {point, middle}
  const places = (point, wide) => [0, -15, 15, -29, 29, -43, 43, -57, 57].flatMap((shift) =>
    [x(point.x) + 11, x(point.x) - 11 - wide].map((left) => ({ shift, ...box(left, left + wide, y(point.y) + shift - 7, y(point.y) + shift + 7) })))
    .filter((place) => place.left >= area.left && place.right <= area.right && place.top > area.top - 12 && place.bottom < area.bottom + 2);
  const cost = (point, place) => Math.abs(place.shift) + 25 * crossed.filter((other) => meet(place, other)).length +
    60 * named.filter((other) => (other.middle - y(point.y) - place.shift) * (y(other.point.y) - y(point.y)) < 0).length;
  const left = [], most = (area.right - area.left) * (drawn.length > 8 ? 0.42 : 0.6);
  // From the top, so that names of dots that are close stand in the dots' order.
  marks.sort((a, b) => b.y - a.y).append("text").attr("class", "strong over name").style("font-weight", (point) => (front.includes(point) ? 620 : 400)).each(function (point) {
    const wide = mien.fitText(this, point.name, most);
    const [place] = places(point, wide).filter((one) => !taken.some((other) => meet(one, other))).sort((a, b) => cost(point, a) - cost(point, b));
    if (!place) {
      left.push(point);
      this.remove();
      return;
    }
    const onRight = place.left > x(point.x), middle = y(point.y) + place.shift;
    taken.push({ ...place, left: place.left - space, right: place.right + space });
    named.push({ point, middle });
    if (Math.abs(place.shift) > 15) { // a name beside another dot says whose it is
      d3.select(this.parentNode).insert("line", "text").attr("x1", x(point.x)).attr("y1", y(point.y)).attr("x2", onRight ? place.left - 2 : place.right + 2).attr("y2", middle)
        .attr("stroke", point.color);
    }
    d3.select(this).attr("x", onRight ? place.left : place.right).attr("text-anchor", onRight ? "start" : "end").attr("y", middle).attr("dy", "0.35em");
  });
  return left;
};
