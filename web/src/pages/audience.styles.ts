import { css } from "lit";

/** Phone first: picture on top, what one may do below it. Where there is room, side by side. */
export const audienceStyles = css`
  :host {
    min-block-size: 100dvh;
    padding-inline: env(safe-area-inset-left) env(safe-area-inset-right);
  }
  main {
    display: grid;
    grid-template: "picture" auto "strip" auto "scene" 1fr "dock" auto / minmax(0, 1fr);
    min-block-size: 100dvh;
  }
  .picture {
    grid-area: picture;
    position: sticky;
    z-index: 3;
    inset-block-start: 0;
    padding-block-start: env(safe-area-inset-top);
    background: #0b0a08;
  }
  oq-picture {
    max-block-size: 46dvh;
    margin-inline: auto;
  }
  .strip {
    grid-area: strip;
    display: flex;
    align-items: center;
    gap: 0.6rem;
    padding: 0.25rem 1.25rem;
    border-block-end: 1.5px solid var(--line);
    min-block-size: 3.5rem;
  }
  h1 {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 0.9375rem;
    font-weight: 650;
  }
  .second {
    position: absolute;
    clip-path: inset(50%);
    inline-size: 1px;
  }
  .people {
    display: inline-flex;
    align-items: center;
    gap: 0.35rem;
    color: var(--soft);
    font-size: 0.9375rem;
  }
  .who {
    flex: 1;
    justify-content: start;
    padding-inline: 0.25rem;
    min-inline-size: 0;
  }
  .who span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    text-decoration: underline dotted var(--edge);
    text-underline-offset: 0.3em;
  }
  .people {
    margin-inline-start: 0.6rem;
  }
  .stats {
    display: flex;
    gap: 1.25rem;
    margin: 0;
    text-align: end;
  }
  .stats div {
    display: flex;
    flex-direction: column-reverse;
  }
  .stats dt {
    font-size: 0.75rem;
    color: var(--soft);
    white-space: nowrap;
  }
  .stats dd {
    margin: 0;
    font-weight: 780;
    line-height: 1.15;
    white-space: nowrap;
  }
  .stats .good dd {
    color: var(--good);
  }
  .scene {
    grid-area: scene;
    display: grid;
    align-content: start;
    gap: 1.5rem;
    inline-size: 100%;
    max-inline-size: 42rem;
    margin-inline: auto;
    padding: 1.5rem 1.25rem max(2rem, env(safe-area-inset-bottom));
  }
  .dock {
    grid-area: dock;
    position: sticky;
    z-index: 4;
    inset-block-end: 0;
    max-block-size: 70dvh;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding-block-end: env(safe-area-inset-bottom);
    background: var(--surface);
  }
  .dock:has([data-shown]) {
    box-shadow: 0 -1.5px 0 var(--line), 0 -0.5rem 1.5rem var(--shade);
  }
  .mine {
    padding-block-start: 1.25rem;
    border-block-start: 1.5px solid var(--line);
  }
  .skeleton {
    display: grid;
    gap: 0.75rem;
  }
  .skeleton i {
    block-size: 3.5rem;
    border-radius: var(--r);
    background: var(--raised);
  }
  .skeleton i:first-child {
    block-size: 2rem;
    inline-size: 65%;
    margin-block-end: 0.5rem;
  }
  @media (min-width: 62rem), (orientation: landscape) and (min-width: 38rem) {
    main {
      grid-template: ". scene" 1fr "picture scene" auto "strip scene" auto ". scene" 1fr / minmax(0, 1fr) minmax(19rem, 36%);
      column-gap: clamp(1rem, 2.5vw, 2.5rem);
      position: relative;
      max-inline-size: 110rem;
      margin-inline: auto;
      padding: clamp(0.75rem, 2.5vw, 2.25rem);
    }
    /* In the room below the picture, over it where that is too little: what one plays with does not move. */
    .dock {
      position: absolute;
      inset-block-end: clamp(0.75rem, 2.5vw, 2.25rem);
      inset-inline: clamp(0.75rem, 2.5vw, 2.25rem) calc(max(19rem, 36%) + clamp(1rem, 2.5vw, 2.5rem));
      max-block-size: calc(100dvh - 2 * clamp(0.75rem, 2.5vw, 2.25rem));
      border-radius: calc(var(--r) * 1.2);
    }
    .picture {
      position: static;
      padding: 0;
      background: none;
    }
    oq-picture {
      --picture-radius: calc(var(--r) * 1.4);
      max-block-size: calc(100dvh - 8rem);
    }
    .strip {
      align-self: start;
      padding: 0.75rem 0.25rem;
      border: 0;
    }
    h1,
    .second {
      position: static;
      flex: 1;
      clip-path: none;
      inline-size: auto;
      font-size: 1.25rem;
      letter-spacing: -0.015em;
    }
    .who {
      flex: none;
      max-inline-size: 40%;
    }
    .scene {
      font-size: 1.0625rem;
      max-inline-size: none;
      align-content: safe center;
      max-block-size: calc(100dvh - 2 * clamp(0.75rem, 2.5vw, 2.25rem));
      overflow-y: auto;
      scrollbar-width: thin;
      padding: 0.5rem;
      --heading: var(--xxl);
    }
  }
  @media (orientation: landscape) and (max-height: 32rem) {
    .scene {
      font-size: 0.9375rem;
      gap: 1rem;
      --heading: var(--l);
      --gap: 0.9em;
    }
    .strip {
      padding-block: 0.25rem;
    }
    h1 {
      font-size: 1rem;
    }
    oq-picture {
      max-block-size: calc(100dvh - 5.5rem);
    }
  }
`;
