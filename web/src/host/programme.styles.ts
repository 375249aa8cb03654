import { css } from "lit";

export const programmeStyles = css`
  summary .figure {
    flex: 1;
    min-inline-size: 0;
    margin-inline: 0.8rem;
    overflow: hidden;
    text-align: end;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--soft);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .seek {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 0.7rem;
    font-weight: 650;
  }
  .seek span {
    color: var(--soft);
  }
  input[type="range"] {
    min-block-size: var(--touch);
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    accent-color: var(--lamp-edge);
  }
  .remote {
    display: flex;
    flex-wrap: wrap;
    gap: 0.4rem;
  }
  .remote .play {
    flex: 1 1 7rem;
  }
  .rate {
    flex: 0 1 5.5rem;
  }
  .remote .button {
    padding-inline: 0.4rem;
  }
  .remote[data-waits] .play {
    animation: held 0.7s ease-in-out infinite alternate;
  }
  @keyframes held {
    to {
      opacity: 0.55;
    }
  }
  select {
    padding-inline: 0.6rem;
    font-weight: 600;
  }
  .sources {
    margin-block-start: 0.6rem;
    border-block-start: 1px solid var(--line);
  }
  .sources > summary {
    display: flex;
    align-items: center;
    min-block-size: var(--touch);
    cursor: pointer;
    font-size: 0.875rem;
    font-weight: 600;
    list-style: none;
  }
  .sources > summary::-webkit-details-marker {
    display: none;
  }
  .sources ul {
    display: grid;
    gap: 0.35rem;
    max-block-size: 16rem;
    margin-block-end: 0.8rem;
    overflow: auto;
  }
  .sources li .button {
    justify-content: space-between;
    inline-size: 100%;
    overflow-wrap: anywhere;
    text-align: start;
  }
  .sources li .button[aria-disabled="true"] {
    border-style: dashed;
    color: var(--soft);
  }
  .sources li .button.now {
    border: 1.5px solid var(--ink);
    color: var(--ink);
  }
  .sources li .soft {
    padding: 0.2rem 1.1rem 0.4rem;
    font-size: 0.8125rem;
  }
  .line {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 0.4rem;
    margin-block: 0.3rem 0.7rem;
  }
  form label {
    font-size: 0.875rem;
  }
  .why {
    margin-block-start: 0.5rem;
    font-size: 0.875rem;
  }
  @media (prefers-reduced-motion: reduce) {
    .remote[data-waits] .play {
      animation: none;
    }
  }
`;
