// SPDX-License-Identifier: Apache-2.0
// What all parts of the page share: elements, numbers as people read them, the tip, the theme.
//
// Text from results is hostile: it becomes text nodes and attributes' values, never markup.
"use strict";
const mien = {};

/** An element. Attributes that are null are left out; children are elements, texts or null. */
mien.el = function (tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "style") Object.assign(element.style, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
};

/** A picture from the document: nothing but data that is a picture is ever loaded. */
mien.picture = function (address, about) {
  const good = typeof address === "string" && /^data:image\/(jpeg|png);base64,/.test(address);
  return good ? mien.el("img", { src: address, alt: about, loading: "lazy" }) : null;
};

mien.isNumber = (value) => typeof value === "number" && Number.isFinite(value);
mien.list = (value) => (Array.isArray(value) ? value : []);

/** How figures are written. Each takes a number; what is none is a dash. */
const written = (write) => (value) => (mien.isNumber(value) ? write(value).replace(/^-/, "\u2212") : "–");
const small = (value) => {
  const [digits, power] = (+value.toPrecision(2)).toExponential().split("e");
  return digits + " × 10" + power.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).replace("-", "⁻").replace("+", "");
};
mien.write = {
  percent: written((value) => (100 * value).toFixed(1) + " %"),
  share: written((value) => (100 * value).toFixed(0) + " %"),
  count: written((value) => d3.format(",")(Math.round(value)).replace(/,/g, "\u2009")),
  figure: written((value) => (value === 0 ? "0" : Math.abs(value) < 0.0001 ? small(value) : String(+value.toPrecision(4)))),
  loss: written((value) => value.toFixed(4)), // as many places in all rows
  rate: written((value) => (value === 0 || Math.abs(value) >= 0.001 ? String(+value.toPrecision(3)) : (+value.toPrecision(3)).toExponential())),
  milliseconds: written((value) => (value === 0 ? "0" : value < 0.0001 ? small(value) : value < 0.1 ? String(+value.toPrecision(2)) : value < 10 ? value.toFixed(2) : value.toFixed(1)) + " ms"),
  speed: written((value) => (value > 0 && value < 10 ? value.toPrecision(2) : d3.format(",.0f")(value).replace(/,/g, "\u2009"))),
  bytes: written((value) => (value >= 1e9 ? (value / 1e9).toFixed(1) + " GB" : value >= 1e6 ? (value / 1e6).toFixed(1) + " MB" : (value / 1e3).toFixed(0) + " kB")),
  large: written((value) => d3.format(".3~s")(value).replace(/([kMGT])$/, " $1")),
  text: (value) => (value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value)),
  time: written((value) => {
    const hours = Math.floor(value / 3600), minutes = Math.floor(value / 60) % 60;
    return hours ? hours + " h " + minutes + " min" : minutes ? minutes + " min " + Math.floor(value % 60) + " s" : value.toFixed(1) + " s";
  }),
};

/** The colour of the thing with this number; the same in every chart of a page. */
mien.color = (index) => "var(--c" + (index % 12) + ")";

// --- Sections ------------------------------------------------------------------------------------

mien.head = function (kind, title, lead) {
  document.getElementById("kind").textContent = kind;
  document.getElementById("page").append(
    mien.el("div", { class: "head" }, mien.el("h1", null, title), lead ? mien.el("p", { class: "lead" }, lead) : null));
};

/** Appends a section, and its place in the bar on top. Empty sections are left out. */
mien.section = function (title, note, ...children) {
  const content = children.flat().filter(Boolean);
  if (!content.length) return;
  const id = title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  document.getElementById("page").append(
    mien.el("section", { id }, mien.el("h2", null, title), note ? mien.el("p", { class: "note" }, note) : null, content));
  document.getElementById("contents").append(mien.el("a", { href: "#" + id }, title));
};

/** Runs what makes a part of the page; results that do not fit it cost this part alone. */
mien.part = function (make) {
  try {
    make();
  } catch (error) {
    document.getElementById("page").append(mien.el("section", null, mien.el("p", { class: "failure" }, "A part of the results is not as expected and cannot be shown: " + error.message)));
  }
};

mien.card = function (title, more, ...children) {
  return mien.el("div", { class: "card" },
    title ? mien.el("header", null, mien.el("h3", null, title), more ? mien.el("small", null, more) : null) : null, children);
};

/** Big numbers: [what, value, more]. */
mien.tiles = function (tiles) {
  return mien.el("div", { class: "tiles" }, tiles.filter(Boolean).map(([what, value, more]) =>
    mien.el("div", { class: "tile" }, mien.el("div", { class: "what" }, what), mien.el("div", { class: value.length > 18 ? "value long" : "value" }, value), more ? mien.el("div", { class: "more" }, more) : null)));
};

mien.grid = (...cards) => {
  const present = cards.flat().filter(Boolean);
  return present.length ? mien.el("div", { class: "grid" }, present) : null;
};

// --- Charts --------------------------------------------------------------------------------------

