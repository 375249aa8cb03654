import { css } from "lit";

/** A key of a strip: a drawing over a word. */
export const cap = css`
  .cap {
    inline-size: 100%;
    min-inline-size: 0;
    min-block-size: 3.25rem;
    padding: 0.2rem;
    line-height: 1.1;
    display: grid;
    align-content: center;
    justify-items: center;
    gap: 0.2rem;
  }
  .cap span {
    font-size: 0.6875rem;
    font-weight: 650;
  }
  .cap.cap[aria-disabled="true"]:not(:disabled) {
    color: var(--soft);
    border-color: var(--line);
    background: transparent;
    opacity: 0.55;
  }
  .cap.cap[aria-pressed="true"]:not(:disabled) {
    background: var(--ink);
    border-color: var(--ink);
    color: var(--bg);
  }
  .talk.cap[aria-pressed="true"]:not(:disabled) {
    background: var(--good);
    border-color: var(--good);
  }
  .cap[data-waits] {
    animation: held 0.7s ease-in-out infinite alternate;
  }
  @keyframes held {
    to {
      opacity: 0.5;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .cap[data-waits] {
      animation: none;
    }
  }
`;

export const guestStyles = css`
  .strip {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.6rem;
    padding: 0.7rem;
    border-radius: var(--r);
    background: var(--surface);
    box-shadow: inset 0 0 0 1.5px var(--line);
    transition: box-shadow var(--quick), background var(--quick);
  }
  .strip[data-look="green"] {
    box-shadow: inset 0 0 0 1.5px var(--good);
  }
  .strip[data-look="live"],
  .strip[data-look="going"] {
    background: color-mix(in oklab, var(--lamp), var(--surface) 86%);
    box-shadow: inset 0 0 0 3px var(--lamp-edge);
  }
  .strip[data-look="going"],
  .strip[data-look="greening"] {
    animation: waits 1s ease-in-out infinite alternate;
  }
  .strip[data-look="lost"],
  .strip[data-look="away"] {
    background: var(--bad-soft);
    box-shadow: inset 0 0 0 3px var(--bad);
  }
  .strip:focus-visible {
    outline-offset: 2px;
  }
  @keyframes waits {
    to {
      box-shadow: inset 0 0 0 3px color-mix(in oklab, var(--lamp-edge), transparent 65%);
    }
  }
  .top {
    display: flex;
    gap: 0.75rem;
    align-items: start;
  }
  oq-monitor {
    flex: none;
    inline-size: 8.25rem;
  }
  .who {
    flex: 1;
    min-inline-size: 0;
  }
  .name {
    display: flex;
    align-items: baseline;
    gap: 0.4rem;
    font-weight: 720;
    line-height: 1.2;
  }
  .name span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .name small {
    color: var(--soft);
    font-family: var(--mono);
    font-size: 0.6875rem;
    font-weight: 500;
  }
  .state {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.1rem 0.45rem;
    margin-block: 0.15rem;
    font-size: 0.875rem;
    line-height: 1.25;
  }
  .state .figure {
    color: var(--soft);
  }
  .lamp.ready {
    background: var(--good);
    box-shadow: none;
  }
  [data-look="lost"] .lamp,
  [data-look="away"] .lamp {
    background: var(--bad);
    box-shadow: none;
  }
  [data-look="lost"] .state b,
  [data-look="away"] .state b {
    color: var(--bad);
  }
  .topic,
  .hears {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    font-size: 0.8125rem;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  .topic {
    -webkit-line-clamp: 1;
  }
  .passed,
  .failed {
    -webkit-line-clamp: 2;
  }
  .passed .icon,
  .failed .icon {
    vertical-align: -0.3em;
  }
  .passed .icon {
    color: var(--good);
  }
  .failed {
    color: var(--bad);
    font-weight: 600;
  }
  .hears {
    color: var(--soft);
  }
  oq-monitor + .who .hears {
    min-block-size: 2.6em;
  }
  .off {
    white-space: nowrap;
    color: var(--bad);
    font-weight: 600;
  }
  .off .icon {
    inline-size: 1em;
    block-size: 1em;
    vertical-align: -0.12em;
  }
  kbd {
    display: inline-grid;
    place-items: center;
    min-inline-size: 1.4em;
    padding: 0 0.25em;
    border-radius: 0.3em;
    box-shadow: inset 0 0 0 1px currentColor;
    font-family: var(--mono);
    font-size: 0.75rem;
    font-weight: 600;
    line-height: 1.4;
    opacity: 0.75;
  }
  .corner {
    display: grid;
    flex: none;
    justify-items: end;
    gap: 0.1rem;
    color: var(--soft);
  }
  .keys {
    display: grid;
    grid-template-columns: minmax(0, 1fr) repeat(4, minmax(2.8rem, 3.4rem));
    gap: 0.35rem;
  }
  .keys.one {
    grid-template-columns: minmax(0, 1fr);
  }
  .keys.two {
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }
  .keys .button {
    min-inline-size: 0;
    min-block-size: 3.25rem;
    padding: 0.2rem;
    line-height: 1.1;
  }
  .keys.one .button {
    min-block-size: var(--touch);
  }
  .two .button[aria-pressed="true"] {
    background: var(--ink);
    color: var(--bg);
  }
  .big {
    gap: 0.5rem;
    font-size: 0.9375rem;
  }
  .big.primary {
    font-size: 1.25rem;
    text-transform: uppercase;
    letter-spacing: 0.02em;
  }
  .big.doubt {
    background: color-mix(in oklab, var(--lamp), var(--surface) 70%);
    color: var(--ink);
    box-shadow: none;
  }
  .big[aria-disabled="true"] {
    border-style: dashed;
    border-color: var(--line);
    background: transparent;
    box-shadow: none;
    color: var(--soft);
    font-size: 0.8125rem;
  }
  .more {
    padding: 0;
    min-inline-size: 2.5rem;
    min-block-size: 2.5rem;
    margin-inline-end: -0.5rem;
  }
  .menu {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4rem;
    padding-block-start: 0.6rem;
    border-block-start: 1px solid var(--line);
  }
  .menu .button {
    padding-inline: 0.8rem;
    font-size: 0.875rem;
  }
  .menu p {
    font-size: 0.875rem;
    color: var(--soft);
  }
  .why {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.3rem 0.5rem;
    color: var(--bad);
    font-size: 0.875rem;
    font-weight: 650;
    line-height: 1.25;
  }
  .why.help {
    color: var(--ink);
    font-weight: 500;
  }
  @media (max-width: 26rem) {
    .keys:not(.one, .two) {
      grid-template-columns: minmax(0, 1fr) repeat(4, 2.8rem);
    }
    oq-monitor {
      inline-size: 7.25rem;
    }
    .top {
      gap: 0.6rem;
    }
  }
  @media (hover: none) {
    kbd {
      display: none;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .strip {
      animation: none;
    }
  }
`;
