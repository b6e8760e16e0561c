/* Scans without network: verified by signature where the browser can, kept on the device, reported once it is back. */
const root = document.querySelector("[data-offline]");
const part = (name) => root.querySelector(`[data-${name}]`);
const STORE = "zb-offline.", AT_ONCE = 50;
const KINDS = { c: "签到", p: "取件", d: "代领" };
const { user, counter } = root.dataset;

/* Each record under a key of its own, read anew each time: two tabs take nothing from each other. */
const kept = (scanId) => JSON.parse(localStorage.getItem(STORE + scanId));
const keep = (one) => localStorage.setItem(STORE + one.scanId, JSON.stringify(one));
const drop = (one) => localStorage.removeItem(STORE + one.scanId);
const all = () => Object.keys(localStorage).filter((name) => name.startsWith(STORE)).map((name) => JSON.parse(localStorage.getItem(name)))
  .sort((a, b) => a.seenAt < b.seenAt ? -1 : 1);

/* How far the server's clock is ahead of this device's, in ms, learnt whenever there is network and kept; null: never
   learnt. A code lives for a minute, so a device that is a minute off would refuse everybody, or take screenshots. */
const CLOCK = "zb-server-clock", TOLD_FROM_MS = 5000, TRUSTED_MS = 4000;
let ahead = JSON.parse(localStorage.getItem(CLOCK));
const now = () => Date.now() + (ahead ?? 0);

async function setClock() {
  try {
    const sent = Date.now();
    const answer = await fetch(`${location.pathname}/clock`, { cache: "no-store", headers: { "x-by-itself": "1" } });
    const came = Date.now();
    if (!answer.ok || answer.redirected || came - sent > TRUSTED_MS) return;
    ahead = (await answer.json()).now - (sent + came) / 2;
    localStorage.setItem(CLOCK, JSON.stringify(ahead));
    show();
  } catch { /* the next time */ }
}

function clockSays() {
  if (ahead === null) return "本机还没有与服务器对过时间：二维码只记录，联网后核验";
  const off = Math.round(Math.abs(ahead) / 1000);
  return off * 1000 < TOLD_FROM_MS ? "" : `本机时钟${ahead < 0 ? "快" : "慢"} ${off} 秒，已按服务器时间校正`;
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

/* The public key, or null where the browser has no Ed25519: then a scan is only written down. */
const key = (async () => {
  try {
    return await crypto.subtle.importKey("raw", bytes(root.dataset.key), "Ed25519", false, ["verify"]);
  } catch { return null; }
})();

/* What a text says: { purpose, subject, expires, checked }, or null when it is no code of ours. */
async function read(text) {
  const number = text.replace(/[\s-]/g, "").toUpperCase();
  if (/^[0-9A-HJKMNP-TV-Z]{16}$/.test(number)) return { purpose: "c", subject: number, expires: Infinity, checked: false };
  const [prefix, body, signature, ...rest] = text.split(".");
  if (prefix !== "ZB1" || !signature || rest.length) return null;
  try {
    const claims = bytes(body), publicKey = await key;
    if (publicKey && !await crypto.subtle.verify("Ed25519", publicKey, bytes(signature), claims)) return null;
    const [purpose, subject, , expires] = JSON.parse(new TextDecoder().decode(claims));
    return { purpose, subject, expires: expires * 1000, checked: Boolean(publicKey) && ahead !== null };
  } catch { return null; }
}

function refusal(text, code) {
  if (/^[0-9\s-]{8,11}$/.test(text)) return "取件数字须联网核验，请群众出示取件码";
  if (!code) return "无法识别该二维码，请出示掌办预约码或取件码";
  if (!(code.purpose in KINDS)) return "这不是签到码或取件码";
  if (ahead !== null && now() > code.expires) return "二维码已过期，请刷新页面后重新出示（截图无效）";
  const before = all().find((one) => one.subject === code.subject && !one.result?.isConflict);
  return before ? `本机 ${time(before.seenAt)} 已登记过，没有重复记录` : "";
}

const time = (iso) => new Date(iso).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

function say(kind, title, line) {
  const note = document.createElement("div"), words = document.createElement("div");
  const strong = document.createElement("strong"), text = document.createElement("p");
  note.className = `note ${kind}`;
  strong.textContent = title;
  text.textContent = line;
  words.append(strong, text);
  note.append(words);
  part("card").replaceChildren(note);
}

const scan = root.querySelector("form.scan"), give = part("give");
let waiting;

scan.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = scan.elements.text.value.trim();
  scan.reset();
  give.hidden = true;
  const seenAt = new Date(now()).toISOString(), code = await read(text), fault = refusal(text, code);
  if (fault) return say("bad", "不能办理", fault);
  waiting = { scanId: crypto.randomUUID(), purpose: code.purpose, subject: code.subject, text, seenAt, user, counter, checked: code.checked };
  if (code.purpose === "c") return record({});
  part("give-title").textContent = code.purpose === "d" ? "代领：请核对代领人证件后交付" : "取件：当面核对后交付";
  say(code.checked ? "good" : "warn", code.checked ? "取件码有效" : "只记录，联网后核验", "请看人、看证件，清点后记录交付");
  give.reset();
  give.hidden = false;
  give.elements.counted.focus();
});

