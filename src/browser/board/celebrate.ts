const COLOURS = ["#0D9488", "#F97316", "#FDBA74", "#5EEAD4", "#EA580C", "#0F766E"] as const;
const PIECES = 160;
const DURATION_MS = 4_500;

/** Shows confetti, once per board and browser, and not to those who asked for less motion. */
export function celebrateOnce(slug: string): void {
  if (!isFirstTime(`goal:${slug}`)) return;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  throwConfetti();
}

function isFirstTime(key: string): boolean {
  try {
    if (localStorage.getItem(key)) return false;
    localStorage.setItem(key, "1");
  } catch {
    // Storage may be switched off. Then every visit is the first.
  }
  return true;
}

function throwConfetti(): void {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const { innerWidth: width, innerHeight: height } = window;
  canvas.className = "confetti";
  canvas.setAttribute("aria-hidden", "true");
  canvas.width = width;
  canvas.height = height;
  document.body.append(canvas);
  const pieces = Array.from({ length: PIECES }, (_, index) => {
    const isLeft = index % 2 === 1;
    return {
      x: isLeft ? 0 : width,
      y: height * 0.7,
      vx: (isLeft ? 1 : -1) * (2 + Math.random() * width * 0.018),
      vy: -8 - Math.random() * height * 0.018,
      size: 6 + Math.random() * 7,
      turn: Math.random() * 6,
      colour: COLOURS[index % COLOURS.length] ?? COLOURS[0],
    };
  });
  const start = performance.now();
  requestAnimationFrame(function frame(now) {
    pen.clearRect(0, 0, width, height);
    for (const piece of pieces) {
      piece.vx *= 0.985;
      piece.vy = piece.vy * 0.985 + 0.22;
      piece.x += piece.vx;
      piece.y += piece.vy;
      piece.turn += 0.08;
      pen.save();
      pen.translate(piece.x, piece.y);
      pen.rotate(piece.turn);
      pen.scale(1, Math.cos(piece.turn * 1.7));
      pen.fillStyle = piece.colour;
      pen.fillRect(-piece.size / 2, -piece.size / 3, piece.size, piece.size / 1.5);
      pen.restore();
    }
    if (now - start < DURATION_MS) requestAnimationFrame(frame);
    else canvas.remove();
  });
}
