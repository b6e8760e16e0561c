/* Keeps the offline page and its files on the device. KNOWN (page, version, files) is put in front by the server. */
const FILES = `zb-offline-${KNOWN.version}`, PAGE = "zb-offline-page";
const PATIENCE_MS = 4000;

addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open(FILES)).addAll(KNOWN.files);
  await keep(await fetch(KNOWN.page, { credentials: "same-origin" }));
  await skipWaiting();
})()));

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.mode === "navigate" && pathname === KNOWN.page) event.respondWith(page(event.request));
  else if (event.request.method === "GET" && KNOWN.files.includes(pathname)) event.respondWith(file(event.request));
});

/* The server's page while it answers; the kept one when it does not, or takes too long. */
async function page(request) {
  const fresh = fetch(request).then(async (answer) => { await keep(answer); return answer; });
  fresh.catch(() => {});
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS));
  try {
    return await Promise.race([fresh, late]);
  } catch {
    return await caches.match(KNOWN.page) ?? fresh;
  }
}

async function file(request) {
  return await caches.match(request.url) ?? fetch(request);
}

/* A page that led elsewhere, such as to signing in, is not the page; files of older ones go when a new one is here. */
async function keep(answer) {
  if (!answer.ok || answer.redirected) return;
  await (await caches.open(PAGE)).put(KNOWN.page, answer.clone());
  for (const name of await caches.keys()) if (name.startsWith("zb-offline-") && name !== FILES && name !== PAGE) await caches.delete(name);
}
