import { css } from "lit";

/** A phone in one hand, or three columns of a desk. The bottom is the big button's. */
export const hostStyles = css`
  :host {
    min-block-size: 100dvh;
    --dock: calc(6.25rem + max(0px, env(safe-area-inset-bottom) - 0.9rem));
    padding-block-end: calc(6.75rem + env(safe-area-inset-bottom));
  }
  header {
    display: flex;
    align-items: center;
    gap: 0.9rem;
    min-block-size: 3.25rem;
    padding: max(0.25rem, env(safe-area-inset-top)) 1rem 0.25rem;
    border-block-end: 1.5px solid var(--line);
  }
  .wordmark {
    font-size: 1.25rem;
  }
  h1 {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 1rem;
    font-weight: 600;
  }
  .people {
    display: inline-flex;
    align-items: center;
    gap: 0.35rem;
    font-weight: 700;
  }
  main {
    display: grid;
    gap: 1rem;
    padding: 1rem;
    max-inline-size: 100rem;
    margin-inline: auto;
  }
  section {
    display: grid;
    align-content: start;
    gap: 1rem;
    min-inline-size: 0;
  }
  .air {
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
    align-items: start;
  }
  oq-picture {
    --picture-radius: var(--r);
  }
  .preview {
    max-block-size: 15rem;
    overflow: auto;
    padding: 0.75rem 1rem;
    border-radius: calc(var(--r) * 1.3);
    background: var(--surface);
    box-shadow: inset 0 0 0 1.5px var(--line);
    font-size: 0.8125rem;
  }
  .preview oq-scene {
    --gap: 0.7em;
  }
  .kicker {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    margin-block-end: 0.6rem;
    font-size: 0.75rem;
  }
  .desk {
    padding: 1rem;
    border-radius: calc(var(--r) * 1.3);
    box-shadow: inset 0 0 0 1.5px var(--line);
    border-inline-start: 0.3rem solid var(--lamp);
    font-size: 0.9375rem;
  }
  .desk oq-scene {
    --gap: 0.8em;
  }
  .actions {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
    gap: 0.6rem;
  }
  .form[open] {
    grid-column: 1 / -1;
    padding: 0.75rem;
    border-radius: var(--r);
    background: var(--surface);
  }
  .form summary {
    list-style: none;
    cursor: pointer;
  }
  .form summary::-webkit-details-marker {
    display: none;
  }
  .form:not([open]) summary {
    display: flex;
  }
  oq-join-box {
    --qr: 7.5em;
    --code: 1.3em;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem;
    padding-block-start: 1rem;
  }
  .health {
    color: var(--soft);
    font-family: var(--mono);
    font-size: 0.75rem;
    text-align: center;
  }
  .toast {
    position: fixed;
    z-index: 8;
    inset-block-end: calc(6.75rem + env(safe-area-inset-bottom));
    inset-inline: 1rem;
    display: grid;
    justify-content: center;
    pointer-events: none;
    font-weight: 650;
  }
  .toast:not(:empty) {
    padding: 0.75rem 1.25rem;
    inline-size: fit-content;
    max-inline-size: calc(100% - 2rem);
    margin-inline: auto;
    border-radius: var(--r);
    background: var(--bad-soft);
    color: var(--bad);
    box-shadow: inset 0 0 0 1.5px currentColor;
  }
  :host([data-modest]) {
    --dock: 0px;
  }
  @media (max-width: 47.99rem) {
    :host {
      padding-block-end: calc(10rem + env(safe-area-inset-bottom));
    }
    .toast {
      inset-block-end: calc(10rem + env(safe-area-inset-bottom));
    }
  }
  @media (min-width: 48rem) {
    main {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .air {
      grid-column: 1 / -1;
    }
    .air oq-picture {
      grid-row: 1 / span 2;
    }
    .preview {
      max-block-size: 22rem;
    }
  }
  @media (min-width: 75rem) {
    main {
      grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr) minmax(20rem, 0.9fr);
    }
    .air {
      grid-column: auto;
      grid-template-columns: 1fr;
    }
    .air oq-picture {
      grid-row: auto;
    }
    .preview {
      max-block-size: none;
      font-size: 0.9375rem;
    }
  }
`;
