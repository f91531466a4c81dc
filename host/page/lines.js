// SPDX-License-Identifier: Apache-2.0
// Curves: a figure over epochs, or over how badly a picture was treated.
"use strict";

/**
 * `series`: {name, color, dashed, points: [[x, y], …]}. Options: yFormat, xFormat, xLabel, xValues,
 * zero (the y axis begins at 0), yRange, marks ([x, text]), height, more, tipTitle(x), legend (false:
 * it stands elsewhere).
 */
mien.lines = function (title, series, options = {}) {
  const drawn = series.filter((one) => one.points.some(([, y]) => mien.isNumber(y)));
  if (!drawn.length) return null;
  const visible = new Set(drawn);
  const chart = mien.chart(title, (svg, width) => draw(svg, width));

  function scales(area) {
    const points = [...visible].flatMap((one) => one.points).filter(([, y]) => mien.isNumber(y));
    const all = drawn.flatMap((one) => one.points);
    let [low, high] = options.yRange || d3.extent(points, (point) => point[1]);
    if (options.zero) low = Math.min(0, low);
    if (low === high) [low, high] = [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
    const [first, last] = d3.extent(all, (point) => point[0]);
    return {
      x: d3.scaleLinear().domain(first === last ? [first - 1, last + 1] : [first, last]).range([area.left, area.right]),
      y: d3.scaleLinear().domain([low, high]).nice(5).range([area.bottom, area.top]),
    };
  }

  function draw(svg, width) {
    const height = options.height || 250;
    const area = { left: 60, right: width - 10, top: 10, bottom: height - 42 };
    if (!visible.size) return height;
    const { x, y } = scales(area);
    const yFormat = options.yFormat || mien.write.figure;
    mien.axes(svg, area, x, y, { yFormat: options.yFormat || y.tickFormat(5), xFormat: options.xFormat || d3.format("d"), xWhole: !options.xFormat, xLabel: options.xLabel, xValues: options.xValues });
    for (const [at, text] of options.marks || []) {
      svg.append("line").attr("class", "cross").attr("x1", x(at)).attr("x2", x(at)).attr("y1", area.top).attr("y2", area.bottom);
    }
    const line = d3.line().defined(([, value]) => mien.isNumber(value)).x((point) => x(point[0])).y((point) => y(point[1]));
    for (const one of visible) {
      svg.append("path").attr("class", "series").attr("stroke", one.color).attr("stroke-dasharray", one.dashed ? "5 4" : null).attr("d", line(one.points));
      if (one.points.length <= 12) {
        svg.append("g").selectAll("circle").data(one.points.filter(([, value]) => mien.isNumber(value))).enter().append("circle")
          .attr("r", 3.2).attr("fill", one.color).attr("cx", (point) => x(point[0])).attr("cy", (point) => y(point[1]));
      }
    }
    for (const [at, text] of options.marks || []) name(svg, area, x, y, at, text);
    svg.attr("role", "group");
    follow(svg, area, x, y, yFormat);
    return height;
  }

  /** What a mark is, at that end of it from which the lines are further. */
  function name(svg, area, x, y, at, text) {
    const left = x(at) > (area.left + area.right) / 2, reach = 50;
    const heights = [...visible].flatMap((one) => one.points).filter((point) => mien.isNumber(point[1]) && Math.abs(x(point[0]) - x(at)) < reach).map((point) => y(point[1]));
    const top = d3.min(heights) - area.top > area.bottom - d3.max(heights);
    svg.append("text").attr("class", "over").attr("x", x(at) + (left ? -6 : 6)).attr("y", top ? area.top + 12 : area.bottom - 7).attr("text-anchor", left ? "end" : "start").text(text);
  }

  /** The tip over the nearest x, by the pointer or by the arrow keys. */
  function follow(svg, area, x, y, yFormat) {
    const places = [...new Set([...visible].flatMap((one) => one.points.map((point) => point[0])))].sort(d3.ascending);
    const cross = svg.append("line").attr("class", "cross").attr("y1", area.top).attr("y2", area.bottom).attr("opacity", 0);
    const dots = svg.append("g");
    const hide = () => {
      mien.tip.hide();
      cross.attr("opacity", 0);
      dots.selectAll("*").remove();
    };
    let index = -1;
    const show = (at, tell) => {
      index = places.indexOf(at);
      const found = [...visible].map((one) => [one, one.points.find((point) => point[0] === at)]).filter(([, point]) => point && mien.isNumber(point[1])).sort((a, b) => b[1][1] - a[1][1]);
      cross.attr("opacity", 1).attr("x1", x(at)).attr("x2", x(at));
      const joined = dots.selectAll("circle").data(found);
      joined.enter().append("circle").attr("r", 4).merge(joined).attr("cx", x(at)).attr("cy", ([, point]) => y(point[1])).attr("fill", ([one]) => one.color);
      joined.exit().remove();
      tell(options.tipTitle ? options.tipTitle(at) : (options.xLabel || "") + " " + at, found.map(([one, point]) => [one.name, yFormat(point[1]), one.color]));
    };
    const point = () => {
      const event = d3.event, wanted = x.invert(d3.clientPoint(svg.node(), event)[0]);
      show(places.reduce((best, place) => (Math.abs(place - wanted) < Math.abs(best - wanted) ? place : best), places[0]), (...what) => mien.tip.show(event, ...what));
    };
    const press = () => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -places.length, End: places.length }[d3.event.key];
      if (d3.event.key === "Escape") hide();
      if (!step) return;
      d3.event.preventDefault();
      show(places[Math.max(0, Math.min(places.length - 1, index + step))], (...what) => mien.tip.showAt(cross.node(), ...what));
    };
    svg.append("rect").attr("x", area.left).attr("y", area.top).attr("width", Math.max(0, area.right - area.left)).attr("height", area.bottom - area.top)
      .attr("fill", "transparent").attr("tabindex", 0).attr("role", "application").attr("aria-label", title + ": arrow keys move along")
      .on("pointermove", point).on("pointerdown", point).on("pointerleave", hide).on("keydown", press).on("blur", hide);
  }

  return mien.card(title, options.more, chart.holder, drawn.length < 2 || options.legend === false ? null : mien.legend(drawn, visible, chart.again));
};

/** Names that hide lines: {name, color, dashed}, those in the set `visible` being seen. */
mien.legend = function (lines, visible, changed) {
  return mien.el("ul", { class: "legend" }, lines.map((one) => {
    const key = mien.el("i", { class: one.dashed ? "key dashed" : "key", style: { background: one.color, color: one.color } });
    const button = mien.el("button", { type: "button", "aria-pressed": "true", onclick: () => {
      if (visible.size === 1 && visible.has(one)) return; // something must be left to see
      if (!visible.delete(one)) visible.add(one);
      button.setAttribute("aria-pressed", String(visible.has(one)));
      changed();
    } }, key, one.name);
    return mien.el("li", null, button);
  }));
};
