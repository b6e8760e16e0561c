"use strict";
// The tablet on the wall: a fresh code every 20 seconds, the server's time, and no code at all when it would be stale.
(() => {
  const box = document.querySelector("[data-code]");
  const clock = document.querySelector("[data-clock]");
  const EVERY = 20000, GOOD_FOR = 55000;  // the server lets a code live for 60 s
  const time = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" });
  let server, heard;  // the server's time, and by our own stopwatch when we heard it: a wrong clock here does no harm
  const show = works => {  // what to do by scanning stands there only while scanning works
    box.hidden = !works;
    document.querySelectorAll("[data-works]").forEach(part => part.hidden = !works);
    document.querySelectorAll("[data-lost]").forEach(part => part.hidden = works);
  };
  const hear = () => {
    server = Number(box.querySelector("[data-server]").dataset.server);
    heard = performance.now();
    show(true);
  };
  const tick = () => {
    const since = performance.now() - heard;
    clock.textContent = time.format(server + since);
    if (since > GOOD_FOR) show(false);
  };
  const renew = async () => {
    try {
      const answer = await fetch(`${box.dataset.code}?at=${Date.now()}`, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (answer.status === 403) return location.reload();
      if (!answer.ok) return;
      box.innerHTML = await answer.text();
      hear();
    } catch { /* tick() takes the code away when it has become too old */ }
  };
  const stayOn = () => navigator.wakeLock?.request("screen").catch(() => {});
  hear();
  renew();
  stayOn();
  setInterval(renew, EVERY);
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { renew(); stayOn(); } });
})();
