import { css } from "lit";

export const stageStyles = css`
  summary .figure {
    margin-inline: auto 0.8rem;
    color: var(--soft);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .panel {
    padding-inline: 0.7rem;
  }
  .panel > summary,
  .panel > .soft {
    padding-inline: 0.3rem;
  }
  .strips {
    display: grid;
    gap: 0.6rem;
  }
  .ghost {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 0.6rem;
    margin-block-start: 0.6rem;
    padding: 0.4rem 0.7rem;
    border: 1.5px dashed var(--line);
    border-radius: var(--r);
    color: var(--soft);
    font-size: 0.875rem;
  }
  .own {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4rem 0.8rem;
    padding: 0.7rem 0.3rem 0;
  }
  .own oq-on-stage {
    flex: 1 1 100%;
  }
  .own .soft {
    flex: 1 1 12rem;
    font-size: 0.8125rem;
    line-height: 1.3;
  }
  .why {
    flex-basis: 100%;
    color: var(--bad);
    font-size: 0.875rem;
    font-weight: 650;
  }
  .mix {
    margin-block-start: 0.6rem;
    padding-inline: 0.3rem;
    border-block-start: 1px solid var(--line);
  }
  .mix > summary {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-block-size: var(--touch);
    cursor: pointer;
    font-weight: 650;
    list-style: none;
  }
  .mix > summary::-webkit-details-marker {
    display: none;
  }
  .mix > summary::after {
    content: "+";
    font-size: 1.25rem;
    color: var(--soft);
  }
  .mix[open] > summary::after {
    content: "−";
  }
  .hint {
    padding: 0.3rem 0.3rem 0;
    color: var(--soft);
    font-size: 0.75rem;
  }
  @media (hover: none) {
    .hint {
      display: none;
    }
  }
`;
