import { css } from "lit";

/** Tiles in the dark place of the picture. Sizes follow the picture's (cqi of the host) and the tile's own. */
export const tilesStyles = css`
  .tiles {
    display: grid;
    gap: clamp(2px, 0.6cqi, 12px);
    justify-items: center;
    align-items: center;
  }
  .tiles[data-layout="pip"],
  .tiles[data-layout="full"] {
    gap: 0;
  }
  .tile {
    position: relative;
    margin: 0;
    inline-size: 100%;
    block-size: 100%;
    max-block-size: var(--highest, 100%);
    overflow: hidden;
    container-type: size;
    border-radius: clamp(4px, 1cqi, 18px);
    background: #1a1713;
    --ring: color-mix(in oklab, var(--lamp), transparent calc(100% - 100% * var(--level, 0)));
  }
  .tiles[data-layout="spotlight"] .tile[data-main] {
    aspect-ratio: 16 / 9;
    block-size: auto;
    max-block-size: none;
  }
  .tiles:is([data-layout="full"], [data-layout="pip"]) .tile[data-main] {
    max-block-size: none;
    border-radius: 0;
    background: none;
  }
  .tiles[data-layout="pip"] .tile:not([data-main]) {
    z-index: 1;
    margin: 0 clamp(1px, 0.4cqi, 8px);
    inline-size: calc(100% - clamp(2px, 0.8cqi, 16px));
    box-shadow: 0 0 0 1.5px #0b0a08, 0 4px 16px #000a;
  }
  .tile > :is(canvas, video) {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    object-fit: contain;
  }
  .tile[data-state="card"] > :is(canvas, video) {
    visibility: hidden;
  }
  .tile > .faces {
    object-fit: cover;
    transform: scaleX(-1);
  }
  .tile[data-main] > .faces {
    object-fit: contain;
  }
  .tile::after {
    content: "";
    position: absolute;
    inset: 0;
    pointer-events: none;
    border-radius: inherit;
    box-shadow: inset 0 0 0 clamp(2px, 0.35cqmin, 5px) var(--ring);
    opacity: 0;
    transition: opacity 120ms;
  }
  .tile[data-speaking][data-state="picture"]:not([data-alone])::after {
    opacity: 1;
  }
  .card {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 4cqmin;
    color: #d3c9b7;
    background: radial-gradient(circle at 50% 45%, #2b261f, #1a1713 75%);
  }
  .disc {
    display: grid;
    place-content: center;
    inline-size: min(46cqmin, 9rem);
    aspect-ratio: 1;
    border-radius: 50%;
    background: #3b352b;
    color: #f8f3e8;
    font-size: min(18cqmin, 3.6rem);
    font-weight: 700;
    letter-spacing: 0.02em;
    box-shadow: 0 0 0 calc(5cqmin * var(--level, 0)) var(--ring), 0 0 0 1.5px #5c5546;
    transition: box-shadow 90ms linear;
  }
  .waits .disc {
    opacity: 0.5;
  }
  .soon {
    font-size: clamp(0.6875rem, 7cqmin, 1.25rem);
    text-align: center;
  }
  @container (max-height: 8rem) {
    .soon {
      display: none;
    }
    .disc {
      margin-block-end: 0.6rem;
    }
  }
  .tile figcaption {
    position: absolute;
    inset-block-end: clamp(3px, 0.5rem, 3cqmin);
    inset-inline-start: clamp(3px, 0.5rem, 3cqmin);
    display: inline-flex;
    align-items: center;
    gap: 0.35em;
    max-inline-size: calc(100% - 2 * clamp(3px, 0.5rem, 3cqmin));
    padding: 0.18em 0.55em;
    border-radius: 0.5em;
    background: #0b0a08d9;
    color: #f8f3e8;
    font-size: clamp(0.6875rem, 4.5cqmin + 0.35rem, 1.75rem);
    font-weight: 650;
    line-height: 1.3;
  }
  .tiles[data-layout="pip"] .tile[data-main] figcaption {
    inset-block: clamp(3px, 0.5rem, 3cqmin) auto;
  }
  .tile[data-corner] figcaption {
    max-inline-size: calc(100% - 4.2rem);
  }
  @container (max-width: 11rem) {
    .tile[data-corner] figcaption {
      inset-block: clamp(3px, 0.5rem, 3cqmin) auto;
      max-inline-size: calc(100% - 2 * clamp(3px, 0.5rem, 3cqmin));
    }
  }
  .tile figcaption bdi {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tile figcaption i {
    display: inline-flex;
    flex: none;
    font-size: 0.85em;
  }
  .tile figcaption small {
    flex: none;
    font-size: 0.85em;
    font-weight: 500;
    color: #d3c9b7;
  }
  .tile[data-alone] figcaption {
    font-size: clamp(0.75rem, 2cqmin + 0.35rem, 1.75rem);
  }
`;
