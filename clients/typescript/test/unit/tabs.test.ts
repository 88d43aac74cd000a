import { expect, test, vi } from "vitest";
import { Place } from "../../src/share.js";
import { browserTools, tabsOf } from "../../src/tabs.js";
import { Browser } from "../tabs.js";

/** Tabs that lead until a test ends them, or another tab takes the lead. */
function leading(browser: Browser, name: string, isVisible?: () => boolean) {
  const tabs = tabsOf(name, { ...browser.tools, ...(isVisible && { isVisible }) });
  const stop = new AbortController();
  let end: () => void = () => undefined;
  const lead = vi.fn((signal: AbortSignal) => {
    return new Promise<void>((resolve) => {
      end = resolve;
      signal.addEventListener("abort", end);
    });
  });
  tabs.elect(lead, stop.signal);
  const close = () => {
    end();
    stop.abort();
    tabs.close();
  };
  return { tabs, lead, close };
}

const led = (tab: { lead: ReturnType<typeof vi.fn> }, times = 1) =>
  vi.waitFor(() => {
    expect(tab.lead).toHaveBeenCalledTimes(times);
  });

test("one tab leads at a time, then the next one, and none that gave up", async () => {
  const browser = new Browser();
  const [first, second, third, other] = [
    leading(browser, "a"),
    leading(browser, "a"),
    leading(browser, "a"),
    leading(browser, "b"),
  ];
  await led(first);
  await led(other);
  second.close();
  expect(third.lead).not.toHaveBeenCalled();
  first.close();
  await led(third);
  expect(second.lead).not.toHaveBeenCalled();
  third.close();
  other.close();
});

/** Lets the timers of all tabs run for some seconds, and delivers their notes. */
async function run(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    vi.advanceTimersByTime(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a visible tab takes the lead from a suspended one, which follows it and leads again after it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const browser = new Browser();
  const suspended = leading(browser, "a");
  await led(suspended);
  // Its timers stop, and it hears of its successor only later.
  vi.clearAllTimers();
  let isVisible = false;
  const hidden = leading(browser, "a");
  const shown = leading(browser, "a", () => isVisible);
  await run(100);
  expect(shown.lead).not.toHaveBeenCalled();
  isVisible = true;
  await run(39);
  expect(shown.lead).not.toHaveBeenCalled();
  await run(1);
  await led(shown);
  expect(suspended.lead.mock.lastCall?.[0].aborted).toBe(true);
  expect(hidden.lead).not.toHaveBeenCalled();
  hidden.close();
  shown.close();
  await led(suspended, 2);
  suspended.close();
  vi.useRealTimers();
});

test("no tab takes the lead from a tab that runs, not even one that has just taken it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const browser = new Browser();
  const first = leading(browser, "a");
  await led(first);
  vi.clearAllTimers();
  const visible = [leading(browser, "a", () => true), leading(browser, "a", () => true)];
  await run(200);
  // Both may take it at the same beat.
  const signals = visible.flatMap((tab) => tab.lead.mock.calls.map(([signal]) => signal));
  expect(signals.length).toBeLessThanOrEqual(2);
  expect(signals.filter((signal) => !signal.aborted)).toHaveLength(1);
  for (const tab of [first, ...visible]) tab.close();
  vi.useRealTimers();
});

test("the other tabs receive a tab's notes in order", async () => {
  const browser = new Browser();
  const [first, second] = [leading(browser, "a"), leading(browser, "a")];
  const heard: unknown[] = [];
  second.tabs.listen((note) => heard.push(note));
  for (const note of [1, 2, 3]) first.tabs.post({ note });
  await vi.waitFor(() => {
    expect(heard).toEqual([{ note: 1 }, { note: 2 }, { note: 3 }]);
  });
  first.close();
  second.close();
});

test("a tab leads itself if locks or channels are missing or forbidden", async () => {
  const forbidden = new DOMException("forbidden", "SecurityError");
  const { locks, channel } = new Browser().tools;
  for (const tools of [
    browserTools(),
    { locks: undefined, channel },
    { locks, channel: undefined },
    { locks: { request: () => Promise.reject(forbidden) }, channel },
    {
      locks,
      channel: () => {
        throw forbidden;
      },
    },
  ]) {
    const tabs = tabsOf("alone", tools);
    const lead = vi.fn(() => Promise.resolve());
    tabs.elect(lead, new AbortController().signal);
    await led({ lead });
    tabs.close();
  }
});

test("a missing batch is detected, and a snapshot replaces it", () => {
  const place = new Place();
  expect(place.follows("a", 1)).toBe(false);
  expect(place.adopts("a", 3)).toBe(true);
  expect(place.adopts("a", 3)).toBe(false);
  expect(place.follows("a", 4)).toBe(true);
  expect(place.follows("a", 6)).toBe(false);
  expect(place.adopts("a", 6)).toBe(true);
  expect(place.follows("b", 7)).toBe(false);
  expect(place.adopts("b", 0)).toBe(true);
  expect(place.follows("b", 1)).toBe(true);
});
