/**
 * Every scene on every page, without a server: `/gallery.html` lists them, `?page=screen&scene=podium&theme=dark` shows one.
 * The real pages run; only what they hear is made here.
 */
import type { Store } from "../src/store";
import type { DeskMsg, MyStage, PrivateMsg, SceneMsg } from "../src/wire";
import { deskMsg, FIXTURES, privateMsg, sceneMsg } from "./fixtures";
import { GUESTS, pretendDevices, walked } from "./guest";
import { taken } from "./rulings";
import {
  type Action,
  deskStage,
  pretendAir,
  pretendListen,
  RECORDINGS,
  ROOMS,
  SOURCES,
  stageNames,
  takenStage,
} from "./stage";

const query = new URLSearchParams(location.search);
const page = query.get("page");
const name = query.get("scene") ?? "question";
const theme = query.get("theme");
if (theme) document.documentElement.dataset["theme"] = theme;

const SHOW = { id: "k3v9mq2xta", code: "QK7XP2", title: "Friday night quiz" };
const session = {
  token: "t",
  viewer: 3,
  role: query.get("role") ?? "audience",
  show: SHOW,
  link: "ws://gallery/link",
  relay: null,
  clock: null,
  urls: { join: "https://live.example.org/j/QK7XP2" },
};

/** A server that knows one scene, and takes whatever it is told. */
class Pretend {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  desk: DeskMsg | null = null;
  mine: MyStage = GUESTS[query.get("stage") ?? ""] ?? {};
  scene: SceneMsg = sceneMsg(name);

  constructor() {
    setTimeout(() => this.onopen?.());
  }

  send(text: string): void {
    const said = JSON.parse(text) as {
      op: string;
      n: number;
      t0: number;
      do: { type: string; name: string } & Record<string, unknown>;
    };
    const at = Date.now() * 1000;
    if (said.op === "ping") this.say({ op: "pong", t0: said.t0, t1: at, t2: at });
    if (said.op === "act") this.say({ op: "got", n: said.n, seq: 9 });
    if (said.op === "act" && this.desk) setTimeout(() => this.#take(said.n, said.do), 400);
    if (said.op === "act") this.#walk(said.do);
    if (said.op === "act" && said.do.name) this.say({ op: "named", name: said.do.name });
    if (said.op !== "hello") return;
    this.desk = page === "host" ? deskMsg(name) : null;
    const me = query.has("new") || page !== "j" ? "" : "Linus";
    this.say({
      op: "welcome",
      viewer: 3,
      role: "audience",
      show: SHOW,
      now: at,
      name: me,
      scenes: [this.scene],
      private: this.#private(),
      desk: this.desk,
    });
  }

  close(): void {}

  #private(): PrivateMsg {
    return { ...privateMsg(name), stage: this.mine };
  }

  #walk(action: Action): void {
    const mine = page === "j" && walked(this.mine, action);
    if (!mine) return;
    this.mine = mine;
    setTimeout(() => this.say(this.#private()), 400);
  }

  /** What a show makes of a host's action: a refusal, or another desk. */
  #take(n: number, action: Action): void {
    if (!this.desk) return;
    const staged = takenStage(this.desk, this.scene, action);
    if (typeof staged === "string") {
      this.say({ op: "no", n, code: "gallery/no", why: staged });
      return;
    }
    const [onStage, scene] = staged;
    this.scene = scene;
    this.say(scene);
    const desk = taken(onStage, action);
    if (typeof desk === "string") this.say({ op: "no", n, code: "gallery/no", why: desk });
    if (!desk || typeof desk === "string") return;
    this.desk = desk;
    this.say(desk);
  }

  say(message: unknown): void {
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(message) }));
  }
}

function list(): void {
  const pages = ["j", "screen", "overlay", "host"];
  document.body.innerHTML = [...Object.keys(FIXTURES), ...stageNames]
    .map(
      (scene) =>
        `<p>${scene}: ${pages.map((one) => `<a href="?page=${one}&scene=${scene}">${one}</a>`).join(" · ")}</p>`,
    )
    .concat(Object.keys(GUESTS).map((one) => `<p>guest: <a href="?page=j&stage=${one}">${one}</a></p>`))
    .join("");
}

/** What the API would answer. */
function answer(path: string): unknown {
  if (path.endsWith("/stage")) return ROOMS;
  if (path.endsWith("/recordings")) return RECORDINGS;
  return path.endsWith("/sources") ? SOURCES : session;
}

/** Green rooms to be seen, as soon as there is a store. */
function listen(): void {
  const store: Store | undefined = window.oncue?.store;
  if (!store?.desk) {
    setTimeout(listen, 300);
    return;
  }
  const still = {
    state: "playing",
    up: false,
    frames: 0,
    muted: true,
    connection: {},
    listen: pretendListen,
    position: () => 0,
  };
  store.picture = {
    ...still,
    playout: { delay: 0, need: 0, lane: "blind" },
    seats: () => [],
    staged: () => {},
    resume: () => {},
    close: () => {},
  } as never;
  store.relayed();
  const box = document
    .querySelector("oq-host")
    ?.shadowRoot?.querySelector("oq-picture")
    ?.shadowRoot?.querySelector(".box");
  if (box) pretendAir(box, deskStage(name).stage?.guests ?? []);
}

async function show(): Promise<void> {
  window.fetch = (input) => Promise.resolve(new Response(JSON.stringify(answer(String(input)))));
  window.WebSocket = Pretend as unknown as typeof WebSocket;
  if (query.has("stage")) pretendDevices();
  sessionStorage.clear();
  sessionStorage.setItem(`oncue.host.${SHOW.id}`, "t");
  if (query.has("rtl")) document.documentElement.dir = "rtl";
  history.replaceState(
    null,
    "",
    page === "landing" ? "/" : `/${page}/${page === "host" ? SHOW.id : SHOW.code}`,
  );
  await import("../src/main");
  if (query.has("seats")) await import("./seats").then(({ pretend }) => pretend(query));
  else if (page === "host" && !query.has("blind")) setTimeout(listen, 300);
}

if (page) void show();
else list();
