// What scripts add to forms: a statement that runs says so, and Ctrl+Enter runs it.
"use strict";
(() => {
  const answer = () => document.getElementById("answer");
  let timer = 0;
  const say = (text, kind) => {
    const line = document.createElement("p");
    line.className = kind;
    line.setAttribute("role", kind === "empty" ? "status" : "alert");
    line.textContent = text;
    answer()?.replaceChildren(line);
  };
  const isStatement = (event) => event.detail.elt instanceof HTMLFormElement && event.detail.elt.matches("form[data-statement]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isStatement(event)) return;
    const began = Date.now();
    const tell = () => say(`Running for ${Math.round((Date.now() - began) / 1000)} s …`, "empty");
    clearInterval(timer);
    tell();
    timer = setInterval(tell, 1000);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isStatement(event)) return;
    clearInterval(timer);
    const status = event.detail.xhr.status;
    if (status === 0) say("Connection lost. The statement was stopped.", "notice bad");
    else if (event.detail.xhr.responseURL.includes("/login")) location.assign(event.detail.xhr.responseURL);
    else if (status >= 400 && status !== 400) {
      const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
      say(page.querySelector("main [role=alert]")?.textContent || page.body.textContent.trim() || `The console answered ${status}.`, "notice bad");
    }
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target instanceof HTMLTextAreaElement && event.target.form;
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  // a button with an address of its own sends the form there, past htmx, which would ask for an answer to show here
  document.addEventListener("submit", (event) => { if (event.submitter?.hasAttribute("formaction")) event.stopPropagation(); }, true);
  // Enter in the name of a statement saves it, where the form's first button would run it
  document.addEventListener("keydown", (event) => {
    const save = event.key === "Enter" && event.target.matches("#keep input") && event.target.closest("#keep").querySelector("button[formaction]");
    if (save) { event.preventDefault(); save.click(); }
  });
  // a file is read here, into the field that is sent: no form carries files
  for (const label of document.querySelectorAll("[data-file]")) {
    label.hidden = false;
    label.querySelector("input").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      if (file) event.target.form.elements.file.value = await file.text();
    });
  }

  // on a phone the filters of a list take one line until they are wanted
  if (matchMedia("(max-width: 40rem)").matches) {
    for (const form of document.querySelectorAll("form.bar[method=get]:not(.stay)")) {
      const fold = document.createElement("details"), head = document.createElement("summary");
      head.textContent = "Filters";
      fold.className = "filters";
      fold.open = Boolean(location.search);
      form.before(fold);
      fold.append(head, form);
    }
  }

  // shortcuts: none while something is typed, and none at all where they were turned off
  const sheet = document.getElementById("keys"), box = document.getElementById("keys-on"), OFF = "dateline-no-shortcuts";
  const places = { o: "overview", s: "sources", a: "alarms", q: "queue", e: "errors", u: "explain", f: "search", c: "compare" };
  const offer = document.getElementById("shortcuts");
  if (offer && sheet) {
    offer.hidden = matchMedia("(hover: none)").matches;
    offer.querySelector("button").addEventListener("click", () => sheet.showModal());
  }
  let waits = false;
  if (box) {
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () => box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "?") { sheet?.showModal(); return; }
    if (localStorage.getItem(OFF) || sheet?.open) return;
    const go = (selector) => document.querySelector(selector)?.click();
    if (waits && places[event.key]) go(`#menu a[data-page=${places[event.key]}]`);
    else if (event.key === "/") { event.preventDefault(); document.querySelector("main input:not([type=hidden]), main textarea")?.focus(); }
    else if (event.key === "n") go("main a[rel=next]");
    else if (event.key === "p") go("main a[rel=prev]");
    waits = event.key === "g";
  });
})();
