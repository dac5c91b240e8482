// Requests that wait for a person.

import { $, el, exactTime, since } from "./dom.js";
import * as words from "./words.js";

/** Shows the open requests of the tenant; those of the present customer stand out. */
export function showQueue(requests, jid) {
  const items = requests.map((it) =>
    el("li", { class: it.jid === jid ? "request request--mine" : "request" },
      el("p", { class: "request__head" },
        el("strong", {}, words.reason(it.reason)),
        it.status === "active" ? el("span", { class: "tag" }, "взято") : null,
        it.branch ? el("span", { class: "tag" }, it.branch) : null,
        el("time", { datetime: new Date(it.at_ms).toISOString(), title: exactTime(it.at_ms) }, since(it.at_ms))),
      el("p", { class: "request__text", dir: "auto" }, it.summary),
      el("p", { class: "request__who" }, name(it.jid))),
  );
  $("queue").replaceChildren(...(items.length ? items : [el("li", { class: "empty" }, "Очередь пуста: бот справляется сам.")]));
  for (const id of ["queue-count", "queue-count-tab"]) {
    $(id).hidden = requests.length === 0;
    $(id).textContent = String(requests.length);
  }
}

/** +7 700 123 45 67 of a jid. */
export function name(jid) {
  const digits = jid.split("@")[0];
  const parts = /^7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(digits);
  return parts ? `+7 ${parts.slice(1).join(" ")}` : `+${digits}`;
}
