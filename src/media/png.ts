import { crc32, deflateSync, inflateSync } from "node:zlib";

/** Pixels one after the other, 8 bits a channel: grey, grey and alpha, RGB, or RGBA. */
export type Pixels = Readonly<{ width: number; height: number; channels: number; data: Uint8Array }>;

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** Samples of a pixel by the header's type of colour; 3 is a palette. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Reads what encoders write: no interlacing, 8 bits a sample, or a palette. @throws Error for another PNG */
export function decodePng(png: Uint8Array): Pixels {
  const file = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const packed: Buffer[] = [];
  let [header, palette] = [Buffer.alloc(13), Buffer.alloc(0)];
  for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
    const data = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    const type = file.toString("latin1", at + 4, at + 8);
    if (type === "IHDR") header = data;
    if (type === "PLTE") palette = data;
    if (type === "IDAT") packed.push(data);
    at += data.length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth = 0, colour = 0, , , interlaced] = header.subarray(8);
  const samples = SAMPLES[colour];
  if (samples === undefined || interlaced !== 0 || (depth !== 8 && colour !== 3)) throw new Error("an unusual PNG");
  const rowBytes = Math.ceil((width * samples * depth) / 8);
  const rows = unfiltered(inflateSync(Buffer.concat(packed)), { rowBytes, height, pixelBytes: samples });
  if (colour !== 3) return { width, height, channels: samples, data: rows };
  const data = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const bit = (pixel % width) * depth;
    const byte = rows[Math.floor(pixel / width) * rowBytes + (bit >> 3)] ?? 0;
    const index = (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    data.set(palette.subarray(index * 3, index * 3 + 3), pixel * 3);
  }
  return { width, height, channels: 3, data };
}

type Rows = Readonly<{ rowBytes: number; height: number; pixelBytes: number }>;

/** Each row is stored as what differs from its neighbours: the first byte says from which. */
function unfiltered(filtered: Uint8Array, { rowBytes, height, pixelBytes }: Rows): Uint8Array {
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const filter = filtered[y * (rowBytes + 1)];
    for (let x = 0; x < rowBytes; x += 1) {
      const at = y * rowBytes + x;
      const left = x < pixelBytes ? 0 : (rows[at - pixelBytes] ?? 0);
      const above = y === 0 ? 0 : (rows[at - rowBytes] ?? 0);
      const corner = x < pixelBytes || y === 0 ? 0 : (rows[at - rowBytes - pixelBytes] ?? 0);
      rows[at] = (filtered[y * (rowBytes + 1) + 1 + x] ?? 0) + predicted(filter, left, above, corner);
    }
  }
  return rows;
}

function predicted(filter: number | undefined, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const [toLeft, toAbove, toCorner] = [
    Math.abs(above - corner),
    Math.abs(left - corner),
    Math.abs(left + above - 2 * corner),
  ];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** RGB pixels as a PNG, quickly rather than small: it is encoded again. */
export function encodePng({ width, height, data }: Pixels): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1)
    rows.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  const chunks = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
