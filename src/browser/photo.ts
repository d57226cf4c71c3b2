/*
 * The photo of a child, before it is sent: the right way up, a square that the parent moves and enlarges, and small. Without this
 * script, or for a file that this browser cannot read, the file is sent as it is, and the middle of it is shown.
 */

const SHOWN_PX = 240;
const SENT_PX = 1_024;
const QUALITY = 0.86;
const STEP_PX = 8;
const MAX_ZOOM = 4;

/** Where the square stands: the middle of it in pixels of the photo, and how much it is enlarged. */
type Crop = { x: number; y: number; zoom: number };

const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const form = document.querySelector<HTMLFormElement>("[data-photo-form]");
const input = form?.querySelector<HTMLInputElement>("input[type=file]");
if (form && input) cropIn(form, input);

function cropIn(form: HTMLFormElement, input: HTMLInputElement): void {
  const area = document.createElement("div");
  area.className = "crop";
  area.hidden = true;
  const canvas = document.createElement("canvas");
  canvas.width = SHOWN_PX;
  canvas.height = SHOWN_PX;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Your photo as guests see it. Move it with the arrow keys.");
  const zoom = document.createElement("input");
  Object.assign(zoom, { type: "range", min: "1", max: String(MAX_ZOOM), step: "0.05", value: "1" });
  const label = document.createElement("label");
  label.append("Larger", zoom);
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Drag the photo, or move it with the arrow keys.";
  area.append(canvas, label, hint);
  input.after(area);

  let photo: ImageBitmap | null = null;
  let crop: Crop = { x: 0, y: 0, zoom: 1 };

  const sideOf = (bitmap: ImageBitmap) => Math.min(bitmap.width, bitmap.height) / crop.zoom;
  const paint = (target: HTMLCanvasElement) => {
    if (!photo) return;
    const side = sideOf(photo);
    const context = target.getContext("2d");
    context?.clearRect(0, 0, target.width, target.height);
    context?.drawImage(photo, crop.x - side / 2, crop.y - side / 2, side, side, 0, 0, target.width, target.height);
  };
  /** Never beyond the edge of the photo. */
  const move = (x: number, y: number) => {
    if (!photo) return;
    const half = sideOf(photo) / 2;
    crop = { ...crop, x: within(x, half, photo.width - half), y: within(y, half, photo.height - half) };
    paint(canvas);
  };
  const moveBy = (x: number, y: number) => {
    const scale = photo ? sideOf(photo) / SHOWN_PX : 0;
    move(crop.x + x * scale, crop.y + y * scale);
  };

  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    photo = file ? await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null) : null;
    area.hidden = photo === null;
    if (!photo) return;
    crop = { x: photo.width / 2, y: photo.height / 2, zoom: 1 };
    zoom.value = "1";
    paint(canvas);
  });
  zoom.addEventListener("input", () => {
    crop = { ...crop, zoom: Number(zoom.value) };
    move(crop.x, crop.y);
  });
  canvas.addEventListener("keydown", (event) => {
    const [x, y] = MOVES[event.key] ?? [];
    if (x === undefined || y === undefined) return;
    event.preventDefault();
    moveBy(x * STEP_PX, y * STEP_PX);
  });
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) moveBy(-event.movementX, -event.movementY);
  });

  form.addEventListener("submit", (event) => {
    if (!photo) return;
    event.preventDefault();
    const square = document.createElement("canvas");
    square.width = Math.min(SENT_PX, Math.round(sideOf(photo)));
    square.height = square.width;
    paint(square);
    photo = null;
    square.toBlob(
      (blob) => {
        if (blob) {
          const files = new DataTransfer();
          files.items.add(new File([blob], "photo.jpg", { type: blob.type }));
          input.files = files.files;
        }
        form.submit();
      },
      "image/jpeg",
      QUALITY,
    );
  });
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
