/**
 * Watches a page from outside of it, for tests: injected before the page's own scripts, never shipped.
 *
 * `window.watching` collects, in wall time (ms since the Unix epoch, as the browser has it):
 * changes   [wall, time code]            the picture's canvas shows another frame (time code as media/timecode.py writes it)
 * scenes    [wall, seq, at, time code]   another scene stands on the page, and what the canvas shows in that same animation frame
 * ticks     [wall]                       the tick of the test picture's sound leaves the page
 * said      [wall, delay, target, need, step]     ten times a second what the page says of its playout (ms; step 1: in the lane "step")
 * turns     [wall, missed]               an animation frame came later than 50 ms after the one before
 * seats     {seat: [wall, time code]}    another frame in a seat's tile; -1 where the tile stands there without a picture that can be read,
 *                                        -2 where it shows the card with the name instead, -3 where it is gone
 * faders                                 (of the window) the gain nodes that lead to the speakers, in the order in which they came
 * frames, unread                         animation frames, and those whose canvas had no valid time code
 *
 * All is looked at once per animation frame, after the page's own callbacks of that frame: so it is what that frame presents.
 */
(() => {
  const seen = { changes: [], scenes: [], ticks: [], said: [], turns: [], seats: {}, frames: 0, unread: 0 };
  window.watching = seen;
  const wall = () => performance.timeOrigin + performance.now();

  const find = (root, fits) => {
    for (const element of root.querySelectorAll("*")) {
      if (fits(element)) return element;
      const inside = element.shadowRoot && find(element.shadowRoot, fits);
      if (inside) return inside;
    }
  };
  /** Looks for an element until it is there, and again when it is gone; rarely, because the search costs. */
  const seeker = (fits) => {
    let found, next = 0;
    return () => {
      if (found?.isConnected && fits(found)) return found;
      found = undefined;
      if (seen.frames < next) return;
      next = seen.frames + 15;
      found = find(document, fits);
      return found;
    };
  };

  const BLOCKS = 40;
  const strip = new OffscreenCanvas(BLOCKS, 1).getContext("2d", { willReadFrequently: true });
  strip.imageSmoothingEnabled = false;
  /** The time code in ms (32 bits); -1 where there is none. The nearest pixel to each block's middle is all that is copied. */
  const timeCode = (canvas) => {
    strip.drawImage(canvas, 0, Math.floor(canvas.height / 32), canvas.width, 1, 0, 0, BLOCKS, 1);
    const { data } = strip.getImageData(0, 0, BLOCKS, 1);
    let ms = 0, check = 0;
    for (let i = 0; i < 32; i++) ms = ms * 2 + (data[i * 4] > 127 ? 1 : 0);
    for (let i = 32; i < BLOCKS; i++) check = check * 2 + (data[i * 4] > 127 ? 1 : 0);
    const sum = 3 * (ms >>> 24) + 5 * ((ms >>> 16) & 255) + 7 * ((ms >>> 8) & 255) + 11 * (ms & 255) + 0x5a;
    return (sum & 255) === check ? ms : -1;
  };

  const programme = ({ dataset }) => (dataset.seat ?? "programme") === "programme";
  const picture = seeker(
    (element) => element instanceof HTMLCanvasElement && element.width > 100 && programme(element),
  );
  const tiles = seeker((element) => element.classList.contains("tiles"));
  const scene = seeker((element) => element.dataset?.testid === "scene" && element.dataset.at !== undefined);
  let code = -1, seq, last = 0, listened = 0;

  const listenTo = (playout, at) => {
    if (!playout || at - listened < 100) return;
    listened = at;
    seen.said.push([at, playout.delay, playout.target, playout.need, playout.lane === "step" ? 1 : 0]);
  };

  const GONE = -3, CARD = -2;
  const codes = {};
  const lookAtSeats = (at) => {
    const now = Object.fromEntries(Object.keys(codes).map((seat) => [seat, GONE]));
    for (const tile of tiles()?.querySelectorAll("[data-tile]") ?? []) {
      const canvas = tile.querySelector("canvas[data-seat]");
      const { state, tile: seat } = tile.dataset;
      now[seat] = state === "card" || !canvas ? CARD : timeCode(canvas);
    }
    for (const [seat, read] of Object.entries(now)) {
      if (codes[seat] === read) continue;
      codes[seat] = read;
      (seen.seats[seat] ??= []).push([at, read]);
    }
  };

  const look = () => {
    const at = wall();
    listenTo(window.oncue?.playout, at);
    if (last && at - last > 50) seen.turns.push([at, at - last]);
    last = at;
    seen.frames += 1;
    const canvas = picture();
    const now = canvas ? timeCode(canvas) : -1;
    if (canvas && now < 0) seen.unread += 1;
    if (now >= 0 && now !== code) {
      code = now;
      seen.changes.push([at, now]);
    }
    lookAtSeats(at);
    const shown = scene()?.dataset;
    if (shown && shown.seq !== seq) {
      seq = shown.seq;
      seen.scenes.push([at, Number(seq), Number(shown.at), now]);
    }
  };

  // The page's callbacks run inside of ours, so that what they have drawn is there when we look.
  const native = window.requestAnimationFrame.bind(window);
  let coming = new Map(), running = new Map(), number = 0;
  window.requestAnimationFrame = (callback) => {
    coming.set(++number, callback);
    return number;
  };
  window.cancelAnimationFrame = (handle) => {
    coming.delete(handle);
    running.delete(handle);
  };
  const turn = (time) => {
    native(turn);
    [running, coming] = [coming, new Map()];
    for (const callback of running.values()) {
      try {
        callback(time);
      } catch (error) {
        reportError(error);
      }
    }
    look();
  };
  native(turn);

  // What goes to the speakers also goes through an ear, which says at which sample it got loud after silence.
  const EAR = `registerProcessor("ear", class extends AudioWorkletProcessor {
    quiet = 0;
    process([input]) {
      const samples = input[0] ?? [];
      for (let i = 0; i < samples.length; i++) {
        if (Math.abs(samples[i]) < 0.02) this.quiet += 1;
        else {
          if (this.quiet > sampleRate / 4) this.port.postMessage((currentFrame + i) / sampleRate);
          this.quiet = 0;
        }
      }
      return true;
    }
  });`;
  const connect = AudioNode.prototype.connect;
  const ears = new WeakMap();
  const listen = async (context) => {
    const url = URL.createObjectURL(new Blob([EAR], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    const ear = new AudioWorkletNode(context, "ear");
    connect.call(ear, context.destination);
    ear.port.onmessage = ({ data: at }) => {
      const { contextTime, performanceTime } = context.getOutputTimestamp();
      seen.ticks.push([performance.timeOrigin + performanceTime + (at - contextTime) * 1000]);
    };
    return ear;
  };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      if (this instanceof GainNode) window.faders = [...(window.faders ?? []), this];
      const { context } = this;
      if (!ears.has(context)) ears.set(context, listen(context));
      ears.get(context).then((ear) => connect.call(this, ear), () => {});
    }
    return connect.call(this, to, ...rest);
  };
})();
