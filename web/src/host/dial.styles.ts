import { css } from "lit";

export const dialStyles = css`
  summary .figure {
    margin-inline: auto 0.8rem;
    color: var(--soft);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .panel[open] > summary .figure {
    visibility: hidden;
  }
  .now {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    column-gap: 0.6rem;
  }
  .now b {
    font-size: 1.953rem;
    font-weight: 780;
    line-height: 1.1;
    letter-spacing: -0.03em;
  }
  .now span {
    color: var(--soft);
  }
  .note {
    display: flex;
    align-items: center;
    min-block-size: 1.75rem;
    font-size: 0.875rem;
    color: var(--soft);
  }
  .note.waits {
    color: var(--lamp-ink);
    font-weight: 650;
  }
  .note.why {
    color: var(--bad);
    font-weight: 650;
  }

  .bar {
    display: flex;
    gap: 2px;
    block-size: 0.875rem;
    margin-block: 0.5rem 0.7rem;
    overflow: hidden;
    border-radius: 0.45rem;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .bar i {
    flex: var(--n) 0 0;
    min-inline-size: 0.4rem;
    transition: flex-grow var(--calm) var(--ease);
  }
  .bar i[hidden] {
    display: none;
  }
  .in_step {
    --fill: var(--ink);
  }
  .late {
    --fill: repeating-linear-gradient(135deg, var(--ink) 0 2px, var(--raised) 2px 5px);
  }
  .beyond {
    --fill: var(--bad);
  }
  .blind {
    --fill: var(--raised);
  }
  .bar i,
  .lanes i {
    background: var(--fill);
  }
  .lanes {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 0.3rem 1rem;
    margin: 0;
  }
  .lanes div {
    display: grid;
    grid-template-columns: 0.75rem auto minmax(0, 1fr);
    align-items: baseline;
    column-gap: 0.5rem;
    line-height: 1.25;
  }
  .lanes i {
    inline-size: 0.75rem;
    block-size: 0.75rem;
    border-radius: 0.2rem;
    box-shadow: inset 0 0 0 1px var(--edge);
    align-self: center;
  }
  .lanes dt {
    order: 1;
    color: var(--soft);
    font-size: 0.875rem;
  }
  .lanes dd {
    margin: 0;
    font-weight: 700;
  }

  fieldset {
    min-inline-size: 0;
    margin: 1.1rem 0 0;
    padding: 0;
    border: 0;
  }
  .ways {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 0.25rem;
    padding: 0.25rem;
    border-radius: var(--r);
    background: var(--raised);
  }
  .ways label {
    position: relative;
    display: grid;
    place-items: center;
    min-block-size: var(--touch);
    padding-inline: 0.5rem;
    border: 1.5px solid transparent;
    border-radius: calc(var(--r) * 0.75);
    color: var(--soft);
    font-weight: 650;
    text-align: center;
    line-height: 1.15;
    cursor: pointer;
  }
  .ways input {
    position: absolute;
    inset: 0;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .ways label:has(:checked) {
    border-color: var(--edge);
    background: var(--surface);
    color: var(--ink);
  }
  .ways label:has(:focus-visible) {
    outline: 3px solid var(--lamp-ink);
    outline-offset: 1px;
  }

  /* Both ways take the same place, so that nothing moves between them. */
  .panes {
    display: grid;
    margin-block-start: 0.6rem;
  }
  .panes > div {
    grid-area: 1 / 1;
    min-inline-size: 0;
  }
  .panes > [data-off] {
    visibility: hidden;
  }
  output {
    display: block;
    font-weight: 650;
    text-align: center;
  }
  input[type="range"] {
    --thumb: 2rem;
    appearance: none;
    display: block;
    inline-size: 100%;
    block-size: var(--touch);
    min-block-size: var(--touch);
    margin: 0;
    padding: 0;
    border: 0;
    border-radius: var(--r);
    background: transparent;
    cursor: pointer;
    touch-action: pan-y;
  }
  input[type="range"]::-webkit-slider-runnable-track {
    block-size: 0.5rem;
    border-radius: 0.25rem;
    background: var(--raised);
    box-shadow: inset 0 0 0 1.5px var(--edge);
  }
  input[type="range"]::-moz-range-track {
    block-size: 0.5rem;
    border-radius: 0.25rem;
    background: var(--raised);
    box-shadow: inset 0 0 0 1.5px var(--edge);
  }
  input[type="range"]::-webkit-slider-thumb {
    appearance: none;
    inline-size: var(--thumb);
    block-size: var(--thumb);
    margin-block-start: calc((0.5rem - var(--thumb)) / 2);
    border: 2px solid var(--surface);
    border-radius: 50%;
    background: var(--ink);
    box-shadow: 0 0 0 1.5px var(--ink);
  }
  input[type="range"]::-moz-range-thumb {
    box-sizing: border-box;
    inline-size: var(--thumb);
    block-size: var(--thumb);
    border: 2px solid var(--surface);
    border-radius: 50%;
    background: var(--ink);
    box-shadow: 0 0 0 1.5px var(--ink);
  }
  .stops {
    display: grid;
    grid-template-columns: 1fr 1fr 1fr;
  }
  .stops .button {
    padding-inline: 0.25rem;
    min-inline-size: 0;
    color: var(--soft);
  }
  .stops .button[aria-pressed="true"] {
    color: var(--ink);
    text-decoration: underline;
    text-decoration-thickness: 2.5px;
    text-underline-offset: 0.35em;
  }
  .stops .button:first-child {
    justify-content: start;
  }
  .stops .button:last-child {
    justify-content: end;
  }
  .steps {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 0.5rem;
  }
  .steps input {
    text-align: center;
    font-size: 1.25rem;
    font-weight: 700;
    font-variant-numeric: tabular-nums;
    appearance: textfield;
  }
  .steps input::-webkit-inner-spin-button {
    appearance: none;
    margin: 0;
  }
  .steps .button {
    padding: 0;
    font-size: 1.5rem;
    line-height: 1;
  }
  .fixed label {
    display: block;
    text-align: center;
    margin-block-end: 0.3rem;
  }
  .fixed p {
    padding-block-start: 0.4rem;
    font-size: 0.875rem;
    text-align: center;
    color: var(--soft);
  }

  .figures {
    margin-block-start: 0.6rem;
    border-block-start: 1px solid var(--line);
  }
  .figures summary {
    display: flex;
    align-items: center;
    min-block-size: var(--touch);
    font-size: 0.875rem;
    font-weight: 600;
    color: var(--soft);
    cursor: pointer;
  }
  .figures summary::after {
    content: "";
    inline-size: 0.4rem;
    block-size: 0.4rem;
    margin-inline: 0.6rem;
    border: solid var(--soft);
    border-width: 0 2px 2px 0;
    rotate: 45deg;
    translate: 0 -0.1rem;
    transition: rotate var(--quick);
  }
  .figures[open] summary::after {
    rotate: 225deg;
    translate: 0 0.1rem;
  }
  .figures dl {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 0.3rem 1rem;
    margin: 0;
    font-size: 0.875rem;
  }
  .figures dt {
    color: var(--soft);
  }
  .figures dd {
    margin: 0;
    font-weight: 650;
    text-align: end;
  }
`;
