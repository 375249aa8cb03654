import { css } from "lit";

export const panel = css`
  .panel {
    padding: 0.25rem 1rem 1rem;
    border-radius: calc(var(--r) * 1.3);
    background: var(--surface);
    box-shadow: inset 0 0 0 1.5px var(--line);
  }
  .panel:not([open]) {
    padding-block-end: 0.25rem;
  }
  .panel > summary {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-block-size: var(--touch);
    cursor: pointer;
    font-weight: 700;
    list-style: none;
  }
  .panel > summary::-webkit-details-marker {
    display: none;
  }
  .panel > summary::after {
    content: "";
    inline-size: 0.5rem;
    block-size: 0.5rem;
    margin-inline-end: 0.3rem;
    border: solid var(--soft);
    border-width: 0 2.5px 2.5px 0;
    rotate: 45deg;
    transition: rotate var(--quick);
  }
  .panel[open] > summary::after {
    rotate: 225deg;
    translate: 0 0.2rem;
  }
  .soft {
    color: var(--soft);
  }
`;
