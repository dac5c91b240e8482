// Why a turn was decided as it was: what the responder wrote down, in the order it thought.

import { $, el } from "./dom.js";
import * as words from "./words.js";

/** Shows the trace of a line, or an invitation. */
export function showWhy(line) {
  const body = $("why");
  if (!line?.trace) {
    body.replaceChildren(
      el("p", { class: "empty" }, "Напишите сообщение: здесь появятся правила, факты с файлом и строкой, найденные отрывки и выпуск."),
      el("p", { class: "empty empty--en", lang: "en" }, "Write a message: the rules, facts with file:line, passages and release behind the answer appear here."),
    );
    return;
  }
  const trace = line.trace;
  const entries = trace.entries ?? [];
  body.replaceChildren(
    ...[
      facets(trace),
      handover(trace.handover),
      slots(trace.slots),
      block("Правила", "rules", rules(entries)),
      block("Факты", "facts", facts(trace.sources ?? entries.flatMap((it) => it.sources ?? []))),
      block("Отрывки", "passages", passages(trace.passages ?? [])),
      raw(trace),
    ].filter(Boolean),
  );
  body.scrollTop = 0;
}

function facets(trace) {
  const took = trace.took_ms ?? trace.ms;
  const rows = [
    ["действие", trace.action && words.action(trace.action), trace.action],
    ["намерение", trace.intent],
    ["язык", trace.lang && words.language(trace.lang), trace.lang],
    ["филиал", trace.branch],
    ["выпуск", (trace.release_id ?? trace.release)?.slice(0, 12), trace.release_id ?? trace.release],
    ["модель", trace.model],
    ["заняло", took === undefined || took === null ? null : `${took} мс`],
  ];
  const cells = rows
    .filter(([, value]) => value)
    .map(([name, value, full]) => el("div", { class: "facet" }, el("dt", {}, name), el("dd", { title: full ?? value }, value)));
  return el("dl", { class: "facets", "data-action": trace.action }, ...cells);
}

function handover(found) {
  if (!found?.reason) return null;
  return el("p", { class: "notice" }, `Передано человеку: ${words.reason(found.reason)}`);
}

function slots(found) {
  const filled = Object.entries(found ?? {});
  if (!filled.length) return null;
  const cells = filled.map(([name, value]) => el("div", { class: "facet" }, el("dt", {}, name), el("dd", {}, value)));
  return block("Заявка", "slots", el("dl", { class: "facets" }, ...cells));
}

function block(title, hint, content) {
  if (!content) return null;
  return el("section", { class: "block" }, el("h3", {}, title, el("span", { class: "en", lang: "en" }, hint)), content);
}

function rules(entries) {
  if (!entries.length) return null;
  const items = entries.map((it) =>
    el("li", {}, el("code", { class: "rule" }, it.rule), it.detail ? el("span", { class: "rule__detail" }, it.detail) : null),
  );
  return el("ol", { class: "rules" }, ...items);
}

function facts(sources) {
  const once = [...new Set(sources)];
  if (!once.length) return null;
  return el("ul", { class: "facts" }, ...once.map((it) => el("li", {}, place(it))));
}

/** tenants/x/SALON_TRUTH.yaml:42 with the line set apart. */
function place(source) {
  const colon = source.lastIndexOf(":");
  const isPlace = colon > 0 && /^\d+$/.test(source.slice(colon + 1));
  if (!isPlace) return el("code", {}, source);
  return el("code", {}, source.slice(0, colon), el("b", {}, source.slice(colon)));
}

function passages(found) {
  if (!found.length) return null;
  const items = found.map((it) => {
    const name = [it.doc, it.section].filter(Boolean).join(" › ") || it.digest?.slice(0, 12) || "?";
    const confidence = it.confidence ?? null;
    const meter = confidence === null ? null
      : el("meter", { min: 0, max: 1, value: confidence, "aria-label": `уверенность ${confidence.toFixed(2)}` });
    const figures = [
      it.score === undefined ? null : `балл ${it.score.toFixed(2)}`,
      confidence === null ? null : `уверенность ${confidence.toFixed(2)}`,
    ].filter(Boolean).join(" · ");
    return el("li", { class: "passage" }, el("span", { class: "passage__name" }, name), meter, el("span", { class: "passage__figures" }, figures));
  });
  return el("ol", { class: "passages" }, ...items);
}

function raw(trace) {
  return el("details", { class: "raw" }, el("summary", {}, "Запись целиком ", el("span", { class: "en", lang: "en" }, "raw JSON")),
    el("pre", { tabindex: "0" }, JSON.stringify(trace, null, 2)));
}
