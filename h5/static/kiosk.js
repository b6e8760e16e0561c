"use strict";
// After half a minute without a touch the kiosk begins anew: whoever comes next sees nothing of the person before.
(() => {
  const main = document.querySelector("[data-idle]"), shown = document.querySelector("[data-left]");
  const START = main.dataset.idle, SECONDS = 30;
  const field = document.getElementById("text");
  let left = SECONDS, touched = false;
  const begin = () => location.replace(START);
  const touch = () => { left = SECONDS; touched = true; };
  ["pointerdown", "keydown", "scroll"].forEach(kind => addEventListener(kind, touch, { passive: true }));
  setInterval(() => {
    left -= 1;
    if (shown) shown.textContent = Math.max(left, 0);
    const isFresh = location.pathname === START && !touched && !document.querySelector("[role=alert]");
    if (left > 0) return;
    left = SECONDS;
    if (!isFresh) begin();
  }, 1000);
  // A scanner types into the field; a touch beside it must not take the focus away for good.
  if (field) document.addEventListener("pointerup", event => {
    if (!event.target.closest("a, button, input, label, dialog")) field.focus();
  });
  addEventListener("pageshow", event => { if (event.persisted) begin(); });
  document.querySelectorAll("form").forEach(form => form.addEventListener("submit", event => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  }));
})();
