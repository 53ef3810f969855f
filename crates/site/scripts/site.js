// Comfort for pages that work without it: copying, filtering, dialogs, and calls of one's own.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const say = (text) => {
    const place = document.getElementById("live");
    if (place) place.textContent = text;
  };

  // Copying: the text of `data-copy`, or of the element that `data-copy-from` names.
  async function copy(button) {
    const from = button.dataset.copyFrom;
    const text = from ? document.getElementById(from).textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without TLS browsers have no clipboard for pages, but still for a selection.
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "unseen";
      (button.closest("dialog") ?? document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.querySelector(".word");
    const before = label?.textContent;
    button.classList.add("done");
    if (label) label.textContent = "Copied";
    say("Copied");
    setTimeout(() => {
      button.classList.remove("done");
      if (label) label.textContent = before;
    }, 1600);
  }

  // Filtering: an input names a list; what does not have all words goes, and groups without rest.
  function filter(input) {
    const list = document.getElementById(input.dataset.filter);
    if (!list) return;
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of all("[data-text]", list)) {
      const text = item.dataset.text.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown += 1;
    }
    for (const group of all("[data-group]", list)) {
      group.hidden = !group.querySelector("[data-text]:not([hidden])");
    }
    const none = document.getElementById(`${input.dataset.filter}-none`);
    if (none) none.hidden = shown > 0;
    say(shown === 1 ? "1 result" : `${shown} results`);
  }

  // Dialogs: the marked part of the page that a link leads to, without leaving this one.
  async function open(link) {
    const answer = await fetch(link.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error("no dialog");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("[data-dialog-body]");
    if (!part) throw new Error("no dialog");
    const dialog = document.createElement("dialog");
    const heading = part.querySelector("h1, h2");
    if (heading) {
      heading.id ||= "dialog-title";
      dialog.setAttribute("aria-labelledby", heading.id);
    }
    dialog.append(document.importNode(part, true));
    for (const cancel of all("[data-cancel]", dialog)) {
      cancel.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
    }
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    document.body.append(dialog);
    dialog.showModal();
    all("input:not([type=hidden]), textarea", dialog)[0]?.focus();
  }

  // A call of one's own, with a credential that lives for some minutes.
  const tokens = new Map();
  async function credential(form, key) {
    const kept = tokens.get(key);
    if (kept && kept.until > Date.now()) return kept;
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, key });
    const answer = await fetch(form.dataset.credential, { method: "POST", body, headers: { accept: "application/json" } });
    const given = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(given.message ?? "Your sign-in has ended. Reload this page.");
    given.until = Date.now() + (given.seconds - 30) * 1000;
    tokens.set(key, given);
    return given;
  }

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  function prepared(form) {
    let path = form.dataset.path;
    const query = [];
    const headers = new Headers();
    for (const field of all("[data-in]", form)) {
      const { value, name, dataset } = field;
      if (dataset.in === "path") path = path.replaceAll(`{${name}}`, encodeURIComponent(value));
      if (value === "") continue;
      if (dataset.in === "query") {
        const values = dataset.many ? value.split(",").map((one) => one.trim()) : [value];
        for (const one of values) query.push(`${encodeURIComponent(name)}=${encodeURIComponent(one)}`);
      }
      if (dataset.in === "header") headers.set(name, value);
    }
    const url = form.dataset.base + path + (query.length ? `?${query.join("&")}` : "");
    const given = form.querySelector("[data-body]");
    const body = given && given.value !== "" ? given.value : undefined;
    if (body !== undefined) headers.set("content-type", given.dataset.body);
    return { url, headers, body, method: form.dataset.method };
  }

  function shown(form, name, text) {
    const place = form.querySelector(`[data-shows="${name}"]`);
    if (place) place.textContent = text;
    return place;
  }

  async function execute(form) {
    const button = form.querySelector("button[type=submit]");
    const output = form.querySelector("output");
    const trouble = form.querySelector("[data-shows=trouble]");
    button.setAttribute("aria-busy", "true");
    try {
      const call = prepared(form);
      const secret = await credential(form, form.elements.key.value);
      const lines = [`curl -X ${call.method} ${quoted(call.url)}`, `-H '${secret.header}: YOUR_TOKEN'`];
      call.headers.forEach((value, name) => lines.push(`-H ${quoted(`${name}: ${value}`)}`));
      if (call.body !== undefined) lines.push(`--data ${quoted(call.body)}`);
      shown(form, "curl", lines.join(" \\\n  "));
      call.headers.set(secret.header, secret.token);
      const begun = performance.now();
      let answer, text;
      try {
        answer = await fetch(call.url, { method: call.method, headers: call.headers, body: call.body, credentials: "omit", cache: "no-store", redirect: "manual" });
        text = await answer.text();
      } catch {
        throw new Error("The gateway could not be reached from this browser. Check the address, your network, and whether the call has a header that browsers refuse.");
      }
      const took = Math.round(performance.now() - begun);
      const status = shown(form, "status", answer.type === "opaqueredirect" ? "Redirect" : `${answer.status} ${answer.statusText}`.trim());
      status.className = `status s${String(answer.status)[0]}`;
      shown(form, "duration", `${took} ms`);
      shown(form, "size", `${new Blob([text]).size.toLocaleString("en").replaceAll(",", "\u202f")} bytes`);
      shown(form, "headers", [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n") || "None that browsers show.");
      let body = text;
      if (/json/.test(answer.headers.get("content-type") ?? "")) {
        try { body = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it came */ }
      }
      const most = 200000;
      shown(form, "body", body === "" ? "No body." : body.length > most ? `${body.slice(0, most)}\n… cut after ${most} characters` : body);
      trouble.hidden = true;
      output.hidden = false;
      say(`${answer.status}, ${took} milliseconds`);
    } catch (error) {
      output.hidden = true;
      trouble.hidden = false;
      shown(form, "why", error.message);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  // What a form would do, shown beside it as one types: the server makes the page anew, and its part with
  // the id `preview` takes the place of ours. `data-live` names the button that does the same without script.
  const waiting = new WeakMap();
  async function preview(form) {
    const body = new URLSearchParams(new FormData(form));
    body.set(form.dataset.live, "1");
    waiting.get(form)?.abort();
    const aborting = new AbortController();
    waiting.set(form, aborting);
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: aborting.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [part, ours] = [page.getElementById("preview"), document.getElementById("preview")];
      if (answer.ok && part && ours) ours.replaceWith(document.importNode(part, true));
    } catch { /* The button is still there. */ }
  }
  let soon;

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("[data-copy], [data-copy-from]");
    if (button) return void copy(button);
    const link = target?.closest("a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(link).catch(() => { location.href = link.href; });
    }
    for (const menu of all("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.filter) filter(event.target);
    const form = event.target.form;
    if (form?.dataset.live) {
      clearTimeout(soon);
      soon = setTimeout(() => preview(form), 250);
    }
  });
  document.addEventListener("change", (event) => {
    // The language of samples is remembered where pages are made, so that none flickers.
    const name = event.target.name;
    if (name === "language") {
      document.cookie = `portico_language=${event.target.value}; Path=/; Max-Age=31536000; SameSite=Lax`;
    }
    const body = event.target.form?.querySelector("[data-body]");
    if (event.target.matches?.("[data-body-type]") && body) {
      const chosen = event.target.selectedOptions[0];
      body.dataset.body = chosen.value;
      body.value = chosen.dataset.example;
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-try]")) {
      event.preventDefault();
      execute(event.target);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of all("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("[data-slash]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    // A filter that the browser filled in again when going back.
    for (const input of all("input[data-filter]")) if (input.value) filter(input);
    const current = document.querySelector(".list a[aria-current]");
    const list = current?.closest(".list");
    if (list && list.scrollHeight > list.clientHeight) list.scrollTop = current.offsetTop - list.clientHeight / 3;
    // Long lists are closed where they would push the text off a small screen.
    if (matchMedia("(max-width: 799px)").matches) for (const fold of all(".list > details[open]")) fold.open = false;
  });
})();
