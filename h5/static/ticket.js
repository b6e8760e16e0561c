"use strict";
// The open ticket: shows each snapshot without flicker, keeps the screen on, and when the number is called says so with
// sound, vibration and the title. Without streams it asks now and then; without script the page reloads itself.
(() => {
  const box = document.querySelector("[data-ticket]"), lost = document.querySelector("[data-lost]");
  const said = document.querySelector("[role=status][data-status]"); // for who cannot see: the estimate alone is no news
  if (!box) return;
  const path = box.dataset.ticket, title = document.title, SILENT = window.EventSource ? 16000 : 50000;
  const part = () => box.firstElementChild || box;
  let shown = "", called = part().dataset.call || "", heard = Date.now(), began = 0, tries = 0;
  let stream, timer, blink, sound, lock;

  const show = html => {
    heard = Date.now();
    lost.hidden = true;
    if (html === shown) return;
    shown = html;
    const focus = document.activeElement && box.contains(document.activeElement) && document.activeElement.id;
    box.innerHTML = html;
    if (focus) document.getElementById(focus)?.focus();
    if ("over" in part().dataset) return location.reload();
    tell(part().dataset.call || "");
    if (said.textContent !== part().dataset.status) said.textContent = part().dataset.status;
    if ("final" in part().dataset) { leave(); lock?.release?.(); }
  };
  const tell = call => {
    clearInterval(blink);
    document.title = title;
    if (call) blink = setInterval(() => {
      document.title = document.title === title ? "【" + part().dataset.say + "】" : title;
    }, 1000);
    if (call && call !== called) {
      document.title = "【" + part().dataset.say + "】";
      navigator.vibrate?.([600, 200, 600, 200, 600]);
      beep();
    }
    called = call;
  };
  // Browsers make no sound before somebody has touched the page.
  addEventListener("pointerdown", () => {
    try { sound = sound || new AudioContext(); sound.resume(); } catch { /* silent */ }
    awake();
  });
  const beep = () => {
    if (!sound || sound.state !== "running") return;
    for (const [n, tone] of [880, 660, 880, 660].entries()) {
      const voice = sound.createOscillator(), loud = sound.createGain();
      voice.frequency.value = tone;
      loud.gain.value = 0.25;
      voice.connect(loud).connect(sound.destination);
      voice.start(sound.currentTime + n * 0.35);
      voice.stop(sound.currentTime + n * 0.35 + 0.25);
    }
  };
  const awake = async () => {
    if (document.hidden || (lock && !lock.released)) return;
    try { lock = await navigator.wakeLock.request("screen"); } catch { /* the screen goes off as usual */ }
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
  // A proxy that holds streams back, or a server with too many, may still let pages through.
  const read = async () => {
    try {
      const answer = await fetch(path + "/now", { cache: "no-store" });
      if (answer.status === 404 || answer.redirected) return location.reload();
      if (answer.ok) show(await answer.text());
    } catch { /* the next time */ }
  };
  setInterval(() => {
    if ("final" in part().dataset) return;
    const now = Date.now();
    if (now - heard > SILENT) lost.hidden = false;
    if (stream && !timer && now - Math.max(heard, began) > SILENT + 4000) again();
  }, 1000);
  tell(called);
  awake();
  document.addEventListener("visibilitychange", () => { awake(); if (!document.hidden && Date.now() - heard > SILENT) read(); });
  if (!window.EventSource) setInterval(read, 20000);
  else {
    connect();
    addEventListener("pagehide", leave);
    addEventListener("pageshow", event => event.persisted && connect());
  }
})();
