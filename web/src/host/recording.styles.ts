import { css } from "lit";

export const recordingStyles = css`
  .panel > summary .figure {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
    margin-inline: auto 0.8rem;
    color: var(--soft);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
  }
  .why {
    margin-block: 0.5rem;
    color: var(--bad);
    font-size: 0.875rem;
    font-weight: 650;
  }
  ul {
    max-block-size: 22rem;
    margin-block-start: 0.7rem;
    overflow: auto;
  }
  ul > li {
    border-block-start: 1px solid var(--line);
  }
  li summary {
    display: flex;
    align-items: center;
    gap: 0.6rem;
    min-block-size: var(--touch);
    cursor: pointer;
  }
  li summary .figure {
    color: var(--soft);
    font-size: 0.8125rem;
  }
  [data-state="recording"] > details > summary b::before {
    content: "";
    display: inline-block;
    inline-size: 0.6rem;
    block-size: 0.6rem;
    margin-inline-end: 0.4rem;
    border-radius: 50%;
    background: #e5352b;
  }
  [data-state="failed"] > details > summary .figure {
    color: var(--bad);
  }
  .part {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.2rem 0.6rem;
    padding-block: 0.25rem;
  }
  .who {
    display: grid;
    min-inline-size: 0;
    overflow-wrap: anywhere;
    line-height: 1.25;
  }
  .who b {
    font-weight: 620;
  }
  .who small {
    color: var(--soft);
  }
  .part .why {
    flex-basis: 100%;
    margin: 0;
  }
  li .row {
    padding-block: 0.4rem 0.8rem;
  }
  .saving {
    position: relative;
    overflow: hidden;
    min-inline-size: 6.5rem;
    background: linear-gradient(90deg, color-mix(in oklab, var(--good), var(--surface) 65%) calc(var(--done) * 100%), transparent 0);
  }
  .saving:dir(rtl) {
    background: linear-gradient(270deg, color-mix(in oklab, var(--good), var(--surface) 65%) calc(var(--done) * 100%), transparent 0);
  }
  progress {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    opacity: 0;
  }
  .check {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
    min-block-size: var(--touch);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .check input {
    inline-size: 1.375rem;
    block-size: 1.375rem;
    margin: 0;
    accent-color: var(--ink);
  }
`;
