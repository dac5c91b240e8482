// Whom one can write to, and what the compiler says.

import { $, el, exactTime, toast } from "./dom.js";
import { counted } from "./words.js";

let known = null;

/** Shows a new bench and says what went live since the last one. */
export function showBench(bench, choice, onChoice) {
  announce(bench);
  known = bench;
  $("compiled").textContent = bench.compiled_at_ms ? `собрано в ${exactTime(bench.compiled_at_ms)}` : "";
  showTenants(bench, choice, onChoice);
  showNumbers(choice, onChoice);
  showFindings(bench);
}

function announce(bench) {
  if (!known) return;
  for (const tenant of bench.tenants) {
    const before = known.tenants.find((it) => it.slug === tenant.slug);
    if (tenant.release_id && before?.release_id !== tenant.release_id) {
      toast(`${tenant.name}: выпуск ${tenant.release_id.slice(0, 8)} работает · live`, "good");
    }
  }
  const errors = (it) => it.findings?.errors ?? 0;
  if (errors(bench) > 0 && errors(known) === 0) toast("В файлах ошибка, отвечает прежний выпуск", "bad");
  if (errors(bench) === 0 && errors(known) > 0) toast("Ошибок больше нет", "good");
}

function showTenants(bench, choice, onChoice) {
  const options = bench.tenants.map((it) =>
    option("tenant", it.slug, choice.tenant?.slug === it.slug, {
      title: it.name,
      hint: it.slug,
      ...standing(it),
      onpick: () => onChoice({ tenant: it }),
    }),
  );
  refill($("tenants"), options.length ? options : [el("p", { class: "empty" }, "Здесь ещё нет ни одного бизнеса.")]);
  // On small screens the list is a row that may hide the chosen one.
  $("tenants").querySelector(":checked")?.parentElement.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** One word about what is not as it should be; the codes are in the tooltip. */
function standing(tenant) {
  if (tenant.is_broken) return { mark: "ошибка", isBad: true };
  if (tenant.problems.length) return { mark: "не готов", isBad: true, why: tenant.problems.join(", ") };
  return { mark: tenant.status === "active" ? null : tenant.status };
}

function showNumbers(choice, onChoice) {
  const numbers = choice.tenant?.numbers ?? [];
  $("numbers-box").hidden = numbers.length < 2;
  const options = numbers.map((it) =>
    option("number", it.instance_id, choice.number === it.instance_id, {
      title: it.name,
      hint: null,
      onpick: () => onChoice({ number: it.instance_id }),
    }),
  );
  refill($("numbers"), options);
}

function option(group, value, isChosen, { title, hint, mark, isBad, why, onpick }) {
  const input = el("input", { type: "radio", name: group, value, onchange: onpick });
  input.checked = isChosen;
  return el(
    "label",
    { class: "option" },
    input,
    el("span", { class: "option__title" }, title),
    hint ? el("span", { class: "option__hint" }, hint) : null,
    mark ? el("span", { class: isBad ? "tag tag--bad" : "tag", title: why }, mark) : null,
  );
}

/** Replaces the options and keeps the focus on the one that had it. */
function refill(list, nodes) {
  const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
  list.replaceChildren(...nodes);
  if (focused !== null) list.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
}

function showFindings(bench) {
  const found = bench.findings;
  $("findings").hidden = !found;
  if (!found) {
    $("findings-title").textContent = "";
    $("findings-text").textContent = "";
    return;
  }
  const isBad = found.errors > 0;
  $("findings").dataset.tone = isBad ? "bad" : "warn";
  const parts = [];
  if (found.errors) parts.push(counted(found.errors, "ошибка", "ошибки", "ошибок"));
  if (found.warnings) parts.push(counted(found.warnings, "замечание", "замечания", "замечаний"));
  $("findings-title").textContent = parts.join(", ");
  $("findings-hint").textContent = isBad ? "отвечает прежний выпуск, исправьте файл и сохраните" : "отвечает новый выпуск";
  if ($("findings-text").textContent === found.text) return;
  $("findings-text").textContent = found.text;
  // A person who closed the list keeps it closed until it says something else.
  $("findings").querySelector("details").open = isBad && matchMedia("(min-width: 761px)").matches;
}
