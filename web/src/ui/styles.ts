/** Styles that several elements share. */
import { css } from "lit";

export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    display: block;
    box-sizing: border-box;
    min-inline-size: 0;
  }
  :host([hidden]) {
    display: none;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  figure {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  :focus-visible {
    outline: 3px solid var(--lamp-ink);
    outline-offset: 3px;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .kicker {
    font-family: var(--mono);
    font-size: var(--s);
    font-weight: 600;
    letter-spacing: 0.06em;
    text-transform: uppercase;
    color: var(--soft);
  }
  .figure {
    font-variant-numeric: tabular-nums;
  }
`;

/** Buttons: pressed like a key of a desk. `.primary` is the lamp. */
export const buttons = css`
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
    touch-action: manipulation;
  }
  button:disabled,
  button[aria-disabled="true"] {
    cursor: default;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5em;
    min-block-size: var(--touch);
    min-inline-size: var(--touch);
    padding: 0.5rem 1.1rem;
    border: 1.5px solid var(--edge);
    border-radius: var(--r);
    background: var(--surface);
    font-weight: 600;
    text-decoration: none;
    color: var(--ink);
    transition: transform var(--quick) var(--ease), background var(--quick);
  }
  .button:hover:not(:disabled) {
    background: var(--raised);
  }
  .button:active:not(:disabled) {
    transform: translateY(2px);
  }
  .button:disabled {
    color: var(--soft);
    border-color: var(--line);
    background: transparent;
  }
  .primary {
    border-color: var(--lamp-edge);
    background: var(--lamp);
    color: var(--on-lamp);
    font-weight: 750;
    box-shadow: 0 3px 0 var(--lamp-edge);
  }
  .primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--lamp), white 18%);
  }
  .primary:active:not(:disabled) {
    box-shadow: 0 1px 0 var(--lamp-edge);
  }
  .primary:disabled {
    box-shadow: none;
    background: var(--raised);
  }
  .plain {
    border-color: transparent;
    background: transparent;
  }
  .plain:disabled {
    border-color: transparent;
    opacity: 0.45;
  }
  .danger {
    color: var(--bad);
    border-color: currentColor;
  }
`;

export const fields = css`
  input,
  textarea,
  select {
    font: inherit;
    color: var(--ink);
    inline-size: 100%;
    min-block-size: var(--touch);
    padding: 0.55rem 0.9rem;
    border: 1.5px solid var(--edge);
    border-radius: var(--r);
    background: var(--surface);
  }
  input[aria-invalid="true"] {
    border-color: var(--bad);
  }
  input[type="checkbox"] {
    inline-size: 1.5rem;
    block-size: 1.5rem;
    min-block-size: 0;
    accent-color: var(--lamp-edge);
  }
  label {
    font-weight: 600;
  }
  .why {
    color: var(--bad);
    font-weight: 600;
  }
`;
