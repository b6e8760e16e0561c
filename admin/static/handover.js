/* A signature by finger or mouse, and photos made small before they are sent. Without script the photo field does it. */
const form = document.querySelector("[data-hand-over]");
const LONGEST = 1600;

if (form) {
  sign(form.querySelector("[data-pad]"));
  form.elements.photo.addEventListener("change", () => shrink(form.elements.photo));
}

function sign(pad) {
  const canvas = pad.querySelector("[data-canvas]"), field = pad.querySelector("[name=signature]");
  const pen = canvas.getContext("2d");
  pad.hidden = false;
  Object.assign(pen, { lineWidth: 7, lineCap: "round", lineJoin: "round", strokeStyle: "#10202f" });
  if (field.value) {
    const kept = new Image();
    kept.onload = () => pen.drawImage(kept, 0, 0);
    kept.src = field.value;
  }
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  const lift = () => {
    if (drawing) field.value = canvas.toDataURL("image/png");
    drawing = false;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  pad.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  });
}

/* A phone's photo of several MB is more than the counter needs; whatever cannot be read is sent as it is. */
async function shrink(input) {
  const [file] = input.files;
  if (!file) return;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width * scale, picture.height * scale];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    const chosen = new DataTransfer();
    chosen.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }));
    input.files = chosen.files;
  } catch { /* the server says what is wrong with it */ }
}
