import { css } from "lit";

/** The cue light: an open ring while nothing goes on, lit while one may act. */
export const lamp = css`
  .lamp {
    --size: 0.75rem;
    display: inline-block;
    flex: none;
    inline-size: var(--size);
    block-size: var(--size);
    border-radius: 50%;
    box-shadow: inset 0 0 0 max(2px, 0.14em) var(--edge);
  }
  .lamp.live,
  .lamp.final {
    background: var(--lamp);
    box-shadow: inset 0 0 0 1px var(--lamp-edge), 0 0 calc(var(--size) * 0.9) color-mix(in srgb, var(--lamp), transparent 35%);
  }
  .lamp.reveal {
    background: linear-gradient(90deg, var(--lamp) 50%, transparent 50%);
    box-shadow: inset 0 0 0 max(2px, 0.14em) var(--lamp-edge);
  }
`;

export const wordmark = css`
  .wordmark {
    display: inline-flex;
    align-items: baseline;
    font-weight: 800;
    letter-spacing: -0.045em;
    line-height: 1;
    color: var(--ink);
  }
  .wordmark i {
    inline-size: 0.36em;
    block-size: 0.36em;
    margin-inline: 0.07em 0.1em;
    align-self: center;
    border-radius: 50%;
    background: var(--lamp);
    box-shadow: inset 0 0 0 1px var(--lamp-edge), 0 0 0.5em color-mix(in srgb, var(--lamp), transparent 45%);
    translate: 0 0.1em;
  }
`;
