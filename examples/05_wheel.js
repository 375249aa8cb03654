// @ts-check
/**
 * A wheel of fortune. It turns by show time, so on every screen it stops with the picture.
 *
 * Fields are chosen by buttons, which keyboards and screen readers know, or by a tap on the wheel. Colours are the page's. Who wants no
 * motion sees no turning: the wheel stands where it stops, once it has stopped.
 */

/**
 * @typedef {object} Props what 05_custom_component.py says
 * @property {string[]} fields
 * @property {number} [drawn] where it stops, once it turns
 * @property {number} [since] since when it turns, and for how long: show time in µs
 * @property {number} [span]
 */

const TURNS = 5;
const STYLE = `
  :host { display: grid; justify-items: center; gap: 1em; color: var(--ink); font: inherit; }
  svg { inline-size: min(100%, var(--wheel, 20em)); aspect-ratio: 1; overflow: visible; }
  :host([data-large]) svg { inline-size: min(100%, 46vh); }
  .field { fill: var(--surface); stroke: var(--line); stroke-width: 0.6; }
  .field.odd { fill: var(--raised); }
  .tap { cursor: pointer; }
  .mine .field { fill: color-mix(in oklab, var(--lamp), var(--surface) 45%); }
  .won .field { fill: var(--lamp); }
  text { fill: var(--ink); font-size: 5.4px; font-weight: 650; text-anchor: end; dominant-baseline: central; }
  .won text { fill: var(--on-lamp); }
  .rim { fill: none; stroke: var(--edge); stroke-width: 2; }
  .hub { fill: var(--ink); }
  .pointer { fill: var(--lamp); stroke: var(--lamp-edge); stroke-width: 0.6; stroke-linejoin: round; }
  .choices { display: flex; flex-wrap: wrap; justify-content: center; gap: 0.5em; border: 0; margin: 0; padding: 0; }
  button { min-block-size: var(--touch); padding: 0 1em; border: 1.5px solid var(--edge); border-radius: 2em;
    background: var(--surface); color: var(--ink); font: inherit; }
  button[aria-pressed="true"] { background: var(--lamp); border-color: var(--lamp-edge); color: var(--on-lamp); font-weight: 700; }
  :focus-visible { outline: 3px solid var(--lamp-ink); outline-offset: 3px; }
  .unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
`;
const SVG = "http://www.w3.org/2000/svg";

export default class Wheel extends HTMLElement {
  /** @type {Props} */
  props = { fields: [] };
  /** @type {import("../docs/oncue").Oncue | undefined} */
  oncue;

  #root = this.attachShadow({ mode: "open" });
  #made = "";
  #frame = 0;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor() {
    super();
    this.#root.innerHTML = `<style>${STYLE}</style>
      <svg viewBox="-56 -56 112 112" aria-hidden="true">
        <g class="disc"></g>
        <circle class="rim" r="50" /><circle class="hub" r="4" />
        <path class="pointer" d="M -4 -55 L 4 -55 L 0 -45 Z" />
      </svg>
      <div class="choices" role="group" aria-label="Bet on a field"></div>
      <p class="unseen" role="status"></p>`;
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#frame);
  }

  draw() {
    this.toggleAttribute("data-large", this.oncue?.surface === "screen");
    this.#build();
    const { ready = false, sent } = this.oncue ?? {};
    const mine = typeof sent?.value === "number" ? sent.value : -1;
    const choices = /** @type {HTMLElement} */ (this.#find(".choices"));
    choices.hidden = !ready;
    choices.style.display = ready ? "" : "none";
    this.#root.querySelectorAll("button").forEach((button, place) => {
      button.setAttribute("aria-pressed", String(place === mine));
    });
    this.#root.querySelectorAll(".sector").forEach((sector, place) => {
      sector.classList.toggle("mine", place === mine);
      sector.classList.toggle("tap", ready);
    });
    this.#turn();
  }

  /** The fields, when they are others than before. */
  #build() {
    const { fields } = this.props;
    const key = JSON.stringify(fields);
    if (key === this.#made) return;
    this.#made = key;
    this.#find(".disc").replaceChildren(...fields.map((label, place) => this.#sector(label, place)));
    this.#find(".choices").replaceChildren(
      ...fields.map((label, place) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.addEventListener("click", () => this.oncue?.send(place));
        return button;
      }),
    );
  }

  /**
   * @param {string} label
   * @param {number} place
   */
  #sector(label, place) {
    const half = Math.PI / this.props.fields.length;
    const [x, y] = [50 * Math.sin(half), -50 * Math.cos(half)];
    const sector = document.createElementNS(SVG, "g");
    sector.setAttribute("class", "sector");
    sector.setAttribute("transform", `rotate(${this.#angle(place)})`);
    const field = document.createElementNS(SVG, "path");
    field.setAttribute("class", place % 2 ? "field odd" : "field");
    field.setAttribute("d", `M 0 0 L ${-x} ${y} A 50 50 0 0 1 ${x} ${y} Z`);
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("transform", "rotate(-90) translate(43 0)");
    text.textContent = label;
    sector.append(field, text);
    sector.addEventListener("click", () => this.oncue?.send(place));
    return sector;
  }

  /** @param {number} place where a field is, in degrees */
  #angle(place) {
    return (360 / this.props.fields.length) * place;
  }

  /** Stand where the wheel is at this moment of the show; come again with the next frame while it turns. */
  #turn() {
    cancelAnimationFrame(this.#frame);
    const { drawn, since = 0, span = 1, fields } = this.props;
    if (drawn === undefined) {
      this.#stand(0, -1);
      return;
    }
    const part = Math.min(Math.max(((this.oncue?.time() ?? 0) - since) / span, 0), 1);
    const turns = this.#calm.matches ? 0 : TURNS;
    const eased = this.#calm.matches ? Math.floor(part) : 1 - (1 - part) ** 3;
    this.#stand((turns * 360 - this.#angle(drawn)) * eased, part === 1 ? drawn : -1);
    if (part < 1) this.#frame = requestAnimationFrame(() => this.#turn());
    else this.#say(`It is ${fields[drawn]}`);
  }

  /**
   * @param {number} angle in degrees
   * @param {number} won the field under the pointer, once it stands still
   */
  #stand(angle, won) {
    this.#find(".disc").setAttribute("transform", `rotate(${angle})`);
    this.#root.querySelectorAll(".sector").forEach((sector, place) => {
      sector.classList.toggle("won", place === won);
    });
    if (won < 0) this.#say("");
  }

  /** @param {string} text */
  #say(text) {
    const status = this.#find("[role=status]");
    if (status.textContent !== text) status.textContent = text;
  }

  /** @param {string} what */
  #find(what) {
    return /** @type {Element} */ (this.#root.querySelector(what));
  }
}
