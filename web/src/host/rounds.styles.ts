import { css } from "lit";

export const roundStyles = css`
  .empty {
    padding-block-end: 0.25rem;
    max-inline-size: 46ch;
    color: var(--soft);
  }
  .round {
    border-block-end: 1px solid var(--line);
  }
  .head {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    gap: 0.2rem 0.7rem;
    padding-block: 0.6rem 0.8rem;
  }
  .head .line {
    grid-column: 1 / -1;
  }
  .open {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.15rem 0.6rem;
    min-block-size: var(--touch);
    padding: 0;
    border: 0;
    background: none;
    text-align: start;
  }
  .title {
    font-weight: 620;
    line-height: 1.2;
    overflow-wrap: anywhere;
  }
  .open:hover .title {
    text-decoration: underline;
    text-decoration-color: var(--edge);
    text-underline-offset: 0.2em;
  }
  .line {
    color: var(--soft);
    font-size: 0.875rem;
    line-height: 1.35;
    text-wrap: pretty;
    overflow-wrap: anywhere;
  }
  [data-void] .title {
    color: var(--soft);
  }
  .tag {
    padding: 0.05rem 0.5rem;
    border-radius: 1rem;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--edge);
    font-size: 0.75rem;
    font-weight: 650;
  }
  .figures {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr);
    gap: 0.4rem 1rem;
    margin: 0;
    font-size: 0.875rem;
    line-height: 1.3;
  }
  .figures dt {
    color: var(--soft);
  }
  .figures dd {
    margin: 0;
    font-weight: 620;
    overflow-wrap: anywhere;
  }
  .figures .wide {
    grid-column: 1 / -1;
  }
  /* From no delay to the longest: all pictures, those of 95 of 100, half of them; the stroke is the delay agreed. */
  .strip {
    position: relative;
    block-size: 0.75rem;
    margin-block: 0.3rem 0.5rem;
    border-radius: 0.375rem;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .strip i {
    position: absolute;
    inset-block: 0;
    inset-inline-start: calc(var(--from) * 100%);
    inline-size: max(4px, calc((var(--to) - var(--from)) * 100%));
    border-radius: inherit;
    background: color-mix(in oklab, var(--ink), var(--raised) var(--pale));
  }
  .strip b {
    position: absolute;
    inset-block: -0.25rem;
    inset-inline-start: calc(var(--from) * 100% - 1.5px);
    inline-size: 3px;
    border-radius: 2px;
    background: var(--lamp);
    box-shadow: 0 0 0 1px var(--lamp-edge);
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    padding-block: 0.6rem 0.9rem;
  }
  .why {
    color: var(--bad);
    font-size: 0.875rem;
    font-weight: 650;
  }
  .more {
    padding-inline: 0;
    color: var(--soft);
    font-size: 0.875rem;
  }
  h3 {
    padding-block: 1.1rem 0.35rem;
    font-size: 0.875rem;
    font-weight: 700;
  }
  .ruling {
    padding-block: 0.5rem;
    border-block-start: 1px solid var(--line);
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  .ruling p:first-child {
    font-weight: 620;
  }
  .ruling small {
    display: block;
    color: var(--soft);
    font-size: 0.8125rem;
  }
`;
