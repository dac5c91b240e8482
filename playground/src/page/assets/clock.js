// The clock that can be moved on: reminders and returns are played in seconds.

import { $, ahead, now, setAhead } from "./dom.js";
import { moveClock } from "./acts.js";

const shown = new Intl.DateTimeFormat("ru", { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** The server tells how far it is ahead. */
export function takeClock({ ahead_ms }) {
  setAhead(ahead_ms);
  showClock();
}

function showClock() {
  $("clock-now").textContent = shown.format(new Date(now()));
  $("clock-ahead").hidden = ahead() === 0;
  $("clock-ahead").textContent = `+${span(ahead())}`;
}

/** 2 ч 30 мин */
function span(ms) {
  const minutes = Math.round(ms / 60000);
  const parts = [[Math.floor(minutes / 1440), "дн"], [Math.floor(minutes / 60) % 24, "ч"], [minutes % 60, "мин"]];
  return parts.filter(([number]) => number > 0).map(([number, unit]) => `${number} ${unit}`).join(" ");
}

export function wireClock() {
  for (const button of document.querySelectorAll("[data-move]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      await moveClock(Number(button.dataset.move));
      button.disabled = false;
    });
  }
  setInterval(showClock, 5000);
  showClock();
}
