import { html } from "lit";

/** on•cue: the lamp between the two words. */
export const brand = html`<span class="wordmark" role="img" aria-label="oncue"><span aria-hidden="true">on</span><i></i><span aria-hidden="true">cue</span></span>`;
