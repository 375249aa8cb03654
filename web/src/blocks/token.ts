import { css, html, type TemplateResult } from "lit";
import { LETTERS } from "./view";

/** The sign of an option: a letter in a shape of its own, so that nobody needs to tell colours apart. */
export function token(place: number): TemplateResult {
  return html`<span class="token" aria-hidden="true"><i class="shape s${place % 6}"></i><b>${LETTERS[place] ?? place + 1}</b></span>`;
}

export const tokens = css`
  .token {
    position: relative;
    display: grid;
    place-items: center;
    inline-size: 2.1em;
    block-size: 2.1em;
    flex: none;
    font-weight: 800;
  }
  .token b {
    position: relative;
    color: var(--token-ink, var(--surface));
    line-height: 1;
  }
  .shape {
    position: absolute;
    inset: 0;
    background: var(--token, var(--ink));
  }
  .s0 {
    border-radius: 50%;
  }
  .s1 {
    inset: 6%;
    border-radius: 18%;
  }
  .s2 {
    inset: 11%;
    border-radius: 14%;
    transform: rotate(45deg);
  }
  .s3 {
    clip-path: polygon(25% 4%, 75% 4%, 100% 50%, 75% 96%, 25% 96%, 0 50%);
  }
  .s4 {
    clip-path: polygon(50% 0, 100% 38%, 81% 98%, 19% 98%, 0 38%);
  }
  .s5 {
    clip-path: polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%);
  }
`;
