import { describe, expect, it, vi } from "vitest";
import type * as docs from "../../docs/oncue";
import { type Component, component, type Import, type Oncue } from "../src/blocks/component";
import { OqCustom } from "../src/blocks/custom";
import type { View } from "../src/blocks/view";
import { NOTHING } from "../src/outbox";

/** What authors are told is what the page gives, and the other way round. */
const told = (oncue: Oncue): docs.Oncue => oncue;
const given = (oncue: docs.Oncue): Oncue => oncue;

const at = (hash: string): string => `/formats/wheel/${hash}/wheel.js`;
const element = () => class extends HTMLElement {};

describe("component", () => {
  it("loads a module once, and makes each class of it an element of its own", async () => {
    const [Dial, Wheel] = [element(), element()];
    const load: Import = vi.fn(async () => ({ default: Dial, Wheel }));
    const [dial, again, wheel] = await Promise.all([
      component(at("a1"), "", load),
      component(at("a1"), "", load),
      component(at("a1"), "Wheel", load),
    ]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(again).toBe(dial);
    expect(new dial()).toBeInstanceOf(Dial);
    expect(new wheel().localName).not.toBe(new dial().localName);
  });

  it("takes the next version of a module beside the one before", async () => {
    const old = await component(at("b1"), "", async () => ({ default: element() }));
    const next = await component(at("b2"), "", async () => ({ default: element() }));
    expect(new next().localName).not.toBe(new old().localName);
  });

  it("asks again by another address when the network was gone for a moment", async () => {
    vi.useFakeTimers();
    const asked: string[] = [];
    const loading = component(at("c1"), "", async (address) => {
      asked.push(address);
      if (asked.length < 3) throw new TypeError("Failed to fetch dynamically imported module");
      return { default: element() };
    });
    await vi.runAllTimersAsync();
    await loading;
    expect(asked).toEqual([at("c1"), `${at("c1")}?again=1`, `${at("c1")}?again=2`]);
    vi.useRealTimers();
  });

  it("refuses what is no address of a component, and what is no element", async () => {
    const load: Import = vi.fn(async () => ({ default: () => 1 }));
    for (const src of [
      "",
      "https://elsewhere.example/x.js",
      "//elsewhere.example/x.js",
      "/formats/a/1/../../api/x.js",
    ])
      await expect(component(src, "", load)).rejects.toThrow("does not say where");
    expect(load).not.toHaveBeenCalled();
    await expect(component(at("d1"), "", load)).rejects.toThrow("exports no element");
  });
});

describe("oq-custom", () => {
  const view = (choose: View["choose"]): View => ({
    surface: "phone",
    viewer: 7,
    controls: true,
    active: true,
    time: () => 5,
    chosen: () => NOTHING,
    choose,
  });

  async function shown(
    hash: string,
    Made: new () => Component,
    send: OqCustom["block"]["send"],
    choose: View["choose"],
  ) {
    await component(at(hash), "", async () => ({ default: Made }));
    const custom = new OqCustom();
    Object.assign(custom, {
      block: { block: "custom", src: at(hash), props: { n: 1 }, send, alt: "in words" },
      view: view(choose),
      chosen: NOTHING,
    });
    document.body.append(custom);
    await vi.waitFor(() => expect(custom.renderRoot.querySelector("[data-state=ready]")).not.toBeNull());
    return custom;
  }

  it("hands over props and page, and makes an action of what is sent", async () => {
    const chosen = vi.fn();
    let made: Component | undefined;
    class Dial extends HTMLElement {
      draw() {
        made = this;
      }
    }
    await shown("e1", Dial, { type: "stop", fixed: { at: "n" }, field: "angle" }, chosen);
    expect(made?.props).toEqual({ n: 1 });
    expect(given(told(made?.oncue as Oncue))).toBe(made?.oncue);
    expect([made?.oncue?.surface, made?.oncue?.viewer, made?.oncue?.ready]).toEqual(["phone", 7, true]);
    expect(made?.oncue?.send(72)).toBe(true);
    expect(chosen.mock.calls[0]?.slice(1)).toEqual([{ type: "stop", at: "n", angle: 72 }, 72]);
  });

  it("gives all fields of an object where the block names none, but neither the type nor what is fixed", async () => {
    const chosen = vi.fn();
    let made: Component | undefined;
    class Pad extends HTMLElement {
      draw() {
        made = this;
      }
    }
    await shown("f1", Pad, { type: "tap", fixed: { by: 1 } }, chosen);
    made?.oncue?.send({ x: 1, y: 2, type: "host", by: 9 });
    expect(chosen.mock.calls[0]?.slice(1)).toEqual([{ x: 1, y: 2, type: "tap", by: 1 }, null]);
  });

  it("leaves words where a component fails, and sends nothing without a send", async () => {
    const chosen = vi.fn();
    let made: Component | undefined;
    class Late extends HTMLElement {
      draw() {
        made = this;
        if ((made.props as { n: number }).n > 1) throw new Error("no");
      }
    }
    const custom = await shown("ab1", Late, null, chosen);
    expect(made?.oncue?.send(1)).toBe(false);
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    custom.block = { ...custom.block, props: { n: 2 } };
    await vi.waitFor(() => expect(custom.renderRoot.textContent).toContain("in words"));
    expect(warned).toHaveBeenCalled();
    expect(chosen).not.toHaveBeenCalled();
    warned.mockRestore();
  });
});
