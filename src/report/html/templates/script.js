"use strict";
(() => {
  document.documentElement.classList.add("js");
  const value = cell => {
    const given = cell.getAttribute("data-v");
    return given === null ? cell.textContent : Number(given);
  };
  const isEmpty = v => v === "" || Number.isNaN(v);
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  const sort = (table, header, column) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, row => ({ row, key: value(row.cells[column]) }));
    // Rows without a value come last either way.
    rows.sort((a, b) => isEmpty(a.key) - isEmpty(b.key) || (isEmpty(a.key) ? 0 : descending ? compare(b.key, a.key) : compare(a.key, b.key)));
    body.append(...rows.map(entry => entry.row));
  };
  const filter = (table, words, status) => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      const fits = wanted.every(word => text.includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    status.textContent = wanted.length ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
  };
  for (const details of document.querySelectorAll("details.data")) {
    const table = details.querySelector("table.rows");
    Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => sort(table, header, column));
      header.replaceChildren(button);
    });
    const input = details.querySelector("input");
    const status = details.querySelector(".found");
    input.addEventListener("input", () => filter(table, input.value, status));
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
})();
