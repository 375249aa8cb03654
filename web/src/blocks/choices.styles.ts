import { css } from "lit";

/** The look of an option, as a key on a phone and as a line of a graphic elsewhere. */
export const optionStyles = css`
  .options {
    container-type: inline-size;
    display: grid;
    gap: 0.6em;
    grid-template-columns: var(--option-columns, 1fr);
  }
  .option {
    position: relative;
    display: flex;
    align-items: center;
    gap: 0.8em;
    inline-size: 100%;
    min-block-size: var(--option-height, max(3.5rem, 3.3em));
    padding: 0.5em 0.9em;
    border: 1.5px solid var(--line);
    border-radius: var(--r);
    background: var(--option, var(--surface));
    font-size: var(--option-size, 1.0625em);
    text-align: start;
    overflow: hidden;
    isolation: isolate;
    transition: background var(--quick), border-color var(--quick), transform var(--quick) var(--ease);
  }
  button.option {
    border-color: var(--edge);
    box-shadow: 0 2px 0 var(--line);
  }
  button.option:hover:not([aria-disabled]) {
    border-color: var(--ink);
  }
  button.option:active:not([aria-disabled]) {
    transform: translateY(2px);
    box-shadow: none;
  }
  button[aria-disabled]:not([data-on]) {
    color: var(--soft);
    box-shadow: none;
    --token: var(--soft);
  }
  .option[data-on] {
    border-color: var(--lamp-edge);
    background: var(--lamp);
    color: var(--on-lamp);
    --token: var(--on-lamp);
    --token-ink: var(--lamp);
    font-weight: 700;
  }
  .option[data-verdict="right"] {
    border-color: var(--good);
    border-width: 3px;
    padding: calc(0.5em - 1.5px) calc(0.9em - 1.5px);
  }
  .option[data-verdict="right"] .label {
    font-weight: 750;
  }
  .option[data-verdict]:not([data-on]) {
    --token: var(--ink);
  }
  .option[data-verdict="wrong"]:not([data-on]) .label {
    color: var(--soft);
  }
  .label {
    flex: 1;
    min-inline-size: 0;
    overflow-wrap: anywhere;
    line-height: 1.2;
  }
  img {
    inline-size: 3em;
    block-size: 3em;
    object-fit: cover;
    border-radius: 0.4em;
  }
  .fill {
    position: absolute;
    inset-block: 0;
    inset-inline-start: 0;
    inline-size: calc(var(--share) * 100%);
    background: var(--fill, var(--raised));
    z-index: -1;
    transition: inline-size var(--calm) var(--ease);
  }
  .option[data-on] .fill {
    background: color-mix(in oklab, var(--lamp), var(--lamp-edge) 32%);
  }
  .option[data-verdict="right"]:not([data-on]) .fill {
    background: var(--good-soft);
  }
  .share {
    display: grid;
    justify-items: end;
    min-inline-size: 2.9em;
    font-weight: 750;
    line-height: 1.1;
  }
  .share small {
    font-size: 0.75em;
    font-weight: 500;
    opacity: 0.85;
  }
  .sign {
    display: grid;
    flex: none;
  }
  .sign.right {
    color: var(--good);
  }
  .sign.wrong {
    color: var(--bad);
  }
  .option[data-on] .sign {
    color: inherit;
  }
  /* As small as a host's preview on a phone: rather the word whole than the count. */
  @container (max-width: 14rem) {
    .option {
      gap: 0.5em;
      padding-inline: 0.6em;
    }
    .share {
      min-inline-size: 0;
    }
    .share small {
      display: none;
    }
  }
  .foot {
    display: flex;
    align-items: center;
    min-block-size: 2.4em;
    padding-block-start: 0.5em;
    color: var(--soft);
    font-size: 0.9375em;
  }
  .foot .icon:first-child {
    margin-inline-end: 0.35em;
  }
  .foot .icon {
    vertical-align: -0.25em;
  }
  .why {
    color: var(--bad);
    font-weight: 600;
  }
  .verdict {
    font-size: 1.25em;
    font-weight: 780;
  }
  .verdict.right {
    color: var(--good);
  }
  .verdict.wrong {
    color: var(--bad);
  }
  .verdict b {
    color: var(--ink);
    margin-inline-start: 0.3em;
  }
  .primary {
    inline-size: 100%;
    margin-block-start: 0.25rem;
  }
`;
