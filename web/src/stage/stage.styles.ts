import { css } from "lit";

/** What all parts of one's own way to the stage look like. Red is for one thing alone: being on air. */
export const stageStyles = css`
  :host {
    --air: #c8102e;
    --on-air: #fff;
  }
  .panel {
    display: grid;
    gap: 0.9rem;
    padding: 1rem 1.25rem;
    background: var(--surface);
  }
  :host([card]) .panel {
    border: 1.5px solid var(--line);
    border-radius: calc(var(--r) * 1.2);
  }
  h2 {
    font-size: 1.25rem;
    letter-spacing: -0.015em;
    line-height: 1.2;
    text-wrap: balance;
  }
  p {
    text-wrap: pretty;
  }
  .soft {
    color: var(--soft);
    font-size: 0.9375rem;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.6rem;
  }
  .row > .grow {
    flex: 1 1 10rem;
    min-inline-size: 0;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 0.75rem;
  }
  .head > div {
    flex: 1;
    min-inline-size: 0;
  }
  .icon {
    flex: none;
  }
  .round {
    padding: 0;
    border-radius: 50%;
  }
  .trouble {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0.1rem 0.6rem;
    align-items: start;
    padding: 0.7rem 0.9rem;
    border-radius: var(--r);
    background: var(--bad-soft);
    color: var(--ink);
    font-size: 0.9375rem;
  }
  .trouble .icon {
    color: var(--bad);
    grid-row: span 2;
    margin-block-start: 0.1em;
  }
  .trouble b {
    font-weight: 650;
  }
  label {
    font-weight: 600;
  }
  .result {
    display: grid;
    grid-template-columns: 1.4rem 1fr;
    gap: 0.55rem;
    align-items: start;
    min-block-size: 1.5rem;
    font-size: 0.9375rem;
  }
  .result .icon {
    margin-block-start: 0.1em;
  }
  .result[data-state="good"] .icon {
    color: var(--good);
  }
  .result[data-state="bad"] .icon {
    color: var(--bad);
  }
  .dot {
    inline-size: 0.8rem;
    block-size: 0.8rem;
    margin: 0.3rem;
    border-radius: 50%;
    box-shadow: inset 0 0 0 2px var(--edge);
  }
`;
