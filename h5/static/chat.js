"use strict";
// The open conversation: shows what a person says as it comes, and says it to who cannot see. What is being typed stays.
// Without streams it asks now and then; without script there is a link.
(() => {
  const box = document.querySelector("[data-chat]"), lost = document.querySelector("[data-lost]");
  const said = document.querySelector("[data-said]");
  if (!box) return;
  const path = box.dataset.chat, SILENT = window.EventSource ? 16000 : 50000;
  const part = () => box.firstElementChild;
  let shown = "", heard = Date.now(), began = 0, tries = 0, stream, timer;

  const show = html => {
    heard = Date.now();
    lost.hidden = true;
    if (html === shown) return;
    shown = html;
    const before = part().dataset.last, focus = box.contains(document.activeElement) && document.activeElement.id;
    box.innerHTML = html;
    if (focus) document.getElementById(focus)?.focus();
    if (part().dataset.last !== before) news();
    if ("final" in part().dataset) leave();
  };
  const news = () => {
    const last = box.querySelector(".chat li:last-child");
    if (last && !last.matches(".citizen")) said.textContent = last.textContent.trim();
    document.getElementById("end").scrollIntoView({ block: "end" });
  };
  const connect = () => {
    timer = 0;
    began = Date.now();
    stream = new EventSource(path + "/stream");
    stream.onmessage = event => { tries = 0; show(event.data); };
    stream.addEventListener("alive", () => { tries = 0; heard = Date.now(); lost.hidden = true; });
    stream.addEventListener("over", () => location.reload());
    stream.onerror = again;
  };
  const again = () => {
    stream.close();
    if (timer) return;
    timer = setTimeout(connect, Math.min(15000, 500 * 2 ** tries++) * (0.5 + Math.random()));
    if (tries > 2) read();
  };
  const leave = () => {
    clearTimeout(timer);
    timer = 0;
    stream?.close();
    stream = null;
  };
  const read = async () => {
    try {
      const answer = await fetch(path + "/now", { cache: "no-store" });
      if (answer.status === 404) return location.reload();
      if (answer.ok) show(await answer.text());
    } catch { /* the next time */ }
  };
  setInterval(() => {
    if ("final" in part().dataset) return;
    const now = Date.now();
    if (now - heard > SILENT) lost.hidden = false;
    if (stream && !timer && now - Math.max(heard, began) > SILENT + 4000) again();
  }, 1000);
  if (!window.EventSource) setInterval(read, 20000);
  else {
    connect();
    addEventListener("pagehide", leave);
    addEventListener("pageshow", event => event.persisted && connect());
  }
})();
