/* The button that asks whether new conversations may be shown as notifications; console.js shows them. */
const button = document.querySelector("[data-notices]");
if (button && "Notification" in window) {
  const say = () => {
    const isOn = Notification.permission === "granted" && localStorage.getItem("zb_notices") === "1";
    button.setAttribute("aria-pressed", isOn);
    button.querySelector("span").textContent = Notification.permission === "denied" ? "浏览器已禁止提醒，请在网站设置中允许" : isOn ? "提醒已开，点此关闭" : "有新咨询时弹出提醒";
    button.disabled = Notification.permission === "denied";
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    const isOn = localStorage.getItem("zb_notices") === "1" && Notification.permission === "granted";
    if (!isOn) await Notification.requestPermission();
    localStorage.setItem("zb_notices", isOn ? "0" : "1");
    say();
  });
  say();
}