/** A chart: `draw(svg, width)` fills an SVG and returns its height; again when the width changes. */
mien.chart = function (label, draw) {
  const holder = mien.el("div", { class: "chart" });
  const svg = d3.select(holder).append("svg").attr("role", "img").attr("aria-label", label);
  let width = 0;
  const again = () => {
    svg.selectAll("*").remove();
    const height = draw(svg, width);
    svg.attr("viewBox", "0 0 " + width + " " + height).attr("height", height);
  };
  new ResizeObserver(() => {
    const now = Math.floor(holder.clientWidth);
    if (now > 0 && now !== width) {
      width = now;
      again();
    }
  }).observe(holder);
  return { holder, again: () => width && again() };
};

/** Axes and lines behind a chart. `area` is {left, right, top, bottom} in pixels. */
mien.axes = function (svg, area, x, y, options) {
  const many = Math.max(2, Math.floor((area.right - area.left) / 80));
  const ticks = y.ticks ? y.ticks(options.yTicks || 5) : [];
  svg.append("g").selectAll("line").data(ticks).enter().append("line").attr("class", "grid-line")
    .attr("x1", area.left).attr("x2", area.right).attr("y1", y).attr("y2", y);
  svg.append("g").attr("class", "axis").attr("transform", "translate(" + area.left + ",0)")
    .call(d3.axisLeft(y).tickValues(ticks).tickFormat(options.yFormat).tickSize(0).tickPadding(8)).call((g) => g.select("path").remove());
  const bottom = d3.axisBottom(x).tickSize(4).tickPadding(5).tickFormat(options.xFormat);
  if (options.xValues) bottom.tickValues(mien.apart(options.xValues, x, options.xFormat));
  else if (options.xWhole) bottom.tickValues(x.ticks(many).filter(Number.isInteger));
  else bottom.ticks(many);
  svg.append("g").attr("class", "axis").attr("transform", "translate(0," + area.bottom + ")").call(bottom);
  if (options.xLabel) {
    svg.append("text").attr("x", area.right).attr("y", area.bottom + 36).attr("text-anchor", "end").text(options.xLabel);
  }
};

/** A text of a chart, cut in its middle where it would be wider; returns how wide it is. */
mien.fitText = function (node, text, most) {
  node.textContent = text;
  for (let length = text.length; node.getComputedTextLength() > most && length > 5; length--) node.textContent = mien.cut(text, length - 1);
  return node.getComputedTextLength();
};

/** Those of ascending values whose texts, at their places, do not run into each other. */
mien.apart = function (values, x, write) {
  let end = -Infinity;
  return values.filter((value) => {
    const half = write(value).length * 3.4 + 4, free = x(value) - half >= end;
    if (free) end = x(value) + half;
    return free;
  });
};

mien.tip = {
  /** For who moves with the keyboard: beside an element in place of a pointer, wherever that scrolls. */
  showAt(element, title, rows) {
    const place = () => {
      const box = element.getBoundingClientRect();
      mien.tip.show({ clientX: box.right, clientY: box.top }, title, rows);
      mien.tip.scrolled = place;
    };
    place();
  },
  /** Rows are [text, value, colour]. */
  show(event, title, rows) {
    mien.tip.scrolled = mien.tip.hide;
    const tip = document.getElementById("tip");
    tip.replaceChildren(mien.el("b", null, title), ...rows.map(([text, value, color]) => mien.el("div", { class: "row" },
      mien.el("span", null, color ? mien.el("i", { class: "dot", style: { background: color } }) : null, text), mien.el("span", null, value))));
    const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const above = event.clientY - tip.offsetHeight - 12;
    tip.style.transform = "translate(" + Math.max(8, left) + "px," + (above < 8 ? event.clientY + 16 : above) + "px)";
    tip.style.opacity = 1;
  },
  hide() {
    document.getElementById("tip").style.opacity = 0;
    mien.tip.scrolled = () => {};
  },
  scrolled() {},
};
window.addEventListener("scroll", () => mien.tip.scrolled(), { passive: true });

/** Marks, in the bar on top, the section that is being read. */
mien.follow = function () {
  const bar = document.getElementById("contents");
  const mark = (section) => {
    for (const link of bar.children) {
      if (link.hash !== "#" + section.id) link.removeAttribute("aria-current");
      else {
        link.setAttribute("aria-current", "true");
        bar.scrollTo({ left: link.offsetLeft - bar.offsetLeft - 40 });
      }
    }
  };
  const observer = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach((one) => mark(one.target)), { rootMargin: "-15% 0px -80% 0px" });
  document.querySelectorAll("section[id]").forEach((section) => observer.observe(section));
};

// --- The theme -----------------------------------------------------------------------------------

mien.theme = function () {
  const button = document.getElementById("theme"), names = ["auto", "light", "dark"];
  const remembered = (value) => { // a browser may keep nothing for files
    try {
      if (value) localStorage.setItem("mien-theme", value);
      return localStorage.getItem("mien-theme");
    } catch (error) {
      return value;
    }
  };
  let at = Math.max(0, names.indexOf(remembered()));
  const apply = () => {
    document.documentElement.dataset.theme = names[at];
    button.textContent = { auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" }[names[at]];
  };
  button.addEventListener("click", () => {
    at = (at + 1) % names.length;
    remembered(names[at]);
    apply();
  });
  apply();
};
