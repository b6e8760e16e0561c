"use strict";
// The open conversation, over a WebSocket: what is said appears as it comes and is said to who cannot see; a message
// goes without a new page. Without WebSockets it is a stream and forms; without streams it asks now and then; without
// script there are forms and a link. What is being typed stays.
(() => {
  const box = document.querySelector("[data-chat]"), lost = document.querySelector("[data-lost]");
  const said = document.querySelector("[data-said]"), form = document.querySelector("form.say"), field = form?.elements.text;
  if (!box) return;
  const path = box.dataset.chat, SILENT = 16000, TYPING_EVERY = 3000;
  const part = () => box.firstElementChild;
  let shown = "", heard = Date.now(), began = 0, tries = 0, line, timer, typed = 0, waiting, noSockets = !window.WebSocket;

  const show = html => {
    hear();
    if (html === shown) return;
    shown = html;
    const before = part().dataset.last, focus = box.contains(document.activeElement) && document.activeElement.id;
    box.innerHTML = html;
    if (focus) document.getElementById(focus)?.focus();
    if (part().dataset.last !== before) news();
  };
  const hear = () => { tries = 0; heard = Date.now(); lost.hidden = true; };
  const news = () => {
    const last = box.querySelector(".chat li:last-child");
    if (last && !last.matches(".citizen")) said.textContent = last.textContent.trim();
    document.getElementById("end").scrollIntoView({ block: "end" });
    look();
  };
  const look = () => { if (!document.hidden) tell({ seen: true }) || read(); };
  const tell = message => line?.readyState === 1 && line.send && (line.send(JSON.stringify(message)), true);

  const connect = () => {
    timer = 0;
    began = Date.now();
    if (noSockets) return listen();
    let opened = false;
    line = new WebSocket(location.origin.replace(/^http/, "ws") + path + "/socket");
    line.onopen = () => { opened = true; };
    line.onmessage = event => take(JSON.parse(event.data));
    line.onclose = () => { if (!opened && tries > 1) noSockets = true; again(); };
  };
  const listen = () => {
    if (!window.EventSource) return;
    line = new EventSource(path + "/stream");
    line.onmessage = event => show(event.data);
    line.addEventListener("alive", hear);
    line.addEventListener("over", () => location.reload());
    line.onerror = again;
  };
  const take = message => {
    if (message.over) return location.reload();
    if ("html" in message) show(message.html);
    else hear();
    if (waiting && message.taken === waiting) { field.value = ""; free(""); }
    else if (waiting && "refused" in message) free(message.refused);
  };
  const again = () => {
    line?.close();
    if (timer) return;
    if (waiting) free("没有送达，请再按一次“发送”");
    timer = setTimeout(connect, Math.min(15000, 500 * 2 ** tries++) * (0.5 + Math.random()));
    if (tries > 2) read();
  };
  const leave = () => {
    clearTimeout(timer);
    timer = 0;
    if (line) line.onclose = line.onerror = null;
    line?.close();
    line = null;
  };
  const read = async () => {
    try {
      const answer = await fetch(path + "/now", { cache: "no-store" });
      if (answer.status === 404) return location.reload();
      if (answer.ok) show(await answer.text());
    } catch { /* the next time */ }
  };
  // A repeat of the same message has the same name, so that it counts once; another message has another.
  const free = fault => {
    if (!fault) form.elements.once.value = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, "0")).join("");
    waiting = null;
    form.querySelector("button").disabled = false;
    let note = document.getElementById("e-text");
    if (fault && !note) {
      note = Object.assign(document.createElement("p"), { id: "e-text", className: "note bad" });
      note.setAttribute("role", "alert");
      form.prepend(note);
    }
    if (note) { note.textContent = fault; note.hidden = !fault; }
  };
  form?.addEventListener("submit", event => {
    const once = form.elements.once.value, text = field.value;
    if (!tell({ text, once, matter: form.elements.matter.value })) return; // the form itself brings it
    event.preventDefault();
    waiting = once;
    form.querySelector("button").disabled = true;
  });
  field?.addEventListener("input", () => {
    if (part().dataset.state !== "person" || Date.now() - typed < TYPING_EVERY) return;
    typed = Date.now();
    tell({ typing: true });
  });
  field?.addEventListener("keydown", event => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer:fine)").matches) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  addEventListener("visibilitychange", look);
  setInterval(() => {
    const now = Date.now();
    if (now - heard > SILENT) lost.hidden = false;
    if (line && !timer && now - Math.max(heard, began) > SILENT + 4000) again();
  }, 1000);
  if (noSockets && !window.EventSource) setInterval(read, 20000);
  connect();
  addEventListener("pagehide", leave);
  addEventListener("pageshow", event => event.persisted && connect());
})();
