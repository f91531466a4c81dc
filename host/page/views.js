// SPDX-License-Identifier: Apache-2.0
// Shows what the document holds.
"use strict";
mien.theme();
{
  const data = JSON.parse(document.getElementById("data").textContent);
  mien.views[data.kind](data);
  mien.follow();
}
