/* Scanning with the camera. Without one, or without permission, the field for guns and fingers stays what it was. */
const open = document.querySelector("[data-camera]");
const dialog = document.querySelector("#camera");

if (open && dialog && navigator.mediaDevices?.getUserMedia) {
  const video = dialog.querySelector("video");
  const says = dialog.querySelector("[role=status]");
  const form = document.querySelector("form.scan");
  let scanner;

  const load = async () => {
    const { default: QrScanner } = await import(open.dataset.camera);
    QrScanner.createQrEngine = async () => (await import(open.dataset.worker)).createWorker();
    return QrScanner;
  };

  const found = (result) => {
    stop();
    form.elements.text.value = result.data;
    form.requestSubmit();
  };

  /* All of the square that is shown, not its middle third: a phone held close fills the picture. */
  const region = ({ videoWidth, videoHeight }) => {
    const side = Math.min(videoWidth, videoHeight);
    return {
      x: (videoWidth - side) / 2, y: (videoHeight - side) / 2, width: side, height: side,
      downScaledWidth: Math.min(side, 720), downScaledHeight: Math.min(side, 720),
    };
  };

  const stop = () => {
    scanner?.destroy();
    scanner = undefined;
    if (dialog.open) dialog.close();
  };

  open.hidden = false;
  open.addEventListener("click", async () => {
    dialog.showModal();
    says.textContent = "正在打开相机…";
    try {
      const QrScanner = await load();
      scanner = new QrScanner(video, found, {
        preferredCamera: "environment", maxScansPerSecond: 12, returnDetailedScanResult: true, calculateScanRegion: region,
      });
      await scanner.start();
      says.textContent = "请将二维码放入画面中央";
    } catch {
      says.textContent = "无法打开相机，请允许使用相机，或用扫码枪、手工输入";
    }
  });
  dialog.addEventListener("close", stop);
  dialog.querySelector("[data-close]").addEventListener("click", stop);
}
