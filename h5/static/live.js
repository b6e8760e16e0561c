"use strict";
// A page that follows an event stream: shows each snapshot, says when it hears nothing, comes back by itself, and
// reads new calls aloud where the browser can.
(() => {
  const board = document.querySelector("[data-board]"), lost = document.querySelector("[data-lost]");
  const at = document.querySelector("[data-at]"), clock = document.querySelector("[data-clock]");
  const SILENT = window.EventSource ? +(board.dataset.silent || 5000) : 25000;
  const STUCK = SILENT + 4000, FRESH = 60000, FLASH = 8000;
  let stream, timer, tries = 0, began = Date.now(), heard = Date.now(), ahead = 0;

  // Voice: off until somebody taps, because browsers make no sound before that.
  const button = document.querySelector("[data-voice]"), voice = button && window.speechSynthesis;
  let aloud = false;
  const setVoice = on => {
    aloud = on;
    button.setAttribute("aria-pressed", on);
    button.textContent = on ? "关闭语音叫号" : "开启语音叫号";
    try { localStorage.setItem("zb_voice", on ? "1" : ""); } catch { /* asks again the next time */ }
    if (!on) voice.cancel();
  };
  const say = text => {
    const words = new SpeechSynthesisUtterance(text + "。" + text + "。");
    words.lang = "zh-CN";
    words.rate = 0.9;
    words.onerror = event => event.error === "not-allowed" && setVoice(false);
    voice.speak(words);
  };
  if (voice) {
    button.hidden = false;
    try { setVoice(localStorage.getItem("zb_voice") === "1"); } catch { setVoice(false); }
    button.addEventListener("click", () => setVoice(!aloud));
  }

  // Calls: what was there when the page opened, or what came while it was away for long, is not news.
  const known = new Set(), flashing = new Map();
  const calls = () => [...board.querySelectorAll("[data-call]")];
  calls().forEach(call => known.add(call.dataset.call));
  const show = html => {
    board.innerHTML = html;
    const now = Date.now(), isNews = now - heard < FRESH;
    const fresh = calls().filter(call => !known.has(call.dataset.call)).reverse();
    for (const call of fresh) {
      known.add(call.dataset.call);
      if (!isNews) continue;
      flashing.set(call.dataset.call, now + FLASH);
      if (voice && aloud) say(call.dataset.say);
    }
    for (const call of calls()) if (flashing.get(call.dataset.call) > now) call.classList.add("new");
  };

  const hear = () => {
    heard = Date.now();
    tries = 0;
    lost.hidden = true;
  };
  const stamp = time => {
    at.textContent = time.slice(11, 19);
    ahead = Date.parse(time) - Date.now();
  };
  const connect = () => {
    timer = 0;
    began = Date.now();
    stream = new EventSource(board.dataset.stream);
    stream.onmessage = event => { show(event.data); hear(); };
    stream.addEventListener("alive", event => { stamp(event.data); hear(); });
    stream.addEventListener("over", () => location.reload());
    stream.onerror = again;
  };
  const again = () => {
    stream.close();
    if (timer) return;
    const pause = Math.min(8000, 500 * 2 ** tries++) * (0.5 + Math.random());
    timer = setTimeout(connect, pause);
    if (tries > 2) read();
  };
  const leave = () => {
    clearTimeout(timer);
    timer = 0;
    stream.close();
  };
  // A proxy that holds streams back, or a server with too many, may still let pages through.
  const read = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      show(page.querySelector("[data-board]").innerHTML);
      at.textContent = page.querySelector("[data-at]").textContent;
      heard = Date.now();
    } catch { /* the next time */ }
  };

  setInterval(() => {
    const now = Date.now();
    if (clock) clock.textContent = new Date(now + ahead + 8 * 3600000).toISOString().slice(11, 16);
    if (document.hidden && "sleeps" in board.dataset) return;
    if (now - heard > SILENT) lost.hidden = false;
    if (stream && !timer && now - Math.max(heard, began) > STUCK) again();
  }, 500);
  if (!window.EventSource) setInterval(read, 10000);
  else {
    connect();
    // A phone in a pocket needs no stream.
    if ("sleeps" in board.dataset) document.addEventListener("visibilitychange", () => {
      leave();
      if (!document.hidden) connect();
    });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", event => event.persisted && connect());
  }
})();
