/* What makes the console quicker where there is script; every page works without it. */
const html = { headers: { accept: "text/html" }, cache: "no-store" };
const byItself = { headers: { ...html.headers, "x-by-itself": "1" }, cache: "no-store" }; // no sign that anybody is here
const live = document.querySelector("[data-live]");
const said = document.querySelector("[data-said]");
const stamp = live?.dataset.stamp ?? "queue"; // which of the stream's stamps the live part goes by
const lost = document.querySelector("[data-lost]");
const alarms = document.querySelector("[data-alarms]");

/* What somebody has chosen or typed for a person stays when the page renews itself, as long as it is that person. */
const fields = () => [...live.querySelectorAll("select[id], textarea[id], input[id]")].map((field) => [`${field.id} ${field.form?.elements.ticket?.value}`, field]);

/* The part of the page that changes: put in anew, with what is unfolded, filled in, and where the keyboard is. */
const put = (text, typed = fields().map(([name, field]) => [name, field.value])) => {
  const open = [...live.querySelectorAll("details[open][id]")].map((part) => part.id);
  const held = live.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  live.innerHTML = text;
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  const now = new Map(fields());
  typed.forEach(([name, value]) => now.has(name) && (now.get(name).value = value));
  if (held) live.querySelector(`[data-key="${held}"]`)?.focus();
  rest();
  tick();
};
let renewed = Date.now();

/* The main button may be another one now: for a second whatever is there rests, also what a renewal puts in its place,
   so that a press meant for the one before does not hit it. */
const REST_MS = 1000;
const main = () => live?.querySelector(".thumb button.primary");
const does = (button) => button && `${button.form.action} ${button.textContent.trim()}`;
let known = does(main()), restsUntil = 0;
const rest = () => {
  const button = main();
  if (does(button) !== known) restsUntil = performance.now() + REST_MS;
  known = does(button);
  const left = restsUntil - performance.now();
  if (!button || left <= 0) return;
  button.disabled = true;
  setTimeout(() => { button.disabled = false; }, left);
};

/* What the counter is at, in words; and after a press that was lost on the way, whether it had come through. Only a press
   that moves the one at the counter shows there. */
const state = () => live?.querySelector(".now > .head, .now > h2")?.textContent.replace(/\s+/g, " ").trim();
let unsure = null;
const settle = () => {
  if (!unsure) return;
  const [note, line, words] = ["p", "span", "strong"].map((name) => document.createElement(name)), came = state() !== unsure.before;
  const [kind, title, text] = !unsure.moves ? ["warn", "刚才的操作不知是否送到，", "请看下面是否已生效，没有的话再按一次"]
    : came ? ["good", "刚才的操作已经送到：", state()] : ["warn", "刚才的操作没有送到，", "请再按一次"];
  note.className = `note ${kind}`;
  words.textContent = title;
  line.append(words, text);
  note.append(line);  // the title above the text, not beside it
  said?.replaceChildren(note);
  unsure = null;
};
const renew = async () => {
  if (document.hidden || live.contains(document.activeElement) && document.activeElement.matches("input,select,textarea")) return;
  try {
    const answer = await fetch(live.dataset.live, byItself);
    if (answer.redirected) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    put(await answer.text());
    renewed = Date.now();
    lost.hidden = true;
    settle();
  } catch {
    const stale = live.querySelector("[data-stale-note]") ?? lost;
    if (stale) stale.hidden = false;
  }
};
if (live) document.addEventListener("visibilitychange", renew);

/* Seconds that run down: a button that waits, a person who is passed over, a press that can be taken back. */
const tick = () => {
  for (const part of document.querySelectorAll("[data-left]")) {
    part.until ??= performance.now() + part.dataset.left * 1000;
    const left = Math.max(0, Math.ceil((part.until - performance.now()) / 1000));
    part.textContent = "clock" in part.dataset ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : ` ${left} 秒`;
    if ("blocks" in part.dataset) {
      part.closest("button").disabled = left > 0;
      if (!left) part.remove();
    }
    if ("hides" in part.dataset && !left) part.closest(".undo").remove();
  }
};
setInterval(tick, 500);
tick();

/* Alarms: a banner on every page, once with sound and vibration. */
const heard = new Set(JSON.parse(sessionStorage.getItem("zb_alarms") || "[]"));
const ring = () => {
  navigator.vibrate?.([400, 150, 400, 150, 400]);
  try {
    const sound = new AudioContext(), tone = sound.createOscillator(), loud = sound.createGain();
    tone.type = "square";
    for (let n = 0; n < 6; n++) tone.frequency.setValueAtTime(n % 2 ? 660 : 880, sound.currentTime + n * .2);
    loud.gain.value = .2;
    tone.connect(loud).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 1.2);
    tone.onended = () => sound.close();
  } catch { /* no sound here: the banner is there */ }
};
const lookAtAlarms = async () => {
  try {
    const answer = await fetch(alarms.dataset.alarms, byItself);
    if (answer.redirected || !answer.ok) return;
    alarms.innerHTML = await answer.text();
    const fresh = [...alarms.querySelectorAll("[data-alarm]")].filter((alarm) => !heard.has(alarm.dataset.alarm));
    fresh.forEach((alarm) => heard.add(alarm.dataset.alarm));
    sessionStorage.setItem("zb_alarms", JSON.stringify([...heard].slice(-50)));
    if (fresh.some((alarm) => !("mine" in alarm.dataset))) ring();
  } catch { /* the next time */ }
};

