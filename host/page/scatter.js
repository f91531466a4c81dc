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
  const front = mien.front(drawn);
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
    mien.labels(marks, drawn, front, x, y, area);
    marks.on("pointermove", (point) => mien.tip.show(d3.event, point.name, [[options.yLabel, options.yFormat(point.y)], [options.xLabel, options.xFormat(point.x)], ["on the front", front.includes(point) ? "yes" : "no"]]))
      .on("pointerleave", mien.tip.hide);
    return height;
  });
  return mien.card(title, options.more, chart.holder);
};

/**
 * Names beside dots: on the right where there is room, and moved until they meet no dot, no other name
 * and, where that can be had as well, no interval and no step of the front.
 */
mien.labels = function (marks, drawn, front, x, y, area) {
  const box = (left, right, top, bottom) => ({ left, right, top, bottom });
  const taken = drawn.map((point) => box(x(point.x) - 8, x(point.x) + 8, y(point.y) - 7, y(point.y) + 7));
  const intervals = drawn.filter((point) => mien.isNumber(point.low) && mien.isNumber(point.high)).map((point) => box(x(point.x) - 4, x(point.x) + 4, y(point.high), y(point.low)));
  const steps = front.slice(1).map((point, i) => box(x(point.x) - 2, x(point.x) + 2, y(point.y), y(front[i].y)));
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const placesOf = (point) => {
    const wide = point.name.length * 6.7 + 4, at = y(point.y);
    const rooms = [x(point.x) + 11, x(point.x) - 11 - wide].filter((left) => left > area.left && left + wide < area.right);
    const lefts = rooms.length ? rooms : [Math.max(area.left, area.right - wide)];
    return [0, -15, 15, -29, 29, -43, 43].flatMap((shift) => lefts.map((left) => box(left, left + wide, at + shift - 7, at + shift + 7)))
      .filter((place) => place.top > area.top - 11 && place.bottom < area.bottom + 5);
  };
  marks.append("text").attr("class", "strong over").style("font-weight", (point) => (front.includes(point) ? 620 : 400)).each(function (point) {
    const places = placesOf(point), free = (from) => places.find((place) => !from.some((other) => meet(place, other)));
    const place = free([...taken, ...intervals, ...steps]) || free(taken) || places[0], onRight = place.left > x(point.x);
    const middle = (place.top + place.bottom) / 2;
    taken.push(place);
    if (Math.abs(middle - y(point.y)) > 1) { // a name beside another dot says whose it is
      d3.select(this.parentNode).insert("line", "text").attr("x1", x(point.x)).attr("y1", y(point.y)).attr("x2", onRight ? place.left - 2 : place.right + 2).attr("y2", middle)
        .attr("stroke", point.color);
    }
    d3.select(this).attr("x", onRight ? place.left : place.right).attr("text-anchor", onRight ? "start" : "end").attr("y", middle).attr("dy", "0.35em").text(point.name);
  });
};
