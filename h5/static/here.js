"use strict";
// A printed code: the phone says where it is, once, when its owner taps. Without script the page says what to do instead.
(() => {
  const button = document.querySelector("[data-locate]"), says = document.querySelector("[data-says]");
  if (!button || !navigator.geolocation) return;
  const form = button.form;
  button.hidden = false;
  button.addEventListener("click", () => {
    says.textContent = "正在取得位置，请稍候…";
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.lat.value = coords.latitude;
      form.lon.value = coords.longitude;
      form.submit();
    }, () => {
      says.textContent = "没有取得位置。请允许使用位置后再试，或扫签到屏上的动态二维码。";
    }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  });
})();
