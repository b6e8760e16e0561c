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
  const work = document.querySelector("[data-work]");
  if (work && window.crypto?.subtle) (async () => {
    /* the browser answers instead of the person: it looks for a number whose hash begins with so many zero bits */
    const bits = +work.dataset.work, text = new TextEncoder(), part = work.closest(".card");
    const challenge = part.querySelector("[name=challenge]").value;
    for (let n = 0; ; n++) {
      const hash = new DataView(await crypto.subtle.digest("SHA-256", text.encode(challenge + "." + n)));
      if (hash.getUint32(0) >>> (32 - bits)) continue;
      work.value = n;
      part.querySelector("p").hidden = true;
      part.querySelector("[role=status]").textContent = "已自动确认，请直接提交。";
      return;
    }
  })();
  const halls = document.querySelector("[data-near]");
  if (halls && navigator.geolocation && halls.querySelector("[data-at]")) {
    const near = document.createElement("button");
    near.type = "button";
    near.textContent = "离我最近";
    near.addEventListener("click", () => navigator.geolocation.getCurrentPosition(place => {
      /* sorted here: where somebody is never leaves the phone */
      const rad = degrees => degrees * Math.PI / 180, { latitude, longitude } = place.coords;
      const far = link => {
        if (!link.dataset.at) return Infinity;
        const [lat, lon] = link.dataset.at.split(",").map(Number);
        const chord = Math.sin(rad(lat - latitude) / 2) ** 2 + Math.cos(rad(lat)) * Math.cos(rad(latitude)) * Math.sin(rad(lon - longitude) / 2) ** 2;
        return 12742 * Math.asin(Math.sqrt(chord));
      };
      [...halls.children].sort((a, b) => far(a) - far(b) || 0).forEach(link => {
        const km = far(link);
        if (km < Infinity && !link.querySelector("small")) link.insertAdjacentHTML("beforeend", `<small class="soft">${km.toFixed(1)} 公里</small>`);
        halls.append(link);
      });
      near.remove();
    }, () => { near.textContent = "没有取得位置，请选区县"; }));
    halls.before(near);
  }
  document.querySelectorAll("form").forEach(form =>
    form.addEventListener("submit", event => event.defaultPrevented || setTimeout(() => form.querySelectorAll("button").forEach(b => b.disabled = true))));
})();
