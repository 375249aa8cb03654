/**
 * Tiles with drawn people on any page of the gallery: `&seats=4&layout=spotlight`, `&cards=1` for a camera that is off and a connection
 * that is lost, `&guests` without a programme, `&me` for one's own camera.
 */
import { PROGRAMME } from "../src/seats/cast";
import { Tiles } from "../src/seats/tiles";
import type { SeatInfo, StageInfo } from "../src/wire";

const NAMES = ["Grace Brewster Hopper", "Ada", "Katherine Johnson", "Žofie 🙂", "Mü", "Swift Otter 42"];

export async function pretend(query: URLSearchParams): Promise<void> {
  const picture = await until(() => find(document, "oq-picture"));
  const store = await until(() => window.oncue?.store);
  const box = await until(() => picture.shadowRoot?.querySelector<HTMLElement>(".box"));
  const own = query.has("me") ? drawn(2).captureStream(5) : undefined;
  const tiles = new Tiles(box, { me: () => (own ? 2 : 99), preview: () => own });
  const stage = stageOf(query);
  for (const [i, info] of (stage.seats ?? []).entries())
    tiles.tile(info.seat, () => (info.seat === PROGRAMME ? card() : drawn(i)));
  tiles.show(stage, stage.seats ?? []);
  for (const tile of tiles.shown) tile.level = tile.info.seat === "g2" ? 0.2 : 0;
  // The page's own attempt at a picture is over by then.
  for (let frames = 0; frames < 20; frames += 1) await new Promise(requestAnimationFrame);
  store.picture = {
    state: "playing",
    door: "moq",
    up: true,
    frames: 1,
    muted: !query.has("loud"),
    playout: { delay: 800, need: 100, lane: "step" },
    connection: undefined,
    seats: () => [],
    staged: () => {},
    listen: () => () => {},
    position: () => 0,
    resume: () => {},
    close: () => {},
  };
  store.relayed();
}

function stageOf(query: URLSearchParams): StageInfo {
  const count = Number(query.get("seats") || 2);
  const people = Array.from({ length: count }, (_, i): SeatInfo => {
    const cards = query.has("cards");
    const name = NAMES[i % NAMES.length] ?? "";
    return {
      seat: `g${i + 1}`,
      viewer: i + 1,
      name,
      camera: !(cards && i === 0),
      away: cards && i === 1,
      microphone: i !== 2,
    };
  });
  const seats = query.has("guests") ? people : [{ seat: PROGRAMME }, ...people.slice(0, count - 1)];
  return { seats, layout: query.get("layout") ?? "auto", main: query.get("main") ?? "" };
}

/** Somebody before a wall. */
function drawn(i: number): HTMLCanvasElement {
  const portrait = i % 4 === 3;
  const [canvas, pen] = blank(portrait ? 360 : 640, portrait ? 640 : 360);
  const { width, height } = canvas;
  const hue = (i * 67 + 20) % 360;
  pen.fillStyle = `hsl(${hue} 25% 45%)`;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = `hsl(${hue} 30% 70%)`;
  const size = height / (portrait ? 5 : 3.4);
  pen.beginPath();
  pen.arc(width / 2, height * 0.42, size, 0, 7);
  pen.ellipse(width / 2, height * 1.12, size * 1.9, size * 1.5, 0, 0, 7);
  pen.fill();
  return canvas;
}

/** A programme with something at each edge. */
function card(): HTMLCanvasElement {
  const [canvas, pen] = blank(1280, 720);
  pen.fillStyle = "#223";
  pen.fillRect(0, 0, 1280, 720);
  pen.strokeStyle = "#ffb84d";
  pen.lineWidth = 16;
  pen.strokeRect(8, 8, 1264, 704);
  pen.fillStyle = "#f0eee6";
  pen.font = "700 160px sans-serif";
  pen.textAlign = "center";
  pen.fillText("Programme", 640, 410);
  return canvas;
}

function blank(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return [canvas, canvas.getContext("2d") as CanvasRenderingContext2D];
}

function find(root: ParentNode, name: string): HTMLElement | undefined {
  for (const element of root.querySelectorAll<HTMLElement>("*")) {
    if (element.localName === name) return element;
    const inside = element.shadowRoot && find(element.shadowRoot, name);
    if (inside) return inside;
  }
  return undefined;
}

async function until<T>(look: () => T | null | undefined): Promise<T> {
  for (let found = look(); ; found = look()) {
    if (found) return found;
    await new Promise(requestAnimationFrame);
  }
}