give.addEventListener("submit", (event) => {
  event.preventDefault();
  give.hidden = true;
  record({ itemsCounted: Number(give.elements.counted.value), receiver: give.elements.receiver.value.trim() });
});
part("give-up").addEventListener("click", () => { give.hidden = true; part("card").replaceChildren(); });

function record(more) {
  keep({ ...waiting, ...more });
  const { checked, purpose } = waiting;
  say(checked ? "good" : "warn", checked ? `${KINDS[purpose]}已记录` : "只记录，联网后核验", "恢复网络后自动上报");
  show();
  scan.elements.text.focus();
  if (navigator.onLine) sync();
}

function show() {
  const records = all(), pending = records.filter((one) => !one.result).length, conflicts = records.filter((one) => one.result?.isConflict).length;
  part("counts").textContent = `待上报 ${pending}，冲突 ${conflicts}，共 ${records.length}`;
  part("none").hidden = records.length > 0;
  part("clear").hidden = pending === records.length;
  part("clock").textContent = clockSays();
  part("net").textContent = navigator.onLine ? "已联网" : "已断网";
  part("net").className = `tag ${navigator.onLine ? "good" : "warn"}`;
  const rank = (one) => one.result?.isConflict ? 0 : one.result ? 2 : 1;
  part("list").replaceChildren(...records.sort((a, b) => rank(a) - rank(b)).map(row));
}

function row(one) {
  const item = document.createElement("li"), line = document.createElement("div");
  const tag = document.createElement("span"), what = document.createElement("span"), words = document.createElement("span");
  const [kind, name] = one.result ? one.result.isConflict ? ["bad", "冲突"] : ["good", "已上报"] : ["warn", "待上报"];
  line.className = "line";
  tag.className = `tag ${kind}`;
  tag.textContent = name;
  what.textContent = `${time(one.seenAt)} ${KINDS[one.purpose]}`;
  words.className = "soft small wrap-any";
  words.textContent = one.result?.message ?? (one.user === user ? one.subject : `由 ${one.user} 记录，请其登录后上报`);
  line.append(tag, what, words);
  item.append(line);
  return item;
}

/* A fresh page has the token of the session there is now; without one it leads to signing in, or to choosing a counter. */
async function token() {
  const answer = await fetch(location.pathname, { cache: "no-store", headers: { accept: "text/html", "x-by-itself": "1" } });
  const page = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-offline]");
  if (answer.redirected && answer.url.includes("/desk")) throw Object.assign(new Error(), { told: "请先选择今天所在的窗口，再回到本页上报（记录不会丢失）" });
  if (!page || page.dataset.user !== user) throw Object.assign(new Error(), { told: "登录已失效，请重新登录后上报（记录不会丢失）" });
  return page.dataset.csrf;
}

let busy = false;
async function sync() {
  const mine = all().filter((one) => !one.result && one.user === user);
  if (busy || !mine.length) return;
  busy = true;
  try {
    const csrf = await token();
    for (const [path, purposes] of [["check-ins", "c"], ["pickups", "pd"]]) {
      const due = mine.filter((one) => purposes.includes(one.purpose));
      for (let n = 0; n < due.length; n += AT_ONCE) await report(path, due.slice(n, n + AT_ONCE), csrf);
    }
    says(`${time(new Date(now()).toISOString())} 已上报 ${mine.length} 条`);
  } catch (fault) {
    says(fault.told ?? "暂时不能上报，恢复网络后会再试");
  } finally {
    busy = false;
    show();
  }
}

const says = (text) => { part("says").textContent = text; };

async function report(path, due, csrf) {
  const sent = due.map(({ scanId, text, seenAt, counter, itemsCounted, receiver }) => ({ scanId, text, seenAt, counter, itemsCounted, receiver }));
  const answer = await fetch(`${location.pathname}/${path}`, {
    method: "POST", headers: { "content-type": "application/json", "x-csrf": csrf, "x-by-itself": "1" }, body: JSON.stringify({ records: sent }),
  });
  const said = await answer.json();
  if (answer.status === 422) { // one bad record must not hold up the others
    if (due.length > 1) { for (const one of due) await report(path, [one], csrf); return; }
    return settle([{ scanId: due[0].scanId, outcome: said.error.code, isConflict: true, message: Object.values(said.error.fields ?? {})[0] ?? said.error.message }]);
  }
  if (!answer.ok) throw Object.assign(new Error(answer.status), { told: said.error?.message });
  settle(said.items);
}

function settle(results) {
  for (const result of results) {
    const { text, receiver, ...known } = kept(result.scanId) ?? {}; // nobody's name stays longer than it must
    if (known.scanId) keep({ ...known, result });
  }
}

part("sync").addEventListener("click", sync);
part("clear").addEventListener("click", () => {
  all().filter((one) => one.result).forEach(drop);
  show();
});
addEventListener("online", () => { show(); setClock(); sync(); });
addEventListener("offline", show);
addEventListener("storage", show);
setInterval(() => { if (navigator.onLine) { setClock(); sync(); } }, 30000);
navigator.serviceWorker?.register(`${location.pathname}/worker.js`, { scope: location.pathname });
show();
setClock();
sync();