/* A notification of the browser for who has just come into the line, where somebody has asked for them (notices.js). */
const notify = (waiting, before) => {
  const known = new Set(before.split(",")), fresh = waiting.split(",").filter((code) => code && !known.has(code));
  if (!fresh.length || localStorage.getItem("zb_notices") !== "1" || window.Notification?.permission !== "granted") return;
  try {
    const note = new Notification("有群众等候人工客服", { body: `新增 ${fresh.length} 位，请到“在线咨询”接待`, tag: `zb-chats-${fresh[0]}` });
    note.onclick = () => { window.focus(); location.assign("/admin/chats"); note.close(); };
  } catch { /* phones allow it from a service worker only: the list is there */ }
};

/* The stream says that something has changed. Where there is none, look every few seconds. */
if (alarms) {
  const seen = {};
  let stream, at = 0, tries = 0;
  const connect = () => {
    stream = new EventSource(alarms.dataset.follow);
    stream.onmessage = (event) => {
      const stamps = JSON.parse(event.data);
      if (stamps.alarms !== seen.alarms || stamps.late !== seen.late) lookAtAlarms();
      if (seen.waiting !== undefined) notify(stamps.waiting, seen.waiting);
      if (live && seen[stamp] !== undefined && stamps[stamp] !== seen[stamp]) renew();
      Object.assign(seen, stamps);
    };
    stream.addEventListener("alive", () => { at = Date.now(); tries = 0; });
    stream.addEventListener("over", () => location.reload());
    stream.onerror = () => {
      stream.close();
      setTimeout(connect, Math.min(30000, 1000 * 2 ** tries++) * (.5 + Math.random()));
    };
  };
  const follows = () => Date.now() - at < 5000;
  if (window.EventSource) {
    connect();
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => event.persisted && connect());
  }
  setInterval(() => follows() || lookAtAlarms(), 2000);
  if (live) setInterval(() => (!follows() || Date.now() - renewed > 30000) && renew(), 5000);
}

/* Whoever writes to a citizen is seen writing. */
const writing = document.querySelector("form[data-typing]");
let signed = 0;
writing?.addEventListener("input", () => {
  if (Date.now() - signed < 3000) return;
  signed = Date.now();
  const body = new URLSearchParams({ csrf: writing.elements.csrf.value });
  fetch(writing.dataset.typing, { method: "POST", body, headers: { "x-by-itself": "1" } }).catch(() => {});
});

/* A field that filters what is listed below it, as one types; the form does the same without script. */
document.querySelector("[data-filter-tiles]")?.addEventListener("input", ({ target }) => {
  const wanted = target.value.trim().toLowerCase();
  for (const tiles of document.querySelectorAll("form.tiles")) {
    const heading = tiles.previousElementSibling?.matches("h3") ? tiles.previousElementSibling : null;
    const all = [...tiles.querySelectorAll("button")], ofGroup = heading?.textContent.toLowerCase().includes(wanted);
    all.forEach((button) => { button.hidden = !ofGroup && !button.textContent.toLowerCase().includes(wanted); });
    tiles.hidden = all.every((button) => button.hidden);
    if (heading) heading.hidden = tiles.hidden;
  }
});

document.addEventListener("keydown", (event) => {
  const button = /^F[2-4]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (button) { event.preventDefault(); button.click(); }
});

/* A press that was answered with no page of its own: what the answer says, or that it was lost on the way. */
const refused = (page) => {
  const note = page.querySelector("main .note");
  if (lost) lost.hidden = Boolean(note);
  if (note) said?.replaceChildren(note);
};

/* A press that stays on the page: when the network is gone, the page stays too, and the same press can be made again. */
const send = async (form, body) => {
  const before = state(); // the stream may renew the page while the answer is still on its way, or lost
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: html.headers, signal: AbortSignal.timeout(10000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]"), inBanner = alarms?.contains(form);
    if (inBanner) lookAtAlarms();
    if (!answer.ok && !fresh) return refused(page);
    if (lost) lost.hidden = true;
    unsure = null;
    if (inBanner) return;
    if (!fresh || !live) return location.assign(answer.url);
    said.innerHTML = page.querySelector("[data-said]").innerHTML;
    live.querySelectorAll("details[open]").forEach((part) => part.removeAttribute("open"));
    put(fresh.innerHTML, []);
    if (form.action.endsWith("/alarms")) lookAtAlarms();
  } catch {
    if (lost) lost.hidden = false;
    if (live && !alarms?.contains(form)) unsure ??= { before, moves: "moves" in form.dataset };
    if (live) renew();
  }
};
addEventListener("online", () => unsure && renew());

/* A form is sent once: a second tap while the first is under way does nothing. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.dataset.ask && !confirm(form.dataset.ask)) return event.preventDefault();
  form.dataset.sent = "1";
  if ("press" in form.dataset) {
    event.preventDefault();
    send(form, new URLSearchParams(new FormData(form, event.submitter))).finally(() => delete form.dataset.sent);
  } else setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
