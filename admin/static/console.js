/* What makes the console quicker where there is script; every page works without it. */
const live = document.querySelector("[data-live]");
if (live) {
  const renew = async () => {
    if (document.hidden || live.contains(document.activeElement) && document.activeElement.matches("input,select,textarea")) return;
    try {
      const answer = await fetch(live.dataset.live, { headers: { accept: "text/html" }, cache: "no-store" });
      if (answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const held = document.activeElement && live.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      live.innerHTML = await answer.text();
      if (held) live.querySelector(`[data-key="${held}"]`)?.focus();
      live.removeAttribute("data-stale");
    } catch {
      const stale = live.querySelector("[data-stale-note]");
      if (stale) stale.hidden = false;
    }
  };
  setInterval(renew, 5000);
  document.addEventListener("visibilitychange", renew);
}

document.addEventListener("keydown", (event) => {
  const button = /^F[2-4]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (button) { event.preventDefault(); button.click(); }
});

/* A form is sent once: a second tap while the first is under way does nothing. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.dataset.ask && !confirm(form.dataset.ask)) return event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
