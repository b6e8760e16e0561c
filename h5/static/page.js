"use strict";
(() => {
  const box = document.querySelector("[data-suggest]"), hints = document.getElementById("hints");
  if (box && hints) {
    let timer, asked = 0;
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const mine = ++asked, text = box.value.trim();
        if (!text) return hints.replaceChildren();
        try {
          const found = await (await fetch("/h5/suggest?q=" + encodeURIComponent(text))).json();
          if (mine !== asked) return;
          hints.replaceChildren(...found.map(item => {
            const row = document.createElement("li"), link = document.createElement("a");
            link.href = "/h5/matters/" + encodeURIComponent(item.code);
            link.textContent = item.name;
            row.append(link);
            return row;
          }));
        } catch { /* the form still searches */ }
      }, 160);
    });
    document.addEventListener("click", event => { if (!event.target.closest(".search")) hints.replaceChildren(); });
  }
  const kept = document.querySelector("[data-keep]");
  if (kept) kept.querySelectorAll("input[type=checkbox]").forEach((tick, i) => {
    const key = kept.dataset.keep + ":" + i;
    try { tick.checked = localStorage.getItem(key) === "1"; } catch { return; }
    tick.addEventListener("change", () => localStorage.setItem(key, tick.checked ? "1" : "0"));
  });
  const live = document.querySelector("[data-live]");
  const renew = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(live.dataset.live, { cache: "no-store" });
      if (answer.redirected) return location.reload();
      const text = answer.ok && await answer.text();
      if (text && text !== live.innerHTML) live.innerHTML = text;
    } catch { /* the next time; the link beside it reloads the page */ }
  };
  if (live) {
    setInterval(renew, 20000);
    document.addEventListener("visibilitychange", renew);
  }
  document.querySelectorAll("[data-share]").forEach(button => {
    if (!navigator.share && !navigator.clipboard) return;
    button.hidden = false;
    if (!navigator.share) button.textContent = "复制链接";
    button.addEventListener("click", async () => {
      const { share, title } = button.dataset;
      try {
        if (navigator.share) return await navigator.share({ title, url: share });
        await navigator.clipboard.writeText(share);
        button.textContent = "已复制，去粘贴发送";
      } catch { /* the link stands beside it */ }
    });
  });
  document.querySelectorAll("form").forEach(form =>
    form.addEventListener("submit", event => event.defaultPrevented || setTimeout(() => form.querySelectorAll("button").forEach(b => b.disabled = true))));
})();
