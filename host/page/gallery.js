// SPDX-License-Identifier: Apache-2.0
// Pictures with what was said about them.
"use strict";

/** `items`: {picture, path, lines: [[text, value, failure], …]}. Shows some, and more when asked. */
mien.gallery = function (items, few = 24) {
  const several = items.some((item) => item.lines.length > 2);
  const holder = mien.el("div", { class: several ? "gallery several" : "gallery" });
  const figure = (item) => mien.el("figure", null, mien.picture(item.picture, item.path),
    mien.el("figcaption", null, item.lines.map(([text, value, failure]) =>
      mien.el("span", { class: failure ? "answer failure" : "answer" }, mien.el("span", null, text), mien.el("span", null, value))),
    mien.el("span", { class: "path", title: item.path }, String(item.path).split("/").slice(-2).join("/"))));
  const add = (from, to) => holder.append(...items.slice(from, to).map(figure));
  add(0, few);
  if (items.length <= few) return [holder];
  const button = mien.el("button", { type: "button", onclick: () => {
    add(few);
    button.remove();
  } }, "Show all " + items.length);
  return [holder, mien.el("p", null, button)];
};

/** Whole sheets, such as `mien explain` draws. */
mien.sheets = function (sheets) {
  return mien.el("div", { class: "gallery sheets" }, sheets.map((sheet) =>
    mien.el("figure", { class: "sheet" }, mien.picture(sheet.picture, sheet.name), mien.el("figcaption", null, sheet.name))));
};
