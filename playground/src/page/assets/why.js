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
  const { trace } = line;
  body.replaceChildren(
    ...[
      facets(trace),
      trace.handover ? el("p", { class: "notice" }, `Передано человеку: ${words.reason(trace.handover)}`) : null,
      block("Правила и факты", "rules and facts, file:line", rules(trace.steps)),
      block("Отрывки", "passages", passages(trace.passages)),
      block("Модель", "model", model(trace.model)),
      raw(trace),
    ].filter(Boolean),
  );
  body.scrollTop = 0;
}

function facets(trace) {
  return facetList({ "data-action": trace.action }, [
    ["действие", words.action(trace.action), trace.action],
    ["намерение", trace.intent],
    ["язык", words.language(trace.lang), trace.lang],
    ["филиал", trace.branch],
    ["выпуск", trace.release.slice(0, 8), trace.release],
    ["заняло", trace.took_ms > 0 ? `${trace.took_ms} мс` : "< 1 мс"],
  ]);
}

/** Names and values; those without a value are left out, a third item is the tooltip. */
function facetList(props, rows) {
  const cells = rows
    .filter(([, value]) => value)
    .map(([name, value, full]) => el("div", { class: "facet" }, el("dt", {}, name), el("dd", { title: full ?? value }, value)));
  return el("dl", { class: "facets", ...props }, ...cells);
}

function model(asked) {
  if (!asked) return null;
  return facetList({}, [
    ["какая", asked.model],
    ["что вышло", words.modelOutcome(asked.outcome), asked.outcome],
    ["промпт", asked.prompt.slice(0, 8), asked.prompt],
    ["заняло", `${asked.took_ms} мс`],
  ]);
}

function block(title, hint, content) {
  if (!content) return null;
  return el("section", { class: "block" }, el("h3", {}, title, el("span", { class: "en", lang: "en" }, hint)), content);
}

/** Each rule with what it found and where the facts it used stand. */
function rules(steps) {
  if (!steps.length) return null;
  const items = steps.map((it) =>
    el("li", {}, el("code", { class: "rule" }, it.rule),
      it.detail ? el("span", { class: "rule__detail" }, it.detail) : null,
      it.sources.length ? el("span", { class: "facts" }, ...[...new Set(it.sources)].map(place)) : null));
  return el("ol", { class: "rules" }, ...items);
}

/** SALON_TRUTH.yaml:42 with the line set apart. */
function place(source) {
  const colon = source.lastIndexOf(":");
  const isPlace = colon > 0 && /^\d+$/.test(source.slice(colon + 1));
  if (!isPlace) return el("code", {}, source);
  return el("code", {}, source.slice(0, colon), el("b", {}, source.slice(colon)));
}

function passages(found) {
  if (!found.length) return null;
  const items = found.map((it) =>
    el("li", { class: "passage" },
      el("span", { class: "passage__name" }, it.section || it.doc),
      el("meter", { min: 0, max: 1, value: it.confidence, title: `уверенность ${it.confidence.toFixed(2)}` }),
      el("span", { class: "passage__figures" }, place(`${it.doc}:${it.line}`),
        ` уверенность ${it.confidence.toFixed(2)} · балл ${it.score.toFixed(3)}`)));
  return el("ol", { class: "passages" }, ...items);
}

function raw(trace) {
  return el("details", { class: "raw" }, el("summary", {}, "Запись целиком ", el("span", { class: "en", lang: "en" }, "raw JSON")),
    el("pre", { tabindex: "0" }, JSON.stringify(trace, null, 2)));
}
