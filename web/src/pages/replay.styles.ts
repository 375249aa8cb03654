import { css } from "lit";

export const replayStyles = css`
  :host {
    min-block-size: 100dvh;
    background: var(--bg);
  }
  main {
    display: grid;
    grid-template: "stage" auto "remote" auto "strip" auto "scene" 1fr / minmax(0, 1fr);
    min-block-size: 100dvh;
  }
  .stage {
    grid-area: stage;
    position: sticky;
    inset-block-start: 0;
    z-index: 2;
    container-type: inline-size;
    aspect-ratio: 16 / 9;
    max-block-size: 62dvh;
    inline-size: 100%;
    overflow: hidden;
    background: #0b0a08;
    color: #f8f3e8;
    cursor: pointer;
  }
  .box {
    position: absolute;
    inset: 0;
  }
  .big {
    position: absolute;
    inset: 0;
    margin: auto;
    inline-size: 5rem;
    block-size: 5rem;
    border: 0;
    border-radius: 50%;
    background: var(--lamp);
    color: var(--on-lamp);
    font-size: 1.75rem;
    display: grid;
    place-content: center;
    box-shadow: 0 4px 24px #000a;
  }
  .remote {
    grid-area: remote;
    display: grid;
    grid-template: "line line line line line" auto "play time . rate sound" auto / auto auto 1fr auto auto;
    align-items: center;
    gap: 0.35rem 0.5rem;
    padding: 0.35rem 0.75rem 0.6rem;
    background: var(--surface);
    border-block-end: 1px solid var(--line);
  }
  .line {
    grid-area: line;
    position: relative;
  }
  .line input {
    inline-size: 100%;
    block-size: 2.25rem;
    margin: 0;
    appearance: none;
    background: transparent;
    cursor: pointer;
    touch-action: pan-y;
  }
  .line input::-webkit-slider-runnable-track {
    block-size: 0.5rem;
    border-radius: 1rem;
    background: linear-gradient(to right, var(--lamp) calc(100% * var(--at)), var(--raised) 0);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .line:dir(rtl) input::-webkit-slider-runnable-track {
    background: linear-gradient(to left, var(--lamp) calc(100% * var(--at)), var(--raised) 0);
  }
  .line input::-moz-range-track {
    block-size: 0.5rem;
    border-radius: 1rem;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .line input::-moz-range-progress {
    block-size: 0.5rem;
    border-radius: 1rem;
    background: var(--lamp);
  }
  .line input::-webkit-slider-thumb {
    appearance: none;
    inline-size: 1.25rem;
    block-size: 1.25rem;
    margin-block-start: -0.375rem;
    border-radius: 50%;
    border: 2px solid var(--lamp-edge);
    background: var(--lamp);
  }
  .marks {
    position: absolute;
    inset-inline: 0.625rem;
    inset-block-start: 50%;
    block-size: 0;
    pointer-events: none;
  }
  .marks i {
    position: absolute;
    inset-inline-start: calc(100% * var(--place));
    inline-size: 3px;
    block-size: 0.85rem;
    margin: -0.425rem -1.5px;
    border-radius: 2px;
    background: var(--ink);
  }
  .marks i[data-kind="round"] {
    block-size: 0.5rem;
    margin-block: -0.25rem;
    background: var(--lamp-edge);
  }
  .marks i[data-kind="stage"] {
    inline-size: 0.5rem;
    block-size: 0.5rem;
    margin: -0.25rem;
    border-radius: 50%;
    background: var(--good);
  }
  .play {
    grid-area: play;
    padding: 0;
  }
  .time {
    grid-area: time;
    white-space: nowrap;
  }
  .time small {
    color: var(--soft);
    font-size: 1em;
  }
  select {
    grid-area: rate;
    font: inherit;
    color: var(--ink);
    min-block-size: var(--touch);
    padding-inline: 0.6rem;
    border: 1.5px solid var(--edge);
    border-radius: var(--r);
    background: var(--surface);
  }
  .sound {
    grid-area: sound;
    padding: 0;
  }
  .strip {
    grid-area: strip;
    display: flex;
    align-items: center;
    gap: 0.6rem;
    padding: 0.6rem 1rem;
    border-block-end: 1px solid var(--line);
  }
  .strip h1 {
    flex: 1;
    min-inline-size: 0;
    font-size: 1rem;
    font-weight: 650;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .scene {
    grid-area: scene;
    inline-size: 100%;
    max-inline-size: 40rem;
    margin-inline: auto;
    padding: 1.25rem 1rem 3rem;
  }
  .own {
    margin-block-start: 1.25rem;
    color: var(--soft);
    font-size: 0.875rem;
  }
  nav {
    margin-block-start: 2rem;
    border-block-start: 1px solid var(--line);
    padding-block-start: 1rem;
  }
  nav li button {
    display: grid;
    grid-template-columns: 4.5rem minmax(0, 1fr);
    inline-size: 100%;
    min-block-size: 2.75rem;
    align-items: center;
    padding: 0.2rem 0.5rem;
    border: 0;
    border-radius: var(--r);
    background: none;
    text-align: start;
  }
  nav li button:hover {
    background: var(--raised);
  }
  nav li[data-kind="segment"] {
    font-weight: 700;
  }
  nav li[data-on] button {
    background: var(--raised);
  }
  nav .figure {
    color: var(--soft);
    font-weight: 500;
  }
  @media (min-width: 60rem) {
    main {
      grid-template: "strip strip" auto "stage scene" auto "remote scene" auto ". scene" 1fr / minmax(0, 1fr) minmax(22rem, 27rem);
      block-size: 100dvh;
      padding: 0 1.5rem 1.25rem;
      column-gap: 1.5rem;
    }
    .stage {
      position: relative;
      max-block-size: calc(100dvh - 11rem);
      border-radius: 1rem 1rem 0 0;
    }
    .remote {
      border-radius: 0 0 1rem 1rem;
      border: 1px solid var(--line);
      border-block-start: 0;
    }
    .strip {
      padding-inline: 0;
      border: 0;
    }
    .scene {
      overflow-y: auto;
      min-block-size: 0;
      max-inline-size: none;
      padding: 0.25rem 0.5rem 2rem;
    }
  }
`;
