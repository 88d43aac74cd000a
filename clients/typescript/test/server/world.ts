// Users of the real server, each behind the test's proxy.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, vi } from "vitest";
import { Longwave, MemoryStore, type Client, type LongwaveOptions, type Store } from "../../src/index.js";
import { Proxy } from "./proxy.js";

/** A user with an account and a device with storage. */
export interface Person {
  readonly username: string;
  readonly userId: string;
  /** The stores of the device, which outlast a client as IndexedDB outlasts a page. */
  readonly kept: Map<string, Store>;
}

const PASSWORD = "battery staple";

export class World {
  readonly #clients: Client[] = [];

  private constructor(readonly proxy: Proxy) {}

  static async start(): Promise<World> {
    return new World(await Proxy.start());
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.proxy.stop();
  }

  async person(): Promise<Person> {
    const username = `ts-${randomBytes(8).toString("hex")}`;
    const { user_id } = await this.server().register({ username, password: PASSWORD, nickname: username });
    return { username, userId: user_id, kept: new Map() };
  }

  server(options: LongwaveOptions = {}): Longwave {
    // The shortest wait after a failure, half a second.
    return new Longwave(this.proxy.url, { random: () => 0, ...options });
  }

  options({ kept }: Person): LongwaveOptions {
    return {
      openStore(name) {
        const store = kept.get(name) ?? new MemoryStore();
        kept.set(name, store);
        return Promise.resolve(store);
      },
    };
  }

  /** Logs in on the user's device. */
  async login(person: Person, options: LongwaveOptions = {}): Promise<Client> {
    const server = this.server({ ...this.options(person), ...options });
    return this.mine(await server.login(person.username, PASSWORD));
  }

  /** Continues with a login, like a reloaded page. */
  resume(person: Person, { session }: Client, options: LongwaveOptions = {}): Client {
    return this.mine(this.server({ ...this.options(person), ...options }).resume(session));
  }

  mine(client: Client): Client {
    this.#clients.push(client);
    return client;
  }
}

let world: World;

/** The world of the current test. */
export function here(): World {
  return world;
}

/** Gives each test of a file its own world. */
export function eachInItsOwnWorld(): void {
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world.stop());
}

/** The contents of all messages that a client receives, in order. */
export function heard(client: Client): string[] {
  const texts: string[] = [];
  client.on("message", (message) => texts.push(`${message.seq} ${message.content}`));
  return texts;
}

/** Waits until `holds` does not throw. */
export async function until(holds: () => void): Promise<void> {
  await vi.waitFor(holds, { timeout: 15_000, interval: 10 });
}
