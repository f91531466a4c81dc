// SPDX-License-Identifier: Apache-2.0
// Tables that sort by a click on a column's name and filter by words.
"use strict";

/**
 * Columns: {name, value(row), write(value), low(row), high(row), best: "high" | "low", text, long, help}.
 * A column without any value is left out. `options.filter` false: no field to filter with.
 */
mien.table = function (title, rows, columns, options = {}) {
  const there = (value) => value !== null && value !== undefined && value !== "";
  const shown = columns.filter((column) => rows.some((row) => there(column.value(row))));
  for (const column of shown.filter((one) => one.best)) {
    const values = rows.map(column.value).filter(mien.isNumber);
    column.record = values.length > 1 ? (column.best === "high" ? Math.max(...values) : Math.min(...values)) : null;
  }
  // Intervals are as wide as the widest, so that the numbers before them stand under each other.
  const bounds = (column, row) => {
    const write = column.write || mien.write.text, low = column.low && column.low(row), high = column.high && column.high(row);
    return mien.isNumber(low) && mien.isNumber(high) ? write(low).replace(/ %$/, "") + " … " + write(high) : null;
  };
  for (const column of shown) column.room = Math.max(0, ...rows.map((row) => (bounds(column, row) || "").length));
  let order = null, falling = false, words = [];
  const body = mien.el("tbody"), count = mien.el("small", { "aria-live": "polite" });
  const buttons = shown.map((column) => mien.el("button", { type: "button", onclick: () => sortBy(column) }, column.name));
  const heads = shown.map((column, i) => mien.el("th", { scope: "col", class: column.text ? "text" : null, "aria-sort": "none", title: column.help }, buttons[i]));

  function cell(column, row) {
    const value = column.value(row), write = column.write || mien.write.text;
    const between = column.room ? mien.el("span", { class: "between", style: { minWidth: (column.room * 0.93).toFixed(1) + "ch" } }, bounds(column, row)) : null;
    const best = column.record !== null && column.record !== undefined && value === column.record;
    const kind = [column.text ? "text" : "", column.long ? "long" : "", best ? "best" : ""].join(" ").trim();
    const content = column.content ? column.content(row) : write(value);
    return mien.el("td", { class: kind || null }, content, between);
  }

  function compare(a, b) {
    const x = order.value(a), y = order.value(b);
    if (!there(x) || !there(y)) return there(x) ? -1 : there(y) ? 1 : 0; // what is not there comes last
    const sign = mien.isNumber(x) && mien.isNumber(y) ? x - y : String(x).localeCompare(String(y));
    return falling ? -sign : sign;
  }

  function fill() {
    const kept = rows.filter((row) => {
      const all = shown.map((column) => mien.write.text(column.value(row))).join(" ").toLowerCase();
      return words.every((word) => all.includes(word));
    });
    if (order) kept.sort(compare);
    const most = options.most || 500;
    body.replaceChildren(...kept.slice(0, most).map((row) => mien.el("tr", null, shown.map((column) => cell(column, row)))));
    count.textContent = kept.length > most ? "the first " + most + " of " + kept.length : kept.length === rows.length ? rows.length + " rows" : kept.length + " of " + rows.length;
  }

  function sortBy(column) {
    falling = order === column ? !falling : !column.text && column.best !== "low";
    order = column;
    heads.forEach((head, i) => head.setAttribute("aria-sort", shown[i] === order ? (falling ? "descending" : "ascending") : "none"));
    fill();
  }

  const search = mien.el("input", {
    type: "search", placeholder: "Filter …", "aria-label": "Filter " + title,
    oninput: (event) => {
      words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      fill();
    },
  });
  const whole = mien.el("table", null, mien.el("thead", null, mien.el("tr", null, heads)), body);
  const holder = mien.el("div", { class: rows.length > 15 ? "scroll tall" : "scroll", role: "region", "aria-label": title }, whole);
  const watch = new ResizeObserver(() => { // what scrolls can be reached by the keyboard
    holder.classList.toggle("fits", rows.length <= 100 && whole.offsetWidth <= holder.clientWidth);
    const scrolls = !holder.classList.contains("fits") && (holder.scrollWidth > holder.clientWidth || holder.scrollHeight > holder.clientHeight);
    if (scrolls) holder.setAttribute("tabindex", "0");
    else holder.removeAttribute("tabindex");
  });
  watch.observe(holder);
  watch.observe(whole);
  fill();
  return mien.card(title, options.more, options.filter === false ? null : mien.el("div", { class: "tools" }, search, count), mien.columnHelp(shown), holder);
};

/** What columns say, for those without a pointer to hold over their names. */
mien.columnHelp = function (columns) {
  const told = columns.filter((column) => column.help && column.help !== column.name);
  return told.length ? mien.el("details", { class: "help" }, mien.el("summary", null, "What the columns say"),
    mien.el("dl", null, told.flatMap((column) => [mien.el("dt", null, column.name), mien.el("dd", null, column.help)]))) : null;
};
