import { css } from "lit";

export const boardStyles = css`
  .rows {
    display: grid;
    gap: 0.4em;
  }
  .rows li {
    display: grid;
    grid-template-columns: 2.2em minmax(1.6em, auto) minmax(0, 1fr) auto auto;
    align-items: center;
    gap: 0.4em;
    min-block-size: 2.9em;
    padding: 0.3em 1em 0.3em 0.3em;
    border-radius: var(--r);
    background: var(--row, var(--surface));
    box-shadow: inset 0 0 0 1.5px var(--line);
    font-size: var(--row-size, 1em);
  }
  .rank {
    display: grid;
    place-items: center;
    font-weight: 780;
    font-size: 1.125em;
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 620;
    line-height: 1.3;
  }
  .name em {
    font-style: normal;
    font-family: var(--mono);
    font-size: 0.75em;
    opacity: 0.8;
  }
  .score {
    min-inline-size: 3.2em;
    text-align: end;
    font-weight: 780;
  }
  .gained {
    font-size: 0.875em;
    color: var(--soft);
  }
  .moved {
    font-size: 0.8125em;
    font-weight: 700;
    color: var(--soft);
    white-space: nowrap;
  }
  .moved.up {
    color: var(--good);
  }
  .moved.down {
    color: var(--bad);
  }
  .rows li[data-mine] {
    background: var(--lamp);
    color: var(--on-lamp);
    box-shadow: inset 0 0 0 1.5px var(--lamp-edge);
  }
  li[data-mine] .moved,
  li[data-mine] .gained {
    color: inherit;
  }
  .players {
    margin-block-start: 0.8em;
    color: var(--soft);
    font-size: 0.9375em;
  }
  .podium {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    align-items: end;
    gap: 0.5em;
    min-block-size: var(--podium, 15em);
    margin-block-end: 0.8em;
  }
  .step {
    display: grid;
    gap: 0.15em;
    justify-items: center;
    text-align: center;
  }
  .step .name {
    max-inline-size: 100%;
    white-space: normal;
    overflow-wrap: anywhere;
    line-height: 1.15;
    font-size: 1.0625em;
    font-weight: 750;
  }
  .step .score {
    min-inline-size: 0;
    color: var(--soft);
    font-weight: 650;
  }
  .block {
    display: grid;
    justify-items: center;
    align-items: start;
    inline-size: 100%;
    margin-block-start: 0.4em;
    padding-block-start: 0.35em;
    border-radius: var(--r) var(--r) 0 0;
    background: var(--raised);
    box-shadow: inset 0 0 0 1.5px var(--line);
    font-size: 2em;
    line-height: 1;
    transform-origin: bottom;
    animation: rise 700ms var(--ease) both;
  }
  .p0 {
    order: 2;
  }
  .p1 {
    order: 1;
  }
  .p2 {
    order: 3;
  }
  .p0 .block {
    block-size: calc(var(--podium, 15em) * 0.3);
    background: var(--lamp);
    color: var(--on-lamp);
    box-shadow: inset 0 0 0 1.5px var(--lamp-edge);
    animation-delay: 900ms;
  }
  .p1 .block {
    block-size: calc(var(--podium, 15em) * 0.21);
    animation-delay: 450ms;
  }
  .p2 .block {
    block-size: calc(var(--podium, 15em) * 0.14);
  }
  .p0 .name,
  .p0 .score {
    animation: appear 500ms 1500ms both;
  }
  .p1 .name,
  .p1 .score {
    animation: appear 500ms 1000ms both;
  }
  .p2 .name,
  .p2 .score {
    animation: appear 500ms 550ms both;
  }
  .p0 .name {
    font-size: 1.375em;
  }
  @keyframes rise {
    from {
      transform: scaleY(0);
    }
  }
  @keyframes appear {
    from {
      opacity: 0;
      transform: translateY(0.5em);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .block,
    .step .name,
    .step .score {
      animation: none !important;
    }
  }
`;
