/** Components that fail, each at another moment. */
export class Made extends HTMLElement {
  constructor() {
    super();
    throw new Error("when it is made");
  }
}

export class Placed extends HTMLElement {
  connectedCallback() {
    throw new Error("when it comes to the page");
  }
}

export class Drawn extends HTMLElement {
  draw() {
    throw new Error("when it is drawn");
  }
}

export class NoElement {}

/** Goes well until the first press. */
export class Turns extends HTMLElement {
  draw() {
    if (this.props.n) throw new Error("when it is drawn again");
    this.textContent = "all is well";
  }
}
