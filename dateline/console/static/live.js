// Renews the parts of a page that are marked data-live, every ten seconds. Focus, scroll positions and the rest of the page stay.
"use strict";
(() => {
  const EVERY_MS = 10_000;
  const bar = document.querySelector("[data-fresh]");
  if (!bar) return;
  const said = bar.querySelector("[role=status]"), button = bar.querySelector("button");
  let isPaused = false, renewedAt = new Date(), isRunning = false;
  const time = (at) => at.toISOString().slice(11, 19);
  const tell = (text, isBad) => { said.textContent = text; bar.classList.toggle("bad", Boolean(isBad)); };

  // what identifies an element in the old and in the new markup
  const mark = (node) => node && node !== document.body ? [node.id, node.tagName, node.getAttribute("href"), node.getAttribute("aria-label"), node.id ? "" : node.textContent].join("\u0000") : "";

  function renew(region, fresh) {
    if (region.innerHTML === fresh.innerHTML) return;
    const focused = region.contains(document.activeElement) ? mark(document.activeElement) : "";
    const offsets = [...region.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    const open = [...region.querySelectorAll("details")].map((one) => one.open);
    region.innerHTML = fresh.innerHTML;
    region.className = fresh.className;
    region.querySelectorAll(".scroll").forEach((one, place) => { one.scrollLeft = offsets[place] || 0; });
    region.querySelectorAll("details").forEach((one, place) => { one.open = open[place] ?? one.open; });
    if (focused) [...region.querySelectorAll("a, button, summary, [tabindex]")].find((one) => mark(one) === focused)?.focus({ preventScroll: true });
  }

  async function tick() {
    if (isPaused || isRunning || document.hidden) return;
    isRunning = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, cache: "no-store" });
      if (answer.redirected && new URL(answer.url).pathname.endsWith("/login")) { location.assign(answer.url); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const regions = [...document.querySelectorAll("[data-live]")];
      if (!regions.every((region) => page.getElementById(region.id))) throw new Error("another page");
      regions.forEach((region) => renew(region, page.getElementById(region.id)));
      renewedAt = new Date();
      tell(`Updated ${time(renewedAt)}`);
      document.dispatchEvent(new Event("dateline:renewed"));
    } catch {
      tell(`Connection lost. This is the state of ${time(renewedAt)}.`, true);
    } finally { isRunning = false; }
  }

  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? "Resume" : "Pause";
    if (isPaused) tell(`Paused. This is the state of ${time(renewedAt)}.`); else tick();
  });
  document.addEventListener("visibilitychange", tick);
  tell(`Updated ${time(renewedAt)}`);
  bar.hidden = false;
  setInterval(tick, EVERY_MS);
})();
