import { css } from "lit";

export const mixStyles = css`
  fieldset {
    min-inline-size: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend,
  h3 {
    padding: 0;
    margin-block: 0.2rem 0.4rem;
    color: var(--soft);
    font-size: 0.8125rem;
    font-weight: 600;
  }
  h3 {
    margin-block-start: 1rem;
  }
  .layouts {
    display: grid;
    grid-template-columns: repeat(5, minmax(0, 1fr));
    gap: 0.35rem;
  }
  legend {
    float: inline-start;
    grid-column: 1 / -1;
  }
  .layout {
    position: relative;
    display: grid;
    justify-items: center;
    align-content: start;
    gap: 0.3rem;
    min-block-size: 4.25rem;
    padding: 0.45rem 0.2rem 0.35rem;
    border-radius: calc(var(--r) * 0.7);
    box-shadow: inset 0 0 0 1.5px var(--line);
    font-size: 0.65625rem;
    font-weight: 600;
    letter-spacing: -0.01em;
    line-height: 1.15;
    text-align: center;
    cursor: pointer;
  }
  .layout:hover {
    background: var(--raised);
  }
  .layout:has(:checked) {
    box-shadow: inset 0 0 0 2.5px var(--ink);
    font-weight: 750;
  }
  .layouts[data-waits] .layout:has(:checked) {
    box-shadow: inset 0 0 0 2.5px var(--edge);
  }
  .layout:has(:focus-visible) {
    outline: 3px solid var(--lamp-ink);
    outline-offset: 2px;
  }
  .layout input {
    position: absolute;
    inset: 0;
    opacity: 0;
    margin: 0;
    cursor: pointer;
  }
  svg {
    inline-size: 100%;
    max-inline-size: 3.5rem;
  }
  .layout svg {
    fill: none;
    stroke: var(--edge);
    stroke-width: 1.5;
  }
  .layout rect {
    fill: var(--surface);
  }
  .layout .main {
    fill: var(--edge);
  }
  .layout .sign {
    stroke: var(--surface);
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .layout:has(:checked) svg {
    stroke: var(--ink);
  }
  .layout:has(:checked) .main {
    fill: var(--lamp);
    stroke: var(--lamp-edge);
  }
  .layout:has(:checked) .sign {
    stroke: var(--on-lamp);
  }
  li {
    display: grid;
    grid-template-columns: 2.5rem minmax(0, 1fr) auto;
    align-items: center;
    gap: 0.2rem;
    min-block-size: 3.25rem;
    border-block-start: 1px solid var(--line);
    background: var(--surface);
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 620;
  }
  .star {
    padding: 0;
    min-inline-size: 2.5rem;
    color: var(--line);
  }
  .star[data-first] {
    color: var(--edge);
  }
  .star[aria-pressed="true"] {
    color: var(--lamp-edge);
  }
  .star[aria-pressed="true"] .icon {
    fill: var(--lamp);
  }
  .gain {
    grid-column: 2 / -1;
    margin-block: -0.6rem 0.1rem;
    display: grid;
    grid-template-columns: minmax(0, 1fr) 2.9rem;
    align-items: center;
    gap: 0.3rem;
  }
  output {
    font-size: 0.75rem;
    color: var(--soft);
    text-align: end;
  }
  .tools {
    display: flex;
  }
  .tools .button {
    min-inline-size: 2.4rem;
    padding: 0;
  }
  .tools .button[aria-disabled="true"] {
    opacity: 0.35;
  }
  input[type="range"] {
    inline-size: 100%;
    min-block-size: var(--touch);
    margin: 0;
    accent-color: var(--ink);
  }
  .gain input[type="range"] {
    min-block-size: 2.5rem;
  }
  .duck {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    padding-block-start: 0.6rem;
    border-block-start: 1px solid var(--line);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .duck input {
    grid-column: 1 / -1;
  }
  .why {
    margin-block-start: 0.5rem;
    color: var(--bad);
    font-size: 0.875rem;
    font-weight: 650;
  }
  .none {
    margin-block-start: 0.75rem;
    font-size: 0.875rem;
  }
`;
